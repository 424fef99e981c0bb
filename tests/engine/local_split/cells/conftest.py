"""Blood cells in memory and as a file, and what is found on them, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.exchange import CellOptions
from tests.engine.local_split.cells.blood import blood, only
from tests.singlecell.files import write

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.cells.exchange import CellsResult
    from tests.singlecell.files import Content


@pytest.fixture(scope="session")
def cells(mirror: Path) -> Content:
    return blood(mirror)


@pytest.fixture(scope="session")
def file(cells: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("cells") / "cells.h5ad", cells)


@pytest.fixture(scope="session")
def few(cells: Content) -> Content:
    """Every fourth cell with 200 genes, for what does not depend on how many there are."""
    return only(cells, slice(None, None, 4), 200)


@pytest.fixture(scope="session")
def few_file(few: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("few") / "few.h5ad", few)


@pytest.fixture(scope="session")
def scaled(file: Path) -> CellsResult:
    """All embeddings of the file, and its z-scores."""
    return compare_cells(file, CellOptions(label="cell_type", draws=200))


@pytest.fixture(scope="session")
def counted(file: Path) -> CellsResult:
    """One embedding, batches, and counts in a layer."""
    options = CellOptions(
        label="cell_type", batch="donor", embeddings=("X_mymodel",), layer="counts", draws=200, seed=3
    )
    return compare_cells(file, options)
