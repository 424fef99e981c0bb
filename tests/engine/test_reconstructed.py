from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.names import Metric
from engine.records import Score, Task
from engine.run.reconstructed import compared, drawn_of, with_intervals

if TYPE_CHECKING:
    from engine.records import Comparison

TASK = Task(
    task_id="t", label="T", suite="geneb", category="C", kind="sequence_classification", primary_metric="MCC",
    n_test=100, n_classes=2, prevalence=0.4, position=0, source_id="s",
)  # fmt: skip
RIGHT = {"MCC": 0.58333, "Acc": 0.8, "F1": 0.79166}  # 30 and 50 of 40 and 60
CONSTANT = {"MCC": 0.0, "Acc": 0.6, "F1": 0.375}
PERFECT = {"MCC": 1.0, "Acc": 1.0, "F1": 1.0}


def _scores(model_id: str, values: dict[str, float], *, published: bool = True) -> list[Score]:
    return [
        Score(
            model_id=model_id,
            task_id="t",
            stratum="all",
            regime="full",
            protocol="geneb-published" if published else "fair-v1",
            metric=metric,
            value=value,
            ci_low=None if published else value - 0.1,
            ci_high=None if published else value + 0.1,
            ci_method=None if published else "bootstrap",
            n=100,
            origin="published" if published else "engine",
            provenance="official",
            source_id="s",
        )
        for metric, value in values.items()
    ]


def _compared(values: dict[str, float], baseline: dict[str, float]) -> dict[str, Comparison]:
    scores = _scores("m", values)
    drawn = drawn_of(scores, {"t": TASK})
    known = {score.metric: score for score in with_intervals(scores, drawn)}
    beside = _scores("b", baseline, published=False)
    rows = compared([known.get(score.metric, score) for score in scores], drawn, beside, {"t": TASK})
    return {row.metric: row for row in rows}


def _exact(tp: int, tn: int) -> dict[str, float]:
    """Values of a table over 40 positives and 60 negatives, unrounded."""
    fp, fn = 60 - tn, 40 - tp
    mcc = (tp * tn - fp * fn) / ((tp + fp) * 40 * 60 * (tn + fn)) ** 0.5
    return {"MCC": mcc, "Acc": (tp + tn) / 100, "F1": tp / (2 * tp + fp + fn) + tn / (2 * tn + fp + fn)}


def test_values_with_one_table_have_an_interval_around_them_and_say_how_it_came_about() -> None:
    scores = _scores("m", RIGHT)
    found = with_intervals(scores, drawn_of(scores, {"t": TASK}))
    assert [score.metric for score in found] == ["MCC", "Acc", "F1"]
    for score in found:
        assert score.value is not None
        assert score.ci_low is not None
        assert score.ci_high is not None
        assert score.ci_low < score.value < score.ci_high
        assert str(score.ci_method).startswith("reconstructed from published MCC, accuracy, n and prevalence: ")
    accuracy = found[1]
    assert (accuracy.ci_low, accuracy.ci_high) == (0.72, 0.88)  # 80 of 100 +- 2 * 4


def test_a_model_next_to_its_baseline_has_a_difference_and_the_articles_verdict() -> None:
    row = _compared(RIGHT, _exact(20, 40))["MCC"]
    assert row.delta == pytest.approx(0.58333 - _exact(20, 40)["MCC"])
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert row.delta is not None
    assert 0 < row.ci_low < row.delta < row.ci_high
    assert (row.verdict_article, row.verdict, row.registered, row.n) == ("PASS", None, True, 100)
    assert str(row.ci_method).startswith("unpaired: ")


def test_the_interval_of_every_metric_is_about_as_wide() -> None:
    rows = _compared(RIGHT, _exact(28, 52))
    widths = {metric: (row.ci_high or 0) - (row.ci_low or 0) for metric, row in rows.items()}
    assert widths["Acc"] == pytest.approx(2 * 1.96 * (0.16 / 100 + (0.1 / 1.96) ** 2) ** 0.5, rel=0.1)
    assert widths["F1"] == pytest.approx(widths["Acc"], rel=0.1)
    assert widths["MCC"] == pytest.approx(2 * 1.96 * (2 * 4 * 0.16 / 100) ** 0.5, rel=0.1)


def test_one_answer_for_all_has_a_difference_without_interval_or_verdict_and_the_reason() -> None:
    rows = _compared(CONSTANT, _exact(20, 40))
    row = rows["MCC"]
    assert row.delta == pytest.approx(-_exact(20, 40)["MCC"])
    assert (row.ci_low, row.ci_high, row.ci_method, row.verdict_article) == (None, None, None, None)
    assert row.undefined_reason == ("no interval of m: gives every item one answer: its MCC is 0/0 in every resample")
    assert rows["Acc"].ci_low is not None


@pytest.mark.parametrize("metric", list(RIGHT))
def test_a_perfect_value_has_no_interval(metric: str) -> None:
    row = _compared(PERFECT, _exact(20, 40))[metric]
    assert (row.ci_low, row.verdict_article) == (None, None)
    assert "right on every item" in str(row.undefined_reason)


def test_a_baseline_without_a_value_leaves_no_difference() -> None:
    scores = _scores("m", RIGHT)
    drawn = drawn_of(scores, {"t": TASK})
    nothing = Score(
        model_id="b", task_id="t", stratum="all", regime="full", protocol="fair-v1", metric="MCC", value=None, n=100,
        undefined_reason="predicts one class", origin="engine", provenance="computed by this engine", source_id="s",
    )  # fmt: skip
    (row,) = compared(scores, drawn, [nothing], {"t": TASK})
    assert (row.metric, row.delta, row.verdict_article) == ("MCC", None, None)
    assert row.undefined_reason == "b: predicts one class"


def test_values_that_fit_no_table_are_compared_without_interval_and_say_why() -> None:
    row = _compared({**RIGHT, "F1": 0.7}, _exact(20, 40))["MCC"]
    assert (row.ci_low, row.verdict_article) == (None, None)
    assert row.delta is not None
    assert row.undefined_reason == (
        "no interval of m: no table of whole counts gives MCC, accuracy and macro-F1 together"
    )


def test_a_task_of_unknown_size_is_left_out() -> None:
    assert drawn_of(_scores("m", RIGHT), {}) == {}


def test_without_accuracy_there_is_no_table() -> None:
    found = drawn_of(_scores("m", {"MCC": 0.58333}), {"t": TASK})
    assert found["m", "t"].why_not(Metric.MCC) == "MCC, accuracy, n and prevalence are not all known"
