"""Commands of `vledger` in processes of their own, to be killed with SIGKILL after a time, and what they leave behind.

The processes are forked from one in which everything is imported, so that moments fall into the work and not into the
interpreter's start. A limit on the size of files stands for a disk that is full.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import shlex
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from engine.executors.local import without_main
from engine.store.location import current_store
from engine.store.parquet import read_frame
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    class Look(Protocol):
        """Told how a command stopped."""

        def __call__(self, *, ended: bool) -> None: ...


_FORKED = multiprocessing.get_context("forkserver")
_IMPORTED = ["engine.cli", "engine.run", "engine.run.execute", "engine.run.probing.execute", "engine.models.masked"]
_PATIENCE = 120
# When a run was made, and how fast: the only things in its results that may differ from those of another time.
_OF_THE_MOMENT = {"started_at", "finished_at", "command", "seconds", "tokens_per_second", "peak_bytes"}


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or several one after the other as a Makefile has them; `cache` is where it works.

    Attributes:
        lines: The commands' arguments.
        cache: Their VLEDGER_CACHE.
        log: What they print goes there.
        variables: Further environment variables.
        largest: Most bytes of a file that can be written, None for no limit.
        privileged: Where it is false, even root may write only what its mode lets it.
    """

    lines: Sequence[Sequence[str]]
    cache: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    largest: int | None = None
    privileged: bool = True

    def start(self) -> multiprocessing.process.BaseProcess:
        """Start it."""
        _FORKED.set_forkserver_preload(_IMPORTED)
        process = _FORKED.Process(target=_carry_out, args=(self,), daemon=True)
        # Where a test ran a page before in this process, the main module is that page.
        with without_main():
            process.start()
        return process

    def finish(self) -> int:
        """Let it end by itself; its exit code."""
        process = self.start()
        process.join(_PATIENCE)
        assert process.exitcode is not None, f"{shlex.join(self.lines[0])} did not end: {self.told()}"
        return process.exitcode

    def told(self) -> str:
        """What it printed."""
        return self.log.read_text("utf-8") if self.log.exists() else ""


def _carry_out(command: Command) -> None:
    os.environ.update({"VLEDGER_CACHE": str(command.cache), **command.variables})
    file = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    if command.largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.largest, command.largest))
    if not command.privileged:
        _drop_capabilities()
    from engine.cli import main  # noqa: PLC0415 - imported already in the process that this one is forked from

    for line in command.lines:
        sys.argv = ["vledger", *line]
        try:
            main()
        except SystemExit as ended:
            if ended.code:
                raise


def _drop_capabilities() -> None:
    """Permitted, effective and inheritable: none, in the layout of version 3 of capset(2)."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, none) == 0


def killed(command: Command, moment: float) -> bool:
    """Start a command and kill it after so many seconds; False where it had ended by then."""
    process = command.start()
    process.join(moment)
    if process.exitcode is None and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join(_PATIENCE)
    assert process.exitcode in {0, -signal.SIGKILL}, command.told()
    return process.exitcode == -signal.SIGKILL


def seconds_of(command: Command) -> float:
    """How long a command takes; it must succeed."""
    start = time.perf_counter()
    code = command.finish()
    assert code == 0, command.told()
    return time.perf_counter() - start


def moments(count: int, seed: int) -> Iterator[float]:
    """Shares of a duration: one drawn from each of as many equal pieces of it, in random order."""
    rng = np.random.default_rng(seed)
    yield from rng.permutation((np.arange(count) + rng.random(count)) / count).tolist()


def kill_at_moments(command: Command, seconds: float, count: int, *, seed: int, look: Look) -> int:
    """Kill a command so many times, and start it again each time.

    Args:
        command: What is killed.
        seconds: How long it takes undisturbed.
        count: Kills.
        seed: Of the moments.
        look: Called whenever it stopped. Where it had ended by itself, since it found most of its work done, this makes
            room for another start.

    Returns:
        How often it was killed.
    """
    times = 0
    for share in moments(count, seed):
        moment = share * seconds
        while not killed(command, moment):
            look(ended=True)
            # This machine is quicker now than when it was measured.
            moment *= 0.9
        look(ended=False)
        times += 1
    return times


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    """What a results folder holds, without what belongs to the moment."""
    found = {path.name: read_frame(path) for path in sorted(folder.glob("*.parquet"))}
    return {name: rows.drop(columns=rows.columns.intersection(list(_OF_THE_MOMENT))) for name, rows in found.items()}


def differing(first: Path, second: Path) -> list[str]:
    """Tables in which two results folders differ by a bit."""
    left, right = frames(first), frames(second)
    return sorted(
        name
        for name in left.keys() | right.keys()
        if name not in left or name not in right or not left[name].equals(right[name])
    )


def lost_and_doubled(found: pd.Index[str], expected: pd.Index[str]) -> tuple[int, int]:
    """How many expected predictions are missing, and how many are there once too often or were never asked for."""
    return len(expected.difference(found)), len(found) - len(found.intersection(expected).unique())


def keys_of(rows: pd.DataFrame) -> pd.Index[str]:
    """What makes a prediction one of its own."""
    columns = [rows[name].astype(str) for name in ("model_id", "task_id", "item_id")]
    return pd.Index(["\0".join(key) for key in zip(*columns, strict=True)])


def content_of_store() -> dict[str, tuple[int, int]]:
    """Rows, and a digest that does not depend on their order, of every table of the store in service."""
    with open_read_only(current_store()[0]) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()]
        return {name: con.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {name} t").fetchone() for name in names}
