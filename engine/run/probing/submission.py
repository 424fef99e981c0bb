"""From a run under GENEB's own protocol to what a submission to GENEB holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VerificationError
from engine.names import ALL_STRATA, Metric, Role
from engine.published.geneb_submissions import Meta, read_benchmark, submission, write_submission
from engine.run.probing.evaluate import METRICS
from engine.store.location import precomputed_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.records import Score
    from engine.run.probing.execute import Summary


def write_geneb(
    summary: Summary, folder: Path, *, model_id: str | None = None, display: str | None = None, submitted_by: str = ""
) -> Path:
    """Write a submission from a run of one system on all tasks, checked.

    Args:
        summary: Of the run.
        folder: Of the file, named after the model.
        model_id: In the file; default: the system's.
        display: Name of the model; default: the one it has here.
        submitted_by: Who submits.

    Raises:
        VerificationError: the run lacks tasks or values; nothing was written.
    """
    benchmark = read_benchmark(precomputed_dir() / "published")
    own = next(iter({score.model_id for score in summary.scores}))
    row = summary.models[own]
    meta = Meta(
        display=display or row.name,
        params=row.parameters or 0,
        url=f"https://huggingface.co/{row.hf_id}" if row.hf_id else "",
        # Frozen weights: nothing but the probe saw labels.
        zero_shot=row.role == Role.MODEL,
        training_data=row.pretraining_data or "",
        provenance="self-reported",
        submitted_by=submitted_by,
    )
    results = geneb_results(summary.scores, own)
    return write_submission(folder, submission(model_id or own, meta, results), benchmark)


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
