"""Metrics of many resamples at once, given how often each cell was drawn."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from engine.names import Metric
from engine.singlecell.cells import batch, biology
from engine.statistics.resampling import drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from engine.singlecell.cells.checks import Groups
    from engine.singlecell.cells.evaluate import Measures
    from engine.statistics.resampling import Resampling

    Floats = NDArray[np.float64]

_CHUNKS = 32


class Replicating:
    """One system's cells, arranged so that sums over a resample are products of its weights with sparse tables."""

    def __init__(self, measures: Measures, types: Groups, batches: Groups | None) -> None:
        """Arrange what was measured by type and cluster of the cells."""
        self.types, self.batches = types, batches
        self._shape = (len(types.names), int(measures.clusters.max()) + 1)
        pairs = types.codes * self._shape[1] + measures.clusters
        self._pairs = _indicators(pairs, self._shape[0] * self._shape[1])
        self._by_type = {Metric.ASW: _sums_and_counts(measures.silhouettes, types)}
        self._explained = None if batches is None else _explained(measures, batches)
        if batches is not None and measures.batch_silhouettes is not None and measures.connected is not None:
            self._by_type[Metric.ASW_BATCH] = _sums_and_counts(1 - np.abs(measures.batch_silhouettes), types)
            self._by_type[Metric.GRAPH_CONNECTIVITY] = _sums_and_counts(measures.connected.astype(np.float64), types)

    def values(self, weights: Floats) -> dict[Metric, Floats]:
        """Each metric of each resample, shape (draws,), NaN where it has none.

        Args:
            weights: shape (draws, n), how often each cell was drawn.
        """
        tables = (weights @ self._pairs).reshape(len(weights), *self._shape)
        nmi, ari = biology.nmi(tables), biology.ari(tables)
        shares = tables.sum(axis=2) / weights.sum(axis=1)[:, None]
        asw = (1 + (shares * self._means(Metric.ASW, weights)).sum(axis=1)) / 2
        found = {Metric.AVG_BIO: (nmi + ari + asw) / 3, Metric.NMI: nmi, Metric.ARI: ari, Metric.ASW: asw}
        return found | self._of_batches(weights) if Metric.ASW_BATCH in self._by_type else found

    def _of_batches(self, weights: Floats) -> dict[Metric, Floats]:
        found = {
            metric: _mean_of_defined(self._means(metric, weights))
            for metric in (Metric.ASW_BATCH, Metric.GRAPH_CONNECTIVITY)
        }
        found[Metric.PCR] = (
            np.full(len(weights), np.nan)
            if self._explained is None
            else batch.pcr(*(one.share(weights) for one in self._explained))
        )
        return found

    def _means(self, metric: Metric, weights: Floats) -> Floats:
        """Mean over the measured cells of each type, shape (draws, types); NaN where none was drawn."""
        sums, counts = np.split(weights @ self._by_type[metric], 2, axis=1)
        means = np.full(sums.shape, np.nan)
        np.divide(sums, counts, out=means, where=counts > 0)
        return means

    def replicates(self, resampling: Resampling, told: Callable[[int], None]) -> dict[Metric, Floats]:
        """Each metric of every resample, shape (draws,), in the order drawn; `told` how many are done."""
        chunks, done = [], 0
        for weights in _weights(resampling, self.types):
            chunks.append(self.values(weights))
            done += len(weights)
            told(done)
        return {metric: np.concatenate([chunk[metric] for chunk in chunks]) for metric in chunks[0]}


def _explained(measures: Measures, batches: Groups) -> tuple[batch.Explained, batch.Explained] | None:
    """What batches explain after and before, where there is a before."""
    if measures.components is None or measures.before is None:
        return None
    return batch.Explained(measures.components, batches), batch.Explained(measures.before, batches)


def _weights(resampling: Resampling, types: Groups) -> Iterator[Floats]:
    """How often each cell was drawn, by chunks of draws of shape (rows, n): the same whenever it is asked again."""
    n = types.codes.size
    chunks = drawing(resampling, n, strata=types.codes).chunks
    # With many cells a chunk is a single draw, and products of one row at a time read every table once per draw.
    while together := list(islice(chunks, _CHUNKS)):
        yield np.vstack([_counted(drawn, n) for drawn in together])


def _counted(drawn: NDArray[np.int64], n: int) -> Floats:
    cells = drawn + (np.arange(len(drawn)) * n)[:, None]
    return np.bincount(cells.ravel(), minlength=len(drawn) * n).reshape(len(drawn), n).astype(np.float64)


def _indicators(codes: NDArray[np.int64], width: int) -> csr_array:
    n = codes.size
    return csr_array((np.ones(n), (np.arange(n), codes)), shape=(n, width))


def _sums_and_counts(values: Floats, types: Groups) -> csr_array:
    """Weights times this are sums of the values by type, then how many went in; shape (n, 2 types)."""
    count = len(types.names)
    cells = np.flatnonzero(~np.isnan(values))
    columns = types.codes[cells]
    data = np.concatenate([values[cells], np.ones(cells.size)])
    places = (np.concatenate([cells, cells]), np.concatenate([columns, columns + count]))
    return csr_array((data, places), shape=(values.size, 2 * count))


def _mean_of_defined(by_type: Floats) -> Floats:
    """Mean over the types that have a value, shape (draws,)."""
    known = ~np.isnan(by_type)
    count = known.sum(axis=1)
    means = np.full(len(by_type), np.nan)
    np.divide(np.where(known, by_type, 0).sum(axis=1), count, out=means, where=count > 0)
    return means
