"""From counts to principal components in a few passes over a file: filters, logs, variable genes, PCA.

No pass has more than a chunk of the matrix in memory beside sums per gene (PCA: per pair of chosen genes). The steps
are those of the reference pipeline of zero-shot cell embedding (microsoft/zero-shot-scfoundation): cells with at least
10 genes, genes in at least 10 cells, counts to 10,000 a cell, log(1 + x), 2,000 variable genes by Seurat's rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import vstack

from engine.errors import TableError
from engine.singlecell.contract import silent
from engine.singlecell.reading.states import LARGEST_LOG, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from engine.singlecell.contract import Floats, Tell
    from engine.singlecell.reading.cells import Cells
    from engine.singlecell.reading.matrices import Block

    Places = NDArray[np.int64]

TARGET = 1e4
"""Counts of a cell after normalisation."""
MIN_GENES = MIN_CELLS = 10
TOP = 2000
COMPONENTS = 50
_BINS = 20
_ROUNDING = 1e-12
_MOST_PAIRED = 5000
_DENSE_FROM = 0.1
_MOST_GATHERED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Which cells and genes stay, and what is done to the values on the way.

    Attributes:
        layer: X where None.
        state: what the values in the file are.
        cells: shape (cells of the file,), which stay.
        genes: shape (genes of the layer,), which stay.
        names: of the genes that stay.
    """

    layer: str | None
    state: State
    cells: NDArray[np.bool_]
    genes: NDArray[np.bool_]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Principal components.

    Attributes:
        scores: shape (cells, components).
        loadings: shape (features, components), of length 1 each; the largest in size is positive.
        mean: shape (features,), what was subtracted.
        variances: shape (components,), of the scores, with n - 1.
        share: shape (components,), of the variance of all features.
    """

    scores: Floats
    loadings: Floats
    mean: Floats
    variances: Floats
    share: Floats


def prepare(
    cells: Cells,
    *,
    layer: str | None = None,
    min_genes: int = MIN_GENES,
    min_cells: int = MIN_CELLS,
    tell: Tell = silent,
) -> Preparation:
    """Choose cells, then genes among them, in one pass; scaled values have no zeros to count, all of them stay.

    Args:
        cells: the open file.
        layer: X where None.
        min_genes: a cell stays with at least so many genes above 0.
        min_cells: a gene stays with at least so many of those cells above 0.
        tell: how far it is, in cells.

    Raises:
        TableError: no such layer, damaged, only zeros, or nothing stays.
    """
    state = cells.state_of(layer)
    if state is State.EMPTY:
        raise TableError(cells.path, "the matrix has only zeros", expected="counts or logs; name a layer that has them")
    genes = cells.genes_of(layer)
    kept_cells, kept_genes = np.ones(cells.n_cells, dtype=bool), np.ones(len(genes), dtype=bool)
    if state is not State.SCALED:
        seen = np.zeros(len(genes), dtype=np.int64)
        for part, block in cells.chunks(layer=layer):
            above = block > 0
            kept_cells[part] = _counts(above, axis=1) >= min_genes
            seen += _counts(above[kept_cells[part]], axis=0)
            tell("counting genes and cells", part.stop, cells.n_cells)
        kept_genes = seen >= min_cells
    _check_left(cells, kept_cells, kept_genes, (min_genes, min_cells))
    names = tuple(name for name, kept in zip(genes, kept_genes, strict=True) if kept)
    return Preparation(layer=layer, state=state, cells=kept_cells, genes=kept_genes, names=names)


def log_chunks(
    cells: Cells, preparation: Preparation, *, what: str = "reading cells", tell: Tell = silent
) -> Iterator[tuple[slice, Block]]:
    """Cells that stay, a few at a time, as logs of normalised counts; logs and scaled values as they are.

    Yields:
        Which of the cells that stay; their values, sparse by row or dense, shape (cells of the chunk, genes that stay).

    Raises:
        TableError: damaged, or a value below 0 among counts or logs.
    """
    done = 0
    for part, block in cells.chunks(layer=preparation.layer):
        kept = block[np.flatnonzero(preparation.cells[part])][:, np.flatnonzero(preparation.genes)]
        yield slice(done, done + kept.shape[0]), as_logs(cells, kept, preparation.state)
        done += kept.shape[0]
        tell(what, part.stop, cells.n_cells)


def as_logs(cells: Cells, block: Block, state: State) -> Block:
    """Some rows as logs: counts are brought to 10,000 a cell first; logs and scaled values stay as they are.

    Raises:
        TableError: a value below 0, or one among logs that is no log.
    """
    if state in {State.LOGS, State.SCALED}:
        return _in_range(cells, block, state)
    _in_range(cells, block, state)
    if state is State.COUNTS:
        totals = np.asarray(block.sum(axis=1)).ravel()
        block = _times(block, TARGET / np.where(totals > 0, totals, 1.0))
    return _each(np.log1p, block)


def highly_variable(cells: Cells, preparation: Preparation, *, top: int = TOP, tell: Tell = silent) -> Places:
    """Columns of the most variable genes among those that stay, in the file's order.

    Seurat's rule (Satija et al. 2015, as scanpy's `highly_variable_genes(flavor="seurat", n_top_genes=top)`): the
    log of variance over mean of the normalised counts, standardised within 20 bins of equal width of the log mean;
    genes as variable as the last one all stay.

    Raises:
        TableError: the values are scaled, so that their mean says nothing; or damaged.
    """
    if preparation.state is State.SCALED:
        expected = f"{State.COUNTS.meaning} or {State.LOGS.meaning}; scaled values are used as they are"
        raise TableError(cells.path, "variable genes cannot be chosen from scaled values", expected=expected)
    total, squares = np.zeros(len(preparation.names)), np.zeros(len(preparation.names))
    for _, logs in log_chunks(cells, preparation, what="finding variable genes", tell=tell):
        values = _each(np.expm1, logs)
        total += _sums(values)
        squares += _sums(_each(np.square, values))
    count = int(preparation.cells.sum())
    mean = total / count
    variance = (squares - count * mean**2) / max(1, count - 1)
    # Of a gene that is the same everywhere the difference is no exact zero.
    variance[variance < _ROUNDING * mean**2] = 0.0
    return _most_dispersed(mean, variance, top)


def principal_components(
    cells: Cells,
    preparation: Preparation,
    genes: Places,
    *,
    components: int = COMPONENTS,
    tell: Tell = silent,
) -> Components:
    """Principal components of some genes over the cells that stay, centred and not scaled, as scanpy's `pca`.

    Exact, without randomness: one pass sums the products of all pairs of genes, a second one projects.

    Args:
        cells: the open file.
        preparation: what stays of it.
        genes: columns among the genes that stay, as `highly_variable` gives them.
        components: fewer where there are fewer genes or cells.
        tell: how far it is, in cells.

    Raises:
        TableError: damaged, or more genes than can be paired in memory.
    """
    if len(genes) > _MOST_PAIRED:
        problem = f"{len(genes):,} genes are too many for principal components"
        raise TableError(cells.path, problem, expected=f"up to {_MOST_PAIRED:,}: choose variable genes first")
    total, products = np.zeros(len(genes)), np.zeros((len(genes), len(genes)))
    for _, logs in log_chunks(cells, preparation, what="finding components", tell=tell):
        block = logs[:, genes]
        total += _sums(block)
        products += _paired(block)
    count = int(preparation.cells.sum())
    mean = total / count
    covariance = (products - count * np.outer(mean, mean)) / max(1, count - 1)
    loadings, variances, share = _decomposed(covariance, min(components, count - 1))
    scores = np.empty((count, loadings.shape[1]))
    for part, logs in log_chunks(cells, preparation, what="projecting cells", tell=tell):
        scores[part] = logs[:, genes] @ loadings - mean @ loadings
    return Components(scores=scores, loadings=loadings, mean=mean, variances=variances, share=share)


def gather(cells: Cells, preparation: Preparation, genes: Places, *, tell: Tell = silent) -> Block:
    """Some genes of all cells that stay in one matrix, shape (cells, genes): sparse where the file's is.

    Raises:
        TableError: damaged, or more than 2 GB.
    """
    sparse: list[csr_array] = []
    dense: list[Floats] = []
    size = 0
    for _, logs in log_chunks(cells, preparation, what="reading features", tell=tell):
        block = logs[:, genes]
        size += block.nbytes if isinstance(block, np.ndarray) else block.data.nbytes + block.indices.nbytes
        if size > _MOST_GATHERED:
            problem = f"{len(genes):,} features of {int(preparation.cells.sum()):,} cells are more than 2 GB"
            raise TableError(cells.path, problem, expected="principal components, or fewer features")
        if isinstance(block, np.ndarray):
            dense.append(block)
        else:
            sparse.append(block)
    return np.vstack(dense) if dense else vstack(sparse, format="csr")


def _most_dispersed(mean: Floats, variance: Floats, top: int) -> Places:
    frame = pd.DataFrame({"mean": np.log1p(np.where(mean == 0, 1e-12, mean))})
    dispersion = variance / np.where(mean == 0, 1e-12, mean)
    # Without variance there is no log; such a gene is never chosen.
    frame["dispersion"] = np.log(np.where(dispersion > 0, dispersion, np.nan))
    frame["bin"] = pd.cut(frame["mean"], bins=_BINS, labels=False)
    within = frame.groupby("bin")["dispersion"]
    centre, spread = within.transform("mean"), within.transform("std")
    alone = spread.isna()
    standardised = np.where(alone, frame["dispersion"] / centre, (frame["dispersion"] - centre) / spread)
    ranked = np.where(np.isnan(standardised), -np.inf, standardised)
    there = np.sort(ranked[ranked > -np.inf])
    if not there.size:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(ranked >= there[-min(top, there.size)])


def _decomposed(covariance: Floats, most: int) -> tuple[Floats, Floats, Floats]:
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][: max(1, most)]
    loadings = vectors[:, order]
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])]
    variances, whole = np.maximum(values[order], 0.0), float(np.trace(covariance))
    share = variances / whole if whole > 0 else np.zeros_like(variances)
    return loadings * np.where(largest < 0, -1.0, 1.0), variances, share


def _paired(block: Block) -> Floats:
    """Sums of products of all pairs of columns; of much filled blocks dense, as that is faster."""
    if not isinstance(block, np.ndarray):
        if block.nnz < _DENSE_FROM * block.shape[0] * block.shape[1]:
            return np.asarray((block.T @ block).toarray())
        block = block.toarray()
    return np.asarray(block.T @ block)


def _times(block: Block, factors: Floats) -> Block:
    """Each row times its factor."""
    if isinstance(block, np.ndarray):
        return block * factors[:, None]
    scaled = block.copy()
    scaled.data = block.data * np.repeat(factors, np.diff(block.indptr))
    return scaled


def _each(function: Callable[[Floats], Floats], block: Block) -> Block:
    """A function of each value, of one that leaves 0 as it is."""
    if isinstance(block, np.ndarray):
        return function(block)
    changed = block.copy()
    changed.data = function(block.data)
    return changed


def _sums(block: Block) -> Floats:
    return np.asarray(block.sum(axis=0), dtype=np.float64).ravel()


def _counts(above: csr_array | NDArray[np.bool_], *, axis: int) -> Places:
    return np.asarray(above.sum(axis=axis), dtype=np.int64).ravel()


def _in_range(cells: Cells, block: Block, state: State) -> Block:
    """The block itself; the state was said from some of the cells, and others may not keep to it."""
    values = block if isinstance(block, np.ndarray) else block.data
    if state is State.SCALED or not values.size:
        return block
    smallest, largest = float(values.min()), float(values.max())
    expected = "counts, logs or scaled values throughout"
    if smallest < 0:
        raise TableError(cells.path, f"a value below 0 ({smallest:.4g}) among {state.meaning}", expected=expected)
    if state is State.LOGS and largest > LARGEST_LOG:
        raise TableError(cells.path, f"a value of {largest:.4g} among {state.meaning}", expected=expected)
    return block


def _check_left(
    cells: Cells, kept_cells: NDArray[np.bool_], kept_genes: NDArray[np.bool_], rule: Sequence[int]
) -> None:
    if not kept_cells.any():
        problem = f"none of {cells.n_cells:,} cells has {rule[0]} genes above 0"
        raise TableError(cells.path, problem, expected="cells with more genes, or a lower bound")
    if not kept_genes.any():
        problem = f"none of {kept_genes.size:,} genes is above 0 in {rule[1]} cells"
        raise TableError(cells.path, problem, expected="more cells, or a lower bound")
