"""What this machine can run, and the command that brings what is missing."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from engine.datasets.fetch import available
from engine.models.devices import devices
from engine.registry.adapters import AdapterCard, CannotRun, cards
from engine.registry.tasks import TASKS
from engine.run.provenance import git_state
from engine.store.location import cache_dir, read_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.models.devices import Device

# Weights in half precision on a GPU, in float32 on a CPU, and as much again for what passes through them.
_BYTES_PER_PARAMETER = {"cuda": 2 * 2, "cpu": 4 * 2}
_INSTALL = "pip install 'validity-ledger[models]'"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and what to do where it is not well."""

    topic: str
    ok: bool
    found: str
    remedy: str | None = None


def examine() -> list[Finding]:
    """Look at everything that scoring needs."""
    return [*_machine(), *_packages(), *_data(), *_models()]


def _machine() -> Iterator[Finding]:
    commit, dirty = git_state()
    code = "no git checkout" if commit is None else commit[:12] + (" with local changes" if dirty else "")
    yield Finding("code", ok=True, found=code)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding(
        "machine", ok=True, found=f"Python {platform.python_version()}, {cores} cores, {_memory():.0f} GB memory"
    )
    root = next(path for path in (cache_dir(), *cache_dir().parents) if path.exists())
    free = shutil.disk_usage(root).free / 1e9
    enough = free > 5
    yield Finding(
        "cache", enough, f"{cache_dir()}, {free:.0f} GB free", None if enough else "free it or set VLEDGER_CACHE"
    )
    pointer = read_pointer()
    yield Finding(
        "store", pointer is not None, pointer.file if pointer else "none", None if pointer else "vledger publish"
    )


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _packages() -> Iterator[Finding]:
    for name in ("torch", "transformers"):
        try:
            yield Finding(name, ok=True, found=version(name))
        except PackageNotFoundError:
            yield Finding(name, ok=False, found="not installed: models cannot be run, baselines can", remedy=_INSTALL)
    found = devices()
    words = ", ".join(f"{one.name} ({one.label}{_gigabytes(one)})" for one in found)
    yield Finding("devices", ok=bool(found), found=words or "none known", remedy=None if found else _INSTALL)


def _gigabytes(device: Device) -> str:
    return f", {device.memory / 1e9:.0f} GB" if device.memory else ""


def _data() -> Iterator[Finding]:
    for task_id in TASKS:
        missing = available(task_id, cache_dir())
        found = "here" if not missing else f"missing {', '.join(missing)}"
        yield Finding(f"task {task_id}", not missing, found, f"vledger fetch {task_id}" if missing else None)


def _models() -> Iterator[Finding]:
    all_cards = list(cards().values())
    runnable = [card for card in all_cards if isinstance(card, AdapterCard)]
    ready = [card for card in runnable if not _missing_packages(card)]
    fits = [card for card in ready if _fits(card)]
    names = f"{len(fits)} of {len(all_cards)} systems have an adapter, their packages and the memory here"
    yield Finding("models", bool(fits), names, None if fits else _INSTALL)
    for card in runnable:
        missing = _missing_packages(card)
        if missing:
            yield Finding(
                f"model {card.model_id}",
                ok=False,
                found=f"needs {', '.join(missing)}",
                remedy=f"pip install {' '.join(missing)}",
            )
        elif not _fits(card):
            size = (card.parameters or 0) / 1e9
            yield Finding(
                f"model {card.model_id}",
                ok=False,
                found=f"{size:.1f} billion parameters do not fit this machine",
                remedy="a larger GPU",
            )
    for card in all_cards:
        if isinstance(card, CannotRun):
            yield Finding(f"model {card.model_id}", ok=False, found=card.sentence)


def _missing_packages(card: AdapterCard) -> list[str]:
    return [name for name in ("torch", "transformers", *card.packages) if find_spec(name) is None]


def _fits(card: AdapterCard) -> bool:
    """Whether weights and activations have room on the largest device, by the size that the registry states."""
    found = devices()
    if not found or card.parameters is None:
        return bool(found)
    kind = "cuda" if found[0].name.startswith("cuda") else "cpu"
    room = max(one.memory or 0 for one in found) or _memory() * 1e9
    return card.parameters * _BYTES_PER_PARAMETER[kind] < room
