from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.forest import task_chart
from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.components.model_words import model_lede, model_title
from dashboard.components.probe_words import (
    leakage_sentence,
    probed_lede,
    probed_title,
    side_by_side,
)
from dashboard.components.standards import standards_table, without_value
from dashboard.components.wording import task_lede, task_title
from dashboard.queries.probes import read_standards
from dashboard.queries.task import TaskView, read_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

TF0 = "leannmlindsey_GUE_human_tf_0"


def to_beat(**more: object) -> pd.Series:
    row = {
        "model_id": "kmer-best",
        "name": "Tuned k-mers",
        "value": 0.5371,
        "ci_low": 0.48,
        "ci_high": 0.59,
        "undefined_reason": None,
        "n_models": 41,
        "below": 35,
        "inside": 5,
        "above": 1,
    }
    return pd.Series(row | more, dtype=object)


@pytest.fixture(scope="module")
def fair(ask: Ask, catalog: Catalog) -> TaskView:
    return read_task(ask, catalog, TF0, "all", "full", "MCC", "fair-v1")


@pytest.fixture(scope="module")
def exact(ask: Ask, catalog: Catalog) -> TaskView:
    return read_task(ask, catalog, TF0, "all", "full", "MCC", "geneb-exact")


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ((35, 5, 1), "Tuned k-mers, a baseline, is ahead of 35 of 41 published models"),
        ((0, 41, 0), "No published model can be told apart from Tuned k-mers, a baseline"),
        ((41, 0, 0), "Tuned k-mers, a baseline, is ahead of all 41 published models"),
        ((5, 31, 5), "Tuned k-mers, a baseline, is ahead of 5 of 41 published models"),
        ((4, 32, 5), "Five of 41 published models are ahead of Tuned k-mers, the baseline to beat"),
        ((0, 40, 1), "One of 41 published models is ahead of Tuned k-mers, the baseline to beat"),
        ((0, 0, 41), "All 41 published models are ahead of Tuned k-mers, a baseline"),
    ],
)
def test_the_title_follows_where_the_published_models_stand(
    counts: tuple[int, int, int], title: str, fair: TaskView
) -> None:
    below, inside, above = counts
    assert probed_title(fair, to_beat(below=below, inside=inside, above=above)) == title


def test_the_lede_counts_below_inside_and_above_the_interval(fair: TaskView) -> None:
    assert probed_lede(fair, to_beat(), "full") == (
        "**Tuned k-mers** reaches **0.537** (0.48–0.59) under fair-v1. Of 41 published models **35** are below this "
        "95 % interval, **5** inside it and so not told apart, **1** above."
    )
    assert "below this range of 95 % of the draws" in probed_lede(fair, to_beat(), "10shot")


def test_the_lede_says_so_where_published_models_have_no_interval(ask: Ask, catalog: Catalog) -> None:
    few = read_task(ask, catalog, TF0, "all", "10shot", "MCC", "fair-v1")
    assert probed_lede(few, to_beat(), "10shot").endswith("Published models have no interval of their own here.")


def test_title_and_lede_of_the_page_are_those_counts(fair: TaskView) -> None:
    assert fair.to_beat is not None
    assert task_title(fair) == probed_title(fair, fair.to_beat)
    lede = task_lede(fair, "MCC", "full")
    assert lede.startswith("1,000 test sequences; probe trained on all training labels. ")
    assert lede.endswith(probed_lede(fair, fair.to_beat, "full"))
    assert sum(fair.to_beat[["below", "inside", "above"]]) == 41


def test_under_the_other_probe_the_title_claims_nothing_and_the_lede_says_so(exact: TaskView) -> None:
    four = replace(exact, to_beat=to_beat(model_id="kmer-4", name="4-mer frequencies"))
    value = exact.scores.at["kmer-4", "value"]
    assert task_title(four) == f"4-mer frequencies, the baseline to beat, reaches {value:.3f} under GENEB-exact"
    assert "claims are made from fair-v1 only" in task_lede(exact, "MCC", "full")
    assert "under fair-v1. Of 41 published models" in task_lede(exact, "MCC", "full")


def test_a_baseline_to_beat_without_a_value_says_so(fair: TaskView, exact: TaskView) -> None:
    absent = to_beat(model_id="nobody", value=np.nan, ci_low=np.nan, ci_high=np.nan, undefined_reason="one class")
    named = "Tuned k-mers, the baseline to beat, has no value"
    assert probed_title(replace(fair, to_beat=absent), absent) == named
    assert probed_title(replace(exact, to_beat=absent), absent) == f"{named} under GENEB-exact"
    assert probed_lede(fair, absent, "full") == "Tuned k-mers has no value under fair-v1: one class."


def test_a_part_has_no_published_values_and_says_why(ask: Ask, catalog: Catalog) -> None:
    far = read_task(ask, catalog, TF0, "far", "full", "MCC", "fair-v1")
    assert far.models.empty
    assert far.line is not None
    assert task_title(far) == f"{far.line['name']}, the baseline to beat, reaches {far.line['value']:.3f}"
    assert "Published values are over all test sequences" in task_lede(far, "MCC", "full")
    assert side_by_side(far) is None


def test_two_protocols_in_one_chart_are_named_as_such(
    fair: TaskView, exact: TaskView, ask: Ask, catalog: Catalog
) -> None:
    assert side_by_side(fair) == (
        "Two protocols side by side: published models under geneb-published, everything probed here under fair-v1. "
        "Claims are made from it alone."
    )
    assert "under GENEB-exact. Claims are made from fair-v1 alone." in str(side_by_side(exact))
    assert side_by_side(read_task(ask, catalog, TF0, "all", "full", "MCC")) is None


LEAK = {"k": 21, "n_test": 1000, "exact": 0, "reverse_complement": 0, "label_conflicts": 0, "near": 0}


NEAR = "31 (3.1%) are near train: one training sequence holds more than half of their 21-mers."
SOME = {"near": 31, "exact": 1, "reverse_complement": 2, "label_conflicts": 1}
IN_TRAIN = (
    "one of 1,000 test sequences is in train, two more as the reverse complement, one of them with another label; "
)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "no test sequence is in train or near a training sequence (of 1,000)."),
        ({"near": 31}, f"none of 1,000 test sequences are in train; {NEAR}"),
        (SOME, f"{IN_TRAIN}{NEAR}"),
    ],
)
def test_leakage_in_words(counts: dict[str, int], sentence: str) -> None:
    assert leakage_sentence(pd.Series(LEAK | counts)) == f"**Leakage:** {sentence}"


def standard(model: str, protocol: str, value: float | None, **more: object) -> dict[str, object]:
    low, high = (np.nan, np.nan) if value is None else (value - 0.05, value + 0.05)
    row = {"model_id": model, "name": model.upper(), "role": "baseline", "protocol": protocol, "value": value}
    return row | {"ci_low": low, "ci_high": high, "undefined_reason": None, "collapsed": None} | more


def test_the_table_has_a_value_a_reason_or_not_run_in_every_cell(fair: TaskView) -> None:
    rows = pd.DataFrame(
        [
            standard("kmer-best", "fair-v1", 0.5),
            standard("kmer-best", "geneb-exact", 0.0, collapsed="says <one> class"),
            standard("cnn", "fair-v1", 0.4),
            standard("cnn", "geneb-exact", None, undefined_reason="no <frozen> features"),
            standard("twin", "fair-v1", 0.1, role="control"),
        ]
    )
    view = replace(fair, to_beat=to_beat())
    table = standards_table(view, rows, ["fair-v1", "geneb-exact"])
    assert table.count("<tr") == 4
    assert table.count("<td>") == 6
    assert "<td>0.500<small>0.45–0.55</small></td>" in table
    assert 'title="says &lt;one&gt; class">⊘ collapsed</span>' in table
    assert 'title="no &lt;frozen&gt; features">no value</span>' in table
    assert table.count("not run") == 1
    assert table.count("◆ to beat") == 1
    assert '<tr class="vl-control">' in table
    assert without_value(rows[rows["value"].isna()], ["fair-v1", "geneb-exact"]) == (
        "No value: CNN under GENEB-exact (no <frozen> features)."
    )


def test_every_baseline_and_control_of_a_task_stands_in_its_table(fair: TaskView, ask: Ask, catalog: Catalog) -> None:
    rows = read_standards(ask, TF0, "all", "full", "MCC")
    probes = catalog.probes_of(TF0)
    table = standards_table(fair, rows, probes)
    assert table.count('scope="row"') == rows["model_id"].nunique()
    assert table.count('scope="col"') == 1 + len(probes)
    assert "nan" not in table


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_chart_draws_the_baseline_to_beat_as_a_line_in_its_interval(
    colours: Palette, fair: TaskView, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    line = fair.line
    assert line is not None
    rows = fair.scores.dropna(subset=["value"])
    data = as_data(task_chart(fair, rows, colours, group_by="family", metric="MCC"))
    (band,) = [shape for shape in data["layout"]["shapes"] if shape["type"] == "rect"]
    assert (band["x0"], band["x1"]) == (line["ci_low"], line["ci_high"])
    (solid,) = [shape for shape in data["layout"]["shapes"] if shape.get("line", {}).get("dash") == "solid"]
    assert solid["x0"] == solid["x1"] == line["value"]
    (label,) = [note for note in data["layout"]["annotations"] if line["name"] in note["text"]]
    assert "inner folds of train" in label["hovertext"].replace("<br>", " ")


def test_a_collapsed_row_has_sign_word_and_evidence_in_the_chart(
    ask: Ask, catalog: Catalog, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    view = read_task(ask, catalog, "deep4mc_E.coli_4mC", "all", "full", "MCC")
    data = as_data(task_chart(view, view.scores, LIGHT, group_by="family", metric="MCC"))
    marked = [label for label in data["layout"]["yaxis"]["ticktext"] if "⊘ collapsed" in label]
    told = [card for card in data["data"][0]["customdata"] if "always answering" in card[-1].replace("<br>", " ")]
    assert len(marked) == len(told) == 9


def test_a_model_that_was_probed_here_has_a_ring_and_names_its_protocol(
    fair: TaskView, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    model = fair.models.iloc[[0]].assign(probed=True)
    rows = pd.concat([fair.models.iloc[[1]], model])
    traces = as_data(task_chart(fair, rows, LIGHT, group_by="family", metric="MCC"))["data"]
    (trace,) = (trace for trace in traces if "customdata" in trace)
    assert trace["marker"]["line"]["width"] == [0, 2]
    assert [card[3] for card in trace["customdata"]] == ["official", "official, geneb-published"]


def facts(model_id: str, role: str, name: str = "X") -> pd.Series:
    return pd.Series({"name": name, "role": role, "suites": ["geneb"]}, name=model_id, dtype=object)


@pytest.mark.parametrize(
    ("model_id", "role", "title"),
    [
        ("kmer-best", "baseline", "X is a baseline: what a model has to beat"),
        ("majority", "control", "X is a control: it knows nothing of the sequence"),
        ("random-init:m", "control", "X is a control: its weights were never trained"),
        ("shuffled:kmer-best", "control", "X is a control: it is shown shuffled sequences"),
        ("m", "model", "X: measured outside the leaderboards only"),
    ],
)
def test_the_page_of_a_system_on_no_board_says_what_it_is(model_id: str, role: str, title: str) -> None:
    assert model_title(facts(model_id, role), None, pd.DataFrame()) == title


def test_the_lede_of_a_probed_system_counts_tasks_and_names_protocols() -> None:
    scored = pd.DataFrame({"task_id": ["a", "b", "a"], "protocol": ["fair-v1", "fair-v1", "geneb-exact"]})
    assert model_lede(None, pd.DataFrame(), scored, 1) == (
        "Probed here on 2 tasks under fair-v1 and GENEB-exact, and on 1 the baseline to beat; ranks are within one "
        "protocol."
    )
    assert model_lede(None, pd.DataFrame(), scored.iloc[:0], 0) == "Its scores are listed below."
