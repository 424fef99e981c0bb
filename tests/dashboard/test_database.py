from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
import streamlit as st

from dashboard.database import load, pointer
from dashboard.queries.catalog import read_catalog
from dashboard.queries.methods import read_counts
from engine.errors import StoreError
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from dashboard.queries.ask import Ask


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
