"""Units of work for real worker processes: they add, they die, they outlive their parent."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.executors.local import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers to add up; `marker` is a file that remembers a first try."""

    numbers: tuple[int, ...]
    marker: Path | None = None


def add(unit: Sum, device: str) -> Outcome:
    """The sum, with the device and the process that did it."""
    return Outcome(result=(sum(unit.numbers), device, os.getpid()))


def die_once(unit: Sum, device: str) -> Outcome:
    """Where a marker is named, the first try ends as if the machine had run out of memory."""
    if unit.marker is not None and not unit.marker.exists():
        unit.marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return add(unit, device)


def die_always(unit: Sum, device: str) -> Outcome:
    """Where a marker is named, every try ends so."""
    if unit.marker is not None:
        with unit.marker.open("a", encoding="utf-8") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    return add(unit, device)


def die_afterwards(unit: Sum, device: str) -> Outcome:
    """The unit is done; its worker dies before the next."""
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return add(unit, device)


def note_and_wait(unit: Sum, device: str) -> Outcome:
    """Say which process this is, and take long."""
    assert unit.marker is not None
    unit.marker.with_name(f"worker-{os.getpid()}").touch()
    time.sleep(60)
    return add(unit, device)
