"""200,000 cells in a file: features, components and profiles in a process that never holds the matrix."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

from engine.singlecell.preprocessing import highly_variable, prepare, principal_components
from engine.singlecell.pseudobulk import Design, pseudobulk
from engine.singlecell.reading.cells import open_cells
from tests.singlecell.files import put_frame

CELLS, GENES, FILLED = 200_000, 2_000, 100
ROWS = 20_000
MOST = 8 * 2**30


def test_a_large_file_is_worked_through_in_bounded_memory_with_progress(tmp_path: Path) -> None:
    path = tmp_path / "large.h5ad"
    _write(path)
    ended = subprocess.run([sys.executable, __file__, str(path)], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout)
    assert found["genes"] >= 1_000
    assert found["scores"] == [CELLS, 50]
    assert found["cells"] == [CELLS // 4] * 3
    assert found["peak"] < MOST
    steps = (
        *("counting genes and cells", "finding variable genes", "finding components"),
        *("projecting cells", "averaging conditions"),
    )
    assert list(found["told"]) == list(steps)
    for times, last in found["told"].values():
        assert times > 20
        assert last == [CELLS, CELLS]
    # The first condition's mean over all its cells, from the file's own parts.
    np.testing.assert_allclose(found["mean"], _mean(path), rtol=1e-9)


def _write(path: Path) -> None:
    """Counts by row, `FILLED` genes a cell on average, written a part at a time; 200 genes vary with the condition."""
    generator = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "anndata"
        # Of names only the number matters: they are written once more for each part of the index.
        condition = np.array(["A", "A+B", "B", "control"])[np.arange(CELLS) % 4]
        put_frame(file, "obs", [], {"condition": condition.tolist()})
        del file["obs/_index"]
        file["obs"].create_dataset("_index", data=np.arange(CELLS).astype("S6"))
        put_frame(file, "var", [f"G{place}" for place in range(GENES)], {})
        matrix = file.create_group("X")
        matrix.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": (CELLS, GENES)})
        stored = CELLS * FILLED
        data = matrix.create_dataset("data", (stored,), "f4", chunks=(2**18,))
        indices = matrix.create_dataset("indices", (stored,), "i4", chunks=(2**18,))
        matrix.create_dataset("indptr", data=np.arange(0, stored + 1, FILLED))
        for start in range(0, CELLS, ROWS):
            part = slice(start * FILLED, (start + ROWS) * FILLED)
            # One gene of each run of 20, so that the columns of a cell are sorted and differ.
            indices[part] = (generator.integers(20, size=(ROWS, FILLED)) + np.arange(0, GENES, 20)).ravel()
            means = np.where(np.arange(FILLED) < 10, 1 + np.arange(start, start + ROWS)[:, None] % 4, 1.0)
            data[part] = (1 + generator.poisson(means)).ravel()


def _mean(path: Path) -> list[float]:
    with h5py.File(path) as file:
        data = file["X/data"][:].reshape(CELLS, FILLED)[::4].astype(np.float64)
        indices = file["X/indices"][:].reshape(CELLS, FILLED)[::4]
    values = np.log1p(data / data.sum(1, keepdims=True) * 1e4)
    return (np.bincount(indices.ravel(), values.ravel(), GENES)[:5] / len(data)).tolist()


def _main(path: Path) -> None:
    told: dict[str, tuple[int, list[int]]] = {}

    def tell(what: str, done: int, total: int) -> None:
        told[what] = (told.get(what, (0, []))[0] + 1, [done, total])

    with open_cells(path) as cells:
        prepared = prepare(cells, tell=tell)
        genes = highly_variable(cells, prepared, top=1_000, tell=tell)
        components = principal_components(cells, prepared, genes, tell=tell)
        design = Design(condition="condition", control="control", normalise=True)
        bulk = pseudobulk(cells, design, tell=tell)
    found = {
        "genes": len(genes),
        "scores": components.scores.shape,
        "cells": bulk.cells.tolist(),
        "mean": bulk.profiles[0, :5].tolist(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "told": told,
    }
    print(json.dumps(found))  # noqa: T201 - it answers the test that started it


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
