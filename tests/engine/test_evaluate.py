from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from sklearn.metrics import roc_auc_score

from engine.names import Direction, Metric, Role
from engine.run.evaluate import evaluate, judge
from engine.run.measure import Settings, measure
from engine.run.parts import parts_of, side_of
from engine.store.reader import open_read_only
from tests.engine.small_tasks import baseline, small_task, system
from tests.pipeline.real_runs import brca1

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Comparison, Score
    from engine.run.execute import Summary
    from engine.run.parts import System
    from engine.variants import VariantTask

SETTINGS = Settings(run_id="r", source_id="engine", draws=200)
NAN = float("nan")


def _numbers(n: int, positives: int, *, shift: float = 1.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) < positives).astype(int)
    rng.shuffle(labels)
    return labels, shift * labels + rng.normal(size=n), rng.normal(size=n)


def _evaluated(
    data: VariantTask, *systems: System, registered: str = "b", settings: Settings = SETTINGS, **options: Any
) -> tuple[dict[tuple[str, str, str], Score], dict[tuple[str, str, str, str], Comparison]]:
    names = {stratum.stratum: registered for stratum in data.strata}
    scores, comparisons = evaluate(data, systems, names, settings, **options)
    return (
        {(row.model_id, row.stratum, row.metric): row for row in scores},
        {(row.model_id, row.baseline_id, row.stratum, row.metric): row for row in judge(comparisons)},
    )


def _without(scores: np.ndarray, count: int) -> np.ndarray:
    found = scores.copy()
    found[:count] = NAN
    return found


def test_every_system_is_measured_on_every_stratum_and_models_meet_baselines() -> None:
    labels, one, other = _numbers(200, 80)
    data = small_task(labels, strata={"first": np.arange(200) < 100})
    systems = [system("m", one), system("n", other), baseline("b", other), baseline("c", one)]
    scores, comparisons = _evaluated(data, *systems, system("z", other, role=Role.CONTROL))
    assert scores.keys() == {
        (name, stratum, metric)
        for name in ("m", "n", "b", "c", "z")
        for stratum in ("all", "first")
        for metric in ("AUROC", "AUPRC", "MCC")
    }
    assert {key[:2] for key in comparisons} == {("m", "b"), ("m", "c"), ("n", "b"), ("n", "c")}
    assert scores["m", "first", "AUROC"].value == pytest.approx(roc_auc_score(labels[:100], one[:100]))
    assert scores["m", "first", "AUROC"].n == 100
    assert {row.task_id for row in comparisons.values()} == {"small"}


def test_strata_use_their_own_items_only() -> None:
    labels, one, other = _numbers(200, 80)
    mask = np.arange(200) % 3 == 0
    _, comparisons = _evaluated(small_task(labels, strata={"third": mask}), system("m", one), baseline("b", other))
    alone, _ = _evaluated(small_task(labels[mask]), system("m", one[mask]), baseline("b", other[mask]))
    row = comparisons["m", "b", "third", "AUROC"]
    assert row.delta == pytest.approx(
        alone["m", "all", "AUROC"].value - alone["b", "all", "AUROC"].value  # type: ignore[operator]
    )


@pytest.mark.parametrize("missing", [21, 100, 199])
def test_below_nine_tenths_of_the_items_there_is_no_value(missing: int) -> None:
    labels, one, other = _numbers(200, 80)
    scores, comparisons = _evaluated(small_task(labels), system("m", _without(one, missing)), baseline("b", other))
    row, pair = scores["m", "all", "AUROC"], comparisons["m", "b", "all", "AUROC"]
    covered = 200 - missing
    reason = f"scores {covered} of 200 items: a value over a part is another quantity"
    assert (row.value, row.ci_low, row.n, row.undefined_reason) == (None, None, covered, reason)
    assert (pair.delta, pair.p, pair.q, pair.verdict_article, pair.verdict) == (None,) * 5
    assert pair.undefined_reason == f"m: {reason}"
    assert scores["b", "all", "AUROC"].value is not None


@pytest.mark.parametrize(("missing", "has_value"), [(20, True), (21, False)])
def test_nine_tenths_of_the_items_are_enough(missing: int, *, has_value: bool) -> None:
    labels, one, other = _numbers(200, 80)
    scores, _ = _evaluated(small_task(labels), system("m", _without(one, missing)), baseline("b", other))
    assert (scores["m", "all", "AUROC"].value is not None) == has_value


def test_a_system_that_scores_nothing_says_so() -> None:
    labels, one, _ = _numbers(200, 80)
    scores, comparisons = _evaluated(small_task(labels), system("m", one), baseline("b", np.full(200, NAN)))
    assert scores["b", "all", "AUROC"].undefined_reason == "scores none of the 200 items"
    assert scores["b", "all", "AUROC"].n is None
    assert comparisons["m", "b", "all", "AUROC"].n is None
    assert comparisons["m", "b", "all", "AUROC"].undefined_reason == "b: scores none of the 200 items"


def test_systems_that_score_different_items_are_compared_on_those_of_both() -> None:
    labels, one, other = _numbers(400, 160)
    one, other = _without(one, 30), np.where(np.arange(400) >= 380, NAN, other)
    scores, comparisons = _evaluated(small_task(labels), system("m", one), baseline("b", other))
    common = slice(30, 380)
    row = comparisons["m", "b", "all", "AUROC"]
    assert row.n == 350
    assert row.delta == pytest.approx(
        roc_auc_score(labels[common], one[common]) - roc_auc_score(labels[common], other[common])
    )
    assert scores["m", "all", "AUROC"].value == pytest.approx(roc_auc_score(labels[30:], one[30:]))
    assert scores["b", "all", "AUROC"].value == pytest.approx(roc_auc_score(labels[:380], other[:380]))


def test_the_articles_rule_takes_both_intervals_on_the_common_items() -> None:
    # On its own items the baseline looks bad only because of 40 items that the model does not score.
    labels, one, _ = _numbers(400, 200, shift=1.5)
    rng = np.random.default_rng(2)
    other = 1.4 * labels + rng.normal(size=400)
    unscored = np.flatnonzero(labels == 1)[:40]
    one[unscored], other[unscored] = NAN, -5.0
    scores, comparisons = _evaluated(small_task(labels), system("m", one), baseline("b", other))
    model, whole = scores["m", "all", "AUROC"], scores["b", "all", "AUROC"]
    assert model.ci_low is not None
    assert whole.ci_high is not None
    assert model.ci_low > whole.ci_high, "the intervals as shown are apart"
    row = comparisons["m", "b", "all", "AUROC"]
    part = next(parts_of(small_task(labels), None)).only(~np.isnan(one))
    common = measure(Metric.AUROC, part, side_of(baseline("b", other), part, Direction.DAMAGING), SETTINGS)
    assert common.high is not None
    assert model.ci_low < common.high, "on the same items they are not"
    assert row.verdict_article == "FAIL"


def test_a_stratum_of_one_class_has_no_value_and_says_which() -> None:
    labels, one, other = _numbers(200, 80)
    data = small_task(labels, strata={"positives": labels == 1})
    scores, comparisons = _evaluated(data, system("m", one), baseline("b", other))
    assert scores["m", "positives", "AUROC"].undefined_reason == "all 80 items have label 1"
    assert comparisons["m", "b", "positives", "AUROC"].undefined_reason == "m: all 80 items have label 1"
    assert scores["m", "all", "AUROC"].value is not None


@pytest.mark.parametrize(
    ("n", "positives", "words"),
    [(29, 14, "29 items, 14 in the smaller class"), (200, 9, "200 items, 9 in the smaller class"), (30, 10, None)],
)
def test_too_few_items_are_measured_but_not_judged(n: int, positives: int, words: str | None) -> None:
    labels, one, other = _numbers(n, positives)
    scores, comparisons = _evaluated(small_task(labels), system("m", one), baseline("b", other))
    row = comparisons["m", "b", "all", "AUROC"]
    assert scores["m", "all", "AUROC"].value is not None
    if words is None:
        assert row.verdict is not None
        return
    assert row.undefined_reason == f"too few to judge: {words}"
    assert (row.delta, row.verdict_article, row.verdict, row.q) == (None,) * 4


def test_a_constant_baseline_is_beaten_and_has_no_calls() -> None:
    labels, one, _ = _numbers(300, 150, shift=2.0)
    scores, comparisons = _evaluated(small_task(labels), system("m", one), baseline("b", np.zeros(300)))
    assert scores["b", "all", "AUROC"].value == 0.5
    assert comparisons["m", "b", "all", "AUROC"].verdict == "PASS"
    assert comparisons["m", "b", "all", "MCC"].undefined_reason == (
        "m: no threshold is declared for this system, and none is chosen on test data"
    )


@pytest.mark.parametrize("positive_is", list(Direction))
def test_directions_are_declared_and_never_chosen_by_what_fits(positive_is: Direction) -> None:
    labels, one, other = _numbers(200, 80, shift=2.0)
    wrong = Direction.FIT if positive_is is Direction.DAMAGING else Direction.DAMAGING
    data = small_task(labels, positive_is=positive_is)
    scores, comparisons = _evaluated(
        data, system("m", one, higher_is=wrong), baseline("b", other, higher_is=positive_is)
    )
    assert scores["m", "all", "AUROC"].value == pytest.approx(1 - roc_auc_score(labels, one))
    assert scores["b", "all", "AUROC"].value == pytest.approx(roc_auc_score(labels, other))
    assert comparisons["m", "b", "all", "AUROC"].verdict == "FAIL"


def test_groups_widen_what_items_alone_make_narrow() -> None:
    rng = np.random.default_rng(4)
    genes = np.repeat([f"g{number:02d}" for number in range(30)], 20)
    labels = np.tile([0, 1], 300)
    # Within a gene all items share an error.
    scores = labels + np.repeat(rng.normal(scale=3, size=30), 20) * np.where(labels == 1, 1, -1)
    data = small_task(labels)
    clustered, _ = _evaluated(data, system("m", scores), groups=genes)
    alone, _ = _evaluated(data, system("m", scores))
    one, other = clustered["m", "all", "AUROC"], alone["m", "all", "AUROC"]
    assert one.value == other.value
    assert one.ci_method is not None
    assert "cluster over 30 groups" in one.ci_method

    def width(row: Score) -> float:
        assert row.ci_low is not None
        assert row.ci_high is not None
        return row.ci_high - row.ci_low

    assert width(one) > 2 * width(other)


def test_q_is_adjusted_over_all_comparisons_of_a_metric_with_or_without_a_registered_baseline() -> None:
    labels, one, other = _numbers(300, 100, shift=0.4)
    rng = np.random.default_rng(9)
    rivals = [baseline(name, other + rng.normal(size=300)) for name in ("b", "c", "d")]
    data = small_task(labels, strata={"half": np.arange(300) < 150})
    _, found = _evaluated(data, system("m", one), system("n", one + other), *rivals)
    for metric in ("AUROC", "AUPRC"):
        for registered in (True, False):
            family = [row for row in found.values() if row.metric == metric and row.registered == registered]
            assert len(family) == (4 if registered else 8)
            expected = false_discovery_control([row.p for row in family])
            assert [row.q for row in family] == pytest.approx(list(expected))


def test_the_registered_baseline_is_marked_in_its_strata_only() -> None:
    labels, one, other = _numbers(200, 80)
    data = small_task(labels, strata={"half": np.arange(200) < 100})
    _, rows = evaluate(
        data, [system("m", one), baseline("b", other), baseline("c", other)], {"all": "b", "half": "c"}, SETTINGS
    )
    marked = {(row.stratum, row.baseline_id) for row in rows if row.registered}
    assert marked == {("all", "b"), ("half", "c")}


def _row(**changes: Any) -> Comparison:
    labels, one, other = _numbers(200, 80)
    _, rows = evaluate(small_task(labels), [system("m", one), baseline("b", other)], {"all": "b"}, SETTINGS)
    return replace(rows[0], **changes)


@pytest.mark.parametrize(
    ("article", "numbers", "expected"),
    [
        ("PASS", (0.05, 0.03, 0.07, 0.001), "PASS"),
        ("FAIL", (0.05, 0.03, 0.07, 0.001), "PASS_PAIRED"),
        ("FAIL", (0.05, 0.03, 0.07, 0.2), "INCONCLUSIVE"),
        ("FAIL", (0.01, -0.03, 0.05, 0.2), "INCONCLUSIVE"),
        ("FAIL", (0.005, 0.001, 0.009, 0.001), "FAIL"),
        ("FAIL", (-0.005, -0.05, 0.04, 0.5), "FAIL"),
    ],
)
def test_the_paired_verdict_follows_the_difference_and_its_q(
    article: str, numbers: tuple[float, float, float, float], expected: str
) -> None:
    delta, low, high, p = numbers
    (found,) = judge([_row(verdict_article=article, delta=delta, ci_low=low, ci_high=high, p=p)])
    assert (found.verdict, found.q) == (expected, pytest.approx(p))


def test_a_model_may_stand_there_twice_with_two_protocols() -> None:
    labels, one, other = _numbers(200, 80, shift=2.0)
    theirs = system("m", other, protocol="published-scores")
    ours = system("m", one, protocol="masked-marginal")
    scores, comparisons = evaluate(small_task(labels), [theirs, ours, baseline("b", other)], {"all": "b"}, SETTINGS)
    values = {row.protocol: row.value for row in scores if row.model_id == "m" and row.metric == "AUROC"}
    assert values == {
        "published-scores": pytest.approx(roc_auc_score(labels, other)),
        "masked-marginal": pytest.approx(roc_auc_score(labels, one)),
    }
    deltas = {row.protocol: row.delta for row in comparisons if row.metric == "AUROC"}
    assert deltas["published-scores"] == 0
    assert deltas["masked-marginal"] == pytest.approx(roc_auc_score(labels, one) - roc_auc_score(labels, other))


def test_nothing_that_is_stored_is_nan() -> None:
    labels, one, _ = _numbers(200, 80)
    data = small_task(labels, values=one, strata={"one": np.arange(200) < 1, "positives": labels == 1})
    systems = [system("m", one), baseline("b", np.zeros(200)), baseline("c", np.full(200, NAN))]
    scores, comparisons = _evaluated(data, *systems)
    for row in [*scores.values(), *comparisons.values()]:
        numbers = [getattr(row, name) for name in row.__slots__ if isinstance(getattr(row, name), float)]
        assert np.isfinite(numbers).all()
    assert all((row.value is None) == (row.undefined_reason is not None) for row in scores.values())
    assert all((row.delta is None) == (row.undefined_reason is not None) for row in comparisons.values())


@pytest.fixture(scope="module")
def real(mirror: Path) -> Summary:
    return brca1(mirror)


KNOWN = [
    ("consequence", "all", 0.762),
    ("consequence+blosum62", "all", 0.817),
    ("phylop", "all", 0.781),
    ("cadd", "all", 0.804),
    ("evo2-1b", "all", 0.729),
    ("blosum62", "missense", 0.691),
    ("sift", "missense", 0.697),
]


@pytest.mark.parametrize(("name", "stratum", "value"), KNOWN)
def test_brca1_has_the_values_that_are_known(real: Summary, name: str, stratum: str, value: float) -> None:
    (row,) = [
        row
        for row in real.scores
        if (row.model_id, row.stratum, row.metric, row.task_id) == (name, stratum, "AUROC", "brca1_sge")
    ]
    assert row.value == pytest.approx(value, abs=0.001)


@pytest.mark.parametrize(("name", "stratum", "value"), KNOWN)
def test_brca1_is_shipped_with_the_values_that_are_known(store: Path, name: str, stratum: str, value: float) -> None:
    query = """
        SELECT value, origin FROM score
        WHERE task_id = 'brca1_sge' AND metric = 'AUROC' AND model_id = ? AND stratum = ?
    """
    with open_read_only(store) as con:
        assert con.execute(query, [name, stratum]).fetchall() == [(pytest.approx(value, abs=0.001), "engine")]


def test_evo2_does_not_beat_the_registered_baseline_of_brca1(real: Summary) -> None:
    (row,) = [row for row in real.comparisons if (row.registered, row.stratum, row.metric) == (True, "all", "AUROC")]
    assert (row.model_id, row.baseline_id) == ("evo2-1b", "consequence+blosum62")
    assert (row.verdict_article, row.verdict) == ("FAIL", "FAIL")
    assert row.ci_high is not None
    assert row.ci_high < 0


def test_the_verdict_is_shipped_as_it_is_computed(store: Path) -> None:
    query = """
        SELECT baseline_id, verdict_article, verdict FROM comparison
        WHERE task_id = 'brca1_sge' AND stratum = 'all' AND metric = 'AUROC' AND model_id = 'evo2-1b' AND registered
    """
    with open_read_only(store) as con:
        assert con.execute(query).fetchall() == [("consequence+blosum62", "FAIL", "FAIL")]


def test_what_is_shipped_is_what_the_code_computes(real: Summary, store: Path) -> None:
    with open_read_only(store) as con:
        query = """
            SELECT model_id, stratum, metric, value, ci_low, ci_high, n, undefined_reason, threshold
            FROM score WHERE task_id = 'brca1_sge' AND origin = 'engine'
        """
        scores = {row[:3]: row[3:] for row in con.execute(query).fetchall()}
        query = """
            SELECT model_id, baseline_id, stratum, metric, delta, ci_low, ci_high, p, n, verdict_article, registered
            FROM comparison WHERE task_id = 'brca1_sge'
        """
        comparisons = {row[:4]: row[4:] for row in con.execute(query).fetchall()}
    assert len(scores) == len(real.scores)
    for row in real.scores:
        found = (row.value, row.ci_low, row.ci_high, row.n, row.undefined_reason, row.threshold)
        assert scores[row.model_id, row.stratum, row.metric] == pytest.approx(found, abs=1e-9)
    assert len(comparisons) == len(real.comparisons)
    for pair in real.comparisons:
        found = (pair.delta, pair.ci_low, pair.ci_high, pair.p, pair.n, pair.verdict_article, pair.registered)
        stored = comparisons[pair.model_id, pair.baseline_id, pair.stratum, pair.metric]
        assert stored == pytest.approx(found, abs=1e-9)
