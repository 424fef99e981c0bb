"""700 blood cells of ten types as an .h5ad of one's own, written element by element."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from scipy.sparse import csr_array

from tests.singlecell.files import Content

if TYPE_CHECKING:
    from pathlib import Path


def blood(mirror: Path) -> Content:
    """z-scores of 765 genes with counts as a layer, two embeddings, and a donor drawn with no regard to the type."""
    with zarr.storage.ZipStore(mirror / "singlecell" / "10x_pbmc68k_reduced.zarr.zip", mode="r") as store:

        def read(name: str) -> Any:
            return np.asarray(zarr.open_array(store, mode="r", path=name)[:])

        names = read("obs/bulk_labels/categories").astype(object)
        counts = tuple(read(f"layers/counts/{part}") for part in ("data", "indices", "indptr"))
        donors = np.random.default_rng(11).random(700) < 0.5
        return Content(
            matrix=read("X").astype(np.float64),
            genes=read("var/index").tolist(),
            obs={
                "cell_type": names[read("obs/bulk_labels/codes")].tolist(),
                "donor": np.where(donors, "d1", "d2").tolist(),
                "n_counts": read("obs/n_counts").astype(np.float64),
                "louvain": read("obs/louvain/codes").astype(np.int64),
            },
            obsm={"X_mymodel": read("obsm/X_umap").astype(np.float64), "X_pca": read("obsm/X_pca").astype(np.float64)},
            layers={"counts": csr_array(counts, shape=(700, 765)).astype(np.float64)},
        )


def only(cells: Content, rows: Any, genes: int | None = None) -> Content:
    """Some of the cells, with the first genes."""
    at = np.arange(cells.matrix.shape[0])[rows]
    return replace(
        cells,
        matrix=cells.matrix[at][:, :genes],
        genes=cells.genes[:genes],
        obs={
            name: [values[row] for row in at] if isinstance(values, list) else values[at]
            for name, values in cells.obs.items()
        },
        obsm={name: values[at] for name, values in cells.obsm.items()},
        layers={name: values[at][:, :genes] for name, values in cells.layers.items()},
    )
