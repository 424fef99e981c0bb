"""The rows that are used, as baselines and statistics take them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.assemble import Parts, assemble, make_items
from engine.local_split.grouping import group_names, stratum_names
from engine.local_split.items.built import Built
from engine.local_split.items.texts import as_task
from engine.local_split.split import LocalSplit
from engine.names import Direction, Kind, Metric, Suite
from engine.records import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns
    from engine.local_split.exchange import Field, Inspection
    from engine.local_split.grouping import Chosen
    from engine.local_split.rows import Rows
    from engine.local_split.split import Table
    from engine.sequences import SequenceTask
    from engine.variants import VariantTask


def as_split(
    columns: Columns,
    rows: Rows,
    fields: Mapping[Field, str],
    *,
    inspection: Inspection,
    chosen: Chosen,
    scores: Mapping[str, NDArray[np.float64]],
) -> LocalSplit:
    """The rows that are used, in the file's order."""
    kept = rows.kept
    groups = group_names(columns, chosen.group)
    variants = sequences = None
    if isinstance(rows.made, Built):
        variants = _variants(columns.table, rows, rows.made)
    else:
        sequences = _sequences(columns.table, rows, groups)
    return LocalSplit(
        inspection=inspection,
        shape=inspection.shape,
        fields=fields,
        rows=columns.table.rows[kept],
        labels=rows.labels[kept],
        train=rows.train[kept],
        scores={name: values[kept] for name, values in scores.items()},
        groups=None if groups is None else groups[kept],
        strata={name: stratum_names(columns, name)[kept] for name in chosen.strata},
        variants=variants,
        sequences=sequences,
    )


def _variants(table: Table, rows: Rows, made: Built) -> VariantTask:
    kept = rows.kept
    columns = {name: values[kept] for name, values in made.items.items()}
    part = np.where(rows.train[kept], "train", "test").astype(object)
    items = make_items(int(kept.sum()), split=part, label=rows.labels[kept], **columns)
    task = Task(
        task_id=PurePath(table.name).stem,
        label=table.name,
        suite=Suite.CLINVAR_ITEMS,
        category="Your split",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        position=0,
        source_id="split",
    )
    parts = Parts(items=items, strata=(), proteins=made.proteins, regions=made.regions)
    return replace(assemble(task, Direction.DAMAGING, parts), inputs={table.name: table.sha256})


def _sequences(table: Table, rows: Rows, groups: NDArray[np.str_] | None) -> SequenceTask | None:
    train, test = rows.kept & rows.train, rows.evaluated
    if not train.any() or not test.any():
        return None
    assert not isinstance(rows.made, Built)  # noqa: S101 - for the type checker
    return as_task(PurePath(table.name).stem, rows.made, rows.labels, (train, test), groups, sha256=table.sha256)
