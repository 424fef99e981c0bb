"""JSON and CSV of a result: complete, exact, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.local_split.report import as_csv, as_json, defused
from tests.engine.local_split import results

if TYPE_CHECKING:
    from engine.local_split.exchange import Result


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(result).decode(), newline="")))


def test_json_holds_every_field_by_its_name() -> None:
    result = results.result()
    found = json.loads(as_json(result))
    assert list(found) == [one.name for one in fields(result)]
    assert list(found["inspection"]) == [one.name for one in fields(result.inspection)]
    assert found["inspection"]["shape"] == "protein-variants"
    assert found["inspection"]["fields"] == {"label": "label", "gene": "gene", "variant": "variant"}
    assert found["values"][0]["value"] == result.values[0].value
    assert found["values"][2] | {"value": 0.411} == found["values"][2]
    assert found["inspection"]["problem_table"].splitlines()[0] == "row,column,value,problem,remedy"


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_to_the_last_digit(value: float) -> None:
    result = results.result()
    result = replace(result, values=(replace(result.values[0], value=value), *result.values[1:]))
    assert json.loads(as_json(result))["values"][0]["value"] == value
    assert float(rows(result)[0]["value"]) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null_and_never_a_word(value: float) -> None:
    result = results.result()
    result = replace(result, values=(replace(result.values[0], value=value),))
    assert json.loads(as_json(result))["values"][0]["value"] is None
    assert rows(result)[0]["value"] == ""


def test_the_same_result_gives_the_same_bytes() -> None:
    assert as_json(results.result()) == as_json(results.result())
    assert as_csv(results.result()) == as_csv(results.result())


def test_the_table_has_a_row_for_every_value_and_every_difference() -> None:
    result = results.result()
    found = rows(result)
    assert [row["kind"] for row in found] == ["value"] * len(result.values) + ["difference"] * len(result.differences)
    first = found[len(result.values)]
    assert (first["system"], first["against"], first["value"]) == ("esm", "blosum62", "0.101")
    assert (first["part"], first["verdict_article"], first["verdict"]) == ("whole split", "PASS", "PASS")
    assert first["registered"] == "yes"
    unjudged = [row for row in found if row["part"] == "VHL" and row["kind"] == "difference"]
    assert {row["verdict"] for row in unjudged} == {""}
    assert {row["undefined_reason"] for row in unjudged} == {"12 items: fewer than 30 are shown but not judged"}


def test_a_value_that_does_not_exist_has_its_reason_in_its_row() -> None:
    row = next(row for row in rows(results.result()) if row["metric"] == "MCC" and row["system"] == "BLOSUM62")
    assert (row["value"], row["low"]) == ("", "")
    assert row["undefined_reason"] == "no threshold is given, and there are no train rows"


@pytest.mark.parametrize("name", ["=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_a_name_that_a_spreadsheet_would_run_gets_an_apostrophe(name: str) -> None:
    found = rows(results.with_column_named(name))
    assert {row["system"] for row in found} >= {f"'{name}"}
    assert not any(cell.startswith(("=", "@")) for row in found for cell in row.values())


@pytest.mark.parametrize("cell", ["-1.5", "+2", "-.5e-3", "0.2", "text", "", "a=b"])
def test_plain_numbers_and_words_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == cell


@pytest.mark.parametrize("cell", ["-1.5+2", "-1e", "=-1", "-A1", "+-1", "-1\n=2"])
def test_what_only_begins_like_a_number_is_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"
