from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.charts.split_forest import curves, forest, forest_rows, strata, strata_rows
from tests.engine.local_split import results

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.local_split.exchange import Result, System

    Data = Callable[[Any], dict[str, Any]]

BOTH_GROUNDS = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def pair(found: Result) -> tuple[System, System]:
    return found.systems[0], found.systems[1]


@BOTH_GROUNDS
def test_the_forest_has_every_system_with_its_interval_the_highest_first(as_data: Data, colours: Palette) -> None:
    found = results.result()
    data = as_data(forest(found, found.parts[0], "AUROC", colours, name="AUROC"))
    dots = next(trace for trace in data["data"] if trace.get("customdata"))
    assert dots["x"] == [0.811, 0.71, 0.64, 0.46]
    assert [row[1] for row in dots["customdata"]] == ["esm", "BLOSUM62", "Grantham", "Constant"]
    assert dots["error_x"]["array"] == pytest.approx([0.04] * 4)
    assert dots["marker"]["symbol"] == ["circle", "diamond", "diamond", "circle-open"]


def test_the_baseline_to_beat_is_drawn_through_with_its_interval(as_data: Data) -> None:
    found = results.result()
    shapes = as_data(forest(found, found.parts[0], "AUROC", LIGHT, name="AUROC"))["layout"]["shapes"]
    band, line = shapes
    assert (band["x0"], band["x1"]) == (0.67, 0.75)
    assert (line["x0"], line["x1"]) == (0.71, 0.71)


def test_a_registered_baseline_is_the_line_even_where_another_is_stronger(as_data: Data) -> None:
    found = results.result()
    first, second, third, *rest = found.systems
    turned = (first, replace(second, registered=False), replace(third, registered=True), *rest)
    shapes = as_data(forest(replace(found, systems=turned), found.parts[0], "AUROC", LIGHT, name="AUROC"))
    assert shapes["layout"]["shapes"][-1]["x0"] == 0.64


def test_a_system_without_a_value_is_not_drawn(as_data: Data) -> None:
    found = results.result()
    data = as_data(forest(found, found.parts[0], "MCC", LIGHT, name="MCC"))
    assert [len(trace["x"]) for trace in data["data"] if trace.get("customdata")] == [1]


def test_differences_are_only_those_to_the_registered_baseline() -> None:
    rows = forest_rows(results.result(), results.result().parts[0], "AUROC")
    assert rows["delta"].notna().to_dict() == {
        "column:esm": True, "blosum62": False, "grantham": False, "constant": False,
    }  # fmt: skip


@BOTH_GROUNDS
def test_a_part_that_is_not_judged_is_hollow(as_data: Data, colours: Palette) -> None:
    found = results.result()
    data = as_data(strata(found, pair(found), "AUROC", colours, name="AUROC", column="gene", most=40))
    marks = [trace for trace in data["data"] if trace.get("customdata")]
    assert marks[0]["marker"]["symbol"] == ["diamond", "diamond", "diamond", "diamond-open"]
    assert marks[1]["marker"]["symbol"] == ["circle", "circle", "circle", "circle-open"]
    assert [row[1] for row in marks[1]["customdata"]] == ["whole split", "BRCA1", "PTEN", "VHL"]


def test_of_many_parts_the_largest_are_drawn_beside_the_whole(as_data: Data) -> None:
    found = results.result()
    data = as_data(strata(found, pair(found), "AUROC", LIGHT, name="AUROC", column="gene", most=1))
    marks = [trace for trace in data["data"] if trace.get("customdata")]
    assert [row[1] for row in marks[0]["customdata"]] == ["whole split", "BRCA1"]


def test_parts_of_another_column_stay_out() -> None:
    rows = strata_rows(results.result(), pair(results.result()), "AUROC", "ancestry")
    assert list(rows["label"]) == ["whole split"]


def test_markup_in_a_name_is_text_in_every_chart(as_data: Data) -> None:
    hostile = '<img src=x onerror="alert(1)"><b>'
    found = results.with_column_named(hostile)
    own, *others = (replace(one, registered=False) for one in found.systems)
    as_baseline = replace(found, systems=(replace(own, role="baseline", registered=True), *others))
    charts = [
        forest(found, found.parts[0], "AUROC", LIGHT, name="AUROC"),
        forest(as_baseline, found.parts[0], "AUROC", LIGHT, name="AUROC"),
        strata(found, pair(found), "AUROC", LIGHT, name="AUROC", column="gene", most=40),
        curves(found, pair(found), LIGHT),
    ]
    for chart in charts:
        data = as_data(chart)
        for trace in data["data"]:
            # The first of a mark's data is its id, which nothing shows.
            trace["customdata"] = [row[1:] for row in trace.get("customdata", [])]
        assert "<img" not in str(data)


def test_curves_are_drawn_with_the_share_of_label_1_as_no_skill(as_data: Data) -> None:
    found = results.result()
    data = as_data(curves(found, pair(found), LIGHT))["data"]
    assert data[1]["y"] == [0.4, 0.4]
    assert len(data) == 6
    assert data[2]["x"] == [0.0, 0.1, 0.4, 1.0]
    assert data[2]["line"]["dash"] != data[4]["line"]["dash"]
