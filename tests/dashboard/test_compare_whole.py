"""Two systems on single-cell suites: each task on its own, numbers that are the store's, and single values beside."""

from __future__ import annotations

import csv
import io
import re
import shlex
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard.charts.compare import Bar, differences_chart
from dashboard.charts.compare_units import units_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.queries.compare import Pair
from dashboard.queries.compare_whole import read_on_units, read_over_whole, unit_metric
from dashboard.queries.suites import SUITES, of_tasks
from engine.cli import app
from engine.singlecell.paired import MEASURED_BY, difference, reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

DOUBLES, NEW, SINGLES = "perturbench:doubles", "perturbench:doubles-new", "perturbench:singles"
CELLS, NETWORKS = "cells:pbmc68k", "networks:perturbench"
MEANS = Pair("perturbation", "full", "L2Skill", "no-change", "perturbation-mean")
LINEAR = Pair("perturbation", "full", "L2Skill", "linear", "no-change")
GENES = Pair("networks", "full", "AUROC", "gene-mean", "gene-variance")
HVG = Pair("cells", "zero_shot", "AvgBIO", "hvg", "scvi")
_STORED = """
    SELECT c.*, t.suite FROM comparison c JOIN task t USING (task_id)
    WHERE t.suite IN ('perturbation', 'networks') AND c.stratum = 'all' AND c.delta IS NOT NULL
"""
_ITEMS = """
    SELECT model_id, item_id, value FROM item_value
    WHERE task_id = $task AND metric = $metric AND item_id IN
      (SELECT item_id FROM item_value WHERE task_id = $task AND metric = $metric AND n IS NOT NULL)
    ORDER BY item_id
"""


def _by_item(ask: Ask, task: str, metric: str) -> pd.DataFrame:
    """One row a perturbation in alphabetical order, one column a system."""
    rows = ask(_ITEMS, {"task": task, "metric": metric})
    return rows.pivot_table(index="item_id", columns="model_id", values="value", dropna=False).astype(float)


def test_differences_from_single_values_are_those_that_the_run_stored(ask: Ask, catalog: Catalog) -> None:
    stored = ask(_STORED)
    assert {SINGLES, DOUBLES, NEW, NETWORKS} == set(stored["task_id"])
    for row in stored.itertuples():
        values = _by_item(ask, str(row.task_id), unit_metric(str(row.metric)))
        base = reference(str(row.metric), catalog.registered[str(row.task_id)][0])
        own, other = (values[name].to_numpy() for name in (row.model_id, row.baseline_id))
        found = difference(str(row.metric), own, other, values[base].to_numpy() if base else None)
        assert (found.delta, found.low, found.high, found.p) == pytest.approx(
            (row.delta, row.ci_low, row.ci_high, row.p), abs=1e-9
        )
        assert (found.n, found.p_method) == (row.n, row.p_method)


def test_what_the_store_has_is_shown_as_it_is(ask: Ask, catalog: Catalog) -> None:
    rows = read_over_whole(ask, catalog, MEANS).rows.set_index("task_id")
    assert list(rows["how"]) == ["items", "stored", "stored"]
    for task in (NEW, SINGLES):
        stored = ask(
            "SELECT delta, ci_low, ci_high, p FROM comparison WHERE task_id = $task AND metric = 'L2Skill' "
            "AND model_id = 'no-change' AND baseline_id = 'perturbation-mean'",
            {"task": task},
        ).iloc[0]
        assert list(rows.loc[task, ["delta", "low", "high", "p"]]) == pytest.approx(list(stored))


def test_a_difference_of_skills_is_that_of_the_two_values_and_of_hand_drawn_resamples(
    ask: Ask, catalog: Catalog
) -> None:
    row = read_over_whole(ask, catalog, LINEAR).of(DOUBLES).iloc[0]
    assert row["how"] == "items"
    assert row["delta"] == pytest.approx(row["first"] - row["second"])
    values = _by_item(ask, DOUBLES, "L2")
    drawn = np.random.default_rng(0).integers(0, 5, (2000, 5))
    own, other, base = (values[name].to_numpy()[drawn].sum(1) for name in ("linear", "no-change", "additive"))
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile((other - own) / base, [0.025, 0.975])))


def test_swapping_the_two_changes_signs_and_nothing_else(ask: Ask, catalog: Catalog) -> None:
    for pair in (MEANS, GENES, HVG):
        turned = Pair(pair.suite, pair.regime, pair.metric, pair.second, pair.first)
        one, other = (read_over_whole(ask, catalog, asked).rows for asked in (pair, turned))
        np.testing.assert_allclose(one["delta"], -other["delta"])
        np.testing.assert_allclose(one["low"], -other["high"])
        np.testing.assert_allclose(one["p"].astype(float), other["p"].astype(float))


def test_cells_without_a_stored_comparison_have_the_interval_of_two_values_and_no_test(
    ask: Ask, catalog: Catalog
) -> None:
    row = read_over_whole(ask, catalog, HVG).rows.iloc[0]
    assert (row["how"], HVG.metric in MEASURED_BY) == ("unpaired", False)
    assert row["low"] < row["delta"] < row["high"]
    assert pd.isna(row["p"])
    beside = read_over_whole(ask, catalog, Pair("cells", "zero_shot", "AvgBIO", "hvg", "hvg-pca")).rows.iloc[0]
    assert beside["how"] == "stored"
    assert beside["high"] - beside["low"] < row["high"] - row["low"]


def test_a_system_that_predicts_a_part_has_no_difference_but_a_reason(ask: Ask, catalog: Catalog) -> None:
    over = read_over_whole(ask, catalog, LINEAR)
    assert over.known == [DOUBLES]
    silent = over.rows[over.rows["delta"].isna()]
    assert list(silent["task_id"]) == [NEW, SINGLES]
    assert silent["reason"].str.contains("has a value for none of").all()


def test_single_values_come_with_the_largest_difference_first_and_lower_errors_ahead(
    ask: Ask, catalog: Catalog
) -> None:
    found = read_on_units(ask, LINEAR, DOUBLES, SUITES["perturbation"].protocols)
    assert found is not None
    assert (found.metric, found.to_beat, len(found.rows)) == ("L2", "additive", 5)
    assert list(found.rows["lead"]) == pytest.approx(list(found.rows["second"] - found.rows["first"]))
    assert found.rows["lead"].abs().is_monotonic_decreasing
    assert found.rows["beat"].notna().all()
    lone = Pair("networks", "full", "AUROC", "gene-mean", "gene-lr")
    beside = read_on_units(ask, lone, NETWORKS, SUITES["networks"].protocols)
    assert beside is not None
    assert beside.rows["beat"].isna().all(), "it is one of the two"
    assert list(beside.rows["lead"]) == pytest.approx(list(beside.rows["first"] - beside.rows["second"]))
    assert catalog.registered[NETWORKS] == ["gene-lr"]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_chart_of_single_values_names_both_and_the_baseline(
    colours: Any, ask: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    found = read_on_units(ask, LINEAR, DOUBLES, SUITES["perturbation"].protocols)
    assert found is not None
    rows = found.rows.assign(told=[("a",)] * len(found.rows))
    data = as_data(units_chart(rows, ("<b>A</b>", "B"), "Additive", "L2", colours, lower=True))
    told = " ".join(note["text"] for note in data["layout"]["annotations"])
    assert "● &lt;b&gt;A&lt;/b&gt;" in told
    assert "Additive, to beat" in told
    assert "lower is better" in data["layout"]["xaxis"]["title"]["text"]
    marks = [trace["x"] for trace in data["data"]]
    for side in ("beat", "second", "first"):
        assert marks.pop(0) == pytest.approx(list(found.rows[side]))
    low, high = data["layout"]["xaxis"]["range"]
    values = found.rows[["first", "second", "beat"]].to_numpy()
    assert low < values.min()
    assert values.max() < high


def test_a_long_name_of_a_task_is_whole_where_there_are_few() -> None:
    name = "Doubles with an unknown single (Norman 2019)"
    bars = [Bar(key="a", name=name, delta=0.1, low=0.0, high=0.2)]
    shown = differences_chart(bars, ("A", "B"), "L2 skill", LIGHT, margin=0.05, longest=44).layout.yaxis.ticktext
    assert shown[0].strip() == name
    assert differences_chart(bars, ("A", "B"), "L2 skill", LIGHT, margin=0.05).layout.yaxis.ticktext[0] != shown[0]


def test_the_table_has_every_task_and_says_how_a_difference_is_known(visit: Visit) -> None:
    rows = visit("compare", {"suite": "perturbation", "first": "linear", "second": "additive"}).dataframe[0].value
    assert rows["Task"].iloc[0] == "Doubles of known singles (Norman 2019)"
    assert len(rows) == 3
    assert list(rows["Difference"].notna()) == [True, False, False]
    assert rows["How"].iloc[0] == "paired, as the store has it"
    assert rows["No difference because"].iloc[1:].str.contains("has a value for none of").all()


def _texts(at: AppTest) -> str:
    return " ".join([at.title[0].value, *(str(block.value) for block in (*at.markdown, *at.caption))])


def _title(at: AppTest) -> str:
    return str(at.title[0].value)


@pytest.mark.parametrize("suite", ["perturbation", "cells", "networks"])
@pytest.mark.parametrize("level", ["category", "task", "item"])
def test_every_level_of_every_suite_of_whole_tasks_opens(suite: str, level: str, visit: Visit) -> None:
    assert of_tasks(suite)
    at = visit("compare", {"suite": suite, "level": level})
    assert not at.exception
    assert re.search(r"ahead of|behind|level in", _title(at))
    assert "macro" not in _texts(at)
    assert "by category" not in _texts(at).lower()


def test_the_title_is_about_the_task_chosen_and_tasks_are_not_put_together(visit: Visit) -> None:
    asked = {"suite": "perturbation", "first": "no-change", "second": "perturbation-mean"}
    assert "on doubles of known singles" in _title(visit("compare", asked))
    at = visit("compare", asked | {"task": SINGLES})
    assert _title(at) == "No change is ahead of Mean change by 0.179 L2 skill on singles: not told apart"
    assert "no mean over tasks" in _texts(at)
    assert "rough guide" in _texts(at)


def test_two_without_a_task_in_common_are_not_compared(visit: Visit) -> None:
    at = visit("compare", {"suite": "perturbation", "first": "linear-p-mcfaline23", "second": "additive"})
    assert not at.exception
    assert "cannot be compared in L2 skill on any task" in _title(at)
    at = visit(
        "compare",
        {"suite": "perturbation", "first": "linear-p-mcfaline23", "second": "additive", "level": "item"},
    )
    assert not at.exception


def test_a_cell_type_has_no_avgbio_and_the_page_says_what_is_shown(visit: Visit) -> None:
    told = _texts(visit("compare", {"suite": "cells", "first": "hvg", "second": "scvi", "level": "item"}))
    assert "A single cell type has no AvgBIO: ASW is shown." in told
    assert "not paired" in _texts(visit("compare", {"suite": "cells", "first": "hvg", "second": "scvi"}))


@pytest.mark.parametrize(
    ("asked", "of"),
    [
        ({"suite": "perturbation", "first": "no-change", "second": "perturbation-mean", "task": NEW}, "delta"),
        ({"suite": "perturbation", "first": "linear", "second": "no-change"}, "value"),
        ({"suite": "cells", "first": "hvg", "second": "scvi"}, "value"),
        ({"suite": "networks", "level": "item"}, "value"),
    ],
    ids=["stored", "items", "unpaired", "single"],
)
def test_the_command_prints_what_the_page_shows(asked: dict[str, str], of: str, visit: Visit, app_cache: Path) -> None:
    assert app_cache.exists()
    at = visit("compare", asked)
    words = shlex.split(at.code[0].value)
    assert words[:2] == ["vledger", "sql"]
    found = CliRunner().invoke(app, words[1:])
    assert found.exit_code == 0, found.output
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert rows
    assert all(row[of] or row["undefined_reason"] for row in rows)
