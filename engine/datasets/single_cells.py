"""The two data sets of single cells that tasks are made of: perturbation screens and blood cells of known types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.datasets.assemble import given
from engine.registry.files import PBMC68K, PERTURBENCH
from engine.singlecell.contract import silent
from engine.singlecell.preprocessing import gather, prepare
from engine.singlecell.pseudobulk import Design, cell_sums, control_chunks, pseudobulk
from engine.singlecell.reading.cells import open_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from engine.singlecell.contract import Floats, Pseudobulk, Tell
    from engine.singlecell.pseudobulk import ConditionMoments
    from engine.singlecell.reading.matrices import Block

NORMAN = "norman19"
MCFALINE = "mcfaline23"
CONTROL = "control"
"""The value of `condition` for cells without a perturbation."""
CELL_LINES = ("A172", "T98G", "U87MG")
"""Of mcfaline23; norman19 is of K562 alone."""
LABEL = "bulk_labels"
"""The column of pbmc68k with the type of each cell, from correlation with sorted populations."""
COUNTS = "counts"
"""The layer of pbmc68k with whole counts of the same 765 genes; X has z-scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledCells:
    """Cells with what they are called and the embeddings that came with them.

    Attributes:
        genes: names of the features.
        features: shape (cells, genes), dense: X as it is in the file.
        labels: shape (cells,).
        batches: shape (cells,); None where the data set has no such column.
        embeddings: of obsm, by name, shape (cells, width) each.
    """

    genes: tuple[str, ...]
    features: Floats
    labels: NDArray[np.str_]
    batches: NDArray[np.str_] | None
    embeddings: Mapping[str, Floats]


def norman(files: Mapping[str, Path], *, tell: Tell = silent) -> Pseudobulk:
    """Norman 2019, CRISPR activation in K562: mean logs of 18 singles and 15 doubles over 500 genes.

    Args:
        files: the inputs by name.
        tell: how far it is, in cells.

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published.
    """
    return _pseudobulk(files, {"dataset": NORMAN}, tell)


def mcfaline(files: Mapping[str, Path], *, cell_line: str | None = None, tell: Tell = silent) -> Pseudobulk:
    """McFaline-Figueroa 2023, CRISPR interference in three glioblastoma lines: mean logs of 9 singles over 500 genes.

    Args:
        files: the inputs by name.
        cell_line: one of `CELL_LINES`; None for the cells of all three together.
        tell: how far it is, in cells.

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published, or has no such line.
    """
    where = {"dataset": MCFALINE} | ({"cell_type": cell_line} if cell_line else {})
    return _pseudobulk(files, where, tell)


def norman_moments(files: Mapping[str, Path], *, tell: Tell = silent) -> ConditionMoments:
    """Mean, variance and detection rate of the logs of norman19 per condition, control first.

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published.
    """
    with open_cells(given(files, PERTURBENCH)) as cells:
        return cell_sums(cells, _design({"dataset": NORMAN}), tell=tell)


def norman_control_cells(files: Mapping[str, Path], *, tell: Tell = silent) -> Iterator[Block]:
    """Logs of the control cells of norman19, a few at a time, shape (cells, genes).

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published.
    """
    with open_cells(given(files, PERTURBENCH)) as cells:
        yield from control_chunks(cells, _design({"dataset": NORMAN}), tell=tell)


def pbmc68k(files: Mapping[str, Path], *, layer: str | None = None, tell: Tell = silent) -> LabelledCells:
    """700 blood cells of ten types with 765 variable genes; X has z-scores, the layer `counts` whole counts.

    Args:
        files: the inputs by name.
        layer: X where None, as it is; `COUNTS` for logs of normalised counts, all cells and genes kept.
        tell: how far it is, in cells.

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published.
    """
    with open_cells(given(files, PBMC68K)) as cells:
        prepared = prepare(cells, layer=layer, min_genes=0, min_cells=0, tell=tell)
        features = gather(cells, prepared, prepared.genes.nonzero()[0], tell=tell)
        return LabelledCells(
            genes=prepared.names,
            features=features if not hasattr(features, "toarray") else features.toarray(),
            labels=cells.labels(LABEL),
            batches=None,
            embeddings={name: cells.embedding(name) for name in cells.embeddings},
        )


def pbmc68k_counts(files: Mapping[str, Path]) -> Block:
    """Whole counts of pbmc68k, shape (cells, genes): what a model of counts or of gene ranks is given.

    Raises:
        NotHereError: the file was not given, or the extra is not installed.
        TableError: it is not as it was published.
    """
    with open_cells(given(files, PBMC68K)) as cells:
        ((_, counts),) = cells.chunks(cells.n_cells, COUNTS)
        return counts


def _pseudobulk(files: Mapping[str, Path], where: Mapping[str, str], tell: Tell) -> Pseudobulk:
    with open_cells(given(files, PERTURBENCH)) as cells:
        return pseudobulk(cells, _design(where), tell=tell)


def _design(where: Mapping[str, str]) -> Design:
    return Design(condition="condition", control=CONTROL, where=where)
