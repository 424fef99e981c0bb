"""Tasks of a few variants, made by hand, and systems with given scores on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.datasets.assemble import Part, Parts, assemble, make_items
from engine.names import Direction, Kind, Metric, Role, Suite
from engine.records import Task
from engine.run.parts import System

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from engine.variants import Region, VariantTask


def small_task(
    labels: ArrayLike,
    *,
    values: ArrayLike | None = None,
    positive_is: Direction = Direction.DAMAGING,
    strata: Mapping[str, ArrayLike] | None = None,
    proteins: Mapping[str, str] | None = None,
    regions: Mapping[str, Region] | None = None,
    **columns: Any,
) -> VariantTask:
    """A task with these labels; with values it is one of fitness."""
    numbers = np.asarray(labels, dtype=np.int64)
    ids = [f"i{number}" for number in range(len(numbers))]
    columns = {"item_id": ids, "label": numbers, "value": values} | columns
    task = Task(
        task_id="small",
        label="A task made by hand",
        suite=Suite.DMS,
        category="made by hand",
        kind=Kind.VARIANT_EFFECT if values is None else Kind.FITNESS,
        primary_metric=Metric.AUROC if values is None else Metric.SPEARMAN,
        position=0,
        source_id="engine",
    )
    masks = {name: np.asarray(mask, dtype=bool) for name, mask in (strata or {}).items()}
    parts = Parts(
        items=make_items(len(numbers), **columns),
        strata=[Part(name, name, "class", mask) for name, mask in masks.items()],
        proteins=proteins or {},
        regions=regions or {},
    )
    return assemble(task, positive_is, parts)


def system(
    model_id: str,
    scores: Sequence[float] | np.ndarray,
    *,
    role: Role = Role.MODEL,
    higher_is: Direction = Direction.DAMAGING,
    protocol: str = "rule",
    threshold: tuple[float, str] | None = None,
) -> System:
    """A system with these scores."""
    return System(
        model_id=model_id,
        role=role,
        protocol=protocol,
        higher_is=higher_is,
        scores=np.asarray(scores, dtype=np.float64),
        threshold=threshold,
    )


def baseline(model_id: str, scores: Sequence[float] | np.ndarray, **options: Any) -> System:
    """Something to beat, with these scores."""
    return system(model_id, scores, role=Role.BASELINE, **options)
