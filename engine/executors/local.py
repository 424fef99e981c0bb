"""Units on this machine: in this process for one device, one process per device for several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from engine.executors.needs import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_U = TypeVar("_U")
_P = TypeVar("_P")
_MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit: its result, or the stage, kind and sentence of its failure."""

    result: Any = None
    stage: str | None = None
    error_type: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Task(Generic[_U, _P]):
    """How units are done.

    Attributes:
        prepare: Cuts out what a worker needs for a unit; called just before the unit starts.
        work: A module-level function (it is sent to other processes) that never raises for a unit's own fault.
        wanted: Asked just before a unit starts; a unit that is no longer wanted is passed over.
        need: What its worker has to hold, where workers are placed by that.
    """

    prepare: Callable[[_U], _P]
    work: Callable[[_P, str], Outcome]
    wanted: Callable[[_U], bool] = field(default=lambda _: True)
    need: Callable[[_U], Need] = field(default=lambda _: Need())


class RunUnits(Protocol):
    """A way to carry out units: `run_units` here, or that of a cluster."""

    def __call__(self, units: Sequence[_U], task: Task[_U, _P], devices: Sequence[str]) -> Iterator[tuple[_U, Outcome]]:
        """Carry out units and yield each with its outcome as it comes."""


def run_units(units: Sequence[_U], task: Task[_U, _P], devices: Sequence[str]) -> Iterator[tuple[_U, Outcome]]:
    """Carry out units, in order, and yield each with its outcome as it comes.

    Args:
        units: What to do.
        task: How.
        devices: One worker each; with a single one everything happens in this process.
    """
    if len(devices) == 1:
        for unit in units:
            if task.wanted(unit):
                yield unit, task.work(task.prepare(unit), devices[0])
        return
    with _Pools(devices) as pools:
        yield from pools.run(deque(units), task)


class _Pools:
    """One single-process pool per device, so that a worker that dies takes nothing else with it."""

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = list(devices)
        self._pools: dict[int, ProcessPoolExecutor] = {}
        self._deaths: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            processes = list((pool._processes or {}).values())  # noqa: SLF001 - no public way before Python 3.14
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()

    def run(self, waiting: deque[_U], task: Task[_U, _P]) -> Iterator[tuple[_U, Outcome]]:
        """Keep every worker busy until nothing waits and nothing runs."""
        running: dict[Future[Outcome], tuple[int, _U]] = {}
        idle = list(range(len(self._devices)))
        while waiting or running:
            while idle and waiting:
                unit = waiting.popleft()
                if task.wanted(unit):
                    worker = idle.pop()
                    running[self._submit(worker, task.work, task.prepare(unit))] = (worker, unit)
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                worker, unit = running.pop(future)
                idle.append(worker)
                outcome = self._outcome(future, worker, id(unit))
                if outcome is None:
                    waiting.appendleft(unit)
                else:
                    yield unit, outcome

    def _submit(self, worker: int, work: Callable[[_P, str], Outcome], payload: _P) -> Future[Outcome]:
        with without_main():
            try:
                return self._pool(worker).submit(work, payload, self._devices[worker])
            except BrokenProcessPool:
                # It died between two units: neither of them is to blame.
                self._pools.pop(worker).shutdown(wait=False)
                return self._pool(worker).submit(work, payload, self._devices[worker])

    def _pool(self, worker: int) -> ProcessPoolExecutor:
        if worker not in self._pools:
            # Not fork: a forked child cannot use CUDA, and threads of the parent may hold locks.
            context = multiprocessing.get_context("spawn")
            self._pools[worker] = ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_parent)
        return self._pools[worker]

    def _outcome(self, future: Future[Outcome], worker: int, unit: int) -> Outcome | None:
        """The outcome, or None where the worker died and the unit deserves another try."""
        try:
            return future.result()
        except BrokenProcessPool:
            self._pools.pop(worker).shutdown(wait=False)
            self._deaths[unit] = self._deaths.get(unit, 0) + 1
            if self._deaths[unit] < _MOST_TRIES:
                return None
            device = self._devices[worker]
            message = f"the worker on {device} died twice on one unit (killed, or out of memory): use smaller batches"
            return Outcome(stage="score", error_type="WorkerDied", message=message)


@contextmanager
def without_main() -> Iterator[None]:
    """Start processes that do not carry out the parent's script once more.

    A spawned process imports the parent's main module; where that is a dashboard's page, it would run the page. What
    workers do stands in modules of its own.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _end_with_parent() -> None:
    """Without this, the workers of a killed run wait for work for ever, and hold their devices.

    An interrupt from the keyboard reaches them too; it is the parent that ends them and tells of it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
