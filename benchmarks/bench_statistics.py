"""The bootstrap against the loops it replaces, both sides in this run, on one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rows import faster_than, timed
from sklearn.metrics import matthews_corrcoef, roc_auc_score
from threadpoolctl import threadpool_limits

from engine.statistics.bootstrap import MCC_DRAWS, auroc_replicates, paired_mcc_replicates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AUROC_DRAWS = 2000
# Items, draws on which the loop is timed, and how many times faster ours has to be.
AUROC_CASES = [(1_000, 400, 100), (5_000, 200, 50), (50_000, 40, 20)]
MCC_CASE = (5_000, 300, 500)


def quickstart_loop(labels: Floats, scores: Floats, draws: int) -> Floats:
    """AUROC by resampling items and calling scikit-learn, as the article's quickstart does."""
    rng, values = np.random.default_rng(0), []
    for _ in range(draws):
        index = rng.integers(0, len(labels), len(labels))
        if len(np.unique(labels[index])) == 2:
            values.append(roc_auc_score(labels[index], scores[index]))
    return np.array(values)


def mcc_loop(labels: Floats, first: Floats, second: Floats, draws: int) -> Floats:
    """Difference of two MCCs by resampling items and calling scikit-learn."""
    rng, values = np.random.default_rng(0), []
    for _ in range(draws):
        index = rng.integers(0, len(labels), len(labels))
        truth = labels[index]
        values.append(matthews_corrcoef(truth, first[index]) - matthews_corrcoef(truth, second[index]))
    return np.array(values)


def auroc_row(n: int, loop_draws: int, target: float) -> dict[str, Any]:
    """AUROC bootstrap of one system; the replicates must be those of the loop."""
    rng = np.random.default_rng(1)
    labels = (rng.random(n) < 0.3).astype(int)
    scores = 0.8 * labels + rng.normal(size=n)
    expected, loop_seconds = timed(lambda: quickstart_loop(labels, scores, loop_draws))
    found, seconds = timed(lambda: auroc_replicates(labels, scores, draws=AUROC_DRAWS), repeats=5)
    assert np.abs(found[: len(expected)] - expected).max() < 1e-12
    compared_with = f"quickstart's loop, timed on {loop_draws} draws and scaled"
    name = f"AUROC bootstrap, n = {n:,}, {AUROC_DRAWS:,} draws"
    return faster_than(name, seconds, loop_seconds * AUROC_DRAWS / loop_draws, compared_with, target)


def mcc_row(n: int, loop_draws: int, target: float) -> dict[str, Any]:
    """Paired MCC bootstrap; the two sides draw differently, so mean and spread must agree within sampling error."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, n)
    first, second = (np.where(rng.random(n) < share, labels, 1 - labels) for share in (0.8, 0.75))
    expected, loop_seconds = timed(lambda: mcc_loop(labels, first, second, loop_draws))
    found, seconds = timed(lambda: paired_mcc_replicates(labels, first, second), repeats=5)
    assert abs(found.mean() - expected.mean()) < 4 * expected.std() / np.sqrt(loop_draws)
    assert abs(found.std() / expected.std() - 1) < 4 / np.sqrt(2 * loop_draws)
    compared_with = f"loop over scikit-learn, timed on {loop_draws} draws and scaled"
    name = f"paired MCC bootstrap, n = {n:,}, {MCC_DRAWS:,} draws"
    return faster_than(name, seconds, loop_seconds * MCC_DRAWS / loop_draws, compared_with, target)


def measure() -> list[dict[str, Any]]:
    """All rows."""
    with threadpool_limits(limits=1):
        return [*(auroc_row(*case) for case in AUROC_CASES), mcc_row(*MCC_CASE)]
