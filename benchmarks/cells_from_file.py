"""One way through a file of cells in a process of its own; print its peak resident memory in MB and processor seconds.

`cells_from_file.py WAY FILE OUT`: the numbers it comes to are left in OUT, an .npz, for those of two ways must agree.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from made_up_cells import CONTROL, write
from memory import peak_megabytes

from engine.local_split.cells.features import Features
from engine.singlecell.contract import silent
from engine.singlecell.preprocessing import TARGET, highly_variable, prepare, principal_components
from engine.singlecell.pseudobulk import Design, pseudobulk
from engine.singlecell.reading.cells import open_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    Found = dict[str, np.ndarray]

TOP = 1_000
_DESIGN = Design(condition="condition", control=CONTROL, normalise=True)


def components_by_pieces(path: Path) -> Found:
    """Variable genes and fifty components of them, a few cells at a time."""
    with open_cells(path) as cells:
        prepared = prepare(cells)
        genes = highly_variable(cells, prepared, top=TOP)
        found = principal_components(cells, prepared, genes)
    return {"genes": np.array(prepared.names)[genes], "variances": found.variances}


def components_in_memory(path: Path) -> Found:
    """The same as scanpy's users do it."""
    import scanpy  # noqa: PLC0415 - the peer, and not in the other ways' memory

    cells = scanpy.read_h5ad(path)
    scanpy.pp.filter_cells(cells, min_genes=10)
    scanpy.pp.filter_genes(cells, min_cells=10)
    scanpy.pp.normalize_total(cells, target_sum=TARGET)
    scanpy.pp.log1p(cells)
    scanpy.pp.highly_variable_genes(cells, n_top_genes=TOP, flavor="seurat")
    scanpy.pp.pca(cells, n_comps=50, mask_var="highly_variable")
    chosen = cells.var_names[cells.var["highly_variable"]]
    return {"genes": chosen.to_numpy(str), "variances": cells.uns["pca"]["variance"]}


def profiles_by_pieces(path: Path) -> Found:
    """Mean logs of each condition, a few cells at a time."""
    with open_cells(path) as cells:
        found = pseudobulk(cells, _DESIGN)
    return {"names": np.array(found.names), "profiles": found.profiles}


def profiles_in_memory(path: Path) -> Found:
    """The same with the whole matrix in memory: scanpy's logs, and its means by group."""
    import scanpy  # noqa: PLC0415 - the peer, and not in the other ways' memory

    cells = scanpy.read_h5ad(path)
    scanpy.pp.normalize_total(cells, target_sum=TARGET)
    scanpy.pp.log1p(cells)
    means = scanpy.get.aggregate(cells, by="condition", func="mean")
    kept = np.array(sorted(set(means.obs_names) - {CONTROL}))
    return {"names": kept, "profiles": means[kept].layers["mean"]}


def everything(path: Path) -> Found:
    """All that is made of a large file here: components, a random projection, profiles."""
    with open_cells(path) as cells:
        prepared = prepare(cells)
        genes = highly_variable(cells, prepared, top=TOP)
        scores = principal_components(cells, prepared, genes).scores
        drawn = Features(cells=cells, preparation=prepared, places=genes).projected(0, silent)
        bulk = pseudobulk(cells, _DESIGN)
    assert np.isfinite(scores).all()
    assert np.isfinite(drawn).all()
    return {"scores": np.array(scores.shape), "drawn": np.array(drawn.shape), "cells": bulk.cells}


WAYS: dict[str, Callable[[Path], Found]] = {
    way.__name__: way
    for way in (components_by_pieces, components_in_memory, profiles_by_pieces, profiles_in_memory, everything)
}


def main(way: str, path: Path, out: Path) -> None:
    """Go one way, warm: what it imports and compiles is not in its seconds, and is in its memory."""
    # What scanpy imports uses names that pandas has deprecated.
    warnings.simplefilter("ignore")
    little = out.with_name("little.h5ad")
    write(little, 1_000)
    WAYS[way](little)
    start = time.process_time()
    found: dict[str, Any] = WAYS[way](path)
    seconds = time.process_time() - start
    np.savez(out, **found)
    print(peak_megabytes(), seconds)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
