"""The devices of this machine that models can run on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Device:
    """A device by torch's name, with its memory in bytes where torch knows it."""

    name: str
    label: str
    memory: int | None


def devices() -> list[Device]:
    """All GPUs, else the CPU; empty where torch is not installed."""
    if find_spec("torch") is None:
        return []
    import torch  # noqa: PLC0415 - asking for devices must work where torch is missing

    if not torch.cuda.is_available():
        return [Device("cpu", "CPU", None)]
    found = (torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count()))
    return [Device(f"cuda:{index}", one.name, one.total_memory) for index, one in enumerate(found)]
