"""What is taken away from compared cells: the sentence, the page, the table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.local_split.cells.report import as_csv, as_html, described, finding
from engine.local_split.report.flat import COLUMNS

if TYPE_CHECKING:
    from engine.local_split.cells.exchange import CellsResult


def rows(result: CellsResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(result).decode(), newline="")))


def test_the_table_has_a_row_for_each_value_difference_and_type(counted: CellsResult) -> None:
    found = rows(counted)
    assert tuple(found[0]) == COLUMNS
    whole = [row for row in found if row["part"] == "All cells" and row["kind"] == "value"]
    assert [(row["system_id"], row["metric"]) for row in whole] == [
        (row.system_id, row.metric) for row in counted.values
    ]
    assert [float(row["value"]) for row in whole] == [row.value for row in counted.values]
    types = [row for row in found if row["column"] == "cell_type"]
    assert len(types) == len(counted.items)
    assert {row["low"] for row in types} == {""}
    differences = [row for row in found if row["kind"] == "difference"]
    assert [float(row["value"]) for row in differences] == [row.delta for row in counted.differences]


def test_the_page_shows_every_system_type_and_problem_and_the_command(counted: CellsResult) -> None:
    page = as_html(counted).decode()
    for words in (
        *(system.name for system in counted.systems),
        *(one.name for one in counted.types if len(one.name) < 20),
        *(problem.problem for problem in counted.problems),
        "AvgBIO",
        "GraphConnectivity",
        "labels choose the resolution",
        counted.found.sha256,
        counted.command,
        "default-src &#x27;none&#x27;",
    ):
        assert words in page, words
    assert "<script" not in page


def test_the_same_result_gives_the_same_bytes(scaled: CellsResult) -> None:
    assert as_html(scaled) == as_html(scaled)
    assert as_csv(scaled) == as_csv(scaled)


def test_names_in_a_file_are_no_markup_and_no_formula(scaled: CellsResult) -> None:
    evil = "<script>alert(1)</script>"
    systems = (replace(scaled.systems[0], name=evil), *scaled.systems[1:])
    types = (replace(scaled.types[0], name="=1+1"), *scaled.types[1:])
    old = scaled.types[0].name
    items = tuple(replace(one, cell_type="=1+1") if one.cell_type == old else one for one in scaled.items)
    found = replace(scaled, systems=systems, types=types, items=items, label=evil)
    assert "<script" not in as_html(found).decode()
    assert "'=1+1" in as_csv(found).decode()


def test_what_was_compared_is_counted(counted: CellsResult, scaled: CellsResult) -> None:
    assert described(counted).startswith("700 of 700 cells of 10 types and 2 batches, ")
    assert described(scaled) == "700 of 700 cells of 10 types, 765 genes"


def only_first(result: CellsResult, verdict: str) -> CellsResult:
    """With the user's first system alone, and a verdict."""
    kept = tuple(one for one in result.systems if one.role != "yours" or one is result.systems[0])
    told = [replace(row, verdict=verdict, delta=0.1234) for row in result.differences]
    return replace(result, systems=kept, differences=tuple(row for row in told if row.system_id == kept[0].system_id))


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("PASS", "“X_mymodel” beats HVG + PCA by 0.123 AvgBIO"),
        ("PASS_PAIRED", "“X_mymodel” beats HVG + PCA by 0.123 AvgBIO"),
        ("FAIL", "“X_mymodel” does not beat HVG + PCA"),
        ("INCONCLUSIVE", "Whether “X_mymodel” beats HVG + PCA is not settled"),
    ],
)
def test_one_embedding_has_its_sentence(verdict: str, sentence: str, scaled: CellsResult) -> None:
    assert finding(only_first(scaled, verdict)) == sentence


def test_several_embeddings_and_none_have_their_sentences(scaled: CellsResult) -> None:
    assert finding(scaled) == "None of 2 embeddings is shown to beat HVG + PCA"
    first = [replace(row, verdict="PASS") if row.system_id == "obsm:X_pca" else row for row in scaled.differences]
    assert finding(replace(scaled, differences=tuple(first))) == "1 of 2 embeddings beats HVG + PCA"
    nobody = tuple(one for one in scaled.systems if one.role != "yours")
    beat = next(row.value for row in scaled.values if (row.system_id, row.metric) == ("hvg-pca", "AvgBIO"))
    assert finding(replace(scaled, systems=nobody, differences=())) == (
        f"On these cells a model has to beat AvgBIO {beat:.3f}, that of HVG + PCA"
    )
    assert finding(replace(scaled, systems=nobody[1:])) == "Nothing in this file could be compared"
