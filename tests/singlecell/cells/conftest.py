"""Blood cells of ten types, read element by element: no reader of ours stands between the file and these tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr

from engine.singlecell.cells import checks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.singlecell.cells.checks import Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Blood:
    """pbmc68k reduced: 700 cells, 765 genes as z-scores, ten types, and the embeddings of the file."""

    features: NDArray[np.float32]
    labels: NDArray[np.object_]
    phases: NDArray[np.object_]
    counts: NDArray[np.float32]
    obsm: dict[str, NDArray[np.float32]]

    @property
    def types(self) -> Groups:
        return checks.cell_types(self.labels)


@pytest.fixture(scope="session")
def blood(mirror: Path) -> Blood:
    path = mirror / "singlecell" / "10x_pbmc68k_reduced.zarr.zip"
    with zarr.storage.ZipStore(path, mode="r") as store:

        def read(name: str) -> NDArray[np.generic]:
            return np.asarray(zarr.open_array(store, mode="r", path=name)[:])

        def names(column: str) -> NDArray[np.object_]:
            return read(f"obs/{column}/categories").astype(object)[read(f"obs/{column}/codes")]

        counts = np.zeros((700, 765), dtype=np.float32)
        rows = np.repeat(np.arange(700), np.diff(read("layers/counts/indptr")))
        counts[rows, read("layers/counts/indices")] = read("layers/counts/data")
        return Blood(
            features=read("X"),
            labels=names("bulk_labels"),
            phases=names("phase"),
            counts=counts,
            obsm={name: read(f"obsm/{name}") for name in ("X_pca", "X_umap")},
        )


@pytest.fixture(scope="session")
def halves() -> NDArray[np.object_]:
    """A batch for each of the 700 cells, drawn with no regard to its type."""
    return np.where(np.random.default_rng(11).random(700) < 0.5, "first", "second").astype(object)


@pytest.fixture(scope="session")
def shifted(blood: Blood, halves: NDArray[np.object_]) -> NDArray[np.float64]:
    """The features of blood cells, those of one half moved by half a standard deviation in drawn directions."""
    shift = np.random.default_rng(12).normal(scale=0.5, size=blood.features.shape[1])
    return blood.features + np.where(halves == "second", 1.0, 0.0)[:, None] * shift
