"""From checked columns to a `VariantTask`: items with their types, strata with their sizes."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import NotHereError
from engine.names import ALL_STRATA
from engine.records import Stratum
from engine.tables import sha256_of
from engine.variants import ITEM_COLUMNS, VariantTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.names import Direction
    from engine.records import Task
    from engine.variants import Region


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """A stratum to be: `mask` has shape (n,)."""

    stratum: str
    label: str
    kind: str
    mask: NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a reader found, before sizes are counted; see `VariantTask` for the meaning."""

    items: pd.DataFrame
    strata: Sequence[Part]
    measured: Mapping[str, NDArray[np.float64]] = dataclasses.field(default_factory=dict)
    proteins: Mapping[str, str] = dataclasses.field(default_factory=dict)
    regions: Mapping[str, Region] = dataclasses.field(default_factory=dict)
    inputs: Mapping[str, Path] = dataclasses.field(default_factory=dict)


def assemble(task: Task, positive_is: Direction, parts: Parts) -> VariantTask:
    """The task with its size and prevalence, `all` and every stratum that has members."""
    labels = parts.items["label"].to_numpy(dtype=np.int64)
    everyone = Part(ALL_STRATA, "All variants", "all", np.ones(len(labels), dtype=bool))
    kept = [everyone, *(part for part in parts.strata if part.mask.any())]
    strata = [_stratum(task.task_id, part, labels, position) for position, part in enumerate(kept)]
    return VariantTask(
        task=dataclasses.replace(task, n_test=len(labels), n_classes=2, prevalence=strata[0].prevalence),
        positive_is=positive_is,
        items=parts.items,
        strata=strata,
        membership=pd.DataFrame({part.stratum: part.mask for part in kept}),
        measured=pd.DataFrame(dict(parts.measured), index=pd.RangeIndex(len(labels)), dtype=np.float64),
        proteins=parts.proteins,
        regions=parts.regions,
        inputs={name: sha256_of(path) for name, path in parts.inputs.items()},
    )


def _stratum(task_id: str, part: Part, labels: NDArray[np.int64], position: int) -> Stratum:
    inside = labels[part.mask]
    return Stratum(
        task_id=task_id,
        stratum=part.stratum,
        label=part.label,
        kind=part.kind,
        n=len(inside),
        prevalence=float(inside.mean()),
        position=position,
    )


def make_items(count: int, **columns: object) -> pd.DataFrame:
    """A frame with `ITEM_COLUMNS` in order and with their types, shape (count, 13); a column not given is missing.

    Args:
        count: number of variants.
        **columns: one value per variant, or one text for all.
    """
    test = {"split": "test"}
    return pd.DataFrame({name: _typed(count, (test | columns).get(name), kind) for name, kind in ITEM_COLUMNS.items()})


def _typed(count: int, values: object, kind: str) -> pd.Series:
    repeated = [values] * count if values is None or isinstance(values, str) else values
    return pd.Series(repeated, dtype=kind, index=pd.RangeIndex(count))


def groups_json(columns: Mapping[str, Iterable[object]]) -> list[str]:
    """One JSON object per variant from one sequence per key."""
    return [
        json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False)
        for values in zip(*columns.values(), strict=True)
    ]


def given(files: Mapping[str, Path], name: str) -> Path:
    """The path of an input by name.

    Raises:
        NotHereError: it was not handed over.
    """
    if name not in files:
        raise NotHereError(f"the input {name} is missing: bring it with `vledger fetch`")
    return files[name]
