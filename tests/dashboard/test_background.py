from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from dashboard.background import ready


def test_there_is_no_more_to_wait_for_what_was_stopped_before_it_began() -> None:
    work: Future[Any] = Future()
    assert not ready(work, 0)
    work.cancel()
    assert ready(work, 0)


def test_a_failure_is_as_ready_as_a_result() -> None:
    good: Future[int] = Future()
    good.set_result(1)
    bad: Future[int] = Future()
    bad.set_exception(ValueError("no"))
    assert ready(good, 0)
    assert ready(bad, 0)
