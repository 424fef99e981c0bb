"""How parsers are tried on bad input: so many made-up inputs each, counted, and none of them for ever."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    Fuzzed = Callable[..., None]

# Long runs: VLEDGER_FUZZ_EXAMPLES=20000 tries as many on each parser, and others every time.
_EXAMPLES = os.environ.get("VLEDGER_FUZZ_EXAMPLES")
# What takes as long as this will not end: files here are small.
_FOREVER = 120


class _HangError(BaseException):
    """A parser does not come to an end; no `except` of its own may take that for a fault of the input."""


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _HangError(f"no end within {_FOREVER} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_FOREVER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def fuzzed(record_property: Callable[[str, object], None]) -> Fuzzed:
    """Tries a check on many inputs: `fuzzed("VCF", strategy, check)`; how many is told at the end of all tests."""

    def run(parser: str, inputs: SearchStrategy[Any], check: Callable[[Any], None], examples: int = 60) -> None:
        tried = 0

        @settings(
            max_examples=int(_EXAMPLES or examples),
            derandomize=_EXAMPLES is None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(inputs)
        def each(value: Any) -> None:
            nonlocal tried
            tried += 1
            with _in_time():
                check(value)

        try:
            each()
        finally:
            record_property("inputs tried", {"parser": parser, "count": tried})

    return run


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Iterator[Callable[[str, int], None]]:
    """Counts inputs that a test tries by itself, and ends it where one takes for ever."""
    with _in_time():
        yield lambda parser, count: record_property("inputs tried", {"parser": parser, "count": count})
