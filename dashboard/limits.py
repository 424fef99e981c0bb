"""How much the server does at once, and what it says to whoever comes when that much is being done."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from engine.errors import SpecError, VledgerError

COMPUTATIONS = 24
"""Computations under way or waiting. One worker takes some seconds for each: the last waits a minute or two."""
FILES = 120
"""Pages run for decks, and files, likewise: three decks of the 40 views that one may have."""
SPLITS_OF_A_CORE = 4
"""A process with a split that nobody asks about needs no core, and one that is asked is done in seconds."""
BYTES_OF_A_SPLIT = 512 * 2**20
"""Memory set aside for each process with a split; one without a file has a fifth of it."""
_GROUP_MEMORY = Path("/sys/fs/cgroup/memory.max")


class BusyError(VledgerError):
    """As much is being done as the server does at once; nothing is wrong, and a later try may be taken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of each at once; an environment variable named VLEDGER_MOST_ and the field's name overrides each."""

    computations: int
    files: int
    splits: int


@cache
def limits() -> Limits:
    """Of this process, as its environment was when it was first asked.

    Raises:
        SpecError: a variable that is no number from 1 on.
    """
    known = Limits(COMPUTATIONS, FILES, _splits())
    return Limits(**{field.name: _stated(field.name, getattr(known, field.name)) for field in fields(Limits)})


def _stated(name: str, otherwise: int) -> int:
    variable = f"VLEDGER_MOST_{name.upper()}"
    stated = os.environ.get(variable)
    if stated is None:
        return otherwise
    if not stated.isdecimal() or int(stated) < 1:
        raise SpecError(f"{variable} is {stated!r}: give a whole number from 1 on, or leave it unset")
    return int(stated)


def _splits() -> int:
    """From cores, and half of the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(SPLITS_OF_A_CORE * cores, _memory() // 2 // BYTES_OF_A_SPLIT))


def _memory() -> int:
    """Bytes that this process may have; a container's limit counts where there is one."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = _GROUP_MEMORY.read_text("ascii").strip() if _GROUP_MEMORY.is_file() else "max"
    return min(machine, int(allowed)) if allowed.isdecimal() else machine


class Place:
    """One of a number of places; left once, however often that is said."""

    def __init__(self, of: Places) -> None:
        """Taken: only `Places.take` makes one."""
        self._of: Places | None = of

    def leave(self) -> None:
        """Give the place to whoever comes next."""
        of, self._of = self._of, None
        if of is not None:
            of.left()


class Places:
    """So many at once. Thread-safe."""

    def __init__(self, most: int) -> None:
        """All free."""
        self.most = most
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are."""
        return self._taken

    def take(self, *, beyond: int = 0) -> Place | None:
        """A place, or None where all are taken; `beyond` of them are there for who asks with it."""
        with self._lock:
            if self._taken >= self.most + beyond:
                return None
            self._taken += 1
        return Place(self)

    def left(self) -> None:
        """One is free again."""
        with self._lock:
            self._taken -= 1
