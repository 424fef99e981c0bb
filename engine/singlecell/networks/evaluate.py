"""AUROC per perturbation, its mean with an interval over perturbations, and what edges add to gene-level scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import wilcoxon

from engine.errors import StatisticError
from engine.names import Metric
from engine.singlecell.contract import ItemValue, Outcome, Replicated
from engine.statistics.metrics import auroc
from engine.statistics.resampling import Resampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.singlecell.networks.responses import Truth
    from engine.singlecell.networks.scores import Scores

    Floats = NDArray[np.float64]

MOST_MISSING = 0.1
"""Share of perturbations that a system may leave without scores and still have a value."""
FEWEST_TO_DRAW = 3
"""Perturbations below which nothing is resampled."""
FEWEST_PAIRS = 6
"""Perturbations below which a signed-rank test cannot reach 0.05."""


def evaluate(scores: Mapping[str, Scores], truth: Truth, *, draws: int = 2000, seed: int = 0) -> dict[str, Outcome]:
    """AUROC of every system: its mean over perturbations, each over its tested genes.

    The bootstrap draws whole perturbations, `default_rng(seed).integers(0, n, n)`, the same for all systems.
    Perturbations that share a gene are drawn as if they did not: where there are many doubles, the interval is rather
    too narrow. A system without scores for more than 10 % of the perturbations has no value.

    Args:
        scores: of each system, for the truth's perturbations and genes; other perturbations do not count.
        truth: which genes respond.
        draws: number of resamples.
        seed: of the draws.

    Raises:
        StatisticError: a system's scores are of other genes than the truth's.
    """
    return {system: _outcome(system, own, truth, Resampling("cluster", draws, seed)) for system, own in scores.items()}


def differences(first: Outcome, second: Outcome) -> Floats:
    """AUROC of the first minus that of the second, over the perturbations for which both have one; shape (n,).

    Of gene-level features with edges and the same features alone, on the same folds, it is what the edges add.
    """
    own, other = _by_item(first), _by_item(second)
    return np.array([own[name] - other[name] for name in own if name in other])


def signed_rank_p(apart: Floats) -> float | None:
    """Two-sided p of Wilcoxon's signed-rank test as scipy has it, zeros left out; None where all differences are 0.

    Args:
        apart: differences, shape (perturbations,).
    """
    return float(wilcoxon(apart).pvalue) if np.any(apart) else None


def _outcome(system: str, scores: Scores, truth: Truth, resampling: Resampling) -> Outcome:
    _check_genes(system, scores, truth)
    items = [_item(scores, truth, row) for row in range(len(truth.perturbations))]
    left_out = [
        ItemValue(item_id=name, metric=Metric.AUROC, value=None, reason=reason)
        for name, reason in truth.left_out.items()
    ]
    return Outcome(values={Metric.AUROC: _mean(items, scores.note, resampling)}, items=[*items, *left_out])


def _check_genes(system: str, scores: Scores, truth: Truth) -> None:
    unscored = all(scores.of(name) is None for name in truth.perturbations)
    if not unscored and scores.genes != truth.genes:
        raise StatisticError(
            f"the scores of {system} are of {len(scores.genes)} genes, not of the {len(truth.genes)} genes of the "
            "task in their order: score it anew."
        )


def _item(scores: Scores, truth: Truth, row: int) -> ItemValue:
    name, tested = truth.perturbations[row], truth.tested[row]
    own = scores.of(name)
    if own is None:
        return ItemValue(item_id=name, metric=Metric.AUROC, value=None, reason=scores.reason(name))
    value = auroc(truth.responds[row][tested], own[tested])
    return ItemValue(item_id=name, metric=Metric.AUROC, value=value, n=int(tested.sum()))


def _mean(items: list[ItemValue], note: str | None, resampling: Resampling) -> Replicated:
    values = np.array([math.nan if item.value is None else item.value for item in items])
    known = int((~np.isnan(values)).sum())
    if reason := _no_value(items, known):
        return Replicated(n=known, reason=reason)
    drawn = Resampling(resampling.kind, resampling.draws, resampling.seed, len(items))
    told = f"; {note}" if note else ""
    return Replicated(
        value=float(np.nanmean(values)), replicates=_means(values, drawn), n=known, method=_method(drawn) + told
    )


def _no_value(items: list[ItemValue], known: int) -> str | None:
    if not items:
        return "no perturbation has enough genes that respond and enough that do not"
    if len(items) - known <= MOST_MISSING * len(items):
        return None
    first = next(item for item in items if item.value is None)
    why = f"{first.item_id}: {first.reason}"
    if not known:
        return f"scores none of the {len(items)} perturbations ({why})"
    return f"scores {known} of {len(items)} perturbations: a value over a part is another quantity ({why})"


def _means(values: Floats, resampling: Resampling) -> Floats:
    """Mean of each resample of the values, shape (draws,), NaN where it has none; empty with too few values."""
    n = len(values)
    if n < FEWEST_TO_DRAW:
        return np.empty(0)
    drawn = np.random.default_rng(resampling.seed).integers(0, n, (resampling.draws, n))
    known = ~np.isnan(values)
    counts, sums = known[drawn].sum(1), np.nan_to_num(values)[drawn].sum(1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)


def _method(resampling: Resampling) -> str:
    count = resampling.groups or 0
    if count < FEWEST_TO_DRAW:
        return f"mean AUROC over perturbations, {count} of them; no interval: at least {FEWEST_TO_DRAW} are needed"
    return f"mean AUROC over perturbations; {resampling.describe()}"


def _by_item(outcome: Outcome) -> dict[str, float]:
    return {item.item_id: item.value for item in outcome.items if item.value is not None}
