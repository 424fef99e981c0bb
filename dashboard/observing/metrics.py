"""What the server counts, for Prometheus.

A label takes one of a few words of ours, never what a reader typed.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Literal, get_args
from weakref import WeakSet

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException

from engine.errors import StoreError
from engine.store.location import read_pointer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Any

    from prometheus_client import Metric

Refusal = Literal["sessions", "host", "computations", "files", "splits", "upload"]
Kind = Literal["computations", "files"]

_OTHER = "other"
_SECONDS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)


class _Meters:
    """All that is counted, in a register of this server's own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.register = CollectorRegistry()
        self.reruns = self._counter("reruns", "Runs of a page's script, by how they ended.", "page", "outcome")
        self.seconds = Histogram(
            "vledger_rerun_seconds", "How long a page's script ran.", ["page"], buckets=_SECONDS, registry=self.register
        )
        self.failed = self._counter("scripts_failed", "Scripts that failed; each is in the log under its number.")
        self.refused = self._counter("refused", "What was asked for and politely refused, by why.", "reason")
        self.work = self._counter(
            "work", "Work taken on that pages do not wait for; `files` are exports and decks.", "kind"
        )
        self.work_failed = self._counter("work_failed", "Such work that ended in an error.", "kind")
        self.uploads = self._counter("uploads", "Files that readers gave.")
        self.upload_bytes = self._counter("upload_bytes", "Their bytes.")
        self.at_work: dict[str, WeakSet[Future[Any]]] = {kind: WeakSet() for kind in get_args(Kind)}
        self._now()
        for reason in get_args(Refusal):
            self.refused.labels(reason)
        self.register.register(_Store())
        ProcessCollector(registry=self.register)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"vledger_{name}", text, labels, registry=self.register)

    def _now(self) -> None:
        """Values that are looked up when somebody asks."""
        sessions = Gauge("vledger_sessions", "Readers at this moment.", registry=self.register)
        sessions.set_function(_sessions)
        states = Gauge("vledger_work_now", "Such work at this moment.", ["kind", "state"], registry=self.register)
        for kind, futures in self.at_work.items():
            self.work.labels(kind)
            self.work_failed.labels(kind)
            states.labels(kind, "running").set_function(partial(_count, futures, running=True))
            states.labels(kind, "waiting").set_function(partial(_count, futures, running=False))


class _Store:
    """The store in service, as its pointer describes it."""

    def collect(self) -> Iterable[Metric]:
        try:
            pointer = read_pointer()
        except StoreError:
            pointer = None
        if pointer is None:
            return
        said = {
            "data_version": pointer.content_hash,
            "schema": pointer.schema,
            "engine_version": pointer.engine_version,
        }
        yield InfoMetricFamily("vledger_store", "The store in service.", said)
        try:
            published = datetime.fromisoformat(pointer.published_at).timestamp()
        except ValueError:
            return
        yield GaugeMetricFamily("vledger_store_published_timestamp_seconds", "When it was put in service.", published)

    def describe(self) -> Iterable[Metric]:
        return ()


@cache
def _meters() -> _Meters:
    return _Meters()


@contextmanager
def counted(page: str, pages: Collection[str]) -> Iterator[None]:
    """Count a run of a page's script, and how it ended.

    Args:
        page: as the address has it.
        pages: names of ours; any other is counted as `other`.
    """
    meters, name = _meters(), page if page in pages else _OTHER
    start, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "finished"
    except StopException:
        outcome = "stopped"
        raise
    except RerunException:
        outcome = "rerun"
        raise
    finally:
        meters.reruns.labels(name, outcome).inc()
        meters.seconds.labels(name).observe(time.perf_counter() - start)


def failed() -> None:
    """A script has failed."""
    _meters().failed.inc()


def refused(reason: Refusal) -> None:
    """Something was asked for, and refused since there was too much of it."""
    _meters().refused.labels(reason).inc()


def working(kind: Kind, future: Future[Any]) -> None:
    """Work was taken on."""
    meters = _meters()
    meters.work.labels(kind).inc()
    meters.at_work[kind].add(future)
    future.add_done_callback(partial(_ended, kind))


def uploaded(size: int) -> None:
    """A reader gave a file of so many bytes."""
    _meters().uploads.inc()
    _meters().upload_bytes.inc(size)


def text() -> bytes:
    """All of it, in Prometheus' own format."""
    return generate_latest(_meters().register)


def _ended(kind: Kind, future: Future[Any]) -> None:
    if not future.cancelled() and future.exception() is not None:
        _meters().work_failed.labels(kind).inc()


def _count(futures: WeakSet[Future[Any]], *, running: bool) -> int:
    return sum(future.running() == running for future in list(futures) if not future.done())


def _sessions() -> int:
    return runtime.get_instance()._session_mgr.num_active_sessions() if runtime.exists() else 0  # noqa: SLF001 - told nowhere else
