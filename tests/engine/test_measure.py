from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.metrics import average_precision_score, matthews_corrcoef, roc_auc_score

from engine.names import Direction, Metric, Role
from engine.run.measure import Memory, Settings, difference, measure
from engine.run.parts import parts_of, side_of
from engine.statistics.resampling import Resampling
from tests.engine.small_tasks import small_task, system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.run.parts import Part, Side, System
    from engine.variants import VariantTask

DRAWS, SEED = 200, 3
SETTINGS = Settings(run_id="r", source_id="engine", draws=DRAWS, seed=SEED)
DAMAGING, FIT = Direction.DAMAGING, Direction.FIT


def _rho(measured: np.ndarray, scores: np.ndarray) -> float:
    return float(spearmanr(measured, scores).statistic)


BY_HAND: dict[Metric, Callable[[np.ndarray, np.ndarray], float]] = {
    Metric.AUROC: roc_auc_score,
    Metric.AUPRC: average_precision_score,
    Metric.SPEARMAN: _rho,
}


def _numbers(n: int, share: float = 0.4, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, and two scores with ties that know a little of them."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) < share * n).astype(int)
    rng.shuffle(labels)
    return labels, np.round(labels + rng.normal(size=n), 1), np.round(0.5 * labels + rng.normal(size=n), 1)


def _iid(labels: np.ndarray) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(SEED)
    for _ in range(DRAWS):
        yield rng.integers(0, len(labels), len(labels))


def _stratified(labels: np.ndarray) -> Iterator[np.ndarray]:
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    children = np.random.default_rng(SEED).spawn(2)
    for _ in range(DRAWS):
        pairs = zip(classes, children, strict=True)
        yield np.concatenate([own[child.integers(0, len(own), len(own))] for own, child in pairs])


def _bounds(values: list[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _part(data: VariantTask, groups: np.ndarray | None = None) -> Part:
    return next(parts_of(data, groups))


def _of(data: VariantTask, one: System, groups: np.ndarray | None = None) -> tuple[Part, Side]:
    part = _part(data, groups)
    return part, side_of(one, part, data.positive_is)


@pytest.mark.parametrize("metric", [Metric.AUROC, Metric.AUPRC])
@pytest.mark.parametrize(("share", "drawn", "kind"), [(0.4, _iid, "iid"), (0.2, _stratified, "stratified")])
def test_values_and_intervals_are_those_of_a_loop_over_the_same_draws(
    metric: Metric, share: float, drawn: Callable[[np.ndarray], Iterator[np.ndarray]], kind: str
) -> None:
    labels, scores, _ = _numbers(100, share)
    found = measure(metric, *_of(small_task(labels), system("m", scores)), SETTINGS)
    by_hand = [BY_HAND[metric](labels[rows], scores[rows]) for rows in drawn(labels)]
    assert found.value == pytest.approx(BY_HAND[metric](labels, scores), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(_bounds(by_hand), abs=1e-12)
    assert found.method == f"percentile bootstrap, {DRAWS} draws, {kind}, seed {SEED}"
    assert found.reason is None


def test_spearman_is_measured_against_the_values_and_not_the_labels() -> None:
    labels, scores, values = _numbers(80)
    found = measure(Metric.SPEARMAN, *_of(small_task(labels, values=values), system("m", scores)), SETTINGS)
    by_hand = [_rho(values[rows], scores[rows]) for rows in _iid(labels)]
    assert found.value == pytest.approx(_rho(values, scores), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(_bounds(by_hand), abs=1e-12)


def test_a_resample_of_one_class_is_left_out() -> None:
    labels, scores = np.array([1, 0, 0, 0]), np.array([3.0, 1.0, 2.0, 4.0])
    settings = Settings(
        run_id="r", source_id="engine", resampling=Resampling("iid", DRAWS, SEED), draws=DRAWS, seed=SEED
    )
    found = measure(Metric.AUROC, *_of(small_task(labels), system("m", scores)), settings)
    kept = [rows for rows in _iid(labels) if len(set(labels[rows])) == 2]
    assert 0 < len(kept) < DRAWS
    by_hand = [roc_auc_score(labels[rows], scores[rows]) for rows in kept]
    assert (found.low, found.high) == pytest.approx(_bounds(by_hand), abs=1e-12)


def test_items_of_many_groups_are_drawn_by_group() -> None:
    labels, scores, _ = _numbers(120)
    groups = np.array([f"g{number % 24:02d}" for number in range(120)])
    found = measure(Metric.AUROC, *_of(small_task(labels), system("m", scores), groups), SETTINGS)
    rng, members = np.random.default_rng(SEED), [np.flatnonzero(groups == name) for name in sorted(set(groups))]
    by_hand = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[number] for number in rng.integers(0, 24, 24)])
        by_hand.append(roc_auc_score(labels[rows], scores[rows]))
    assert (found.low, found.high) == pytest.approx(_bounds(by_hand), abs=1e-12)
    assert found.method == f"percentile bootstrap, {DRAWS} draws, cluster over 24 groups, seed {SEED}"


def test_few_groups_are_told_beside_the_interval() -> None:
    labels, scores, _ = _numbers(120)
    groups = np.array([f"g{number % 4}" for number in range(120)])
    found = measure(Metric.AUROC, *_of(small_task(labels), system("m", scores), groups), SETTINGS)
    assert found.method is not None
    assert found.method.endswith("iid, seed 3; 4 groups, fewer than 20: the interval is itself unreliable")


def _table_draws(cells: list[int]) -> np.ndarray:
    """The confusion tables of the bootstrap: counts of (0, 0), (0, 1), (1, 0), (1, 1) as (truth, call)."""
    n = sum(cells)
    return np.random.default_rng(SEED).multinomial(n, np.array(cells) / n, 10_000)


def _mcc(cells: np.ndarray) -> float:
    tn, fp, fn, tp = (float(count) for count in cells)
    return (tp * tn - fp * fn) / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))


def test_mcc_is_that_of_the_calls_with_an_interval_from_their_table() -> None:
    labels, scores, _ = _numbers(100)
    called = (scores >= 0.5).astype(int)
    one = system("m", scores, threshold=(0.5, "its authors"))
    found = measure(Metric.MCC, *_of(small_task(labels), one), SETTINGS)
    cells = [int(((labels == t) & (called == p)).sum()) for t in (0, 1) for p in (0, 1)]
    assert found.value == pytest.approx(matthews_corrcoef(labels, called), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(_bounds([_mcc(row) for row in _table_draws(cells)]), abs=1e-12)
    assert (found.threshold, found.threshold_source) == (0.5, "its authors")
    assert found.method == "percentile bootstrap of the confusion table, 10000 draws, iid, seed 3"


@pytest.mark.parametrize(
    ("positive_is", "higher_is", "called"),
    [
        # At the threshold itself an item is what a high score means.
        (DAMAGING, DAMAGING, [0, 1, 1]),
        (DAMAGING, FIT, [1, 0, 0]),
        (FIT, FIT, [0, 1, 1]),
        (FIT, DAMAGING, [1, 0, 0]),
    ],
)
def test_a_threshold_calls_what_a_high_score_means(
    positive_is: Direction, higher_is: Direction, called: list[int]
) -> None:
    labels = [1, 1, 0]
    one = system("m", [0.049, 0.05, 0.9], higher_is=higher_is, threshold=(0.05, "its authors"))
    found = measure(Metric.MCC, *_of(small_task(labels, positive_is=positive_is), one), SETTINGS)
    assert found.value == pytest.approx(matthews_corrcoef(labels, called))
    assert found.threshold == 0.05


def test_sift_calls_damaging_what_lies_below_its_threshold() -> None:
    labels = [1] * 3 + [0] * 3
    sift = system("sift", [0.0, 0.01, 0.049, 0.05, 0.3, 1.0], higher_is=FIT, threshold=(0.05, "SIFT's authors"))
    assert measure(Metric.MCC, *_of(small_task(labels), sift), SETTINGS).value == pytest.approx(1.0)


def test_without_a_declared_threshold_no_variant_is_called() -> None:
    labels, scores, _ = _numbers(100)
    found = measure(Metric.MCC, *_of(small_task(labels), system("m", scores)), SETTINGS)
    assert (found.value, found.threshold) == (None, None)
    assert found.reason == "no threshold is declared for this system, and none is chosen on test data"


@pytest.mark.parametrize(("higher_is", "sign"), [(FIT, 1.0), (DAMAGING, -1.0)])
def test_in_an_assay_the_threshold_is_the_median_of_the_systems_own_scores(higher_is: Direction, sign: float) -> None:
    labels, scores, values = _numbers(99)
    one = system("m", sign * scores, higher_is=higher_is)
    found = measure(Metric.MCC, *_of(small_task(labels, values=values, positive_is=FIT), one), SETTINGS)
    called = (scores >= np.median(scores)).astype(int)
    assert found.value == pytest.approx(matthews_corrcoef(labels, called), abs=1e-12)
    assert found.threshold == sign * np.median(scores)
    assert found.threshold_source == "median of the system's own scores on these items (ProteinGym's rule)"


@pytest.mark.parametrize("metric", list(BY_HAND))
@pytest.mark.parametrize("positive_is", list(Direction))
def test_a_score_that_is_turned_round_with_its_direction_has_the_same_values(
    metric: Metric, positive_is: Direction
) -> None:
    labels, scores, values = _numbers(60)
    data = small_task(labels, values=values, positive_is=positive_is)
    other = FIT if positive_is is DAMAGING else DAMAGING
    straight = measure(metric, *_of(data, system("m", scores, higher_is=positive_is)), SETTINGS)
    turned = measure(metric, *_of(data, system("m", -scores, higher_is=other)), SETTINGS)
    assert straight == turned
    against = measure(metric, *_of(data, system("m", scores, higher_is=other)), SETTINGS)
    assert against.value != straight.value


def test_a_constant_score_has_an_auroc_of_one_half_and_no_correlation() -> None:
    labels, _, values = _numbers(100)
    part, side = _of(small_task(labels, values=values), system("m", np.zeros(100)))
    auroc = measure(Metric.AUROC, part, side, SETTINGS)
    assert (auroc.value, auroc.low, auroc.high) == (0.5, 0.5, 0.5)
    auprc = measure(Metric.AUPRC, part, side, SETTINGS)
    assert auprc.value == pytest.approx(labels.mean())
    rho = measure(Metric.SPEARMAN, part, side, SETTINGS)
    assert (rho.value, rho.low, rho.method, rho.reason) == (None, None, None, "all scores are equal")
    calls = measure(Metric.MCC, part, side, SETTINGS)
    assert (calls.value, calls.threshold, calls.reason) == (None, 0.0, "every item is on one side of the threshold")


def _pair(data: VariantTask, one: System, other: System, groups: np.ndarray | None = None) -> Any:
    part = _part(data, groups)
    return part, (side_of(one, part, data.positive_is), side_of(other, part, data.positive_is))


def _delong_p(labels: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """From all pairs of a positive and a negative, as DeLong et al. 1988 write it."""

    def wins(scores: np.ndarray) -> np.ndarray:
        above = scores[labels == 1][:, None] - scores[labels == 0][None, :]
        return (above > 0) + 0.5 * (above == 0)

    both = [wins(one), wins(other)]
    s10 = np.cov(np.stack([pairs.mean(axis=1) for pairs in both]))
    s01 = np.cov(np.stack([pairs.mean(axis=0) for pairs in both]))
    covariance = s10 / both[0].shape[0] + s01 / both[0].shape[1]
    error = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    return float(2 * norm.sf(abs(both[0].mean() - both[1].mean()) / error))


def test_a_difference_of_aurocs_has_a_paired_interval_and_delongs_p() -> None:
    labels, one, other = _numbers(100)
    found = difference(
        Metric.AUROC, *_pair(small_task(labels), system("m", one), system("b", other)), settings=SETTINGS
    )
    draws = [roc_auc_score(labels[r], one[r]) - roc_auc_score(labels[r], other[r]) for r in _iid(labels)]
    assert found.delta == pytest.approx(roc_auc_score(labels, one) - roc_auc_score(labels, other), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(_bounds(draws), abs=1e-12)
    assert found.p == pytest.approx(_delong_p(labels, one, other), rel=1e-9)
    assert found.p_method == "DeLong, paired"


@pytest.mark.parametrize("metric", [Metric.AUPRC, Metric.SPEARMAN])
def test_another_difference_has_its_p_from_the_draws(metric: Metric) -> None:
    labels, one, other = _numbers(100)
    values = np.random.default_rng(5).normal(size=100) + labels
    data = small_task(labels, values=values)
    truth = values if metric is Metric.SPEARMAN else labels
    found = difference(metric, *_pair(data, system("m", one), system("b", other)), settings=SETTINGS)
    draws = np.array([BY_HAND[metric](truth[r], one[r]) - BY_HAND[metric](truth[r], other[r]) for r in _iid(labels)])
    assert (found.low, found.high) == pytest.approx(_bounds(list(draws)), abs=1e-12)
    assert found.p == pytest.approx(2 * (1 + min((draws <= 0).sum(), (draws >= 0).sum())) / (DRAWS + 1))
    assert found.p_method == "paired bootstrap"


def test_a_difference_over_groups_does_not_take_delongs_p() -> None:
    labels, one, other = _numbers(120)
    groups = np.array([f"g{number % 24}" for number in range(120)])
    found = difference(
        Metric.AUROC, *_pair(small_task(labels), system("m", one), system("b", other), groups), settings=SETTINGS
    )
    assert found.p_method == "paired bootstrap"
    assert found.method is not None
    assert "cluster over 24 groups" in found.method


def test_a_difference_of_calls_is_drawn_from_the_table_of_both() -> None:
    labels, one, other = _numbers(100)
    calls = [(scores >= 0.5).astype(int) for scores in (one, other)]
    pair = [system(name, scores, threshold=(0.5, "x")) for name, scores in (("m", one), ("b", other))]
    found = difference(Metric.MCC, *_pair(small_task(labels), *pair), settings=SETTINGS)
    keys, counts = np.unique(np.stack([labels, *calls]), axis=1, return_counts=True)
    tables = np.random.default_rng(SEED).multinomial(100, counts / 100, 10_000)

    def of(which: int, table: np.ndarray) -> float:
        cells = [table[(keys[0] == t) & (keys[which] == p)].sum() for t in (0, 1) for p in (0, 1)]
        return _mcc(np.array(cells))

    draws = [of(1, table) - of(2, table) for table in tables]
    assert found.delta == pytest.approx(matthews_corrcoef(labels, calls[0]) - matthews_corrcoef(labels, calls[1]))
    assert (found.low, found.high) == pytest.approx(_bounds(draws), abs=1e-12)


def test_two_equal_systems_differ_by_nothing() -> None:
    labels, one, _ = _numbers(100)
    found = difference(Metric.AUROC, *_pair(small_task(labels), system("m", one), system("b", one)), settings=SETTINGS)
    assert (found.delta, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("which", [0, 1])
def test_no_difference_to_a_system_without_a_value(which: int) -> None:
    labels, one, values = _numbers(60)
    data = small_task(labels, values=values)
    pair = [system("m", one, threshold=(0.5, "x")), system("b", one, threshold=(0.5, "x"))]
    pair[which] = system("c", np.zeros(60))
    for metric, reason in [
        (Metric.SPEARMAN, "all scores are equal"),
        (Metric.MCC, "every item is on one side of the threshold"),
    ]:
        found = difference(metric, *_pair(data, *pair), settings=SETTINGS)
        assert (found.delta, found.p, found.reason) == (None, None, reason)
    bare = small_task(labels)
    pair[which] = system("c", one)
    found = difference(Metric.MCC, *_pair(bare, *pair), settings=SETTINGS)
    assert found.reason == "no threshold is declared for this system, and none is chosen on test data"


def test_a_perfect_value_has_no_interval() -> None:
    labels = [0] * 20 + [1] * 20
    found = measure(Metric.AUROC, *_of(small_task(labels), system("m", list(range(40)))), SETTINGS)
    assert (found.value, found.low, found.high, found.method) == (1.0, None, None, None)


def test_what_was_drawn_once_is_the_same_when_it_is_drawn_again() -> None:
    labels = [0, 1] * 20
    pair = (system("m", list(range(40))), system("b", [k % 7 for k in range(40)], role=Role.BASELINE))
    part, sides = _pair(small_task(labels), *pair)
    memory = Memory()
    for _ in range(2):
        assert difference(Metric.AUROC, part, sides, SETTINGS, memory) == difference(
            Metric.AUROC, part, sides, SETTINGS
        )
