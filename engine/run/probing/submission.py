"""From a run under GENEB's own protocol to what a submission to GENEB holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VerificationError
from engine.names import ALL_STRATA, Metric
from engine.run.probing.evaluate import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.records import Score


def geneb_results(scores: Sequence[Score], model_id: str) -> dict[str, dict[str, dict[str, float]]]:
    """Values of one system on whole test splits: regime -> task_id -> metric -> value.

    An MCC that is 0/0, because one class is predicted throughout, is 0 there: GENEB takes scikit-learn's convention.

    Raises:
        VerificationError: a value is missing for another reason.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for score in scores:
        if score.model_id != model_id or score.stratum != ALL_STRATA or score.metric not in METRICS:
            continue
        value = score.value
        if value is None and score.metric == Metric.MCC and _one_class(score):
            value = 0.0
        if value is None:
            raise VerificationError(
                f"{model_id} has no {score.metric} on {score.task_id} ({score.regime}): {score.undefined_reason}. "
                "No submission was written."
            )
        found.setdefault(score.regime, {}).setdefault(score.task_id, {})[score.metric] = value
    return found


def _one_class(score: Score) -> bool:
    return (score.undefined_reason or "").startswith("predicts one class")
