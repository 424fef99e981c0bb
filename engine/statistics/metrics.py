"""The metrics: what each one is, and its value for one system. A higher score speaks for label 1 throughout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import checks, confusion

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


PREVALENCE: Final = "prevalence"
"""The chance level of a metric that a score without information has as high as label 1 is frequent."""

_SCIB = "https://doi.org/10.1038/s41592-021-01336-8"
_LINEAR = "https://doi.org/10.1038/s41592-025-02772-6"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard:
    """What a reader, an axis and a test need to know about a metric.

    `chance` is the value that a score without information has in expectation, `PREVALENCE` where that is the share of
    label 1; None where there is no such level. A bound of `value_range` is infinite where there is none.
    """

    name: Metric
    value_range: tuple[float, float]
    chance: float | str | None
    increasing: bool
    sentence: str
    link: str

    def chance_level(self, prevalence: float) -> float | None:
        """The value of a score without information where this share of the labels is 1; None where there is none."""
        return self.chance if isinstance(self.chance, float | int) else prevalence if self.chance else None


CARDS: dict[Metric, MetricCard] = {
    card.name: card
    for card in (
        MetricCard(
            name=Metric.AUROC,
            value_range=(0, 1),
            chance=0.5,
            increasing=True,
            sentence="The probability that a random positive scores above a random negative, ties counting one half.",
            link="https://doi.org/10.1148/radiology.143.1.7063747",
        ),
        MetricCard(
            name=Metric.AUPRC,
            value_range=(0, 1),
            chance=PREVALENCE,
            increasing=True,
            sentence="Average precision: the precision at each threshold, weighted by the recall gained there.",
            link="https://doi.org/10.1145/1143844.1143874",
        ),
        MetricCard(
            name=Metric.SPEARMAN,
            value_range=(-1, 1),
            chance=0,
            increasing=True,
            sentence="Pearson's correlation between the average ranks of the scores and of the measured values.",
            link="https://doi.org/10.2307/1412159",
        ),
        MetricCard(
            name=Metric.MCC,
            value_range=(-1, 1),
            chance=0,
            increasing=True,
            sentence="The correlation between true and predicted class; with more than two classes, Gorodkin's R_K.",
            link="https://doi.org/10.1016/j.compbiolchem.2004.09.006",
        ),
        MetricCard(
            name=Metric.L2_SKILL,
            value_range=(-math.inf, 1),
            chance=None,
            increasing=True,
            sentence="1 - mean L2 / mean L2 of the task's reference: 0 predicts as well as the reference, 1 perfectly.",
            link=_LINEAR,
        ),
        MetricCard(
            name=Metric.L2_SKILL_OVER_MEAN,
            value_range=(-math.inf, 1),
            chance=None,
            increasing=True,
            sentence="1 - mean L2 / mean L2 of control plus the mean change of the training perturbations.",
            link=_LINEAR,
        ),
        MetricCard(
            name=Metric.PEARSON_DELTA,
            value_range=(-1, 1),
            chance=0,
            increasing=True,
            sentence="Pearson's correlation over genes of the predicted with the observed change from control, "
            "averaged over perturbations.",
            link=_LINEAR,
        ),
        MetricCard(
            name=Metric.L2,
            value_range=(0, math.inf),
            chance=None,
            increasing=False,
            sentence="Euclidean distance over genes of the predicted from the observed profile, averaged over "
            "perturbations.",
            link=_LINEAR,
        ),
        MetricCard(
            name=Metric.AVG_BIO,
            value_range=(-1, 1),
            chance=None,
            increasing=True,
            sentence="The mean of NMI, ARI and ASW: how well an embedding keeps cell types apart.",
            link="https://doi.org/10.1038/s41592-024-02201-0",
        ),
        MetricCard(
            name=Metric.NMI,
            value_range=(0, 1),
            chance=None,
            increasing=True,
            sentence="Normalised mutual information of clusters with cell types, at the resolution where it is "
            "largest.",
            link=_SCIB,
        ),
        MetricCard(
            name=Metric.ARI,
            value_range=(-1, 1),
            chance=0,
            increasing=True,
            sentence="Adjusted Rand index of the same clusters with cell types.",
            link=_SCIB,
        ),
        MetricCard(
            name=Metric.ASW,
            value_range=(0, 1),
            chance=0.5,
            increasing=True,
            sentence="Mean silhouette width by cell type, moved from [-1, 1] to [0, 1].",
            link=_SCIB,
        ),
        MetricCard(
            name=Metric.ASW_BATCH,
            value_range=(0, 1),
            chance=None,
            increasing=True,
            sentence="1 - absolute silhouette width by batch within a cell type, averaged: 1 is batches fully mixed.",
            link=_SCIB,
        ),
        MetricCard(
            name=Metric.PCR,
            value_range=(-math.inf, 1),
            chance=None,
            increasing=True,
            sentence="The share of the batch's part in the principal components that an embedding takes away.",
            link=_SCIB,
        ),
        MetricCard(
            name=Metric.GRAPH_CONNECTIVITY,
            value_range=(0, 1),
            chance=None,
            increasing=True,
            sentence="The share of a type's cells in its largest connected part of the neighbour graph, averaged.",
            link=_SCIB,
        ),
    )
}


def auroc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve from midranks: ties count one half, constant scores give 0.5.

    Args:
        labels: shape (n,), 0 or 1.
        scores: shape (n,), finite.

    Raises:
        StatisticError: lengths differ, no items, a score is not finite, a label is not 0 or 1, or one class only.
    """
    positive, values = checks.binary(labels, scores)
    count = int(positive.sum())
    below = rankdata(values)[positive].sum() - count * (count + 1) / 2
    return float(below / (count * (positive.size - count)))


def auprc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Average precision, sum of (R_k - R_(k-1)) P_k over descending thresholds; tied scores are one threshold.

    Args:
        labels: shape (n,), 0 or 1.
        scores: shape (n,), finite.

    Raises:
        StatisticError: as `auroc`.
    """
    positive, values = checks.binary(labels, scores)
    order = np.argsort(-values, kind="stable")
    last = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    found = np.cumsum(positive[order])[last]
    gained = np.diff(found, prepend=0)
    return float((gained * found / (last + 1)).sum() / found[-1])


def spearman(measured: ArrayLike, scores: ArrayLike) -> float | None:
    """Spearman's rho, average ranks for ties; None where either side is constant.

    Args:
        measured: shape (n,), finite.
        scores: shape (n,), finite.

    Raises:
        StatisticError: lengths differ, no items, or a number is not finite.
    """
    first, second = (rankdata(values) - (len(values) + 1) / 2 for values in checks.measured(measured, scores))
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float(np.clip((first * second).sum() / scale, -1, 1)) if scale > 0 else None


def mcc(labels: ArrayLike, predicted: ArrayLike) -> float | None:
    """Matthews' correlation of true and predicted classes, R_K for more than two.

    None where all items have one true class, or all one predicted class: the formula is 0/0 there, not 0.

    Args:
        labels: shape (n,), whole numbers or booleans.
        predicted: shape (n,), same kind.

    Raises:
        StatisticError: lengths differ, no items, or a class is not a whole number.
    """
    table = confusion.cells(labels, predicted)
    value = confusion.matthews(table.counts[None].astype(np.float64), table.truth, table.predicted[0])[0]
    return None if np.isnan(value) else float(value)


def accuracy(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Share of items whose predicted class is the true one.

    Args:
        labels: shape (n,), whole numbers or booleans.
        predicted: shape (n,), same kind.

    Raises:
        StatisticError: as `mcc`.
    """
    table = confusion.cells(labels, predicted)
    return float(confusion.accuracy(table.counts[None].astype(np.float64), table.truth, table.predicted[0])[0])


def macro_f1(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Mean over classes of F1 = 2 right / (true + predicted); a class that is never right counts 0.

    Args:
        labels: shape (n,), whole numbers or booleans.
        predicted: shape (n,), same kind.

    Raises:
        StatisticError: as `mcc`.
    """
    table = confusion.cells(labels, predicted)
    return float(confusion.macro_f1(table.counts[None].astype(np.float64), table.truth, table.predicted[0])[0])


def mcc_at_threshold(labels: ArrayLike, scores: ArrayLike, threshold: float) -> float | None:
    """MCC where a score of at least `threshold` predicts 1; None where that predicts one class only.

    A threshold chosen on the same labels makes the value too high.

    Raises:
        StatisticError: as `auroc`, or the threshold is NaN.
    """
    positive, values = checks.binary(labels, scores)
    if np.isnan(threshold):
        raise StatisticError("the threshold is NaN: take it from training or validation data.")
    return mcc(positive, values >= threshold)
