"""How far a fit has come, told from several threads as one number that never falls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

_T = TypeVar("_T")
Watch = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""
Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all; never by two threads at once."""

# Of one part: fine enough that something moves at every step of the solver.
_UNITS = 1000


def within(watch: Watch | None, begin: float, end: float) -> Watch | None:
    """A watch of a stretch of the whole."""
    return None if watch is None else lambda share: watch(begin + (end - begin) * share)


class Stopped(Exception):  # noqa: N818 - no error: somebody else's, which this thread is told of
    """Nobody waits for the outcome any more."""


class Gauge:
    """Parts that are done side by side, and what they come to together."""

    def __init__(self, progress: Progress | None, parts: int) -> None:
        """Nothing is done yet of so many equal parts."""
        self._progress, self._done, self._lock, self._stopped = progress, [0] * parts, Lock(), False

    def part(self, number: int) -> Watch:
        """The watch of one part."""
        return lambda share: self._tell(number, round(_UNITS * share))

    def stop(self) -> None:
        """Have every part end at the next thing it tells."""
        self._stopped = True

    def _tell(self, number: int, done: int) -> None:
        if self._stopped:
            raise Stopped
        with self._lock:
            if done > self._done[number]:
                self._done[number] = done
                if self._progress:
                    self._progress(sum(self._done), _UNITS * len(self._done))


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Parts of a gauge, so many at once."""

    gauge: Gauge
    threads: int

    def map(self, work: Callable[[int], _T], parts: int) -> list[_T]:
        """What the work makes of each part's number, in their order."""
        if self.threads == 1:
            return [work(number) for number in range(parts)]
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                return list(pool.map(work, range(parts)))
            except BaseException:
                # An interrupt would else wait until all of them are done.
                self.gauge.stop()
                raise
