"""From files, or from an inspected split, to everything that is found on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine import __version__
from engine.errors import SpecError
from engine.local_split.command import command_of
from engine.local_split.evaluation import evaluate, metrics_of
from engine.local_split.exchange import Result
from engine.local_split.flags import flags_of
from engine.local_split.inspect import inspect
from engine.local_split.power import power_of
from engine.local_split.strata import items_of, strata_of
from engine.local_split.systems import covering, systems_of
from engine.statistics.curves import precision_recall, roc

if TYPE_CHECKING:
    from engine.local_split.exchange import Files, Options, Progress
    from engine.local_split.split import LocalSplit
    from engine.local_split.strata import Items
    from engine.local_split.systems import Scored

_MOST_POINTS = 200


def compare(files: Files, options: Options, progress: Progress | None = None) -> Result:
    """Read a split, check it, run the baselines on it and hold the owner's scores against them.

    Args:
        files: the split and what comes beside it.
        options: what its owner decides.
        progress: told what is being done.

    Raises:
        VledgerError: the file cannot be read, a column does not exist, or nothing can be evaluated.
    """
    inspection, split = inspect(files, options, progress)
    if split is None:
        raise SpecError(f"{inspection.name}: {inspection.missing}")
    return judge(split, options, progress, command=command_of(files, options))


def judge(split: LocalSplit, options: Options, progress: Progress | None = None, *, command: str = "") -> Result:
    """Everything that is found on an inspected split; `command` is what reproduces it.

    Raises:
        SpecError: a column of scores is named that the split does not have.
    """
    items = items_of(split)
    parts, notes = strata_of(split, items)
    systems = covering(systems_of(split, options, progress), [part.rows for part in parts])
    metrics = metrics_of(split, systems)
    evaluation = evaluate(items, parts, systems, metrics, options, progress)
    return Result(
        inspection=replace(split.inspection, preview={}),
        primary=metrics[0].value,
        metrics=tuple(metric.value for metric in metrics),
        systems=tuple(one.system for one in systems.scored),
        parts=tuple(part.part for part in parts),
        values=evaluation.values,
        differences=evaluation.differences,
        power=power_of(items, parts, systems, evaluation, metrics[0]),
        flags=flags_of(split, items, systems, evaluation, metrics[0]),
        command=command,
        seed=options.seed,
        draws=options.draws,
        engine_version=__version__,
        curves={one.system.system_id: _curve(items, one) for one in systems.scored if _has_curve(items, one)},
        failed=(*systems.failed, *notes),
    )


def _has_curve(items: Items, one: Scored) -> bool:
    if one.scores is None or items.classes != 2:
        return False
    scored = np.isfinite(one.scores)
    return len(np.unique(items.labels[scored])) == 2


def _curve(items: Items, one: Scored) -> dict[str, list[float]]:
    """Points of the ROC and precision-recall curves on the rows that a system scores."""
    scores = np.empty(0) if one.scores is None else one.scores
    scored = np.isfinite(scores)
    found = roc(items.labels[scored], scores[scored], most=_MOST_POINTS)
    steps = precision_recall(items.labels[scored], scores[scored], most=_MOST_POINTS)
    return {
        "fpr": found.fpr.tolist(),
        "tpr": found.tpr.tolist(),
        "recall": steps.recall.tolist(),
        "precision": steps.precision.tolist(),
    }
