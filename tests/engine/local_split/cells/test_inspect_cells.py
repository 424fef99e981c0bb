"""What a file of cells holds is said without its matrix: columns, embeddings, what may be a type or a batch."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.sparse import csr_array

from engine.local_split.cells.exchange import Embedded, FoundCells
from engine.local_split.cells.inspect import ask_for_label, inspect_cells
from engine.local_split.report import as_json
from engine.singlecell.contract import ObsColumn
from tests.singlecell.files import content, write

if TYPE_CHECKING:
    from pathlib import Path


def test_what_blood_cells_hold(file: Path) -> None:
    found = inspect_cells(file)
    assert (found.name, found.n_cells, found.n_genes, found.state) == ("cells.h5ad", 700, 765, "scaled")
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.columns[:2] == (
        ObsColumn(name="cell_type", kind="text", distinct=10, missing=0),
        ObsColumn(name="donor", kind="text", distinct=2, missing=0),
    )
    assert found.embeddings == (Embedded(name="X_mymodel", width=2), Embedded(name="X_pca", width=50))
    assert found.layers == ("counts",)
    assert found.labels == ("cell_type", "louvain")
    assert found.batches == ("donor",)
    assert [one.kind for one in found.problems] == ["scaled"]
    assert "--layer (it has counts)" in found.problems[0].remedy


def test_the_state_is_that_of_the_layer(file: Path) -> None:
    found = inspect_cells(file, layer="counts")
    assert (found.layer, found.state, found.problems) == ("counts", "counts", ())


def test_what_is_found_survives_json(file: Path) -> None:
    found = inspect_cells(file)
    assert TypeAdapter(FoundCells).validate_json(as_json(found)) == found


def test_columns_that_measure_or_name_each_cell_are_no_types(tmp_path: Path) -> None:
    good = content()
    obs = {
        "depth": np.linspace(0, 1, 80),
        "barcode": np.array([f"c{row}" for row in range(80)], dtype=object),
        "one": ["x"] * 80,
        "phase": ["a", "b"] * 40,
        "subtype": ["a", "b", "c", "d"] * 20,
    }
    found = inspect_cells(write(tmp_path / "a.h5ad", replace(good, obs=obs)))
    assert found.labels == ("subtype", "phase")
    assert str(ask_for_label(found)) == (
        "a.h5ad: name the column of obs with the type of each cell with --label; it may be 'subtype' (4 values), "
        "'phase' (2 values)."
    )


def test_without_such_a_column_one_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5ad", replace(content(), obs={"depth": np.linspace(0, 1, 80)}))
    assert "none of its 1 columns has 2 to 500 different values" in str(ask_for_label(inspect_cells(path)))


def test_a_column_that_cannot_be_read_is_a_note_and_no_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5ad", content())
    with h5py.File(path, "r+") as opened:
        opened.create_group("obs/odd").attrs["encoding-type"] = "awkward-array"
    found = inspect_cells(path)
    assert [(one.kind, one.column) for one in found.problems] == [("unread-column", "odd")]
    assert "awkward-array" in found.problems[0].problem
    assert {"condition", "cluster"} <= {one.name for one in found.columns}


@pytest.mark.parametrize(("factor", "kinds"), [(1.0, []), (50.5, ["no-logs"])], ids=["logs", "normalised"])
def test_values_without_logarithm_are_told(factor: float, kinds: list[str], tmp_path: Path) -> None:
    good = content()
    path = write(tmp_path / "a.h5ad", replace(good, matrix=csr_array(good.matrix * factor)))
    assert [one.kind for one in inspect_cells(path).problems] == kinds
