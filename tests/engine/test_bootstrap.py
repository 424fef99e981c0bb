from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, matthews_corrcoef, roc_auc_score

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import resampling as resampling_module
from engine.statistics.bootstrap import (
    auroc_replicates,
    interval,
    mcc_replicates,
    paired_mcc_replicates,
    paired_replicates,
    replicates,
)
from engine.statistics.metrics import auprc, auroc, mcc, spearman
from engine.statistics.rank_weights import layout
from engine.statistics.resampling import Resampling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RANK_METRICS = [Metric.AUROC, Metric.AUPRC, Metric.SPEARMAN]
KINDS = ["iid", "stratified", "cluster"]


def _rho(x: np.ndarray, y: np.ndarray) -> float:
    return float(spearmanr(x, y).statistic)


INDEPENDENT: dict[Metric, Callable[[np.ndarray, np.ndarray], float]] = {
    Metric.AUROC: roc_auc_score,
    Metric.AUPRC: average_precision_score,
    Metric.SPEARMAN: _rho,
}


def _data(n: int, *, decimals: int = 1, positives: float = 0.3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < positives).astype(int)
    labels[:2] = 0, 1
    return labels, np.round(0.8 * labels + rng.normal(size=n), decimals)


def _quickstart(labels: np.ndarray, scores: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """The loop of the quickstart, draw by draw."""
    rng, values = np.random.default_rng(seed), []
    for _ in range(draws):
        index = rng.integers(0, len(labels), len(labels))
        if len(np.unique(labels[index])) == 2:
            values.append(roc_auc_score(labels[index], scores[index]))
    return np.array(values)


@pytest.mark.parametrize("n", [50, 501, 5_000])
@pytest.mark.parametrize("decimals", [0, 1, 12])
@pytest.mark.parametrize("seed", [0, 17])
def test_auroc_replicates_are_those_of_the_quickstart_one_by_one(n: int, decimals: int, seed: int) -> None:
    labels, scores = _data(n, decimals=decimals)
    expected = _quickstart(labels, scores, 40, seed)
    np.testing.assert_allclose(auroc_replicates(labels, scores, draws=40, seed=seed), expected, rtol=0, atol=1e-12)


def test_a_draw_with_one_class_is_left_out_and_not_replaced() -> None:
    labels, scores = np.array([0, 0, 0, 1]), np.array([1.0, 3.0, 3.0, 3.0])
    found, expected = auroc_replicates(labels, scores), _quickstart(labels, scores, 2000, 0)
    # The chance of drawing the one positive not at all, or only it, is 0.75^4 + 0.25^4 = 0.32.
    assert 1_300 < len(found) == len(expected) < 1_420
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("metric", RANK_METRICS)
@pytest.mark.parametrize("drawn", [[0, 0, 4, 4], [3, 2, 0, 0], [0, 0, 0, 0]])
def test_a_draw_with_one_class_has_no_value_in_any_metric(metric: Metric, drawn: list[int]) -> None:
    one = layout(metric, [0, 0, 1, 1], [1.0, 2.0, 2.0, 3.0])
    counts = np.bincount(one.column, weights=drawn, minlength=one.width).astype(np.int64)
    assert np.isnan(one.values(counts[None])).all()


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-2, 2)), min_size=2, max_size=25), st.integers(0, 9))
def test_heavy_ties_give_the_quickstarts_replicates(items: list[tuple[int, int]], seed: int) -> None:
    labels, scores = (np.array(side) for side in zip(*items, strict=True))
    if len(set(labels)) == 2:
        found, expected = auroc_replicates(labels, scores, draws=15, seed=seed), _quickstart(labels, scores, 15, seed)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_breaking_ties_in_favour_of_positives_raises_every_replicate() -> None:
    labels, scores = _data(400, decimals=0)
    nudged = scores + 1e-9 * labels
    assert auroc(labels, nudged) > auroc(labels, scores)
    assert (auroc_replicates(labels, nudged, draws=50) > auroc_replicates(labels, scores, draws=50)).all()


@pytest.fixture(scope="module")
def brca1(mirror: Path) -> pd.DataFrame:
    """3,893 variants with measured function (Findlay et al. 2018); `lost` is 1 for loss of function."""
    frame = pd.read_excel(mirror / "brca1" / "41586_2018_461_MOESM3_ESM.xlsx", header=2)
    deltas = pd.read_csv(mirror / "brca1" / "evo2_1b_delta_scores.csv")
    assert (frame["position (hg19)"] == deltas["pos"]).all()
    assert (frame["alt"] == deltas["alt"]).all()
    severity = {"Splice region": 1, "Missense": 2, "Canonical splice": 4, "Nonsense": 4}
    return pd.DataFrame(
        {
            "lost": (frame["func.class"] == "LOF").astype(int),
            "cadd": frame["CADD.score"],
            "phylop": frame["phyloP (mammalian)"],
            "evo2-1b": -deltas["delta"],
            "consequence": frame["consequence"].map(severity).fillna(0),
        }
    )


@pytest.mark.parametrize(
    ("system", "expected"), [("cadd", 0.804), ("phylop", 0.781), ("evo2-1b", 0.729), ("consequence", 0.762)]
)
def test_auroc_on_brca1_is_the_known_one(brca1: pd.DataFrame, system: str, expected: float) -> None:
    assert (len(brca1), int(brca1["lost"].sum())) == (3_893, 823)
    assert auroc(brca1["lost"], brca1[system]) == pytest.approx(expected, abs=5e-4)


def test_the_interval_of_brca1s_consequence_classes_is_the_known_one(brca1: pd.DataFrame) -> None:
    found = interval(auroc_replicates(brca1["lost"], brca1["consequence"]))
    assert found == pytest.approx((0.747, 0.777), abs=5e-4)


@pytest.mark.parametrize("system", ["cadd", "phylop", "evo2-1b", "consequence"])
def test_replicates_on_brca1_are_those_of_the_quickstart(brca1: pd.DataFrame, system: str) -> None:
    labels, scores = brca1["lost"].to_numpy(), brca1[system].to_numpy(dtype=np.float64)
    expected = _quickstart(labels, scores, 30, 0)
    np.testing.assert_allclose(auroc_replicates(labels, scores, draws=30), expected, rtol=0, atol=1e-12)


def _resamples(kind: str, labels: np.ndarray, groups: np.ndarray, draws: int) -> list[np.ndarray]:
    """Items of each resample, drawn as the module says: one generator, or one child of it per stratum."""
    rng = np.random.default_rng(0)
    if kind == "iid":
        return [rng.integers(0, len(labels), len(labels)) for _ in range(draws)]
    if kind == "cluster":
        parts = [np.flatnonzero(groups == name) for name in dict.fromkeys(groups.tolist())]
        return [np.concatenate([parts[k] for k in rng.integers(0, len(parts), len(parts))]) for _ in range(draws)]
    parts = [np.flatnonzero(labels == name) for name in dict.fromkeys(labels.tolist())]
    children = rng.spawn(len(parts))
    return [
        np.concatenate([own[c.integers(0, len(own), len(own))] for own, c in zip(parts, children, strict=True)])
        for _ in range(draws)
    ]


@pytest.mark.parametrize("metric", RANK_METRICS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("decimals", [0, 12])
def test_replicates_are_those_of_explicit_resampling(metric: Metric, kind: str, decimals: int) -> None:
    labels, scores = _data(300, decimals=decimals)
    rng = np.random.default_rng(4)
    groups = rng.integers(0, 12, 300)
    truth = np.round(scores + rng.normal(size=300), decimals) if metric is Metric.SPEARMAN else labels
    found = replicates(metric, truth, scores, Resampling(kind, draws=25), groups=groups, strata=labels)
    expected = [INDEPENDENT[metric](truth[i], scores[i]) for i in _resamples(kind, labels, groups, 25)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("metric", RANK_METRICS)
def test_drawing_every_item_once_gives_the_metric_itself(metric: Metric) -> None:
    labels, scores = _data(200, decimals=0)
    one = layout(metric, labels, scores)
    value = {Metric.AUROC: auroc, Metric.AUPRC: auprc, Metric.SPEARMAN: spearman}[metric](labels, scores)
    counts = np.bincount(one.column, minlength=one.width)
    assert one.values(counts[None])[0] == pytest.approx(value, abs=1e-14)


@given(
    st.sampled_from(RANK_METRICS),
    st.lists(st.tuples(st.integers(0, 1), st.integers(-2, 2), st.integers(0, 3)), min_size=2, max_size=20),
)
def test_any_multiplicities_give_the_metric_of_the_repeated_items(
    metric: Metric, items: list[tuple[int, int, int]]
) -> None:
    labels, scores, times = (np.array(side) for side in zip(*items, strict=True))
    if len(set(labels)) < 2:
        return
    one = layout(metric, labels, scores)
    counts = np.bincount(one.column, weights=times, minlength=one.width).astype(np.int64)
    found = one.values(counts[None])[0]
    drawn = np.repeat(np.arange(len(items)), times)
    both = len(set(labels[drawn])) == 2 and (metric is not Metric.SPEARMAN or len(set(scores[drawn])) > 1)
    assert np.isnan(found) == (not both)
    if both:
        assert found == pytest.approx(INDEPENDENT[metric](labels[drawn], scores[drawn]), abs=1e-12)


def test_blocks_are_runs_of_negatives_then_positives_and_mixed_ties_stand_alone() -> None:
    #                    run 0: - - + +      tie: -+   run 2: + -> alone, then - +
    labels = np.array([0, 0, 1, 1, 0, 1, 1, 0, 1])
    scores = np.array([1.0, 2, 3, 4, 5, 5, 6, 7, 8])
    found = layout(Metric.AUROC, labels, scores)
    assert found.width == 8
    assert found.column.tolist() == [0, 0, 4, 4, 1, 5, 6, 3, 7]


@pytest.mark.parametrize("metric", RANK_METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_replicates_do_not_depend_on_how_many_are_held_at_a_time(
    metric: Metric, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, scores = _data(77)
    groups = np.arange(77) % 9
    once = replicates(metric, labels, scores, Resampling(kind, draws=50), groups=groups, strata=labels)
    monkeypatch.setattr(resampling_module, "CHUNK", 77 * 3)
    again = replicates(metric, labels, scores, Resampling(kind, draws=50), groups=groups, strata=labels)
    np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize("metric", RANK_METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_number_of_draws(metric: Metric, kind: str) -> None:
    labels, scores = _data(40_000, decimals=12)
    tracemalloc.start()
    replicates(metric, labels, scores, Resampling(kind, draws=60), groups=np.arange(40_000) // 40, strata=labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All draws at once would be 60 * 40,000 * 8 bytes = 19 MB before the first count.
    assert peak < 12e6


def test_a_stratified_draw_never_lacks_a_class() -> None:
    labels, scores = np.array([0] * 40 + [1]), np.arange(41.0)
    assert len(replicates(Metric.AUROC, labels, scores, Resampling("stratified"))) == 2000
    assert len(replicates(Metric.AUROC, labels, scores, Resampling("iid"))) < 1400


def test_whole_groups_that_agree_make_the_interval_wider() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 25)
    labels = np.arange(1000) % 2
    scores = labels * rng.normal(0.5, 1, 40)[groups] + rng.normal(size=1000)
    widths = {}
    for kind in ("iid", "cluster"):
        low, high = interval(replicates(Metric.AUROC, labels, scores, Resampling(kind), groups=groups))
        widths[kind] = high - low
    assert widths["cluster"] > 1.5 * widths["iid"]


@pytest.mark.parametrize("metric", RANK_METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_paired_replicates_are_differences_on_the_same_resamples(metric: Metric, kind: str) -> None:
    labels, first = _data(200)
    second = first + np.random.default_rng(5).normal(size=200)
    groups, plan = np.arange(200) // 8, Resampling(kind, draws=60, seed=3)
    found = paired_replicates(metric, labels, first, second, plan, groups=groups, strata=labels)
    one, other = (replicates(metric, labels, s, plan, groups=groups, strata=labels) for s in (first, second))
    np.testing.assert_array_equal(found, one - other)


def test_draws_that_lack_a_class_are_dropped_on_both_sides_alike() -> None:
    labels, rng = np.array([0, 0, 0, 0, 1]), np.random.default_rng(6)
    first, second = rng.normal(size=5), rng.normal(size=5)
    found = paired_replicates(Metric.AUROC, labels, first, second, Resampling(draws=500))
    expected = _quickstart(labels, first, 500, 0) - _quickstart(labels, second, 500, 0)
    assert len(found) < 500
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_a_draw_in_which_one_side_alone_is_undefined_drops_out_of_the_pair() -> None:
    truth, first = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 4.0])
    second = np.array([0.0, 0.0, 0.0, 1.0])
    plan = Resampling(draws=400)
    pair = paired_replicates(Metric.SPEARMAN, truth, first, second, plan)
    alone = replicates(Metric.SPEARMAN, truth, second, plan)
    assert len(pair) == len(alone) < len(replicates(Metric.SPEARMAN, truth, first, plan))
    np.testing.assert_allclose(pair, 1 - alone, atol=1e-12)


def test_a_system_does_not_differ_from_its_monotone_transform() -> None:
    labels, scores = _data(150)
    for metric in (Metric.AUROC, Metric.AUPRC):
        assert not paired_replicates(metric, labels, scores, np.exp(scores), Resampling(draws=100)).any()


# --- MCC ---


def _mcc_loop(labels: np.ndarray, systems: list[np.ndarray], draws: int) -> np.ndarray:
    rng = np.random.default_rng(8)
    values = []
    for _ in range(draws):
        i = rng.integers(0, len(labels), len(labels))
        values.append([matthews_corrcoef(labels[i], one[i]) for one in systems])
    return np.array(values)


def _predictions(n: int, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    labels = rng.integers(0, classes, n)
    guess = rng.integers(0, classes, n)
    first = np.where(rng.random(n) < 0.6, labels, guess)
    return labels, first, np.where(rng.random(n) < 0.7, first, rng.integers(0, classes, n))


@pytest.mark.parametrize("classes", [2, 4])
def test_drawing_cells_has_the_distribution_of_drawing_items(classes: int) -> None:
    labels, first, second = _predictions(250, classes)
    loop = _mcc_loop(labels, [first, second], 500)
    single, paired = mcc_replicates(labels, first), paired_mcc_replicates(labels, first, second)
    for found, expected in ((single, loop[:, 0]), (paired, loop[:, 0] - loop[:, 1])):
        assert found.mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / np.sqrt(500))
        assert found.std() == pytest.approx(expected.std(), rel=0.12)
        assert interval(found) == pytest.approx(interval(expected), abs=0.03)


def test_mcc_replicates_are_scikit_learns_on_the_tables_drawn() -> None:
    labels, predicted = np.repeat([0, 0, 1, 1], [5, 2, 1, 4]), np.repeat([0, 1, 0, 1], [5, 2, 1, 4])
    tables = np.random.default_rng(0).multinomial(12, np.array([5, 2, 1, 4]) / 12, 30)
    expected = [
        matthews_corrcoef(np.repeat([0, 0, 1, 1], table), np.repeat([0, 1, 0, 1], table))
        for table in tables
        if all((table[0] + table[1], table[2] + table[3], table[0] + table[2], table[1] + table[3]))
    ]
    np.testing.assert_allclose(mcc_replicates(labels, predicted, draws=30), expected, atol=1e-12)


def test_resamples_without_an_mcc_are_left_out_and_never_zero() -> None:
    labels, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 1])
    found = mcc_replicates(labels, predicted, draws=1000)
    # 0.75^4 + 0.25^4 = 0.32 of the draws hold one class.
    assert 630 < len(found) < 730
    assert (found == 1).all()


def test_a_constant_prediction_has_no_replicates_and_no_interval() -> None:
    labels = np.array([0, 1, 1, 0])
    assert mcc_replicates(labels, np.ones(4, dtype=int)).size == 0
    assert paired_mcc_replicates(labels, labels, np.ones(4, dtype=int)).size == 0
    assert interval(mcc_replicates(labels, np.ones(4, dtype=int))) is None


def test_equal_predictions_never_differ() -> None:
    labels, first, _ = _predictions(100, 3)
    assert not paired_mcc_replicates(labels, first, first.copy()).any()


def test_the_mcc_of_the_items_lies_amid_its_replicates() -> None:
    labels, first, _ = _predictions(2_000, 4)
    low, high = interval(mcc_replicates(labels, first))
    assert low < mcc(labels, first) < high


# --- intervals ---


def test_the_interval_is_that_of_percentiles() -> None:
    values = np.random.default_rng(0).normal(size=999)
    assert interval(values) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), abs=1e-12)
    assert interval(values, 0.8) == pytest.approx(tuple(np.percentile(values, [10, 90])), abs=1e-12)


def test_fewer_than_two_replicates_have_no_interval() -> None:
    assert interval(np.array([])) is None
    assert interval(np.array([0.7])) is None
    assert interval(np.array([0.7, 0.7])) == (0.7, 0.7)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(np.arange(5.0), level)


def test_what_cannot_be_drawn_is_refused() -> None:
    labels, scores = _data(20)
    with pytest.raises(StatisticError, match="cluster bootstrap needs groups"):
        replicates(Metric.AUROC, labels, scores, Resampling("cluster"))
    with pytest.raises(StatisticError, match="stratified bootstrap needs strata"):
        replicates(Metric.SPEARMAN, labels, scores, Resampling("stratified"))
    with pytest.raises(StatisticError, match=r"groups must name one group per item: shape \(3,\) for 20"):
        replicates(Metric.AUROC, labels, scores, Resampling("cluster"), groups=["a", "b", "c"])
    with pytest.raises(StatisticError, match="MCC is not resampled by ranks"):
        replicates(Metric.MCC, labels, scores, Resampling())
    with pytest.raises(StatisticError, match="NaN or infinite"):
        auroc_replicates(labels, np.full(20, np.nan))
