"""Single perturbations and cell types of the Task page: read as the store has them, drawn, and put into words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.charts.unit_dots import unit_dots
from dashboard.charts.unit_map import WORSE, unit_map
from dashboard.components.task_measures import measures_table, measures_title, missing_sentences
from dashboard.components.task_units import units_table
from dashboard.components.task_units_words import key_sentence, missing_sentence, rests_on, unit_title, units_title
from dashboard.queries.suites import SUITES
from dashboard.queries.task_measures import metrics_of, ranked, read_measures, without_value
from dashboard.queries.task_units import Units, read_units
from dashboard.text import METRICS, interval

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    AsData = Callable[[Any], dict[str, Any]]

PLACES = [
    ("perturbation", "perturbench:doubles", "L2"),
    ("perturbation", "perturbench:doubles-new", "PearsonDelta"),
    ("perturbation", "perturbench:singles", "L2"),
    ("cells", "cells:pbmc68k", "ASW"),
    ("networks", "networks:perturbench", "AUROC"),
]
EACH = pytest.mark.parametrize(("suite", "task", "metric"), PLACES, ids=lambda value: value)


def units_of(ask: Ask, suite: str, task: str, metric: str) -> Units:
    found = read_units(ask, task, metric, SUITES[suite].protocols)
    assert found is not None
    return found


def stored(ask: Ask, task: str, metric: str) -> pd.DataFrame:
    return ask("SELECT * FROM item_value WHERE task_id = $task AND metric = $metric", {"task": task, "metric": metric})


@EACH
def test_every_value_and_every_reason_is_that_of_the_store(suite: str, task: str, metric: str, ask: Ask) -> None:
    found, rows = units_of(ask, suite, task, metric), stored(ask, task, metric)
    shown = 0
    for row in rows.itertuples():
        if row.item_id not in found.items or row.model_id not in found.systems.index:
            assert math.isnan(row.value)
            continue
        value = found.values.at[row.model_id, row.item_id]
        assert value == row.value or (math.isnan(value) and math.isnan(row.value))
        if math.isnan(row.value):
            assert found.reasons.at[row.model_id, row.item_id] == row.undefined_reason
        shown += 1
    assert shown == found.values.size
    assert set(found.items) | set(found.left_out.index) == set(rows["item_id"])
    assert not set(found.items) & set(found.left_out.index)


@EACH
def test_the_registered_baseline_stands_first(suite: str, task: str, metric: str, ask: Ask) -> None:
    found = units_of(ask, suite, task, metric)
    registered = ask("SELECT DISTINCT baseline_id FROM comparison WHERE registered AND task_id = $t", {"t": task})
    assert [found.to_beat] == list(registered["baseline_id"])
    assert found.values.index[0] == found.to_beat
    own = found.values.loc[found.to_beat].tolist()
    assert own == sorted(own, reverse=found.sign > 0)


def test_a_lead_is_the_share_of_an_error_that_is_saved_and_the_difference_of_anything_else(ask: Ask) -> None:
    errors = units_of(ask, *PLACES[0])
    own, beat = (errors.values.at[name, "MAPK1+TGFBR2"] for name in ("linear", "additive"))
    assert errors.leads.at["linear", "MAPK1+TGFBR2"] == pytest.approx(1 - own / beat)
    shares = units_of(ask, *PLACES[3])
    own, beat = (shares.values.at[name, "Dendritic"] for name in ("hvg", "hvg-pca"))
    assert shares.leads.at["hvg", "Dendritic"] == pytest.approx(own - beat)


@EACH
def test_the_title_counts_what_the_store_has(suite: str, task: str, metric: str, ask: Ask) -> None:
    found = units_of(ask, suite, task, metric)
    rival = found.rival()
    if rival is None:  # the baseline to beat alone, and controls
        others = found.systems[(found.systems["role"] != "control") & (found.systems.index != found.to_beat)]
        assert others.empty
        return
    rows = stored(ask, task, metric).pivot_table(index="item_id", columns="model_id", values="value")
    both = rows[[rival, found.to_beat]].dropna()
    better = int(
        (both[rival] < both[found.to_beat]).sum() if metric == "L2" else (both[rival] > both[found.to_beat]).sum()
    )
    assert f" on {better} of {len(both)} " in units_title(found, suite)
    assert found.systems.at[rival, "role"] != "control"


def test_titles_change_with_what_is_looked_at(ask: Ask) -> None:
    found = units_of(ask, *PLACES[0])
    assert units_title(found, "perturbation") == "Linear errs less than Additive on 4 of 5 perturbations"
    assert unit_title(found, "MAPK1+TGFBR2", "perturbation") == (
        "MAPK1+TGFBR2, held out in 1 split: Linear errs least, 31 % less than Additive"
    )
    assert unit_title(found, "MAP2K3+SLC38A2", "perturbation") == (
        "MAP2K3+SLC38A2, held out in 2 splits: nobody errs less than Additive"
    )
    cells = units_of(ask, *PLACES[3])
    assert unit_title(cells, "CD14+ Monocyte", "cells").startswith("CD14+ Monocyte, 129 cells: ")
    assert rests_on("networks", 121) == "121 tested genes"


@EACH
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_map_prints_each_value_and_hatches_what_has_none(
    colours: Palette, suite: str, task: str, metric: str, ask: Ask, as_data: AsData
) -> None:
    found = units_of(ask, suite, task, metric)
    data = as_data(unit_map(found, colours, chosen=found.items[-1], told={}))
    (texts,) = (trace for trace in data["data"] if trace.get("mode") == "text")
    (targets,) = (trace for trace in data["data"] if "customdata" in trace)
    at = dict(zip(zip(texts["y"], texts["x"], strict=True), texts["text"], strict=True))
    for row, model in enumerate(found.values.index):
        for column, item in enumerate(found.items):
            value, text = found.values.at[model, item], at[row, column]
            if math.isnan(value):
                assert not text
                continue
            assert float(text.split()[0].replace("−", "-")) == pytest.approx(value, abs=0.0051)
            assert (WORSE in text) == bool(found.leads.at[model, item] < 0)
    missing = int(found.values.isna().sum().sum())
    assert sum(len(trace["x"]) for trace in data["data"] if trace["type"] == "bar") == missing
    assert sum("no value" in card[3] for card in targets["customdata"]) == missing
    assert [card[0] for card in targets["customdata"][: len(found.items)]] == found.items
    (framed,) = data["layout"]["shapes"]
    assert framed["x0"] < len(found.items) - 1 < framed["x1"]
    assert data["layout"]["xaxis"]["ticktext"][-1].startswith("<b>")


@EACH
def test_the_dots_stand_against_the_line_of_the_baseline(
    suite: str, task: str, metric: str, ask: Ask, as_data: AsData
) -> None:
    found = units_of(ask, suite, task, metric)
    for item in found.items:
        data = as_data(unit_dots(found, item, found.systems["role"], LIGHT))
        (dots,) = data["data"]
        assert sorted(dots["x"]) == sorted(found.values[item].dropna())
        assert dots["x"] == sorted(dots["x"], reverse=found.sign > 0)
        if not math.isnan(found.values.at[found.to_beat, item]):
            (line,) = data["layout"]["shapes"]
            assert line["x0"] == line["x1"] == found.values.at[found.to_beat, item]


def test_who_has_no_value_is_told_with_the_reason(ask: Ask) -> None:
    found = units_of(ask, *PLACES[0])
    told = missing_sentence(found, "KLF1+MAP2K6")
    assert told is not None
    for model in found.values.index[found.values["KLF1+MAP2K6"].isna()]:
        assert str(found.systems.at[model, "name"]) in told
        assert str(found.reasons.at[model, "KLF1+MAP2K6"]) in told
    assert missing_sentence(found, "MAPK1+TGFBR2") is None
    assert "Hatched" in key_sentence(found)
    assert "Hatched" not in key_sentence(units_of(ask, *PLACES[3]))


@EACH
def test_the_rows_to_take_away_are_the_values(suite: str, task: str, metric: str, ask: Ask) -> None:
    found = units_of(ask, suite, task, metric)
    rows = units_table(found, suite)
    assert len(rows) == found.values.size
    assert rows[METRICS[metric].name].sum() == pytest.approx(found.values.sum().sum())
    assert rows[METRICS[metric].name].isna().sum() == rows["No value because"].notna().sum()


def test_a_task_without_single_values_has_none(ask: Ask, catalog: Catalog) -> None:
    assert read_units(ask, "clinvar_vep_eval", "AUROC", ("vep-eval-published",)) is None
    assert catalog.units_of("clinvar_vep_eval") == catalog.unit_metrics_of("clinvar_vep_eval") == []
    assert catalog.unit_metrics_of("perturbench:doubles") == ["L2", "PearsonDelta"]


def measures_of(ask: Ask, suite: str, task: str) -> pd.DataFrame:
    return read_measures(ask, task, "all", SUITES[suite].regimes[0], SUITES[suite].protocols)


@pytest.mark.parametrize(("suite", "task"), [place[:2] for place in PLACES])
def test_all_measures_are_those_of_the_store_the_baseline_to_beat_first(suite: str, task: str, ask: Ask) -> None:
    found = measures_of(ask, suite, task)
    primary = SUITES[suite].metrics[0]
    metrics, order = metrics_of(found, primary), ranked(found, primary)
    assert metrics[0] == primary
    table = measures_table(found, metrics, order)
    assert [place for place, role in enumerate(table["Role"]) if role == "baseline to beat"] == [0]
    scores = ask("SELECT * FROM score JOIN model USING (model_id) WHERE task_id = $task", {"task": task})
    for metric in metrics:
        own = scores[(scores["metric"] == metric) & scores["value"].notna()].set_index("name")["value"]
        (column,) = (name for name in table if name.removesuffix(" (lower is better)") == METRICS[metric].name)
        assert table.set_index("System")[column].dropna().to_dict() == pytest.approx(own.to_dict(), abs=1e-5)
    # A baseline's own value of a measure relative to it is the same in every draw: no interval is written.
    known = scores[(scores["metric"] == primary) & (scores["ci_low"] < scores["ci_high"])]
    bounds = table.set_index("System")[f"{METRICS[primary].name}, 95 %"].dropna()
    assert len(known) >= len(table) - 1
    assert bounds.to_dict() == {
        row["name"]: interval(row["ci_low"], row["ci_high"]) for row in known.to_dict("records")
    }


def test_who_is_first_is_judged_in_the_direction_of_each_measure(ask: Ask) -> None:
    found = measures_of(ask, "perturbation", "perturbench:doubles")
    metrics = metrics_of(found, "L2Skill")
    assert measures_title(found, metrics) == "Linear is first by 3 of 4 measures"
    assert measures_title(found, ["PearsonDelta"]) == "Additive is first by every measure"
    assert measures_title(found, ["L2"]) == "Linear is first by every measure"


def test_reasons_stand_once_and_name_the_measure_where_only_some_lack(ask: Ask) -> None:
    found = measures_of(ask, "perturbation", "perturbench:doubles")
    metrics = metrics_of(found, "L2Skill")
    told = without_value(found, metrics)
    assert told["reason"].is_unique
    (sentence,) = missing_sentences(found, metrics, batches=False)
    assert "Pearson of the change of No change (" in sentence
    cells = measures_of(ask, "cells", "cells:pbmc68k")
    first, second = missing_sentences(cells, metrics_of(cells, "AvgBIO"), batches=True)
    assert "Harmony (the data set has no batch column)" in first
    assert second.startswith("ASW of batches, PCR and Graph connectivity: ")
