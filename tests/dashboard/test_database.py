from __future__ import annotations

import gc
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import making
from dashboard.background import file_of
from dashboard.database import later, load, pointer
from dashboard.queries.catalog import read_catalog
from dashboard.queries.methods import read_counts
from engine.errors import StoreError
from engine.run import publishing
from engine.store.location import current_store, switch_pointer
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from dashboard.queries.ask import Ask
    from engine.store.location import Pointer


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def count_of(ask: Ask, table: str) -> int:
    return int(ask(f"SELECT count(*) AS n FROM {table}")["n"].iloc[0])


def written(ask: Ask) -> pd.DataFrame:
    return ask("CREATE TABLE mine (x INTEGER)")


@pytest.mark.usefixtures("served_store")
def test_a_query_is_asked_once_and_each_reader_gets_a_copy() -> None:
    first, second = load(read_counts), load(read_counts)
    assert first is not second
    first.loc[:, "scores"] = 0
    assert load(read_counts).equals(second)


@pytest.mark.usefixtures("served_store")
def test_queries_that_differ_in_an_argument_have_their_own_answers() -> None:
    with open_read_only(current_store()[0]) as con:
        (scores, tasks) = (
            con.execute("SELECT (SELECT count(*) FROM score), (SELECT count(*) FROM task)").fetchone() or ()
        )
    assert scores > tasks > 100
    assert load(count_of, "score") == scores
    assert load(count_of, "task") == tasks


@pytest.mark.usefixtures("served_store")
def test_arguments_that_the_cache_would_miss_are_refused() -> None:
    with pytest.raises(TypeError, match="by position"):
        load(count_of, table="score")


@pytest.mark.usefixtures("served_store")
def test_no_query_can_change_the_store() -> None:
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        load(written)


@pytest.mark.usefixtures("served_store")
def test_the_catalog_is_of_the_store_in_service() -> None:
    assert load(read_catalog).version == pointer().content_hash


@pytest.mark.usefixtures("empty_cache")
def test_without_a_store_there_is_one_sentence() -> None:
    for read in (pointer, lambda: load(read_catalog)):
        with pytest.raises(StoreError, match="run `vledger publish`"):
            read()


def test_a_store_can_be_opened_again_while_somebody_still_reads_it(served_store: Path) -> None:
    with open_read_only(served_store) as one, open_read_only(served_store) as other:
        (tasks,) = one.execute("SELECT count(*) FROM task").fetchone() or (0,)
        assert tasks > 100
        assert other.execute("SELECT count(*) FROM task").fetchone() == (tasks,)


@pytest.fixture(scope="module")
def other_store(precomputed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pointer]:
    """A store of published facts alone."""
    folder = tmp_path_factory.mktemp("other")
    copy = shutil.copytree(precomputed, folder / "precomputed")
    shutil.rmtree(copy / "results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(folder))
        publishing.write_manifest(copy)
        publishing.publish(copy)
        return current_store()


@pytest.fixture
def publish_other(served_store: Path, other_store: tuple[Path, Pointer]) -> Callable[[], str]:
    """Puts the other store in service, and sweeps the first one away; gives the new one's version."""
    path, pointer_of_other = other_store

    def publish() -> str:
        shutil.copy(path, served_store.parent)
        switch_pointer(pointer_of_other)
        served_store.unlink()
        return pointer_of_other.content_hash

    return publish


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - the body of a script

    from dashboard import pinned  # noqa: PLC0415 - same
    from dashboard.database import later, load, pointer  # noqa: PLC0415 - same
    from dashboard.queries.catalog import read_catalog  # noqa: PLC0415 - same
    from dashboard.queries.methods import read_counts  # noqa: PLC0415 - same

    changed = pinned.begin()
    before = pointer().content_hash
    st.session_state["between"]()
    catalog, counts = load(read_catalog), later(read_counts)()
    st.session_state["seen"] = (before, catalog.version, pointer().content_hash, int(counts["scores"].sum()))
    st.session_state["changed"] = changed


def _opened_script() -> AppTest:
    at = AppTest.from_function(_script, default_timeout=60)
    at.session_state["between"] = lambda: None
    return at


def _run(at: AppTest) -> tuple[str, str, str, int]:
    at.run()
    assert [error.message for error in at.exception] == []
    seen: tuple[str, str, str, int] = at.session_state["seen"]
    return seen


def _scores() -> int:
    with open_read_only(current_store()[0]) as con:
        return (con.execute("SELECT count(*) FROM score").fetchone() or (0,))[0]


def test_a_run_reads_one_store_though_another_is_published_in_its_middle_and_its_own_is_deleted(
    served_store: Path, publish_other: Callable[[], str]
) -> None:
    first, scores = pointer().content_hash, _scores()
    at = _opened_script()
    at.session_state["between"] = publish_other
    assert _run(at) == (first, first, first, scores)
    assert not served_store.exists()
    at.session_state["between"] = lambda: None
    other = current_store()[1].content_hash
    assert _run(at) == (other, other, other, _scores())
    assert other != first
    assert _scores() < scores


def test_that_the_data_were_renewed_is_said_once(publish_other: Callable[[], str]) -> None:
    at = _opened_script()
    told = []
    for _ in range(2):
        _run(at)
        told.append(at.session_state["changed"])
    publish_other()
    for _ in range(2):
        _run(at)
        told.append(at.session_state["changed"])
    assert told == [False, False, True, False]


@pytest.mark.usefixtures("served_store")
def test_the_same_data_published_again_are_nothing_new() -> None:
    at = _opened_script()
    _run(at)
    switch_pointer(replace(pointer(), published_at="2030-01-01T00:00:00+00:00"))
    _run(at)
    assert at.session_state["changed"] is False


def test_a_connection_is_open_for_as_long_as_somebody_reads_from_it(
    served_store: Path, publish_other: Callable[[], str]
) -> None:
    def descriptors() -> int:
        return sum(str(served_store) in line for line in _open_files())

    one, other = _opened_script(), _opened_script()
    _run(one)
    _run(other)
    assert descriptors() == 1, "they share it"
    publish_other()
    _run(one)
    assert descriptors() == 1, "the other session's page is still of it"
    _run(other)
    gc.collect()
    assert descriptors() == 0


def _open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    return [str(link.readlink()) for link in folder.iterdir() if link.is_symlink()]


@pytest.mark.usefixtures("served_store")
def test_a_query_for_later_is_of_the_page_it_stood_on(publish_other: Callable[[], str]) -> None:
    scores = _scores()
    counted = later(count_of, "score")
    publish_other()
    assert _scores() < scores
    assert counted() == scores


def test_a_file_is_made_of_the_store_that_its_page_was_made_of(
    served_store: Path, publish_other: Callable[[], str]
) -> None:
    before = pointer()
    made_of_page = file_of(making.view_json, "methods", "methods", "", "http://localhost:8501")
    kept = shutil.copy(served_store, served_store.with_name("kept"))
    other = publish_other()
    Path(kept).rename(served_store)
    made = made_of_page().result(timeout=120).decode()
    assert before.content_hash[:12] in made
    assert other[:12] not in made


def test_a_file_of_data_that_were_swept_away_since_is_refused_in_a_sentence(
    publish_other: Callable[[], str],
) -> None:
    made_of_page = file_of(making.view_json, "methods", "methods", "", "http://localhost:8501")
    publish_other()
    with pytest.raises(StoreError, match="no longer kept: reload the page"):
        made_of_page().result(timeout=120)
