"""Traps that a comparison may have fallen into, checked by machine: name, severity, evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.names import Metric
from engine.registry.label_exposure import LABELS_SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.records import Comparison, Model, Score, Stratum, Task

Flag = dict[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What flags are read from.

    Attributes:
        tasks: rows by task_id.
        models: rows by model_id.
        strata: rows by (task_id, stratum).
        scores: rows by (task_id, stratum, model_id, metric).
        distinct: number of distinct scores by (task_id, model_id, protocol).
        details: means of what scorers wrote, by (task_id, model_id, protocol), of models that the run scored.
        identities: what exactly was loaded, by model_id.
    """

    tasks: Mapping[str, Task]
    models: Mapping[str, Model]
    strata: Mapping[tuple[str, str], Stratum]
    scores: Mapping[tuple[str, str, str, str], Score]
    distinct: Mapping[tuple[str, str, str], int]
    details: Mapping[tuple[str, str, str], Mapping[str, float]]
    identities: Mapping[str, Mapping[str, object]]


def with_flags(comparisons: Sequence[Comparison], context: Context) -> list[Comparison]:
    """Each comparison with its flags as JSON, a list of {flag, severity, evidence}; None where there are none."""
    rivals: dict[tuple[str, str, str], set[str]] = {}
    for row in comparisons:
        rivals.setdefault((row.task_id, row.stratum, row.metric), set()).add(row.baseline_id)
    flagged = []
    for row in comparisons:
        found = list(_flags(row, context, rivals[row.task_id, row.stratum, row.metric]))
        flagged.append(replace(row, flags=json.dumps(found, ensure_ascii=False) if found else None))
    return flagged


def flag(name: str, severity: str, evidence: str) -> Flag:
    """One flag; severity is `info` or `warning`."""
    return {"flag": name, "severity": severity, "evidence": evidence}


def _flags(row: Comparison, context: Context, rivals: set[str]) -> Iterator[Flag]:
    yield from _of_items(row, context)
    yield from _of_baseline(row, context, rivals)
    yield from of_model(context.models[row.model_id])
    yield from _of_exposure(context.models[row.baseline_id])
    yield from _of_scoring(row, context)


def _of_items(row: Comparison, context: Context) -> Iterator[Flag]:
    stratum = context.strata[row.task_id, row.stratum]
    if row.delta is not None and row.n is not None and stratum.n is not None and row.n < stratum.n:
        yield flag("PARTIAL_COVERAGE", "warning", f"both score {row.n:,} of {stratum.n:,} items; compared on these")
    if stratum.prevalence is not None and not 0.1 <= stratum.prevalence <= 0.9:
        yield flag("IMBALANCE", "warning", f"{stratum.prevalence:.1%} of the items have label 1: read AUPRC too")
    if context.tasks[row.task_id].organism == "human":
        yield flag("ANCESTRY_UNKNOWN", "info", "the labels come without ancestry: no group can be shown on its own")
    baseline = context.scores[row.task_id, row.stratum, row.baseline_id, row.metric]
    for system, protocol in ((row.model_id, row.protocol), (row.baseline_id, baseline.protocol)):
        distinct = context.distinct[row.task_id, system, protocol]
        if row.metric == Metric.AUROC and 0 < distinct <= 2:
            yield flag("HARD_LABEL_AUROC", "warning", f"{system} has {distinct} distinct scores")


def _of_baseline(row: Comparison, context: Context, rivals: set[str]) -> Iterator[Flag]:
    own = context.scores[row.task_id, row.stratum, row.baseline_id, row.metric].value
    found = {
        rival: score.value
        for rival in rivals - {row.baseline_id}
        if (score := context.scores[row.task_id, row.stratum, rival, row.metric]).value is not None
    }
    stronger = {rival: value for rival, value in found.items() if own is not None and value > own}
    if stronger and own is not None:
        best = max(stronger, key=lambda rival: stronger[rival])
        evidence = f"{best} reaches {stronger[best]:.3f}, {row.baseline_id} {own:.3f}"
        yield flag("WEAK_BASELINE", "info", evidence)


def of_model(model: Model) -> Iterator[Flag]:
    """What is known of a model whatever it is measured on."""
    if model.supervised_on_assay:
        evidence = f"{model.name} was trained on measured tracks: regulatory variants are near what it has seen"
        yield flag("CONTAM_SUPERVISED_ASSAY", "info", evidence)
    yield from _of_exposure(model)
    if model.licence_group == "non-commercial":
        yield flag("LICENCE_NC", "info", f"licence: {model.licence}")
    if model.access_kind in {"gated", "lookup"}:
        yield flag("API_ONLY", "info", f"access: {model.access or model.access_kind}")


def _of_exposure(model: Model) -> Iterator[Flag]:
    if model.model_id in LABELS_SEEN:
        yield flag("CONTAM_LABELS", "warning", f"{model.name}: {LABELS_SEEN[model.model_id]}")
    elif model.contamination:
        yield flag("CONTAM_SEQUENCE", "info", f"{model.name}: {model.contamination}")


def _of_scoring(row: Comparison, context: Context) -> Iterator[Flag]:
    details = context.details.get((row.task_id, row.model_id, row.protocol))
    if details is None:
        return
    if details.get("tokenisation_changed"):
        share = details["tokenisation_changed"]
        yield flag("TOKENISATION_MISMATCH", "warning", f"{share:.1%} of the variants change how the window is cut")
    if details.get("clipped"):
        yield flag("CONTEXT_ASYMMETRY", "info", f"{details['clipped']:.1%} of the windows end at the sequence's end")
    if details.get("truncated"):
        evidence = f"of {details['truncated']:.1%} of the variants the model sees a part of the protein"
        yield flag("CONTEXT_ASYMMETRY", "info", evidence)
    identity = context.identities[row.model_id]
    revision = str(identity["revision"])
    if revision.startswith("sha256:"):
        yield flag("REVISION_UNPINNED", "info", f"weights from a local folder, content {revision[:19]}")
    if identity["kind"] == "causal" and identity["dtype"] != "float32":
        yield flag("LOW_PRECISION", "warning", f"likelihood differences from {identity['dtype']} weights")
