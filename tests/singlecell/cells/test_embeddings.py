from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.decomposition import PCA

from engine.errors import NotHereError, SpecError, StatisticError
from engine.singlecell.cells import embeddings
from engine.singlecell.cells.components import principal_components

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.singlecell.cells.conftest import Blood


def same_up_to_sign(first: NDArray[np.floating], second: NDArray[np.floating]) -> bool:
    signs = np.sign((first * second).sum(axis=0))
    return np.allclose(first * signs, second, atol=1e-4 * np.abs(second).max())


def test_features_are_taken_as_they_are(blood: Blood) -> None:
    assert embeddings.hvg(blood.features) is blood.features


@pytest.mark.parametrize("width", [2, 50])
def test_components_are_those_of_scikit_learn(blood: Blood, width: int) -> None:
    found = embeddings.hvg_pca(blood.features[:, :300], width=width)
    theirs = PCA(width, svd_solver="full").fit_transform(blood.features[:, :300].astype(np.float64))
    assert found.shape == (700, width)
    assert same_up_to_sign(found, theirs)


def test_components_are_those_of_scanpy(blood: Blood) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scanpy's own, of what it imports
        import scanpy  # noqa: PLC0415

        theirs = scanpy.pp.pca(blood.features.astype(np.float64), n_comps=50)
    assert same_up_to_sign(embeddings.hvg_pca(blood.features), theirs)


def test_many_columns_have_the_same_components_by_the_other_way(blood: Blood, monkeypatch: pytest.MonkeyPatch) -> None:
    features = blood.features[:, :200]
    by_covariance = principal_components(features, width=10)
    monkeypatch.setattr("engine.singlecell.cells.components._WIDEST_COVARIANCE", 100)
    assert same_up_to_sign(principal_components(features, width=10, seed=1), by_covariance)


def test_components_in_blocks_are_those_of_the_whole(blood: Blood, monkeypatch: pytest.MonkeyPatch) -> None:
    features = blood.features[:, :200]
    whole = principal_components(features)
    monkeypatch.setattr("engine.singlecell.cells.components._ROWS", 64)
    told: list[tuple[str, int, int]] = []
    assert principal_components(features, tell=lambda *what: told.append(what)) == pytest.approx(whole, abs=1e-8)
    assert told[-1] == ("principal components", 700, 700)


def test_there_are_no_more_components_than_columns_and_cells_allow(blood: Blood) -> None:
    assert principal_components(blood.features[:, :3]).shape == (700, 3)
    assert principal_components(blood.features[:20, :100]).shape == (20, 19)


def test_a_column_that_is_far_from_zero_costs_no_digits(blood: Blood) -> None:
    near = blood.features[:, :100].astype(np.float64)
    assert same_up_to_sign(principal_components(near + 1e5, width=10), principal_components(near, width=10))


def test_a_random_projection_keeps_squared_distances_on_average(blood: Blood) -> None:
    found = embeddings.random_projection(blood.features, width=2000, seed=3)
    assert found.shape == (700, 2000)
    ratio = (np.diff(found, axis=0) ** 2).sum() / (np.diff(blood.features, axis=0) ** 2).sum()
    assert ratio == pytest.approx(1, abs=0.05)
    assert (found == embeddings.random_projection(blood.features, width=2000, seed=3)).all()
    assert (found != embeddings.random_projection(blood.features, width=2000, seed=4)).all()


def test_an_embedding_of_the_file_is_found_by_name(blood: Blood) -> None:
    assert embeddings.stored(blood.obsm, "X_umap", 700) is blood.obsm["X_umap"]
    with pytest.raises(SpecError, match=r"no embedding 'X_scvi' in obsm: choose one of those there \(X_pca, X_umap\)"):
        embeddings.stored(blood.obsm, "X_scvi", 700)
    with pytest.raises(StatisticError, match="has 700 rows for 699 cells"):
        embeddings.stored(blood.obsm, "X_umap", 699)


def test_harmony_gives_the_same_numbers_again_and_leaves_its_input_alone(
    shifted: NDArray[np.float64], halves: NDArray
) -> None:
    components = embeddings.hvg_pca(shifted)
    before = components.copy()
    found = embeddings.harmony(components, halves, seed=2)
    assert found.shape == components.shape
    assert (found == embeddings.harmony(components, halves, seed=2)).all()
    assert (components == before).all()


def test_harmony_brings_the_middles_of_batches_together(shifted: NDArray[np.float64], halves: NDArray) -> None:
    def apart(places: NDArray[np.float64]) -> float:
        return float(np.linalg.norm(places[halves == "first"].mean(axis=0) - places[halves == "second"].mean(axis=0)))

    components = embeddings.hvg_pca(shifted)
    assert apart(embeddings.harmony(components, halves)) < 0.9 * apart(components)


@pytest.mark.parametrize(
    ("batches", "sentence"),
    [
        pytest.param(None, "Harmony needs to know the batch of each cell", id="none"),
        pytest.param(["one"] * 700, "all 700 cells are of one batch: Harmony has nothing to align", id="one"),
    ],
)
def test_harmony_without_batches_is_refused(blood: Blood, batches: list[str] | None, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        embeddings.harmony(blood.obsm["X_pca"], batches)


@pytest.mark.parametrize(
    ("system", "module", "sentence"),
    [
        pytest.param(embeddings.harmony, "harmonypy", "Harmony needs .*: pip install harmonypy", id="harmony"),
        pytest.param(embeddings.scvi, "scvi", "scVI needs .*: pip install scvi-tools", id="scvi"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_command(
    blood: Blood,
    halves: NDArray,
    monkeypatch: pytest.MonkeyPatch,
    system: Callable[..., NDArray[np.float64]],
    module: str,
    sentence: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotHereError, match=sentence):
        system(blood.counts, halves)


def test_scvi_refuses_what_is_no_count(blood: Blood) -> None:
    with pytest.raises(SpecError, match=r"scVI needs counts, and row 0 .* give the layer with the raw counts"):
        embeddings.scvi(blood.features)
    halved = blood.counts.copy()
    halved[3, 5] = 0.5
    with pytest.raises(SpecError, match=r"row 3 "):
        embeddings.scvi(halved)
    halved[3] = 0
    with pytest.raises(StatisticError, match="a cell without any count"):
        embeddings.scvi(halved)


@pytest.mark.filterwarnings("ignore")  # of the packages that scvi-tools loads
def test_scvi_has_thirty_dimensions_and_the_same_ones_for_the_same_seed(blood: Blood, halves: NDArray) -> None:
    pytest.importorskip("scvi", reason="scvi-tools is not installed")
    first, again = (embeddings.scvi(blood.counts, halves, seed=1, epochs=2) for _ in range(2))
    assert first.shape == (700, 30)
    assert (first == again).all()
    assert (first != embeddings.scvi(blood.counts, seed=2, epochs=2)).any()
