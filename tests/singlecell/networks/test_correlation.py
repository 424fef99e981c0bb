from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from engine.errors import StatisticError
from engine.singlecell.networks import correlation
from engine.singlecell.networks.correlation import correlations

GENES = tuple(f"G{number}" for number in range(12))


def _cells(n: int, seed: int = 0, genes: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1))
    return np.log1p(rng.poisson(np.exp(0.4 * shared + rng.normal(size=genes))))


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("chunk", [1, 7, 600, 2000])
def test_correlations_of_streamed_cells_are_those_of_numpy(*, sparse: bool, chunk: int) -> None:
    cells = _cells(1_300)
    parts = [cells[start : start + chunk] for start in range(0, len(cells), chunk)]
    found = correlations((csr_array(part) if sparse else part for part in parts), GENES)
    np.testing.assert_allclose(found.values, np.corrcoef(cells.T), rtol=0, atol=1e-12)
    assert found.cells == 1_300


def test_single_precision_chunks_are_summed_in_double() -> None:
    cells = (_cells(5_000) + 5).astype(np.float32)
    found = correlations(iter([cells]), GENES)
    np.testing.assert_allclose(found.values, np.corrcoef(cells.T.astype(np.float64)), rtol=0, atol=1e-11)


def test_a_gene_that_does_not_vary_correlates_with_nothing() -> None:
    cells = _cells(200)
    cells[:, 2], cells[:, 5] = 0, np.log(3)
    found = correlations(iter([cells[:90], cells[90:]]), GENES)
    assert np.flatnonzero(~found.varies).tolist() == [2, 5]
    assert not found.values[[2, 5]].any()
    kept = np.flatnonzero(found.varies)
    np.testing.assert_allclose(found.values[np.ix_(kept, kept)], np.corrcoef(cells[:, kept].T), rtol=0, atol=1e-12)


def test_connectivity_is_the_mean_absolute_correlation_with_all_others() -> None:
    cells = _cells(150)
    cells[:, 2] = 1
    found = correlations(iter([cells]), GENES)
    for gene in range(12):
        others = (
            [abs(np.corrcoef(cells[:, gene], cells[:, other])[0, 1]) for other in range(12) if other not in {gene, 2}]
            if gene != 2
            else [0]
        )
        assert found.connectivity[gene] == pytest.approx(np.mean(others), abs=1e-12)


def test_one_gene_that_varies_alone_is_connected_with_none() -> None:
    cells = np.zeros((5, 12))
    cells[0, 3] = 1
    assert not correlations(iter([cells]), GENES).connectivity.any()


@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_the_order_of_the_cells_changes_nothing(n: int, seed: int) -> None:
    cells = _cells(n, seed)
    shuffled = np.random.default_rng(seed).permutation(cells)
    one, other = correlations(iter([cells]), GENES), correlations(iter([shuffled]), GENES)
    np.testing.assert_allclose(one.values, other.values, rtol=0, atol=1e-9)
    assert (np.abs(one.values) <= 1).all()
    np.testing.assert_array_equal(one.varies, other.varies)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (np.zeros((1, 12)), "at least 2 control cells, not 1"),
        (np.zeros((0, 12)), "at least 2 control cells, not 0"),
        (np.zeros((4, 11)), "12 genes were named, but the cells have 11 columns"),
        (np.where(np.eye(12) > 0, np.nan, 0)[3:5], "NaN or infinite values, the first in G3"),
    ],
    ids=["one cell", "no cell", "other width", "NaN"],
)
def test_cells_without_a_correlation_are_refused(cells: np.ndarray, words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        correlations(iter([cells]), GENES)


def test_too_many_genes_are_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "MOST_GENES", 11)
    with pytest.raises(StatisticError, match="correlations between 12 genes do not fit in memory: choose at most 11"):
        correlations(iter([]), GENES)
