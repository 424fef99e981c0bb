"""Real cells through the twin: the control cells of a CRISPR screen, as ln(1 + normalised counts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.errors import SpecError

pytest.importorskip("torch")
anndata = pytest.importorskip("anndata")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def controls(mirror: Path) -> Any:
    """The 100 control cells of norman19 and the names of their 500 genes."""
    data = anndata.read_h5ad(mirror / "singlecell" / "perturbench_devel.h5ad")
    chosen = ((data.obs["dataset"] == "norman19") & (data.obs["condition"] == "control")).to_numpy()
    found = data.X[np.flatnonzero(chosen)]
    assert found.shape == (100, 500)
    return found, [str(name) for name in data.var_names]


def test_a_twin_embeds_real_cells_and_gives_their_attention(controls: Any, opened: Callable[..., Any]) -> None:
    cells, genes = controls
    twin = opened("random-init:geneformer", scale="log1p")
    vectors = twin.embed([cells], genes, cells=100)
    assert vectors.shape == (100, 256)
    assert np.abs(vectors[37] - twin.embed([cells[37:38]], genes)[0]).max() < 1e-5
    expressed = np.asarray((cells > 0).todense())
    edges = twin.attention([cells[:20]], genes, regulators=["TMSB4X"], targets=genes)
    together = (expressed[:20, genes.index("TMSB4X")][:, None] & expressed[:20]).sum(axis=0)
    assert np.array_equal(edges.cells[0], together)
    # A row of attention sums to 1 over its tokens, so that one token's share is near 1 / tokens.
    scores = np.array([score for _, _, score in edges.edges()])
    assert ((scores > 0) & (scores < 0.2)).all()


def test_logs_are_not_taken_for_counts(controls: Any, opened: Callable[..., Any]) -> None:
    cells, genes = controls
    with pytest.raises(SpecError, match=r"and is no count; give the layer that holds counts, or say .* scale log1p"):
        opened("random-init:geneformer").embed([cells], genes)
