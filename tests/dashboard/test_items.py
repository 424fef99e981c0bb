from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.components.items_list import command
from dashboard.queries.item_filters import GAPS, OUTCOMES, ItemFilters
from dashboard.queries.item_rows import (
    SHEET,
    Asked,
    _cell,
    listing,
    read_apart,
    read_count,
    read_csv,
    read_genes,
    read_known,
    read_sheet,
    read_threshold,
    spelled,
)
from dashboard.queries.items import ORDERS, matching, needed, parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.queries.ask import Ask

SYSTEMS = {
    "brca1_sge": ("sift", "evo2-1b"),
    "dms:BLAT_ECOLX": ("hydropathy", "esm-1v:1"),
    "clinvar_sample": ("alphamissense", "evo-2-40b"),
}
HOSTILE = ("%", "_", "'; DROP TABLE item; --", '"', "$(id)", "`id`", "\\", "!", "{x}", "$task", "ß", "\x00")
quietly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="session")
def whole(ask_items: Ask) -> Callable[[str], pd.DataFrame]:
    """All items of a task with the scores of two systems, put together without the code under test."""

    @cache
    def read(task: str) -> pd.DataFrame:
        items = ask_items("SELECT * FROM numbered_item WHERE task_id = $task ORDER BY item_no", {"task": task})
        for alias, model in zip("ab", SYSTEMS[task], strict=True):
            where = {"task": task, "model": model}
            scores = ask_items("SELECT * FROM standing WHERE task_id = $task AND model_id = $model", where)
            kept = scores[["item_no", "score", "percentile"]].add_suffix(f"_{alias}")
            items = items.merge(kept, left_on="item_no", right_on=f"item_no_{alias}", how="left")
        return items

    return read


def calls(ask_items: Ask, task: str, rows: pd.DataFrame) -> pd.Series:
    """What the first system's threshold says of each row: 1, 0 or missing."""
    where = {"task": task, "model": SYSTEMS[task][0]}
    scored = ask_items("SELECT * FROM scored WHERE task_id = $task AND model_id = $model", where).iloc[0]
    score = rows["score_a"].to_numpy(float)
    if scored["sign"] > 0:
        called = score >= scored["threshold"]
    elif "median" in scored["threshold_source"]:
        called = score <= scored["threshold"]
    else:
        called = score < scored["threshold"]
    return pd.Series(np.where(np.isnan(score), np.nan, called), index=rows.index)


def kept(ask_items: Ask, task: str, rows: pd.DataFrame, filters: ItemFilters) -> pd.DataFrame:
    """The filters in plain pandas."""
    keep = pd.Series(True, index=rows.index)
    if filters.label:
        keep &= rows["label"] == int(filters.label)
    if filters.consequence:
        keep &= rows["consequence"].isin(filters.consequence)
    if filters.part:
        parts = ask_items("SELECT * FROM part WHERE task_id = $task", {"task": task})
        keep &= rows["item_no"].isin(parts.loc[parts["stratum"].isin(filters.part), "item_no"])
    if filters.gene:
        keep &= (rows["gene"] == filters.gene).fillna(value=False)
    if filters.start is not None:
        keep &= rows["place"] >= filters.start
    if filters.end is not None:
        keep &= rows["place"] <= filters.end
    if filters.outcome:
        called, label = calls(ask_items, task, rows), rows["label"].astype(float)
        keep &= {
            "right": called == label,
            "wrong": called.notna() & (called != label),
            "missed": (called == 0) & (label == 1),
            "false alarm": (called == 1) & (label == 0),
        }[filters.outcome]
    if filters.gap:
        keep &= (rows["percentile_a"] - rows["percentile_b"]).abs() >= filters.gap
    if filters.find:
        words = rows[["item_id", "protein_variant", "gene"]].fillna("").astype(str)
        keep &= words.apply(lambda column: column.str.lower().str.contains(filters.find.lower(), regex=False)).any(
            axis=1
        )
    return rows[keep.astype(bool)]


@st.composite
def asked_for(draw: st.DrawFn) -> Asked:
    task = draw(st.sampled_from(sorted(SYSTEMS)))
    places = st.integers(0, 300) if task.startswith("dms") else st.integers(41_190_000, 41_280_000)
    filters = ItemFilters(
        label=draw(st.sampled_from([None, None, "0", "1"])),
        consequence=draw(st.sampled_from([(), (), ("missense",), ("missense", "intronic", "5' UTR")])),
        part=draw(st.sampled_from([(), (), (), ("noncoding", "splice_region"), ("missense",)])),
        gene=draw(st.sampled_from(["", "", "", "BRCA1", "brca1", "BLAT_ECOLX"])),
        start=draw(st.none() | places),
        end=draw(st.none() | places),
        outcome=draw(st.sampled_from([None, None, *OUTCOMES])),
        gap=draw(st.sampled_from([0, 0, *GAPS])),
        find=draw(st.sampled_from(["", "", "", "-a-", "17-4127", "m1", "K7", "brca", *HOSTILE[:-1]])),
    )
    return Asked(task, *SYSTEMS[task], filters, draw(st.sampled_from(sorted(ORDERS))), draw(st.booleans()))


def ordered_by(rows: pd.DataFrame, by: str, *, down: bool) -> pd.DataFrame:
    keys = {
        "place": rows["item_no"],
        "label": rows["label"],
        "system": rows["percentile_a"],
        "rival": rows["percentile_b"],
        "gap": (rows["percentile_a"] - rows["percentile_b"]).abs(),
        "value": rows["value"],
    }
    key = keys[by].astype(float)
    return rows.assign(key=-key if down else key).sort_values(["key", "item_no"], na_position="last")


@quietly
@given(asked=asked_for())
def test_every_filter_and_order_says_what_plain_pandas_says(
    asked: Asked, ask_items: Ask, whole: Callable[[str], pd.DataFrame]
) -> None:
    expected = ordered_by(kept(ask_items, asked.task, whole(asked.task), asked.filters), asked.by, down=asked.down)
    counted = read_count(ask_items, asked)
    assert counted.n == len(expected)
    assert counted.positives == (expected["label"] == 1).sum()
    sql, found = listing(asked)
    assert list(ask_items(sql, found)["variant"]) == list(expected["item_id"])
    for sheet in {1, max(1, -(-len(expected) // SHEET))}:
        rows = read_sheet(ask_items, asked, sheet)
        page = expected.iloc[(sheet - 1) * SHEET : sheet * SHEET]
        assert list(rows["variant"]) == list(page["item_id"])
        np.testing.assert_allclose(rows["score"].astype(float), page["score_a"].astype(float))
        np.testing.assert_allclose(rows["rival_percentile"].astype(float), page["percentile_b"], atol=0.006)


@pytest.mark.parametrize("by", sorted(ORDERS))
def test_the_sheets_hold_each_item_once(by: str, ask_items: Ask) -> None:
    asked = Asked("brca1_sge", *SYSTEMS["brca1_sge"], ItemFilters(consequence=("synonymous",)), by, down=True)
    n = read_count(ask_items, asked).n
    sheets = [read_sheet(ask_items, asked, sheet + 1) for sheet in range(-(-n // SHEET))]
    numbers = [number for rows in sheets for number in rows["item_no"]]
    assert len(numbers) == len(set(numbers)) == n == 544
    assert read_sheet(ask_items, asked, len(sheets) + 1).empty


def test_calls_give_the_confusion_table_that_the_stored_mcc_comes_from(ask_items: Ask) -> None:
    stored = ask_items(
        "SELECT task_id, model_id, value FROM score WHERE metric = 'MCC' AND stratum = 'all' AND threshold IS NOT NULL "
        "AND (task_id, model_id) IN (SELECT (task_id, model_id) FROM scored WHERE threshold IS NOT NULL)"
    )
    assert len(stored) >= 3
    for row in stored.itertuples():
        right, wrong, missed, alarms = (
            read_count(ask_items, Asked(row.task_id, row.model_id, None, ItemFilters(outcome=outcome)))
            for outcome in OUTCOMES
        )
        assert wrong.n == missed.n + alarms.n
        tp, fn, fp = right.positives, missed.n, alarms.n
        tn = right.n - tp
        mcc = (tp * tn - fp * fn) / np.sqrt(float((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))
        assert mcc == pytest.approx(row.value)


def test_without_a_stated_threshold_no_call_matches(ask_items: Ask) -> None:
    assert read_threshold(ask_items, "brca1_sge", "cadd").value is None
    assert read_threshold(ask_items, "brca1_sge", "sift").value == 0.05
    for outcome in OUTCOMES:
        assert read_count(ask_items, Asked("brca1_sge", "cadd", None, ItemFilters(outcome=outcome))).n == 0


def test_scores_are_joined_only_where_something_needs_them() -> None:
    assert needed(ItemFilters(label="1", find="x")) == ()
    assert "standing" not in matching(ItemFilters(label="1", find="x"), ())[0]
    assert needed(ItemFilters(outcome="right")) == ("a",)
    assert matching(ItemFilters(gap=10), ())[0].count("FROM standing") == 2
    assert parameters(ItemFilters(outcome="right"), "t", "s", "r", ()) == {"task": "t", "system": "s"}


def test_a_position_of_zero_is_a_bound(ask_items: Ask) -> None:
    assert read_count(ask_items, Asked("dms:BLAT_ECOLX", filters=ItemFilters(end=0))).n == 0
    assert read_count(ask_items, Asked("dms:BLAT_ECOLX", filters=ItemFilters(start=0))).n == 4996


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["find", "gene"])
def test_hostile_words_are_only_words(
    text: str, name: str, ask_items: Ask, whole: Callable[[str], pd.DataFrame]
) -> None:
    asked = Asked("clinvar_sample", *SYSTEMS["clinvar_sample"], ItemFilters(**{name: text}))
    expected = kept(ask_items, asked.task, whole(asked.task), asked.filters)
    assert read_count(ask_items, asked).n == len(expected)
    rows = pd.read_csv(io.BytesIO(read_csv(ask_items, asked)))
    assert len(rows) == len(expected)
    assert spelled("SELECT $text AS text", {"text": text}).count("'") % 2 == 0
    if text != "\x00":  # no command line can carry it
        assert list(ask_items(spelled("SELECT $text AS text", {"text": text}))["text"]) == [text]


@pytest.mark.parametrize("text", ["plain", 'a, "b"', "two\nlines", "", "5' UTR"])
def test_a_cell_of_the_csv_reads_as_what_it_was(text: str, ask_items: Ask) -> None:
    cell = ask_items(f"SELECT {_cell('gene')} AS cell FROM (SELECT $text AS gene)", {"text": text})["cell"].iloc[0]
    assert next(csv.reader(io.StringIO(f"{cell},"))) == [text, ""]


def test_the_csv_holds_the_listing(ask_items: Ask) -> None:
    asked = Asked("brca1_sge", "sift", "evo2-1b", ItemFilters(consequence=("5' UTR", "missense")), "gap", down=True)
    sql, found = listing(asked)
    expected = ask_items(sql, found)
    rows = pd.read_csv(io.BytesIO(read_csv(ask_items, asked)), dtype={"chromosome": str, "call": str})
    assert list(rows.columns) == list(expected.columns)
    assert list(rows["variant"]) == list(expected["variant"])
    assert set(rows["system"]) == {"sift"}
    for name in ("score", "rival_score", "percentile", "gap", "measured"):
        np.testing.assert_allclose(rows[name].astype(float), expected[name].astype(float), rtol=1e-12)
    assert list(rows["call"].fillna("")) == list(expected["call"].fillna(""))


@pytest.mark.parametrize(
    "filters",
    [
        ItemFilters(outcome="missed", consequence=("missense",), part=("noncoding", "splice_region")),
        ItemFilters(label="1", start=41_200_000, gap=40),
        ItemFilters(find="5'\"$(echo x)`id`\\!%"),
        ItemFilters(consequence=("5' UTR",)),
    ],
)
def test_the_command_on_the_page_prints_the_csv(filters: ItemFilters, ask_items: Ask, item_cache: Path) -> None:
    asked = Asked("brca1_sge", "sift", "evo2-1b", filters, "rival", down=True)
    typed = command(asked).replace("vledger", f"{sys.executable} -m engine", 1)
    done = subprocess.run(
        ["/bin/bash", "-c", typed],
        capture_output=True,
        check=True,
        env=os.environ | {"VLEDGER_CACHE": str(item_cache)},
        text=True,
    )
    printed = pd.read_csv(io.StringIO(done.stdout))
    expected = pd.read_csv(io.BytesIO(read_csv(ask_items, asked)))
    pd.testing.assert_frame_equal(printed, expected, check_dtype=False)


def test_what_is_known_of_a_task(ask_items: Ask) -> None:
    brca1 = read_known(ask_items, "brca1_sge")
    assert (brca1.n, brca1.positives, brca1.placed, brca1.measured, brca1.genes) == (3893, 823, 3893, 3893, 1)
    assert (brca1.first, brca1.last) == (41197722, 41276135)
    sequences = read_known(ask_items, "iDNA_ABF_5mC")
    assert (sequences.n, sequences.placed, sequences.first) == (2344, 0, 0)
    assert read_known(ask_items, "no such task").n == 0
    genes = read_genes(ask_items, "clinvar_missense", 5000)
    assert genes == sorted(genes)
    assert len(genes) == read_known(ask_items, "clinvar_missense").genes == 1085


def test_where_two_systems_are_furthest_apart(ask_items: Ask, whole: Callable[[str], pd.DataFrame]) -> None:
    found = read_apart(ask_items, Asked("brca1_sge", "sift", "evo2-1b", ItemFilters(label="1"))).set_index(
        "consequence"
    )
    rows = whole("brca1_sge")
    rows = rows[(rows["label"] == 1) & rows["score_a"].notna() & rows["score_b"].notna()]
    expected = (rows["percentile_a"] - rows["percentile_b"]).abs().groupby(rows["consequence"]).agg(["size", "mean"])
    assert list(found["n"]) == [expected.at[name, "size"] for name in found.index]
    np.testing.assert_allclose(found["gap"], [expected.at[name, "mean"] for name in found.index], rtol=1e-5)
    assert found["gap"].is_monotonic_decreasing
