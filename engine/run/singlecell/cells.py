"""Cell embeddings in a run: what is read, what is measured of an embedding, and how that is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.datasets.single_cells import pbmc68k, pbmc68k_counts
from engine.errors import SpecError
from engine.registry.cell_systems import OBSM
from engine.run.singlecell.models import opened
from engine.singlecell.cells import embeddings
from engine.singlecell.cells.evaluate import Measures, measure
from engine.singlecell.cells.evaluate import evaluate as evaluated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from engine.datasets.single_cells import LabelledCells
    from engine.registry.singlecell import CellTaskCard
    from engine.run.singlecell.request import Request
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell.contract import Outcome

_MATRICES = ("components", "before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Cells with their types, and their counts where the data set has some."""

    cells: LabelledCells
    counts: Any | None

    @property
    def n(self) -> int:
        """Cells."""
        return len(self.cells.labels)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the task's row has besides."""
        return {"n_classes": len(np.unique(self.cells.labels))}


def load(card: CellTaskCard, files: Mapping[str, Path]) -> Labelled:  # noqa: ARG001 - as for the other kinds of tasks
    """Read the cells.

    Raises:
        NotHereError: the extra for reading is not installed.
        TableError: the file is damaged.
    """
    return Labelled(cells=pbmc68k(files), counts=pbmc68k_counts(files))


def absent(system: CellSystem, labelled: Labelled) -> str | None:
    """Why a system has no value on such data, or None."""
    needs = system.card.needs if system.card is not None else ("counts",)
    if "batches" in needs and labelled.cells.batches is None:
        return "the data set has no batch column"
    if "counts" in needs and labelled.counts is None:
        return "the data set has no counts"
    name = system.model_id.removeprefix(OBSM)
    if "obsm" in needs and name not in labelled.cells.embeddings:
        return f"the data set brings no embedding {name} along"
    return None


def answer(request: Request, labelled: Labelled) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What is measured of a system's embedding, a row per cell, and facts of how.

    Raises:
        VledgerError: the embedding cannot be made or measured.
    """
    known, before = labelled.cells, None
    embedding, facts = _embedding(request, labelled)
    if known.batches is not None:
        before = embeddings.hvg_pca(known.features, seed=request.seed)
    found = measure(embedding, known.labels, known.batches, before=before, seed=request.seed)
    rows, kept = to_frame(found)
    return rows, {**facts, **kept, "width": int(np.asarray(embedding).shape[1])}


def _embedding(request: Request, labelled: Labelled) -> tuple[ArrayLike, dict[str, Any]]:
    known, seed, card = labelled.cells, request.seed, request.system.card
    if card is None:
        model, facts = opened(request, "counts", known.genes)
        if labelled.counts is None:
            raise SpecError(f"{request.system.model_id} reads counts, and the data set has none.")
        return model.embed([labelled.counts], known.genes, cells=labelled.n), facts
    make: Callable[..., ArrayLike] = card.resolve()
    if "obsm" in card.needs:
        return make(known.embeddings, card.model_id.removeprefix(OBSM), labelled.n), {}
    if "counts" in card.needs:
        return make(_dense(labelled.counts), known.batches, seed=seed), {}
    if "batches" in card.needs:
        return make(embeddings.hvg_pca(known.features, seed=seed), known.batches, seed=seed), {}
    return (make(known.features) if card.model_id == "hvg" else make(known.features, seed=seed)), {}


def _dense(values: Any) -> NDArray[np.float64]:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)


def to_frame(found: Measures) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Measures as the journal keeps them: a row per cell, and what is one for all."""
    columns: dict[str, Any] = {"cluster": found.clusters, "silhouette": found.silhouettes}
    if found.batch_silhouettes is not None:
        columns["batch_silhouette"] = found.batch_silhouettes
    if found.connected is not None:
        columns["connected"] = found.connected
    for name in _MATRICES:
        matrix = getattr(found, name)
        columns |= {} if matrix is None else {f"{name}_{place}": matrix[:, place] for place in range(matrix.shape[1])}
    return pd.DataFrame(columns), {"resolution": found.resolution, "sampled": found.sampled}


def from_frame(rows: pd.DataFrame, facts: Mapping[str, Any]) -> Measures:
    """What `to_frame` has written."""
    matrices = {name: [column for column in rows if str(column).startswith(f"{name}_")] for name in _MATRICES}
    return Measures(
        clusters=rows["cluster"].to_numpy(np.int64),
        resolution=float(facts["resolution"]),
        silhouettes=_numbers(rows["silhouette"]),
        sampled=facts["sampled"],
        batch_silhouettes=_numbers(rows["batch_silhouette"]) if "batch_silhouette" in rows else None,
        connected=rows["connected"].to_numpy(bool) if "connected" in rows else None,
        **{name: rows[columns].to_numpy(np.float32) if columns else None for name, columns in matrices.items()},
    )


def _numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(np.float64, na_value=np.nan))


def evaluate(
    card: CellTaskCard,  # noqa: ARG001 - as for the other kinds of tasks
    labelled: Labelled,
    answers: Mapping[str, tuple[pd.DataFrame, Mapping[str, Any]]],
    *,
    draws: int,
    seed: int,
) -> dict[str, Outcome]:
    """Values of all systems, by model_id; all on the same resamples."""
    measures = {name: from_frame(rows, facts) for name, (rows, facts) in answers.items()}
    return evaluated(measures, labelled.cells.labels, labelled.cells.batches, draws=draws, seed=seed)
