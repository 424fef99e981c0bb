"""Embeddings of cells of one's own next to what their genes say: the numbers, what is left out, what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.metrics import silhouette_score

from engine.errors import NotHereError, SpecError, StatisticError, TableError
from engine.local_split.cells import compare, features, inspect
from engine.local_split.cells.compare import command_of, compare_cells
from engine.local_split.cells.exchange import CellOptions, CellsResult
from engine.local_split.report import as_json
from engine.names import Metric
from engine.singlecell.cells import embeddings
from engine.singlecell.cells.evaluate import evaluate, measure
from engine.singlecell.preprocessing import gather, highly_variable, prepare
from engine.singlecell.reading.cells import open_cells
from engine.statistics.bootstrap import interval
from engine.statistics.verdict import bootstrap_p
from tests.engine.local_split.cells.blood import only
from tests.singlecell.files import write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.singlecell.contract import Outcome
    from tests.singlecell.files import Content

QUICK = CellOptions(label="cell_type", draws=50)


def told(result: CellsResult) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
    return {(row.system_id, row.metric): (row.value, row.low, row.high) for row in result.values}


def expected(outcomes: Mapping[str, Outcome]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (name, metric.value): (found.value, *(interval(found.replicates) or ()))
        for name, outcome in outcomes.items()
        for metric, found in outcome.values.items()
    }


def assert_same(result: CellsResult, outcomes: Mapping[str, Outcome]) -> None:
    own, other = told(result), expected(outcomes)
    assert own.keys() == other.keys()
    for key, values in other.items():
        assert own[key] == pytest.approx((values[0], min(values[1], values[0]), max(values[2], values[0])), abs=1e-9)


@pytest.fixture(scope="module")
def direct(cells: Content) -> dict[str, Outcome]:
    """What the single-cell package says of the same embeddings when it is called by hand."""
    labels = cells.obs["cell_type"]
    made = {
        "obsm:X_mymodel": cells.obsm["X_mymodel"],
        "obsm:X_pca": cells.obsm["X_pca"],
        "hvg-pca": embeddings.hvg_pca(cells.matrix),
        "hvg": cells.matrix,
        "random-projection": embeddings.random_projection(cells.matrix),
    }
    return evaluate({name: measure(values, labels) for name, values in made.items()}, labels, draws=200)


def test_values_of_scaled_genes_are_those_of_the_single_cell_package(
    scaled: CellsResult, direct: dict[str, Outcome]
) -> None:
    assert_same(scaled, direct)
    assert scaled.metrics == ("AvgBIO", "NMI", "ARI", "ASW")
    assert [one.kind for one in scaled.problems] == ["scaled", "small-types"]


def test_values_of_counts_with_batches_are_those_of_the_single_cell_package(
    counted: CellsResult, cells: Content, file: Path
) -> None:
    labels, batches = cells.obs["cell_type"], cells.obs["donor"]
    with open_cells(file) as read:
        prepared = prepare(read, layer="counts")
        genes = gather(read, prepared, highly_variable(read, prepared))
    genes = genes if isinstance(genes, np.ndarray) else genes.toarray()
    before = embeddings.hvg_pca(genes)
    made = {
        "obsm:X_mymodel": cells.obsm["X_mymodel"],
        "hvg-pca": before,
        "hvg": genes,
        "random-projection": embeddings.random_projection(genes, seed=3),
    }
    measures = {name: measure(values, labels, batches, before=before, seed=3) for name, values in made.items()}
    assert_same(counted, evaluate(measures, labels, batches, draws=200, seed=3))
    assert counted.metrics[4:] == ("ASWBatch", "PCR", "GraphConnectivity")
    assert counted.n_genes_used == genes.shape[1]


def test_asw_is_scikit_learns_moved_to_0_to_1(scaled: CellsResult, cells: Content) -> None:
    silhouette = silhouette_score(cells.obsm["X_mymodel"], cells.obs["cell_type"])
    assert told(scaled)["obsm:X_mymodel", "ASW"][0] == pytest.approx((silhouette + 1) / 2)


def test_differences_are_of_the_same_resamples_and_judged(scaled: CellsResult, direct: dict[str, Outcome]) -> None:
    assert {(row.system_id, row.baseline_id) for row in scaled.differences} == {
        (own, other) for own in ("obsm:X_mymodel", "obsm:X_pca") for other in ("hvg-pca", "hvg")
    }
    for row in scaled.differences:
        own, other = (direct[name].values[Metric(row.metric)] for name in (row.system_id, row.baseline_id))
        assert own.value is not None
        assert other.value is not None
        apart = own.replicates - other.replicates
        assert row.delta == pytest.approx(own.value - other.value, abs=1e-9)
        assert (row.low, row.high) == pytest.approx(interval(apart), abs=1e-9)
        assert row.p == pytest.approx(bootstrap_p(apart))
        assert row.registered == (row.baseline_id == "hvg-pca")
        assert None not in {row.q, row.verdict, row.verdict_article}
        assert row.minimum_effect == 0.02


def test_the_users_systems_stand_first_then_the_baseline_to_beat(scaled: CellsResult) -> None:
    assert [(one.system_id, one.role, one.registered) for one in scaled.systems] == [
        ("obsm:X_mymodel", "yours", False),
        ("obsm:X_pca", "yours", False),
        ("hvg-pca", "baseline", True),
        ("hvg", "baseline", False),
        ("random-projection", "control", False),
    ]


def test_every_system_has_a_value_of_every_type(scaled: CellsResult, cells: Content) -> None:
    sizes = {one.name: one.cells for one in scaled.types}
    assert sizes == {name: cells.obs["cell_type"].count(name) for name in set(cells.obs["cell_type"])}
    assert len(scaled.items) == 5 * 10
    assert all(one.value is not None and one.n == sizes[one.cell_type] for one in scaled.items)


def test_a_result_survives_json_and_the_way_between_processes(counted: CellsResult) -> None:
    assert TypeAdapter(CellsResult).validate_json(as_json(counted)) == counted
    assert pickle.loads(pickle.dumps(counted)) == counted  # noqa: S301 - of our own making


@pytest.mark.usefixtures("scaled", "counted")
def test_nothing_is_written_beside_the_file(file: Path) -> None:
    assert list(file.parent.iterdir()) == [file]


def test_cells_without_a_type_are_left_out_as_if_they_were_not_there(few: Content, tmp_path: Path) -> None:
    types = [None if row % 7 == 0 else name for row, name in enumerate(few.obs["cell_type"])]
    some = write(tmp_path / "some.h5ad", replace(few, obs={**few.obs, "cell_type": types}))
    fewer = write(tmp_path / "fewer.h5ad", only(few, np.arange(175) % 7 != 0))
    options = replace(QUICK, embeddings=("X_mymodel",))
    found, other = compare_cells(some, options), compare_cells(fewer, options)
    assert found.problems[1].problem == "25 cells without a value in 'cell_type'"
    assert (found.values, found.differences, found.items) == (other.values, other.differences, other.items)
    assert found.parts[0].n == 150


def test_the_command_has_what_differs_from_the_defaults(counted: CellsResult, scaled: CellsResult) -> None:
    assert scaled.command == "vledger compare --split cells.h5ad --label cell_type --draws 200"
    assert counted.command == (
        "vledger compare --split cells.h5ad --label cell_type --batch donor --layer counts --embedding X_mymodel "
        "--draws 200 --seed 3"
    )
    assert command_of("my cells.h5ad", CellOptions(label="a b")) == (
        "vledger compare --split 'my cells.h5ad' --label 'a b'"
    )


def test_an_embedding_that_cannot_be_measured_is_told_and_the_others_are(few: Content, tmp_path: Path) -> None:
    bad = np.full((175, 2), np.nan)
    obsm = {"X_mymodel": few.obsm["X_mymodel"], "X_nan": bad, "X_one": np.ones((175, 2))}
    path = write(tmp_path / "bad.h5ad", replace(few, obsm=obsm))
    found = compare_cells(path, QUICK)
    assert [one.column for one in found.failed] == ["X_nan", "X_one"]
    assert [one.system_id for one in found.systems if one.role == "yours"] == ["obsm:X_mymodel"]
    with pytest.raises(TableError, match="'obsm/X_nan' has nan for cell"):
        compare_cells(path, replace(QUICK, embeddings=("X_nan",)))
    with pytest.raises(StatisticError, match="X_one: all 175 cells have the same coordinates"):
        compare_cells(path, replace(QUICK, embeddings=("X_one",)))


def test_without_an_embedding_the_baselines_are_measured(few: Content, tmp_path: Path) -> None:
    found = compare_cells(write(tmp_path / "none.h5ad", replace(few, obsm={})), QUICK)
    assert found.differences == ()
    assert "no-embedding" in {one.kind for one in found.problems}
    assert {one.role for one in found.systems} == {"baseline", "control"}


def test_too_many_genes_times_cells_leave_hvg_without_a_value(few_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "MOST_GENE_NUMBERS", 1000)
    found = compare_cells(few_file, replace(QUICK, embeddings=("X_mymodel",)))
    reason = "175 cells times 200 genes are more than 1,000 numbers: their neighbours would take hours"
    rows = [row for row in found.values if row.system_id == "hvg"]
    assert [(row.value, row.undefined_reason) for row in rows] == [(None, reason)] * 4
    undefined = [row for row in found.differences if row.baseline_id == "hvg"]
    assert {row.undefined_reason for row in undefined} == {f"HVG: {reason}"}
    assert all(row.verdict is None and row.delta is None for row in undefined)


@pytest.mark.parametrize(
    ("place", "limit", "said"),
    [
        ((inspect, "MOST_SINGLE_CELLS"), 699, "700 cells, and at most 699 are compared"),
        ((inspect, "MOST_CELL_BYTES"), 1000, "a file of cells is taken up to"),
        ((compare, "MOST_EMBEDDINGS"), 1, "2 embeddings, and at most 1 are compared at once"),
        ((features, "_MOST_SCALED"), 764, "765 genes with scaled values.* name a layer with counts or logs"),
    ],
    ids=["cells", "bytes", "embeddings", "scaled genes"],
)
def test_what_is_beyond_the_limits_is_refused_in_a_sentence(
    place: tuple[object, str], limit: int, said: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*place, limit)
    with pytest.raises(SpecError, match=said):
        compare_cells(file, QUICK)


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"label": None}, SpecError, r"it may be 'cell_type' \(10 values\).*; a batch, with --batch, may be 'donor'"),
        ({"batch": "cell_type"}, SpecError, "'cell_type' is named with --label and with --batch"),
        ({"batch": "plate"}, TableError, "obs has no column 'plate'; there are cell_type, donor"),
        ({"label": "n_counts"}, TableError, "626 different values, more than 500 classes"),
        ({"embeddings": ("X_scGPT",)}, TableError, "obsm has no 'X_scGPT'; there are X_mymodel, X_pca"),
        ({"layer": "raw"}, TableError, "there is no layer 'raw'; there are counts"),
    ],
    ids=["no label", "one column twice", "no such batch", "measured label", "no such embedding", "no such layer"],
)
def test_what_cannot_be_asked_has_its_sentence(
    options: dict[str, Any], kind: type[Exception], said: str, file: Path
) -> None:
    with pytest.raises(kind, match=said):
        compare_cells(file, replace(QUICK, **options))


def test_a_file_that_is_not_there_and_a_folder_have_their_sentence(tmp_path: Path) -> None:
    with pytest.raises((SpecError, NotHereError), match=r"none.h5ad: it cannot be read \(No such file or directory\)"):
        compare_cells(tmp_path / "none.h5ad", QUICK)
    with pytest.raises(SpecError, match=r"it is a folder; give an \.h5ad file"):
        compare_cells(tmp_path, QUICK)


def test_too_few_cells_have_their_sentence(few: Content, tmp_path: Path) -> None:
    path = write(tmp_path / "ten.h5ad", only(few, slice(10)))
    with pytest.raises(
        StatisticError, match=r"^ten\.h5ad: 10 cells are too few for a graph of neighbours: give at least"
    ):
        compare_cells(path, QUICK)


def test_labels_named_like_clusters_come_with_a_warning(few_file: Path) -> None:
    found = compare_cells(few_file, replace(QUICK, label="louvain", embeddings=("X_mymodel",)))
    warned = [one for one in found.problems if one.severity == "warning"]
    assert [one.kind for one in warned] == ["labels-from-clusters"]


def test_every_stage_is_told_from_its_beginning_to_its_end(few_file: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    compare_cells(few_file, replace(QUICK, embeddings=("X_mymodel",)), lambda *words: heard.append(words))
    stages = list(dict.fromkeys(what for what, _, _ in heard))
    assert stages[:3] == ["reading the file", "finding components", "projecting cells"]
    assert {f"{name}: clusterings" for name in ("X_mymodel", "HVG + PCA", "HVG", "Random projection")} <= set(stages)
    for stage in stages:
        steps = [(done, total) for what, done, total in heard if what == stage]
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]
        assert steps == sorted(steps)
