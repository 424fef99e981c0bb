"""The single scores of a system on a part of a task beside their labels, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.names import ALL_STRATA
from engine.statistics import curves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from dashboard.queries.ask import Ask
    from engine.statistics.curves import Calibration, ClassHistograms

AT_ONCE = 50_000
"""Items up to which a figure is made while the page waits."""

# Turned by `sign`, so that a higher score speaks for label 1.
_ITEMS = """
    SELECT (i.label = 1) AS positive, s.score * c.sign AS score
    FROM standing s JOIN scored c USING (task_id, model_id) JOIN numbered_item i USING (task_id, item_no)
    WHERE s.task_id = $task AND s.model_id = $model AND i.label IN (0, 1)
"""
_OF_PART = f"{_ITEMS} AND i.item_no IN (SELECT item_no FROM part WHERE task_id = $task AND stratum = $stratum)"
_STATED = """
    SELECT c.sign, c.protocol, c.threshold * c.sign AS threshold, c.threshold AS own_threshold, c.threshold_source
    FROM scored c WHERE c.task_id = $task AND c.model_id = $model
"""
_SCORES = """
    SELECT s.metric, s.value, s.ci_low, s.ci_high, s.undefined_reason
    FROM score s JOIN scored c ON c.task_id = s.task_id AND c.model_id = s.model_id AND c.protocol = s.protocol
    WHERE s.task_id = $task AND s.model_id = $model AND s.stratum = $stratum AND s.regime = $regime
"""


@dataclass(frozen=True, slots=True)
class Items:
    """Scores turned so that higher means label 1, shape (n,), with whether the label is 1."""

    positive: NDArray[np.bool_]
    score: NDArray[np.float64]

    @property
    def both_classes(self) -> bool:
        """Whether there is anything to tell apart."""
        return bool(self.positive.any() and not self.positive.all())


@dataclass(frozen=True, slots=True)
class Stated:
    """What the store says of a system on a part: nothing here is computed again.

    `threshold` is turned as the scores are, `own_threshold` as its source states it; both None where none is stated.
    `scores` has value, ci_low, ci_high and undefined_reason by metric.
    """

    sign: int
    protocol: str
    threshold: float | None
    own_threshold: float | None
    threshold_source: str | None
    scores: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Curves:
    """ROC and precision-recall of one system, with what its stated threshold makes of the items."""

    roc: curves.Roc
    recall: curves.PrecisionRecall
    at: curves.AtThreshold | None


def read_items(ask: Ask, task_id: str, stratum: str, model: str) -> Items:
    """Every item of the part that the system scored and that has label 0 or 1."""
    where = {"task": task_id, "model": model}
    rows = ask(_ITEMS, where) if stratum == ALL_STRATA else ask(_OF_PART, {**where, "stratum": stratum})
    return Items(rows["positive"].to_numpy(dtype=bool), rows["score"].to_numpy(dtype=float))


def read_stated(ask: Ask, task_id: str, stratum: str, model: str, regime: str) -> Stated:
    """Direction, threshold and the store's own values of a system on a part."""
    row = ask(_STATED, {"task": task_id, "model": model}).astype(object).iloc[0]
    scores = ask(_SCORES, {"task": task_id, "model": model, "stratum": stratum, "regime": regime})
    known = row["threshold"] == row["threshold"]
    return Stated(
        sign=int(row["sign"]),
        protocol=str(row["protocol"]),
        threshold=float(row["threshold"]) if known else None,
        own_threshold=float(row["own_threshold"]) if known else None,
        threshold_source=str(row["threshold_source"]) if known else None,
        scores=scores.drop_duplicates("metric").set_index("metric"),
    )


def curves_of(positive: NDArray[np.bool_], score: NDArray[np.float64], threshold: float | None) -> Curves:
    """Both curves of one system; arguments as in `Items` and `Stated`.

    Raises:
        StatisticError: there is one class only.
    """
    at = None if threshold is None else curves.at_threshold(positive, score, threshold)
    return Curves(curves.roc(positive, score), curves.precision_recall(positive, score), at)


def scores_of(positive: NDArray[np.bool_], score: NDArray[np.float64], _threshold: float | None) -> ClassHistograms:
    """Distribution of one system's scores in each class; arguments and errors as `curves_of`."""
    return curves.class_histograms(positive, score)


def calibration_of(positive: NDArray[np.bool_], score: NDArray[np.float64], _threshold: float | None) -> Calibration:
    """Share of label 1 by score of one system; arguments and errors as `curves_of`."""
    return curves.calibration(positive, score)


_MAKERS: dict[str, Callable[..., Any]] = {"curves": curves_of, "scores": scores_of, "calibration": calibration_of}


def made(figure: str, systems: Sequence[tuple[Items, float | None]]) -> list[Any]:
    """What a figure draws of each system: a `Curves`, `ClassHistograms` or `Calibration`.

    Args:
        figure: `curves`, `scores` or `calibration`.
        systems: items with both classes, each with the threshold stated for the system.
    """
    return [_MAKERS[figure](items.positive, items.score, threshold) for items, threshold in systems]
