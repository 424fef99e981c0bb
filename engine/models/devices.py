"""The devices of this machine that models can run on."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from engine.errors import NotHereError


@dataclass(frozen=True, slots=True)
class Device:
    """A device by torch's name, with its memory in bytes where torch knows it."""

    name: str
    label: str
    memory: int | None


@cache
def described(name: str) -> str:
    """A device with its maker's name for it, 'cuda:0 (NVIDIA H200)': how fast it is depends on that."""
    label = next((one.label for one in devices() if one.name == name and name != "cpu"), None)
    return f"{name} ({label})" if label else name


def devices() -> list[Device]:
    """All GPUs, else the CPU; empty where torch is not installed.

    Raises:
        NotHereError: torch is installed but cannot be loaded.
    """
    if find_spec("torch") is None:
        return []
    try:
        import torch  # noqa: PLC0415 - asking for devices must work where torch is missing
    except (ImportError, OSError) as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise NotHereError(f"torch is installed but cannot be loaded ({reason}): install it again") from error
    with warnings.catch_warnings():
        # A driver that is too old is told of in a warning; the empty answer says as much, and doctor says why.
        warnings.simplefilter("ignore")
        found = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    if not found:
        return [Device("cpu", "CPU", None)]
    return [Device(f"cuda:{index}", one.name, one.total_memory) for index, one in enumerate(found)]
