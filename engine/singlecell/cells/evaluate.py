"""What an embedding of cells is measured to be, and what bootstrap resamples of the cells say of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import StatisticError
from engine.names import Metric
from engine.singlecell.cells import batch, biology, checks
from engine.singlecell.cells.clustering import best_clustering, neighbour_graph
from engine.singlecell.cells.components import principal_components
from engine.singlecell.cells.replicating import Replicating
from engine.singlecell.contract import ItemValue, Outcome, Replicated, silent
from engine.statistics.resampling import Resampling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from engine.singlecell.cells.checks import Groups, Matrix
    from engine.singlecell.contract import Tell

    Floats = NDArray[np.float64]

_HELD = "within cell types; embedding, graph, clusters and silhouettes of cells held fixed"
_OF_BATCHES = (Metric.ASW_BATCH, Metric.PCR, Metric.GRAPH_CONNECTIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is kept of an embedding once it was measured: numbers and arrays, which can be pickled.

    Attributes:
        clusters: shape (n,), the cluster of each cell at `resolution`.
        resolution: of Louvain, the one whose clusters agree most with the types.
        silhouettes: shape (n,), of each cell by type, -1 to 1; NaN for cells outside the sample.
        sampled: cells of the sample that silhouettes were taken of; None where it was all cells.
        batch_silhouettes: shape (n,), of each cell by batch within its type; NaN outside the sample and for types of
            a single batch. This and what follows is None where batches are not known.
        connected: shape (n,), whether a cell is in the largest connected part of its type.
        components: shape (n, at most 50), float32, principal components of the embedding.
        before: the same of the embedding that batches were not yet removed from; None where there was none.
    """

    clusters: NDArray[np.int64]
    resolution: float
    silhouettes: Floats
    sampled: int | None = None
    batch_silhouettes: Floats | None = None
    connected: NDArray[np.bool_] | None = None
    components: NDArray[np.float32] | None = None
    before: NDArray[np.float32] | None = None


def measure(
    embedding: ArrayLike,
    labels: ArrayLike,
    batches: ArrayLike | None = None,
    *,
    before: ArrayLike | None = None,
    seed: int = 0,
    tell: Tell = silent,
) -> Measures:
    """Cluster the cells of an embedding and take the silhouette of each.

    The graph has neighbourhoods of 15 cells, the clusters are those of scIB's optimal Louvain: among resolutions 0.1,
    0.2, ... 2.0 the labels choose the one with the largest NMI, alike for every system. A cell that is the only one of
    its type has the silhouette 0 (scikit-learn's rule). Above 20,000 cells silhouettes are of a sample of about so
    many, drawn within types. Time grows with n² d, memory with n d.

    Args:
        embedding: shape (n, d), one row per cell.
        labels: shape (n,), the type of each cell.
        batches: shape (n,), the batch of each cell, where known.
        before: shape (n, d'), the embedding before integration, for PCR.
        seed: of Louvain, of the sample and of principal components.
        tell: told what is being done.

    Raises:
        StatisticError: labels, batches or embedding are not what `checks` demands.
        NotHereError: scikit-network is not installed.
    """
    types = checks.cell_types(labels)
    n = types.codes.size
    values = checks.embedding(embedding, n)
    known = None if batches is None else checks.groups(batches, n, "batches")
    earlier = None if before is None or known is None else checks.embedding(before, n)
    graph = neighbour_graph(values, tell=tell)
    best = best_clustering(graph, types, seed=seed, tell=tell)
    rows = biology.sample(types, seed=seed)
    tell("silhouettes", 0, 1)
    silhouettes = biology.silhouettes(values, types.codes, rows=rows)
    tell("silhouettes", 1, 1)
    return Measures(
        clusters=best.clusters,
        resolution=best.resolution,
        silhouettes=silhouettes,
        sampled=None if rows is None else rows.size,
        batch_silhouettes=None if known is None else batch.batch_silhouettes(values, types, known, rows=rows),
        connected=None if known is None else batch.in_largest_component(graph, types),
        components=None if known is None else _components(values, seed, tell),
        before=None if earlier is None else _components(earlier, seed, tell),
    )


def _components(values: Matrix, seed: int, tell: Tell) -> NDArray[np.float32]:
    return principal_components(values, seed=seed, tell=tell).astype(np.float32)


def evaluate(
    measures: Mapping[str, Measures],
    labels: ArrayLike,
    batches: ArrayLike | None = None,
    *,
    draws: int = 2000,
    seed: int = 0,
    tell: Tell = silent,
) -> dict[str, Outcome]:
    """Metrics of each system with their bootstrap replicates, and the ASW of each cell type.

    AvgBIO is the mean of NMI, ARI and ASW, the silhouettes rescaled to (s + 1) / 2. Batch metrics are there where
    batches are known. Cells are drawn within their types; what was measured of a cell stays with it: neither graph nor
    clusters are made anew, so an interval tells of the choice of cells, not of the choice of clusters. As cells
    drawn twice make tables sparser, the NMI of resamples lies a little above that of all cells, the more so the more
    clusters there are. Replicate k of every system is of the same cells.

    Args:
        measures: by system, from `measure` with the same labels and batches.
        labels: shape (n,), the type of each cell.
        batches: shape (n,), the batch of each cell, where known.
        draws: resamples.
        seed: of the resamples.
        tell: told of the resamples of all systems, which take minutes with 200,000 cells.

    Raises:
        StatisticError: labels or batches are not what `checks` demands, or were others when a system was measured.
    """
    types = checks.cell_types(labels)
    known = None if batches is None else checks.groups(batches, types.codes.size, "batches")
    for system, measured in measures.items():
        _require_same_cells(system, measured, types.codes.size, batches=known is not None)
    resampling = Resampling("stratified", draws, seed)
    found = {}
    for place, (name, measured) in enumerate(measures.items()):

        def told(done: int, before: int = place * draws) -> None:
            tell("resamples", before + done, len(measures) * draws)

        found[name] = _outcome(Replicating(measured, types, known), measured, resampling, told)
    return found


def _require_same_cells(system: str, measures: Measures, n: int, *, batches: bool) -> None:
    if measures.clusters.size != n:
        raise StatisticError(
            f"'{system}' was measured on {measures.clusters.size} cells, and there are {n} labels: measure it again."
        )
    if batches and measures.batch_silhouettes is None:
        raise StatisticError(f"'{system}' was measured without batches: measure it again with the batch column.")


def _outcome(
    replicating: Replicating, measures: Measures, resampling: Resampling, told: Callable[[int], None]
) -> Outcome:
    types, batches = replicating.types, replicating.batches
    n = types.codes.size
    values, replicates = replicating.values(np.ones((1, n))), replicating.replicates(resampling, told)
    missing = {} if batches is None else _undefined(measures, types, batches, values)
    metrics = [Metric.AVG_BIO, Metric.NMI, Metric.ARI, Metric.ASW, *(() if batches is None else _OF_BATCHES)]
    method = _method(resampling, measures, n)
    found = {
        metric: Replicated(n=n, reason=missing[metric])
        if metric in missing
        else Replicated(value=float(values[metric][0]), replicates=replicates[metric], n=n, method=method)
        for metric in metrics
    }
    return Outcome(values=found, items=_of_types(measures, types))


def _method(resampling: Resampling, measures: Measures, n: int) -> str:
    line = f"{resampling.describe()}, {_HELD}"
    return (
        line if measures.sampled is None else f"{line}; silhouettes of a sample of {measures.sampled:,} of {n:,} cells"
    )


def _undefined(
    measures: Measures, types: Groups, batches: Groups, values: Mapping[Metric, Floats]
) -> dict[Metric, str]:
    """Why batch metrics have no value, those that have none."""
    if len(batches.names) == 1:
        reason = f"all {types.codes.size} cells are of one batch"
        return {Metric.ASW_BATCH: reason, Metric.PCR: reason}
    found = {}
    if np.isnan(values[Metric.ASW_BATCH][0]):
        found[Metric.ASW_BATCH] = "no cell type has cells of several batches"
    if measures.before is None:
        found[Metric.PCR] = "there is no embedding before integration to compare with"
    elif np.isnan(values[Metric.PCR][0]):
        found[Metric.PCR] = "batches explain none of the variance before integration"
    return found


def _of_types(measures: Measures, types: Groups) -> list[ItemValue]:
    found = []
    for code, name in enumerate(types.names):
        own = measures.silhouettes[types.codes == code]
        measured = own[~np.isnan(own)]
        alone = own.size == 1
        found.append(
            ItemValue(
                item_id=name,
                metric=Metric.ASW,
                value=None if alone else float((measured.mean() + 1) / 2),
                n=measured.size,
                reason="a single cell has no silhouette" if alone else None,
            )
        )
    return found
