"""What to know before a probing score is read: flags on scores, and on comparisons those of both sides."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric, Regime, Role
from engine.registry.label_exposure import TASKS_SEEN
from engine.run.flags import flag, of_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.records import Comparison, Model, Score, Task
    from engine.run.flags import Flag
    from engine.run.probing.embedding import Known
    from engine.run.probing.evaluate import Answer
    from engine.run.probing.systems import ProbedSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What flags are read from.

    Attributes:
        task: the task's row.
        of_task: flags of the task itself, leakage among them.
        models: rows by model_id.
        embedded: what is known of the models that were loaded, by model_id.
        groups: redundancy group of known tasks, by task_id.
    """

    task: Task
    of_task: Sequence[Flag]
    models: Mapping[str, Model]
    embedded: Mapping[str, Known] = field(default_factory=dict)
    groups: Mapping[str, str | None] = field(default_factory=dict)


def with_flags(
    scores: Sequence[Score], comparisons: Sequence[Comparison], answers: Sequence[Answer], context: Context
) -> tuple[list[Score], list[Comparison]]:
    """Scores and comparisons of one task with their flags as JSON, a list of {flag, severity, evidence}."""
    own = {answer.system.model_id: list(_of_system(answer, context)) for answer in answers}
    fitted = {answer.system.model_id: list(_of_fit(answer)) for answer in answers}
    flagged = []
    for score in scores:
        found = [*context.of_task, *own[score.model_id]]
        if score.regime == Regime.FULL:
            found += fitted[score.model_id]
        flagged.append(replace(score, flags=_as_json(found)))
    values = {(row.model_id, row.stratum): row.value for row in scores if _is_primary(row)}
    compared = []
    for row in comparisons:
        sides = [*own[row.model_id], *own[row.baseline_id]]
        # Of a model and its twin the same may be told.
        told = [one for number, one in enumerate(sides) if one not in sides[:number]]
        compared.append(replace(row, flags=_as_json([*context.of_task, *told, *_of_rivals(row, values, answers)])))
    return flagged, compared


def _is_primary(row: Score) -> bool:
    return row.metric == Metric.MCC and row.regime == Regime.FULL


def _as_json(found: Sequence[Flag]) -> str | None:
    return json.dumps(found, ensure_ascii=False) if found else None


def _of_system(answer: Answer, context: Context) -> Iterator[Flag]:
    system = answer.system
    if system.embedding is None:
        return
    random_init = system.embedding.random_init
    yield from of_model(context.models[system.model_id])
    if not random_init:
        yield from _of_training(system, context)
    known = context.embedded.get(system.model_id)
    if known is None:
        return
    if known.sensitive:
        yield flag("PAD_OR_BATCH_SENSITIVE", "warning", known.sensitive)
    if truncated := answer.facts.get("truncated"):
        yield flag("CONTEXT_ASYMMETRY", "warning", f"the model sees {truncated:.1%} of the sequences cut off")
    revision = known.identity.revision or ""
    if "sha256:" in revision:
        yield flag("REVISION_UNPINNED", "info", f"weights from a local folder, content {revision[:40]}")


def _of_training(system: ProbedSystem, context: Context) -> Iterator[Flag]:
    """Labels that went into the weights: a frozen vector then holds what a probe should find."""
    if system.embedding is None:
        return
    base, task = system.embedding.card.model_id, context.task
    seen = dict(TASKS_SEEN.get(base, {}))
    seen |= dict.fromkeys(
        system.embedding.spec.trained_on, "trained on the labels of this task, as the run's spec says"
    )
    for task_id, what in seen.items():
        group = context.groups.get(task_id)
        if task_id == task.task_id:
            yield flag("CONTAM_LABELS", "warning", f"{base}: {what}")
        elif group is not None and group == task.redundancy_group:
            yield flag("CONTAM_LABELS", "warning", f"{base}: trained on {task_id}, which asks nearly the same")


def _of_fit(answer: Answer) -> Iterator[Flag]:
    choice = answer.facts.get("choice", {})
    if answer.predicted is not None and len(np.unique(answer.predicted)) == 1:
        yield flag("MAJORITY_COLLAPSE", "warning", "predicts one class for every test sequence")
    if choice.get("c_at_edge"):
        yield flag("C_AT_GRID_EDGE", "info", f"the chosen C, {choice['c']:g}, is the last of its grid")
    if choice.get("converged") is False:
        yield flag("NOT_CONVERGED", "info", "the solver stopped at its limit of iterations")


def _of_rivals(
    row: Comparison, values: Mapping[tuple[str, str], float | None], answers: Sequence[Answer]
) -> Iterator[Flag]:
    """A stronger baseline than the one that is compared with."""
    own = values[row.baseline_id, row.stratum]
    stronger = {
        answer.system.model_id: value
        for answer in answers
        if answer.system.role == Role.BASELINE
        and (value := values[answer.system.model_id, row.stratum]) is not None
        and own is not None
        and value > own
    }
    if stronger and own is not None:
        best = max(stronger, key=lambda name: stronger[name])
        yield flag("WEAK_BASELINE", "info", f"{best} reaches {stronger[best]:.3f}, {row.baseline_id} {own:.3f}")
