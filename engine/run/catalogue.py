"""Every system that the engine knows, as rows of the store's `model` table."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.names import Suite
from engine.published import proteingym, vep_eval
from engine.published.systems import as_model as alias_model
from engine.published.systems import read_aliases
from engine.registry import baselines, cell_systems, features, published_systems
from engine.registry.systems import as_model, read_systems
from engine.store.location import precomputed_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.records import Model


def engine_models() -> list[Model]:
    """Rules, controls and systems that came with a data set: those that no published table describes."""
    return [
        *baselines.as_models(),
        *features.as_models(),
        *published_systems.as_models(),
        *cell_systems.as_models(),
    ]


def model_rows() -> Sequence[Model]:
    """All systems by which a run's results can be described, the registry's first."""
    return _model_rows(precomputed_dir() / "published")


@lru_cache(maxsize=2)
def _model_rows(folder: Path) -> tuple[Model, ...]:
    aliases = [*read_aliases(folder, Suite.CLINVAR).values(), *read_aliases(folder, Suite.PROTEINGYM).values()]
    named = [model for row in aliases if (model := alias_model(row, vep_eval.SOURCE_ID))]
    rows = [*map(as_model, read_systems()), *engine_models(), *named, *proteingym.read(folder).models]
    return tuple({row.model_id: row for row in reversed(rows)}.values())[::-1]
