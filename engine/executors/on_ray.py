"""Units on a Ray cluster: a worker for each model and slot, which keeps its model, and one unit at a time in each."""

from __future__ import annotations

import logging
import os
import platform
import socket
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.errors import NotHereError, VledgerError
from engine.executors.local import Outcome, Task
from engine.executors.needs import MOST_PER_GPU, Need, Resources, resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Software = Callable[[], Mapping[str, str]]

_U = TypeVar("_U")
_P = TypeVar("_P")
_MOST_RETRIES = 2
_MOST_FALSE_STARTS = 3
_CALL_SECONDS = 10.0
_LOOK_SECONDS = 1.0
"""How old what is known of the cluster may be when another worker is asked for."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Ray cluster that this process is connected to.

    Attributes:
        ray: the package.
        software: says the versions of what numbers depend on, here and in a worker; a module-level function.
        patience: seconds to wait for room when nothing else runs, such as for a node that is being started.
    """

    ray: Any
    software: Software
    patience: float = 600.0

    def devices(self, wanted: str, workers: int | None) -> list[str]:
        """The kind of device of each worker there may be.

        Args:
            wanted: a device, or "auto" for the cluster's GPUs, else its CPUs.
            workers: how many; None is as many as find room today.

        Raises:
            NotHereError: GPUs are wanted, and there is none.
        """
        total = self.ray.cluster_resources()
        gpus = int(total.get("GPU", 0))
        kind = wanted.partition(":")[0]
        if kind == "auto":
            kind = "cuda" if gpus else "cpu"
        if kind == "cuda" and not (gpus or workers):
            raise NotHereError("the cluster has no GPU now: give options.workers to wait for some, or device = cpu")
        return [kind] * (workers or max(1, gpus * MOST_PER_GPU if kind == "cuda" else int(total.get("CPU", 0))))

    def run_units(
        self, units: Sequence[_U], task: Task[_U, _P], devices: Sequence[str]
    ) -> Iterator[tuple[_U, Outcome]]:
        """Carry out units on the cluster and yield each with its outcome as it comes.

        Args:
            units: What to do; those that need the same model should be neighbours.
            task: How; payloads are cut when a worker is free for them.
            devices: As `devices` gives them: as many workers at most, all of one kind.

        Raises:
            NotHereError: workers do not start, or have another version of the engine.
        """
        crew = _Crew(self, task, devices)
        try:
            yield from crew.run(units)
        finally:
            crew.dismiss_all()


@contextmanager
def connected(address: str | None, software: Software) -> Iterator[Cluster]:
    """A connection to a Ray cluster, closed at the end; what was started for it on this machine ends with it.

    Args:
        address: Of a running cluster, "auto" for one on this node, or "local" for a new one of this machine alone; None
            is the first of RAY_ADDRESS, "auto" and "local" that there is.
        software: Says the versions of what numbers depend on; workers must say the same.

    Raises:
        NotHereError: Ray is not installed, or no cluster answers.
    """
    # A run tells nobody outside that it happens.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = _package()
    if ray.is_initialized():
        yield Cluster(ray, software)
        return
    where = address or os.environ.get("RAY_ADDRESS") or "this machine"
    try:
        _call(where)
        ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ray.exceptions.RayError, OSError, ValueError, RuntimeError, ImportError) as error:
        raise NotHereError(
            f"no Ray cluster answers at {where} ({_first_line(error)}): start one with `ray start --head`, set "
            "RAY_AUTH_MODE=token if it asks for a token, or leave --address out"
        ) from error
    try:
        yield Cluster(ray, software)
    finally:
        ray.shutdown()


def _call(address: str) -> None:
    """Pass where somebody listens at `host:port`, or the address is of another form; Ray itself asks for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CALL_SECONDS).close()


def _package() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        raise NotHereError("runs on a cluster need Ray: pip install 'validity-ledger[cluster]'") from error


class _Worker:
    """Lives in a process of the cluster."""

    def begin(self, software: Software) -> tuple[str, Mapping[str, str]]:
        """The node's name, and the versions there."""
        return platform.node(), software()

    def work(self, work: Callable[[Any, str], Outcome], payload: Any, device: str) -> Outcome:
        """Do a unit."""
        return work(payload, device)


@dataclass(slots=True, eq=False)
class _Seat:
    """A worker as seen from here; `node` is known when it has begun."""

    handle: Any
    model: str
    asks: Resources
    node: str = "a node"


@dataclass(slots=True)
class _Queue(Generic[_U]):
    """Units that need the same model, and the seats that have it."""

    need: Need
    units: deque[_U] = field(default_factory=deque)
    idle: list[_Seat] = field(default_factory=list)


class _Crew(Generic[_U, _P]):
    """The workers of one `run_units`, and what each is at."""

    def __init__(self, cluster: Cluster, task: Task[_U, _P], devices: Sequence[str]) -> None:
        self._cluster, self._ray, self._task = cluster, cluster.ray, task
        self._most, self._device = len(devices), devices[0].partition(":")[0]
        self._queues: dict[str, _Queue[_U]] = {}
        self._software = cluster.software()
        self._seats: set[_Seat] = set()
        self._asked = Resources(0, 0, 0)
        self._starting: dict[Any, _Seat] = {}
        self._running: dict[Any, tuple[_Seat, _U]] = {}
        self._deaths: dict[int, int] = {}
        self._false_starts = 0
        self._total = Resources(0, 0, 0)
        self._looked_at = float("-inf")

    def run(self, units: Sequence[_U]) -> Iterator[tuple[_U, Outcome]]:
        """Keep every worker busy until nothing waits and nothing runs."""
        for unit in units:
            need = self._task.need(unit)
            self._queues.setdefault(need.model, _Queue(need)).units.append(unit)
        since = time.monotonic()
        while True:
            self._hand_out()
            self._hire()
            if not (self._running or self._starting):
                return
            ready = self._ready(None if self._running else since + self._cluster.patience)
            if self._running or ready:
                since = time.monotonic()
            else:
                yield from self._given_up()
            for reference in ready:
                yield from self._ended(reference)

    def dismiss_all(self) -> None:
        """End every worker, whatever it is at."""
        # Where the connection was closed first, they are gone; asking for that would open another one.
        if self._ray.is_initialized():
            for seat in list(self._seats):
                self._dismiss(seat)

    def _hand_out(self) -> None:
        """Give free workers units; those for whose model none is left make room."""
        for queue in self._queues.values():
            while queue.idle:
                seat, unit = queue.idle.pop(), self._next(queue)
                if unit is None:
                    self._dismiss(seat)
                    continue
                gpu = self._device != "cpu" and seat.asks.gpus
                payload, device = self._task.prepare(unit), f"{self._device}:0" if gpu else "cpu"
                self._running[seat.handle.work.remote(self._task.work, payload, device)] = (seat, unit)
            if not queue.units:
                for reference in [one for one, seat in self._starting.items() if seat.model == queue.need.model]:
                    self._dismiss(self._starting.pop(reference))

    def _next(self, queue: _Queue[_U]) -> _U | None:
        while queue.units:
            unit = queue.units.popleft()
            if self._task.wanted(unit):
                return unit
        return None

    def _hire(self) -> None:
        """Ask for workers that find room, and for one more, which then waits for it."""
        for model, queue in self._queues.items():
            asks = resources(queue.need, self._device)
            coming = sum(seat.model == model for seat in self._starting.values())
            for _ in range(coming, len(queue.units)):
                if len(self._seats) >= self._most or (self._starting and not self._is_room(asks)):
                    break
                seat = _Seat(self._actor(asks), model, asks)
                self._seats.add(seat)
                self._asked += asks
                self._starting[seat.handle.begin.remote(self._cluster.software)] = seat

    def _actor(self, asks: Resources) -> Any:
        actor = self._ray.remote(_Worker)
        return actor.options(num_cpus=asks.cpus, num_gpus=asks.gpus, memory=asks.memory, max_restarts=0).remote()

    def _is_room(self, asks: Resources) -> bool:
        """Whether the cluster, as it is, can hold one more beside all that were asked for."""
        if time.monotonic() - self._looked_at > _LOOK_SECONDS:
            total = self._ray.cluster_resources()
            self._total = Resources(total.get("CPU", 0), total.get("GPU", 0), int(total.get("memory", 0)))
            self._looked_at = time.monotonic()
        return (self._asked + asks).fits(self._total)

    def _ready(self, deadline: float | None) -> list[Any]:
        """Everything that has come back, after waiting for the first; nothing where the deadline passes before."""
        waiting = [*self._running, *self._starting]
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        first, _ = self._ray.wait(waiting, num_returns=1, timeout=left)
        return self._ray.wait(waiting, num_returns=len(waiting), timeout=0)[0] if first else []

    def _ended(self, reference: Any) -> Iterator[tuple[_U, Outcome]]:
        if reference in self._starting:
            self._begun(self._starting.pop(reference), reference)
            return
        seat, unit = self._running.pop(reference)
        outcome = self._answer(reference)
        if outcome is None:
            self._dismiss(seat)
            outcome = self._died(seat, unit)
        else:
            self._queues[seat.model].idle.append(seat)
        if outcome is not None:
            yield unit, outcome

    def _answer(self, reference: Any) -> Any:
        """What a worker says; None where it died. A fault that its work raised is raised here."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            if isinstance(error.cause, VledgerError):
                raise error.cause from None
            raise
        except errors.RayError:
            return None

    def _died(self, seat: _Seat, unit: _U) -> Outcome | None:
        """None where the unit deserves another try."""
        deaths = self._deaths[id(unit)] = self._deaths.get(id(unit), 0) + 1
        if deaths <= _MOST_RETRIES:
            self._queues[seat.model].units.appendleft(unit)
            return None
        message = (
            f"its worker died {deaths} times on one unit, the last time on {seat.node} (killed, out of memory, or its "
            "node was lost): use smaller batches, or nodes with more memory"
        )
        return Outcome(stage="score", error_type="WorkerDied", message=message)

    def _begun(self, seat: _Seat, reference: Any) -> None:
        answer = self._answer(reference)
        if answer is None:
            self._dismiss(seat)
            self._false_starts += 1
            if self._false_starts >= _MOST_FALSE_STARTS:
                raise NotHereError(
                    f"{self._false_starts} workers in a row died before they began: install the engine, in this "
                    "version, on every node, or give the nodes more memory"
                )
            return
        self._false_starts = 0
        seat.node, software = answer
        names = sorted({*software, *self._software})
        other = [
            f"{name} {software.get(name, 'none')} there and {self._software.get(name, 'none')} here"
            for name in names
            if software.get(name) != self._software.get(name)
        ]
        if other:
            raise NotHereError(f"{seat.node} has other versions ({'; '.join(other)}): install the same on every node")
        self._queues[seat.model].idle.append(seat)

    def _given_up(self) -> Iterator[tuple[_U, Outcome]]:
        """Nothing runs and nothing begins: what waits for the workers asked for is not done."""
        for reference, seat in list(self._starting.items()):
            self._dismiss(self._starting.pop(reference))
            message = (
                f"no node of the cluster had room for a worker ({seat.asks}) within {self._cluster.patience:.0f} s"
            )
            while (unit := self._next(self._queues[seat.model])) is not None:
                yield unit, Outcome(stage="load", error_type="NoRoom", message=message)

    def _dismiss(self, seat: _Seat) -> None:
        if seat in self._seats:
            self._seats.remove(seat)
            self._asked -= seat.asks
            self._ray.kill(seat.handle)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
