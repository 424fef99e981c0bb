from __future__ import annotations

import math

import numpy as np
import pytest

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics.bootstrap import replicates
from engine.statistics.delong import auroc_covariance
from engine.statistics.influence import influence, standard_error
from engine.statistics.metrics import auprc, auroc, spearman
from engine.statistics.resampling import Resampling

_FUNCTION = {Metric.AUROC: auroc, Metric.AUPRC: auprc, Metric.SPEARMAN: spearman}


def _sample(metric: Metric, n: int = 1500, digits: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 100, n)
    # What items of a group share moves them together: their label, their score and their measured value.
    labels = (rng.random(100)[groups] < 0.4).astype(int)
    shared = rng.normal(size=100)[groups]
    scores = np.round(rng.normal(size=n) + labels + shared, digits)
    measured = np.round(rng.normal(size=n) + labels + rng.normal(size=100)[groups], digits)
    return (measured if metric is Metric.SPEARMAN else labels), scores, groups


@pytest.mark.parametrize("metric", list(_FUNCTION))
def test_an_item_given_twice_moves_the_metric_by_its_influence(metric: Metric) -> None:
    labels, scores, _ = _sample(metric, 400)
    moves = influence(metric, labels, scores)
    value = _FUNCTION[metric](labels, scores)
    assert value is not None
    assert moves.sum() == pytest.approx(0, abs=1e-12)
    for item in range(0, 400, 37):
        again = _FUNCTION[metric](np.append(labels, labels[item]), np.append(scores, scores[item]))
        assert again is not None
        # The second derivative is of order 1 / n^2.
        assert again - value == pytest.approx(moves[item], abs=20 / 400**2)


@pytest.mark.parametrize("metric", list(_FUNCTION))
@pytest.mark.parametrize("digits", [0, 6])
def test_the_error_is_the_spread_of_the_bootstrap(metric: Metric, digits: int) -> None:
    labels, scores, groups = _sample(metric, digits=digits)
    moves = influence(metric, labels, scores)
    own = replicates(metric, labels, scores, Resampling()).std()
    clustered = replicates(metric, labels, scores, Resampling("cluster"), groups=groups).std()
    assert standard_error(moves) == pytest.approx(own, rel=0.06)
    assert standard_error(moves, groups) == pytest.approx(clustered, rel=0.08)
    assert clustered > 1.2 * own


def test_of_an_auroc_it_is_delongs_but_for_the_degrees_of_freedom() -> None:
    labels, scores, _ = _sample(Metric.AUROC, 6000)
    found = auroc_covariance(labels, scores)
    assert found is not None
    assert standard_error(influence(Metric.AUROC, labels, scores)) == pytest.approx(math.sqrt(found[1][0, 0]), rel=1e-3)


def test_a_metric_of_classes_has_none_here() -> None:
    with pytest.raises(StatisticError, match="choose one of AUROC, AUPRC, Spearman"):
        influence(Metric.MCC, [0, 1], [0, 1])
    with pytest.raises(StatisticError, match="not all equal"):
        influence(Metric.SPEARMAN, [1, 2, 3], [1, 1, 1])
