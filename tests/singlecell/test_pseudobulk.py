"""Means and moments of conditions equal numpy's over the cells of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, issparse

from engine.datasets import single_cells
from engine.datasets.fetch import locate
from engine.errors import NotHereError
from engine.registry.files import PBMC68K, PERTURBENCH, SOURCES, input_file
from engine.singlecell.pseudobulk import Design, cell_sums, control_chunks, parts_of, pseudobulk
from engine.singlecell.reading import cells as reading
from engine.singlecell.reading.cells import open_cells
from tests.singlecell.files import content, counts, logs, write

if TYPE_CHECKING:
    from pathlib import Path

DESIGN = Design(condition="condition", control="control")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, of which the last is not full."""
    monkeypatch.setattr(reading.Cells.chunks, "__defaults__", (33, None))


@pytest.fixture
def shipped(mirror: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Path]:
    """The two data sets as the tasks find them."""
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    return {name: locate(name, tmp_path) for name in (PERTURBENCH, PBMC68K)}


def test_two_conditions_by_hand(tmp_path: Path) -> None:
    """Control (1, 3) and (3, 3) has mean (2, 3); A has (0, 0.5), (2, 0.5) and (1, 2); A+B one cell (4, 0)."""
    matrix = np.array([[1, 3], [0, 0.5], [3, 3], [2, 0.5], [1, 2], [4, 0]])
    names = ["control", "A", "control", "A", "A", "B+A"]
    made = replace(content(2, 2), matrix=matrix, genes=["x", "y"], obs={"condition": names}, obsm={}, layers={}, var={})
    with open_cells(write(tmp_path / "one.h5ad", made)) as cells:
        bulk, moments = pseudobulk(cells, DESIGN), cell_sums(cells, DESIGN)
    assert bulk.conditions == (("A",), ("A", "B"))
    assert bulk.names == ("A", "A+B")
    np.testing.assert_array_equal(bulk.control, [2, 3])
    np.testing.assert_array_equal(bulk.profiles, [[1, 1], [4, 0]])
    np.testing.assert_array_equal(bulk.changes, [[-1, -2], [2, -3]])
    np.testing.assert_array_equal(bulk.cells, [3, 1])
    assert (moments.names, moments.left_out) == (("control", "A"), ("A+B",))
    np.testing.assert_array_equal(moments.n, [2, 3])
    np.testing.assert_allclose(moments.variance, [[2, 0], [1, 0.75]])
    np.testing.assert_allclose(moments.detected, [[1, 1], [2 / 3, 1]])


@pytest.mark.parametrize("form", [csr_array, np.asarray], ids=["sparse", "dense"])
@pytest.mark.parametrize("where", [{}, {"batch": "b1"}], ids=["all cells", "one batch"])
def test_means_and_moments_are_numpys(form: type, where: dict[str, str], tmp_path: Path) -> None:
    made = content(200, 30)
    values = logs(counts(200, 30))
    design = replace(DESIGN, where=where, control="KLF1")
    with open_cells(write(tmp_path / "one.h5ad", replace(made, matrix=form(values)))) as cells:
        bulk, moments = pseudobulk(cells, design), cell_sums(cells, design)
        controls = np.vstack([_dense(block) for block in control_chunks(cells, design)])
    names, batch = np.array(made.obs["condition"]), made.obs["batch"]
    taken = np.ones(200, dtype=bool) if not where else batch == "b1"
    expected = [name for name in ("KLF1+MAP2K6", "MAP2K6", "control") if (taken & (names == name)).any()]
    # KLF1 is the control here: of "KLF1+MAP2K6" only MAP2K6 is perturbed beside it.
    groups = {"MAP2K6": ["KLF1+MAP2K6", "MAP2K6"], "control": ["control"]}
    assert expected
    kept = [name for name in groups if (taken & np.isin(names, groups[name])).any()]
    assert bulk.names == tuple(sorted(kept))
    for place, name in enumerate(bulk.names):
        own = values[taken & np.isin(names, groups[name])]
        np.testing.assert_allclose(bulk.profiles[place], own.mean(0), atol=1e-13)
        np.testing.assert_allclose(moments.mean[place + 1], own.mean(0), atol=1e-13)
        np.testing.assert_allclose(moments.variance[place + 1], own.var(0, ddof=1), atol=1e-12)
        np.testing.assert_array_equal(moments.detected[place + 1], (own > 0).mean(0))
    np.testing.assert_array_equal(controls, values[taken & (names == "KLF1")])
    np.testing.assert_allclose(bulk.control, controls.mean(0), atol=1e-13)


def test_a_gene_that_is_the_same_in_all_cells_has_no_variance(tmp_path: Path) -> None:
    values = logs(counts())
    values[:, 2] = 9.1
    with open_cells(write(tmp_path / "one.h5ad", replace(content(), matrix=csr_array(values)))) as cells:
        assert cell_sums(cells, DESIGN).variance[:, 2].max() < 1e-28


def test_counts_are_normalised_where_that_is_asked_for(tmp_path: Path) -> None:
    with open_cells(write(tmp_path / "one.h5ad", content())) as cells:
        from_counts = pseudobulk(cells, replace(DESIGN, layer="counts", normalise=True))
        from_logs = pseudobulk(cells, DESIGN)
    np.testing.assert_allclose(from_counts.profiles, from_logs.profiles, atol=1e-12)


def test_each_pass_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with open_cells(write(tmp_path / "one.h5ad", content())) as cells:
        cell_sums(cells, DESIGN, tell=lambda *one: told.append(one))
    assert told == [(what, done, 80) for what in ("averaging conditions", "measuring spread") for done in (33, 66, 80)]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("KLF1", ("KLF1",)),
        ("MAP2K6+KLF1", ("KLF1", "MAP2K6")),
        ("KLF1+ctrl", ("KLF1",)),
        ("non-targeting+KLF1", ("KLF1",)),
        ("KLF1+KLF1", ("KLF1",)),
        (" KLF1 + SET ", ("KLF1", "SET")),
        ("NT", ("NT",)),
    ],
)
def test_a_condition_is_its_perturbed_genes_in_order(name: str, parts: tuple[str, ...]) -> None:
    assert parts_of(name, "control") == parts


@given(genes=st.lists(st.sampled_from(["KLF1", "SET", "MAPK1", "HK2"]), min_size=1, max_size=4))
def test_a_condition_does_not_depend_on_the_order_of_its_genes(genes: list[str]) -> None:
    assert parts_of("+".join(genes), "control") == parts_of("+".join(reversed(genes)), "control")
    assert parts_of("+".join([*genes, "control"]), "control") == tuple(sorted(set(genes)))


def test_the_screen_has_the_conditions_that_the_tasks_are_made_of(shipped: dict[str, Path]) -> None:
    norman, mcfaline = single_cells.norman(shipped), single_cells.mcfaline(shipped)
    assert norman.profiles.shape == (33, 500)
    assert sorted(len(genes) for genes in norman.conditions) == [1] * 18 + [2] * 15
    assert set(mcfaline.conditions) < set(norman.conditions)
    assert len(mcfaline.conditions) == 9
    assert sum(set(genes) <= {gene for (gene,) in _singles(norman.conditions)} for genes in norman.conditions) == 18 + 5
    lines = [single_cells.mcfaline(shipped, cell_line=line).cells for line in single_cells.CELL_LINES]
    np.testing.assert_array_equal(np.sum(lines, axis=0), mcfaline.cells)


def _singles(conditions: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    return [genes for genes in conditions if len(genes) == 1]


def test_profiles_of_the_screen_are_numpys_means_over_anndatas_cells(shipped: dict[str, Path]) -> None:
    bulk, moments = single_cells.norman(shipped), single_cells.norman_moments(shipped)
    known = anndata.read_h5ad(shipped[PERTURBENCH])
    here, names = (known.obs["dataset"] == "norman19").to_numpy(), known.obs["condition"].astype(str).to_numpy()
    values = known.X.toarray()
    assert moments.names == ("control", *bulk.names)
    for place, name in enumerate(bulk.names):
        own = values[here & np.isin(names, [name, "+".join(reversed(name.split("+")))])]
        assert bulk.cells[place] == len(own)
        np.testing.assert_allclose(bulk.profiles[place], own.mean(0), atol=1e-12)
        np.testing.assert_allclose(moments.variance[place + 1], own.var(0, ddof=1), atol=1e-12)
    controls = np.vstack([_dense(block) for block in single_cells.norman_control_cells(shipped)])
    np.testing.assert_array_equal(controls, values[here & (names == "control")])


def test_blood_cells_come_with_labels_embeddings_and_counts(shipped: dict[str, Path]) -> None:
    found, of_counts = single_cells.pbmc68k(shipped), single_cells.pbmc68k(shipped, layer=single_cells.COUNTS)
    assert found.features.shape == of_counts.features.shape == (700, 765)
    assert found.features.min() < 0 <= of_counts.features.min()
    assert len(set(found.labels.tolist())) == 10
    assert {name: matrix.shape for name, matrix in found.embeddings.items()} == {"X_pca": (700, 50), "X_umap": (700, 2)}
    whole = _dense(single_cells.pbmc68k_counts(shipped))
    np.testing.assert_array_equal(whole, np.round(whole))
    np.testing.assert_allclose(of_counts.features, logs(whole), atol=1e-12)


def test_a_data_set_that_was_not_given_is_named() -> None:
    with pytest.raises(NotHereError, match="perturbench_devel"):
        single_cells.norman({})


@pytest.mark.parametrize("name", [PERTURBENCH, PBMC68K])
def test_shipped_cells_say_where_they_come_from(name: str) -> None:
    assert input_file(name).source_id in {source.source_id for source in SOURCES}
    assert input_file(name).licence == "BSD-3-Clause"


def _dense(block: object) -> np.ndarray:
    return block.toarray() if issparse(block) else block
