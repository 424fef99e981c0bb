from __future__ import annotations

import os
import time
from concurrent.futures import BrokenExecutor, Future
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import background, limits
from dashboard.background import file_of, ready, submit, submit_own
from dashboard.limits import BusyError, Places
from engine.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60
"""Seconds until a worker of its own must have started."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, served_store: object) -> Iterator[None]:
    """Two computations, one file and one split at a time."""
    assert served_store
    for name, most in (("COMPUTATIONS", "2"), ("FILES", "1"), ("SPLITS", "1")):
        monkeypatch.setenv(f"VLEDGER_MOST_{name}", most)
    yield from _anew()


@pytest.fixture
def many(served_store: object) -> Iterator[None]:
    assert served_store
    yield from _anew()


def _anew() -> Iterator[None]:
    limits.limits.cache_clear()
    st.cache_resource.clear()
    yield
    limits.limits.cache_clear()
    st.cache_resource.clear()


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


@pytest.mark.usefixtures("few")
def test_a_computation_beyond_the_limit_is_refused_at_once_and_taken_when_one_is_done() -> None:
    taken = [submit(time.sleep, step, 0.5) for step in range(2)]
    refused = submit(time.sleep, 2, 0)
    assert isinstance(refused.exception(timeout=0), BusyError)
    assert str(refused.exception()) == "this server has 2 computations to do already, as many as it takes at once"
    assert submit(time.sleep, 0, 0.5) is taken[0], "what was asked before takes no second place"
    for work in taken:
        assert work.result(timeout=PATIENCE) is None
    assert submit(time.sleep, 2, 0).result(timeout=PATIENCE) is None


@pytest.mark.usefixtures("few")
def test_a_computation_taken_from_the_queue_leaves_its_place() -> None:
    first = submit(time.sleep, "first", 0.5)
    waiting = [submit(time.sleep, "waiting", 0)]
    # A pool hands its worker one more than is being done: what is really waiting comes after.
    assert isinstance(submit(time.sleep, "third", 0).exception(timeout=0), BusyError)
    if waiting[0].cancel():
        assert not isinstance(submit(time.sleep, "third", 0).exception(timeout=PATIENCE), BusyError)
    first.result(timeout=PATIENCE)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("kind", ["kept", "own"])
def test_a_file_beyond_the_limit_is_refused_and_computations_go_on(kind: str) -> None:
    slow = submit_own(time.sleep, 1)
    found = file_of(time.sleep, "second", 0)() if kind == "kept" else submit_own(time.sleep, 0)
    assert str(found.exception(timeout=0)) == "this server has 1 file to do already, as many as it takes at once"
    assert submit(time.sleep, "meanwhile", 0).result(timeout=PATIENCE) is None
    slow.result(timeout=PATIENCE)
    assert file_of(time.sleep, "third", 0)().result(timeout=PATIENCE) is None


@pytest.mark.usefixtures("many")
def test_after_a_worker_was_killed_there_is_another_one() -> None:
    assert isinstance(submit(os.abort, "dies").exception(timeout=PATIENCE), BrokenExecutor)
    assert submit(os.getpid, "lives").result(timeout=PATIENCE) != os.getpid()
    assert background._computations().places.taken == 0


def test_a_place_is_left_once_however_often_that_is_said() -> None:
    places = Places(1)
    place = places.take()
    assert place is not None
    assert places.take() is None
    place.leave()
    place.leave()
    assert places.taken == 0


@pytest.mark.parametrize("stated", ["0", "-1", "many", "1.5", ""])
def test_a_limit_that_is_no_number_is_refused_in_a_sentence(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_MOST_FILES", stated)
    limits.limits.cache_clear()
    with pytest.raises(SpecError, match="give a whole number from 1 on"):
        limits.limits()


def test_a_containers_memory_counts_for_the_number_of_splits(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = tmp_path / "memory.max"
    monkeypatch.setattr(limits, "_GROUP_MEMORY", allowed)
    found = []
    for words in (f"{2 * 2**30}\n", f"{2**20}\n"):
        allowed.write_text(words)
        found.append(limits._splits())
    assert found == [2, 1]


def _page() -> None:
    from concurrent.futures import Future  # noqa: PLC0415 - the body of a script

    import streamlit as st  # noqa: PLC0415 - same

    from dashboard.components.waiting import when_ready  # noqa: PLC0415 - same
    from dashboard.limits import BusyError  # noqa: PLC0415 - same

    work: Future[str] = Future()
    if st.session_state.get("room"):
        work.set_result("here they are")
    else:
        work.set_exception(BusyError("this server has 2 computations to do already, as many as it takes at once"))
    when_ready(work, st.text, what="the rank intervals", key="ranks")
    st.text("the rest of the page")


def test_what_was_not_taken_is_said_and_follows_by_itself_or_on_a_click() -> None:
    at = AppTest.from_function(_page).run()
    (said,) = (caption.value for caption in at.caption)
    assert "This server has 2 computations to do already, as many as it takes at once. The rank intervals" in said
    assert said.endswith("will follow as soon as there is room; everything else works meanwhile.")
    assert [text.value for text in at.text] == ["the rest of the page"]
    at.session_state["room"] = True
    at.button(key="try-ranks").click().run()
    assert [text.value for text in at.text] == ["here they are", "the rest of the page"]
    assert not at.caption
