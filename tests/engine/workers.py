"""Units of work for real worker processes: they add, they die, they outlive their parent."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import StoreError
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


def wait_for(unit: Sum, device: str) -> Outcome:
    """Done when its marker is there."""
    assert unit.marker is not None
    while not unit.marker.exists():
        time.sleep(0.01)
    return add(unit, device)


def wait_for_a_note(unit: Sum, device: str) -> Outcome:
    """The unit whose sum is 0 is done when another has said which process it is, and takes long."""
    assert unit.marker is not None
    if sum(unit.numbers):
        return note_and_wait(unit, device)
    while not list(unit.marker.parent.glob("worker-*")):
        time.sleep(0.01)
    return add(unit, device)


def refuse(unit: Sum, device: str) -> Outcome:
    """A fault that is not the unit's own."""
    raise StoreError(f"the disk of {unit.numbers} on {device} is full")


def software() -> dict[str, str]:
    """What a worker says of its versions; the test's own process may say something else."""
    return {"engine": os.environ.get("TESTED_VERSION", "1")}
