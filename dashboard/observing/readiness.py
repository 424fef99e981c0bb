"""Whether readers can be served now: the store in service is looked at as a reader's page would need it.

The answer goes to anybody who asks, so it names no path and no fault in its own words.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

import engine
from engine.errors import StoreError
from engine.store.counts import wrong_counts
from engine.store.location import read_pointer, store_dir
from engine.store.migrations import available
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.store.location import Pointer

_T = TypeVar("_T")

KEPT_SECONDS = 5.0
"""How long an answer is given again: a probe every second costs one look in five."""
_SETTLING_SECONDS = 0.5
_FILLED = ("model", "task", "score", "source")
_REBUILD = "run `vledger publish --force`"
_READABLE = "SELECT m.model_id, s.value FROM score s JOIN model m USING (model_id) JOIN task t USING (task_id) LIMIT 1"


class NotReadyError(Exception):
    """Why readers cannot be served, in one sentence."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and how long that took."""

    name: str
    ok: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a probe is told.

    Attributes:
        ready: whether readers can be served.
        reason: why not, in one sentence; None where they can.
        data_version: SHA-256 of what the store was built from; None where that cannot be told.
        engine_version: of the code that serves.
        published_at: when the store was put in service, UTC.
        age_seconds: how long ago that was.
        checks: what was looked at, in order; the last one is the one that failed.
    """

    ready: bool
    reason: str | None
    data_version: str | None
    engine_version: str
    published_at: str | None
    age_seconds: float | None
    checks: tuple[Check, ...]

    def as_json(self) -> dict[str, Any]:
        """As a dictionary of plain values."""
        return asdict(self)


class Watch:
    """Looks at the store, at most once in a few seconds; any thread may ask."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._lock = threading.Lock()
        self._found: tuple[float, Readiness] | None = None
        self._good: tuple[Pointer, tuple[int, ...]] | None = None

    def look(self) -> Readiness:
        """How things stand, or stood a moment ago."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > KEPT_SECONDS:
                found = self._looked()
                self._found = time.monotonic(), found
            return self._found[1]

    def _looked(self) -> Readiness:
        checks: list[Check] = []
        pointer, reason = None, None
        try:
            pointer = _timed(checks, "pointer", _pointer)
            _timed(checks, "schema", lambda: _schema(pointer.schema))
            path = store_dir() / pointer.file
            state = _timed(checks, "file", lambda: _state(path, pointer.bytes))
            _timed(checks, "unchanged", lambda: self._unchanged(pointer, state))
            self._opened(checks, path, pointer)
            self._good = pointer, state
        except NotReadyError as error:
            reason = str(error)
        return _answer(pointer, reason, tuple(checks))

    def _unchanged(self, pointer: Pointer, state: tuple[int, ...]) -> None:
        """Once a file is open, DuckDB answers from it, whatever lies under its name by now."""
        if self._good is None or self._good[0] != pointer or self._good[1] == state:
            return
        # A store that is built again has its file before its pointer.
        time.sleep(_SETTLING_SECONDS)
        if _pointer() == pointer:
            raise NotReadyError(f"the store's file is not the one that was published: {_REBUILD}")

    @staticmethod
    def _opened(checks: list[Check], path: Path, pointer: Pointer) -> None:
        con = _timed(checks, "opens", lambda: _open(path))
        with con:
            _timed(checks, "content", lambda: _content(con, pointer))
            _timed(checks, "rows", lambda: _rows(con))
            _timed(checks, "query", lambda: _asked(con, _READABLE))


def _timed(checks: list[Check], name: str, check: Callable[[], _T]) -> _T:
    start, ok = time.perf_counter(), False
    try:
        found = check()
        ok = True
    finally:
        checks.append(Check(name, ok, round(1000 * (time.perf_counter() - start), 3)))
    return found


def _pointer() -> Pointer:
    try:
        pointer = read_pointer()
    except (StoreError, OSError) as error:
        raise NotReadyError("what says which store is in service is damaged: delete it and publish again") from error
    if pointer is None:
        raise NotReadyError("no store was published yet: run `vledger publish`")
    return pointer


def _schema(found: str) -> None:
    known = list(available())
    if found == known[-1]:
        return
    if found in known:
        raise NotReadyError(
            f"the store is of an older version ({found}, this one is {known[-1]}): run `vledger publish`"
        )
    raise NotReadyError(f"the store is of a newer version ({found}) than this server ({known[-1]}): update it")


def _state(path: Path, size: int | None) -> tuple[int, ...]:
    """What tells one file from another under the same name; only of a file that has the size that was published."""
    try:
        found = path.stat()
    except OSError as error:
        raise NotReadyError("the store's file is gone: run `vledger publish`") from error
    if size is not None and found.st_size != size:
        raise NotReadyError(f"the store's file has another size than was published, it is cut off: {_REBUILD}")
    return found.st_ino, found.st_size, found.st_mtime_ns


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return open_read_only(path)
    except StoreError as error:
        raise NotReadyError(f"the store's file cannot be opened, it is damaged or cut off: {_REBUILD}") from error


def _content(con: duckdb.DuckDBPyConnection, pointer: Pointer) -> None:
    said = dict(_asked(con, "SELECT key, value FROM meta WHERE key IN ('content_hash', 'schema')"))
    if said != {"content_hash": pointer.content_hash, "schema": pointer.schema}:
        raise NotReadyError(f"the store's file has other content than was published: {_REBUILD}")


def _rows(con: duckdb.DuckDBPyConnection) -> None:
    counted = _asked(con, " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in _FILLED))
    empty = [table for table, count in counted if not count]
    if empty:
        raise NotReadyError(f"the store has no rows in '{empty[0]}': {_REBUILD}")
    try:
        wrong = wrong_counts(con)
    except duckdb.Error as error:
        raise NotReadyError(f"the store's file cannot be read, it is damaged or cut off: {_REBUILD}") from error
    if wrong:
        raise NotReadyError(f"the store has other rows in '{wrong[0]}' than were written: {_REBUILD}")


def _asked(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    try:
        return con.execute(query).fetchall()
    except duckdb.Error as error:
        raise NotReadyError(f"the store's file cannot be read, it is damaged or cut off: {_REBUILD}") from error


def _answer(pointer: Pointer | None, reason: str | None, checks: tuple[Check, ...]) -> Readiness:
    return Readiness(
        ready=reason is None,
        reason=reason,
        data_version=pointer.content_hash if pointer else None,
        engine_version=engine.__version__,
        published_at=pointer.published_at if pointer else None,
        age_seconds=_age(pointer.published_at) if pointer else None,
        checks=checks,
    )


def _age(published_at: str) -> float | None:
    try:
        return round((datetime.now(UTC) - datetime.fromisoformat(published_at)).total_seconds(), 1)
    except (ValueError, TypeError):
        return None
