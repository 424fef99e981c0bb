"""Traps that a split or a comparison on it may have fallen into: flag, severity and evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.exchange import Shape
from engine.local_split.strata import WHOLE
from engine.local_split.systems import MODEL
from engine.run.catalogue import model_rows
from engine.run.flags import flag, of_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.local_split.evaluation import Evaluation
    from engine.local_split.split import LocalSplit
    from engine.local_split.strata import Items
    from engine.local_split.systems import Scored, Systems
    from engine.names import Metric
    from engine.run.flags import Flag

FLAG_OF: Mapping[str, str] = {
    "DUPLICATE_ROWS": "DUPLICATE_ROWS",
    "REVERSE_COMPLEMENT": "DUPLICATE_ROWS",
    "LABEL_CONFLICT": "LABEL_CONFLICT",
    "HOMOLOGY_LEAK": "HOMOLOGY_LEAK",
    "GENE_LEAK": "GENE_LEAK",
    "CHROM_LEAK": "CHROM_LEAK",
}
"""Which flag a check that found something stands for, by its kind."""
_ANCESTRY = re.compile("ancestry|population|ethnic|race(?![a-z])|continent")


def flags_of(
    split: LocalSplit, items: Items, systems: Systems, evaluation: Evaluation, primary: Metric
) -> tuple[Flag, ...]:
    """All that applies to the split as a whole, and to systems on it."""
    return (
        *_of_checks(split),
        *_of_items(split, items),
        *_of_systems(systems),
        *_of_baselines(systems, evaluation, primary),
    )


def _of_checks(split: LocalSplit) -> Iterator[Flag]:
    for check in split.inspection.checks:
        if check.kind in FLAG_OF and check.severity != "passed":
            yield flag(FLAG_OF[check.kind], "info" if check.severity == "note" else "warning", check.found)


def _of_items(split: LocalSplit, items: Items) -> Iterator[Flag]:
    share = float((items.labels == 1).mean()) if items.classes == 2 and len(items.labels) else 0.5
    if not 0.1 <= share <= 0.9:
        yield flag("IMBALANCE", "warning", f"{share:.1%} of the rows have label 1: read AUPRC too")
    named = any(_ANCESTRY.search(column.lower()) for column in split.strata)
    if split.shape in {Shape.PROTEIN, Shape.DNA} and not named:
        evidence = "the result is not split up by a column of ancestry: no group of people can be shown on its own"
        yield flag("ANCESTRY_UNKNOWN", "info", evidence)


def _of_systems(systems: Systems) -> Iterator[Flag]:
    for problem in systems.failed:
        if problem.kind == "direction":
            yield flag("SIGN_UNDECLARED", "warning", f"{problem.column}: {problem.problem}")
    for one in systems.scored:
        if one.system.role == "yours" or one.system.registered:
            yield from _of_scores(one)
        if one.system.role != "control":
            yield from _of_fit(one)
        if one.system.system_id.startswith(MODEL):
            name = one.system.system_id.removeprefix(MODEL)
            yield from (found for row in model_rows() if row.model_id == name for found in of_model(row))


def _of_scores(one: Scored) -> Iterator[Flag]:
    if one.scores is None:
        return
    scored = np.isfinite(one.scores)
    if not scored.all():
        evidence = f"{one.system.name} scores {int(scored.sum()):,} of {len(scored):,} rows"
        yield flag("PARTIAL_COVERAGE", "warning", evidence)
    distinct = len(np.unique(one.scores[scored]))
    if 0 < distinct <= 2:
        yield flag("HARD_LABEL_AUROC", "warning", f"{one.system.name} has {distinct} distinct scores")


def _of_fit(one: Scored) -> Iterator[Flag]:
    """What the fit of a probe says of itself."""
    choice = one.facts.get("choice") if one.facts else None
    if not isinstance(choice, dict):
        return
    if one.classes is not None and len(np.unique(one.classes)) == 1:
        yield flag("MAJORITY_COLLAPSE", "warning", f"{one.system.name} predicts one class for all rows")
    if choice.get("c_at_edge"):
        yield flag("C_AT_GRID_EDGE", "info", f"{one.system.name}: C = {choice['c']:g} is an end of its grid")
    if choice.get("converged") is False:
        yield flag("NOT_CONVERGED", "info", f"{one.system.name}: the solver stopped at its limit of steps")


def _of_baselines(systems: Systems, evaluation: Evaluation, primary: Metric) -> Iterator[Flag]:
    """That another baseline is stronger here is said, not acted on: the one to beat was declared."""
    registered = systems.registered
    found = {row.system_id: row.value for row in evaluation.values if (row.part_id, row.metric) == (WHOLE, primary)}
    own = found.get(registered.system.system_id) if registered else None
    values = {one.system.name: found.get(one.system.system_id) for one in systems.of("baseline")}
    stronger = {name: value for name, value in values.items() if value is not None and own is not None and value > own}
    if registered and stronger:
        best = max(stronger, key=lambda name: stronger[name])
        evidence = f"{best} reaches {stronger[best]:.3f}, {registered.system.name} {own:.3f}"
        yield flag("WEAK_BASELINE", "info", evidence)
