from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, matthews_corrcoef, roc_auc_score

from engine.local_split.compare import judge
from engine.local_split.evaluation import judge as judged
from engine.local_split.exchange import ScoreColumn, Shape
from engine.local_split.measuring import Measuring, most_drawn
from engine.local_split.strata import Items, items_of, strata_of
from engine.names import Metric
from engine.statistics import slices
from engine.statistics.verdict import adjusted
from tests.engine.local_split.splits import asked, made, noisy, of_sequences

if TYPE_CHECKING:
    from engine.local_split.exchange import Difference, Result, Value

LABELS = np.tile([0, 1, 1], 40)
COLUMNS = {"model": noisy(LABELS, 1.5, seed=1), "old": noisy(LABELS, 0.6, seed=2)}


def value(found: Result, system: str, metric: str = "AUROC", part: str = "all") -> Value:
    return next(row for row in found.values if (row.system_id, row.metric, row.part_id) == (system, metric, part))


def difference(found: Result, system: str, baseline: str, metric: str = "AUROC", part: str = "all") -> Difference:
    wanted = (system, baseline, metric, part)
    rows = found.differences
    return next(row for row in rows if (row.system_id, row.baseline_id, row.metric, row.part_id) == wanted)


def test_values_and_differences_are_those_of_the_slices() -> None:
    found = judge(made(LABELS, scores=COLUMNS), asked("model", baseline="old"))
    for metric, function in (("AUROC", roc_auc_score), ("AUPRC", average_precision_score)):
        own, apart = value(found, "column:model", metric), difference(found, "column:model", "column:old", metric)
        alone = slices.measure(Metric(metric), LABELS, COLUMNS["model"])
        pair = slices.difference(Metric(metric), LABELS, COLUMNS["model"], COLUMNS["old"])
        assert own.value == pytest.approx(function(LABELS, COLUMNS["model"]))
        assert (own.value, own.low, own.high, own.method) == (alone.value, alone.low, alone.high, alone.method)
        assert (apart.delta, apart.low, apart.high, apart.p) == (pair.delta, pair.low, pair.high, pair.p)
        assert apart.registered


def test_groups_are_drawn_whole() -> None:
    groups = np.repeat(np.arange(40), 3)
    split = made(LABELS, scores=COLUMNS, groups=[f"gene {number}" for number in groups])
    found = judge(split, asked("model", baseline="old"))
    alone = slices.measure(Metric.AUROC, LABELS, COLUMNS["model"], groups=groups)
    own = value(found, "column:model")
    assert (own.low, own.high) == (alone.low, alone.high)
    assert "over 40 groups" in (own.method or "")
    assert difference(found, "column:model", "column:old").p_method == "paired bootstrap"


def test_train_rows_are_not_evaluated() -> None:
    train = np.arange(120) < 60
    found = judge(made(LABELS, scores=COLUMNS, train=train), asked("model"))
    own = value(found, "column:model")
    assert own.n == 60
    assert own.value == pytest.approx(roc_auc_score(LABELS[60:], COLUMNS["model"][60:]))
    assert found.parts[0].label == "All test rows"
    assert (found.parts[0].n, found.parts[0].positives) == (60, 40)


def test_mcc_is_taken_at_the_threshold_that_train_chose() -> None:
    train = np.arange(120) < 60
    found = judge(made(LABELS, scores=COLUMNS, train=train), asked("model", baseline="old"))
    system = found.systems[0]
    called = COLUMNS["model"][60:] >= system.threshold
    assert value(found, "column:model", "MCC").value == pytest.approx(matthews_corrcoef(LABELS[60:], called))
    assert difference(found, "column:model", "column:old", "MCC").minimum_effect == 0.03


def test_mcc_without_a_threshold_has_a_reason_and_no_number() -> None:
    found = judge(made(LABELS, scores=COLUMNS), asked("model", baseline="old"))
    own, apart = value(found, "column:model", "MCC"), difference(found, "column:model", "column:old", "MCC")
    assert (own.value, own.n) == (None, 120)
    assert "no train rows" in (own.undefined_reason or "")
    assert apart.delta is None
    assert (apart.undefined_reason or "").startswith("model: no threshold is declared")


def test_a_column_that_is_high_for_label_0_has_the_same_auroc_as_its_negative() -> None:
    split = made(LABELS, scores={"fit": -COLUMNS["model"], "damage": COLUMNS["model"]})
    scores = (ScoreColumn(column="fit", higher_is="0", threshold=-0.5), ScoreColumn(column="damage", higher_is="1"))
    found = judge(split, replace(asked(), scores=scores))
    assert value(found, "column:fit").value == value(found, "column:damage").value
    called = -COLUMNS["model"] < -0.5
    assert value(found, "column:fit", "MCC").value == pytest.approx(matthews_corrcoef(LABELS, called))


def test_q_is_adjusted_within_each_family() -> None:
    strata = {"gene": np.repeat(["a", "b"], 60)}
    columns = COLUMNS | {"third": noisy(LABELS, 0.9, seed=3), "old 2": noisy(LABELS, 0.5, seed=4)}
    scores = (*asked("model", "third", baseline="old").scores, *asked(baseline="old 2").scores)
    found = judge(made(LABELS, scores=columns, strata=strata), replace(asked(), scores=scores, draws=300))
    assert {row.baseline_id for row in found.differences if row.registered} == {"column:old"}
    for registered in (True, False):
        family = [row for row in found.differences if row.metric == "AUROC" and row.registered is registered]
        assert len(family) == 6
        assert [row.q for row in family] == adjusted([row.p for row in family])


def test_both_verdicts_are_given_on_rows_enough_and_neither_on_too_few() -> None:
    strata = {"gene": ["big"] * 93 + ["small"] * 27}
    found = judge(made(LABELS, scores=COLUMNS, strata=strata), asked("model", baseline="old"))
    whole, small = (difference(found, "column:model", "column:old", part=part) for part in ("all", "gene=small"))
    assert (whole.verdict_article, whole.verdict) == ("FAIL", "PASS_PAIRED")
    assert (small.verdict_article, small.verdict, small.q, small.delta) == (None, None, None, None)
    assert small.undefined_reason == "too few to judge: 27 rows, 9 in the smallest class"
    part = next(part for part in found.parts if part.part_id == "gene=small")
    assert (part.judged, part.reason) == (False, small.undefined_reason)
    assert value(found, "column:model", part="gene=small").low is not None


def test_a_part_of_one_class_has_reasons_and_no_numbers() -> None:
    strata = {"class": np.where(LABELS == 1, "ones", "zeros")}
    found = judge(made(LABELS, scores=COLUMNS, strata=strata), asked("model", baseline="old", draws=50))
    rows = [row for row in found.values if row.part_id == "class=ones"]
    assert {row.value for row in rows} == {None}
    assert "all 80 items have label 1" in {row.undefined_reason for row in rows}


def test_two_systems_that_lack_rows_are_compared_on_those_they_share() -> None:
    model, old = COLUMNS["model"].copy(), COLUMNS["old"].copy()
    model[:5], old[-6:] = np.nan, np.nan
    found = judge(made(LABELS, scores={"model": model, "old": old}), asked("model", baseline="old"))
    apart = difference(found, "column:model", "column:old")
    shared = slice(5, -6)
    both = slices.difference(Metric.AUROC, LABELS[shared], model[shared], old[shared])
    assert apart.n == 109
    assert (apart.delta, apart.low, apart.high) == (both.delta, both.low, both.high)
    assert value(found, "column:model").n == 115


def test_a_system_that_scores_a_part_of_the_rows_has_no_value() -> None:
    model = np.where(np.arange(120) < 100, COLUMNS["model"], np.nan)
    found = judge(made(LABELS, scores={"model": model, "old": COLUMNS["old"]}), asked("model", baseline="old"))
    reason = "scores 100 of 120 items: a value over a part is another quantity"
    assert value(found, "column:model").undefined_reason == reason
    assert difference(found, "column:model", "column:old").undefined_reason == f"model: {reason}"


def test_parts_are_the_values_of_a_column_the_most_frequent_first() -> None:
    names = ["rare"] * 10 + ["b"] * 40 + ["a"] * 40 + [""] * 30
    split = made(LABELS, strata={"a=b %": names})
    parts, notes = strata_of(split, items_of(split))
    assert [part.part.label for part in parts] == ["All rows", "a", "b", "rare"]
    assert [part.part.part_id for part in parts] == ["all", "a%3Db %25=a", "a%3Db %25=b", "a%3Db %25=rare"]
    assert [part.part.judged for part in parts] == [True, True, True, False]
    assert notes == []


def test_of_a_column_with_very_many_values_the_most_frequent_are_parts_and_a_note_says_so() -> None:
    labels = np.tile([0, 1], 250)
    names = [*(f"v{number:03}" for number in range(250)), *(f"v{number:03}" for number in range(250))]
    split = made(labels, strata={"gene": names})
    parts, notes = strata_of(split, items_of(split))
    assert len(parts) == 201
    assert notes[0].problem == "this column has 250 values: the 200 most frequent are shown"


@given(st.integers(0, 2**32 - 1), st.integers(40, 90))
def test_a_system_next_to_itself_differs_by_nothing(seed: int, n: int) -> None:
    labels = np.arange(n) % 2
    scores = noisy(labels, 1, seed=seed)
    found = judge(made(labels, scores={"one": scores, "two": scores}), asked("one", baseline="two", draws=30))
    row = difference(found, "column:one", "column:two")
    assert (row.delta, row.low, row.high, row.p, row.verdict) == (0, 0, 0, 1, "FAIL")


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_other_columns_moves_no_number(seed: int) -> None:
    columns = COLUMNS | {"third": noisy(LABELS, 0.5, seed=seed)}
    one = judge(made(LABELS, scores=columns), asked("model", "third", baseline="old", draws=30))
    other = judge(made(LABELS, scores=columns), asked("third", "model", baseline="old", draws=30))
    alone = judge(made(LABELS, scores=columns), asked("model", draws=30))
    assert set(one.values) == set(other.values)
    assert set(one.differences) == set(other.differences)
    assert value(one, "column:model") == value(alone, "column:model")


def test_a_row_without_a_p_value_is_in_no_family() -> None:
    found = judge(made(LABELS, scores=COLUMNS), asked("model", baseline="old", draws=50))
    row = difference(found, "column:model", "column:old")
    again = judged([row, replace(row, p=None, verdict_article=None)])
    assert (again[0].q, again[1].q) == (row.p, None)


def test_classes_are_measured_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    rows = Measuring(Items(labels=labels, classes=3), asked(), most_grouped=most_drawn(200))
    for metric, function in ((Metric.MCC, matthews_corrcoef), (Metric.ACC, accuracy_score)):
        found = rows.measure(metric, predicted.astype(float))
        assert found.value == pytest.approx(function(labels, predicted))
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
    macro = rows.measure(Metric.F1, predicted.astype(float)).value
    assert macro == pytest.approx(f1_score(labels, predicted, average="macro"))


def test_of_two_classes_mcc_is_that_of_the_slices() -> None:
    labels, called = LABELS, (COLUMNS["model"] > 1).astype(float)
    rows = Measuring(Items(labels=labels), asked(), most_grouped=most_drawn(len(labels)))
    own, alone = rows.measure(Metric.MCC, called), slices.measure(Metric.MCC, labels, called)
    assert (own.value, own.low, own.high, own.method) == (alone.value, alone.low, alone.high, alone.method)
    other = (COLUMNS["old"] > 1).astype(float)
    apart, pair = (
        rows.difference(Metric.MCC, called, other),
        slices.difference(Metric.MCC, labels, called, other),
    )
    assert (apart.delta, apart.low, apart.high, apart.p) == (pair.delta, pair.low, pair.high, pair.p)


def test_of_a_large_split_no_part_that_shares_groups_is_drawn() -> None:
    labels = np.arange(60_000) % 2
    scores = noisy(labels, 0.5, seed=0)
    strata = {"half": np.where(np.arange(60_000) < 6_000, "small", "large")}
    split = made(labels, scores={"model": scores}, strata=strata, groups=np.arange(60_000) // 20)
    found = judge(split, asked("model"))
    assert (value(found, "column:model", part="half=small").method or "").startswith("infinitesimal jackknife over 300")


def test_score_columns_on_sequences_are_held_against_the_probes_by_auroc() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 80)
    texts = ["".join(rng.choice(list("ACGT"), 20, p=[0.3 - 0.1 * one, 0.2 + 0.1 * one] * 2)) for one in labels]
    scores = {"model": noisy(labels, 2, seed=5)}
    split = of_sequences((texts[:80], labels[:80]), (texts[80:], labels[80:]), scores)
    found = judge(split, asked("model"))
    assert found.primary == "AUROC"
    assert found.metrics == ("AUROC", "AUPRC", "MCC", "Acc", "F1")
    registered = next(system.system_id for system in found.systems if system.registered)
    assert difference(found, "column:model", registered).verdict is not None
    assert value(found, "column:model", "Acc").value is not None
    bare = judge(replace(split, scores={}), asked())
    assert (bare.primary, bare.metrics) == ("MCC", ("MCC", "Acc", "F1", "AUROC", "AUPRC"))
    assert bare.differences == ()


def test_protein_variants_without_columns_have_values_of_baselines_alone() -> None:
    variants = [f"{old}{at}{new}" for at, (old, new) in enumerate(zip("AWICLG" * 20, "VGVRIW" * 20, strict=True), 1)]
    found = judge(made(LABELS, shape=Shape.PROTEIN, protein_variant=variants), asked(draws=50))
    assert {row.system_id for row in found.values} >= {"blosum62", "grantham", "constant", "random"}
    assert found.differences == ()
    assert value(found, "constant").value == 0.5
    assert value(found, "constant", "AUPRC").value == pytest.approx(2 / 3)
