from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_samples, silhouette_score

from engine.singlecell.cells import biology, checks

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.singlecell.cells.conftest import Blood

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=60)


def codes(values: list[int]) -> NDArray[np.int64]:
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)


@given(PAIRS)
def test_nmi_and_ari_are_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    types, clusters = (codes(list(side)) for side in zip(*pairs, strict=True))
    table = biology.table(types, clusters)
    assert biology.ari(table) == pytest.approx(adjusted_rand_score(types, clusters), abs=1e-12)
    if table.size > 1:
        assert biology.nmi(table) == pytest.approx(normalized_mutual_info_score(types, clusters), abs=1e-9)


def test_a_table_of_one_type_and_one_cluster_has_no_nmi() -> None:
    table = np.array([[7.0]])
    assert np.isnan(biology.nmi(table))
    assert biology.ari(table) == 1.0


def test_nmi_of_four_cells_worked_by_hand() -> None:
    # Types aabb, clusters abbb: H(types) = ln 2, H(clusters) = 0.5623, I = H(types) - 0.75 H(1/3, 2/3) = 0.2158.
    mutual = np.log(2) - 0.75 * -(np.log(1 / 3) / 3 + 2 * np.log(2 / 3) / 3)
    of_clusters = -(np.log(0.25) / 4 + 3 * np.log(0.75) / 4)
    found = biology.nmi(biology.table(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])))
    assert found == pytest.approx(2 * mutual / (np.log(2) + of_clusters), abs=1e-12)


def test_ari_of_six_cells_worked_by_hand() -> None:
    # Table [[2, 1], [0, 3]]: 1 + 3 = 4 pairs together in both, 6 in types, 1 + 6 = 7 in clusters, 15 in all.
    found = biology.ari(np.array([[2.0, 1.0], [0.0, 3.0]]))
    assert found == pytest.approx((4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15), abs=1e-12)


def test_many_tables_at_once_are_each_on_its_own() -> None:
    tables = np.random.default_rng(1).integers(0, 9, (7, 3, 4)).astype(np.float64)
    for name in (biology.nmi, biology.ari):
        assert name(tables).tolist() == [float(name(one)) for one in tables]


@given(PAIRS, st.randoms(use_true_random=False))
def test_names_and_order_of_groups_change_neither_nmi_nor_ari(pairs: list[tuple[int, int]], random: Random) -> None:
    types, clusters = (codes(list(side)) for side in zip(*pairs, strict=True))
    table = biology.table(types, clusters)
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    renamed = table[rows][:, columns]
    assert biology.ari(renamed) == pytest.approx(float(biology.ari(table)), abs=1e-12)
    if table.size > 1:
        assert biology.nmi(renamed) == pytest.approx(float(biology.nmi(table)), abs=1e-12)
        assert 0 <= biology.nmi(table) <= 1


def test_perfect_agreement_is_exactly_one() -> None:
    for size in range(2, 40):
        types = np.repeat(np.arange(size), np.arange(1, size + 1))
        table = biology.table(types, types[::-1].max() - types)
        assert float(biology.nmi(table)) == pytest.approx(1, abs=1e-15)
        assert float(biology.nmi(table)) <= 1
        assert float(biology.ari(table)) == 1


def test_silhouettes_worked_by_hand() -> None:
    # Cells at 0 and 2, at 10 and 14, and one alone at 30. Of the first: a = 2, b = 12; of the third: a = 4, b = 9.
    places = np.array([[0.0], [2.0], [10.0], [14.0], [30.0]])
    found = biology.silhouettes(places, np.array([0, 0, 1, 1, 2]))
    assert found == pytest.approx([10 / 12, 8 / 10, 5 / 9, 9 / 13, 0], abs=1e-12)


@pytest.mark.parametrize("name", ["X_pca", "X_umap", "features"])
def test_silhouettes_of_blood_cells_are_scikit_learns(blood: Blood, name: str) -> None:
    embedding = blood.features if name == "features" else blood.obsm[name]
    found = biology.silhouettes(embedding, blood.types.codes)
    assert found == pytest.approx(silhouette_samples(embedding, blood.labels.astype(str)), abs=1e-6)
    assert found.mean() == pytest.approx(silhouette_score(embedding, blood.labels.astype(str)), abs=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(-20, 20), st.floats(-5, 5))
def test_scale_place_and_order_of_an_embedding_change_no_silhouette(seed: int, power: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    places, groups = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
    groups[:3] = [0, 1, 2]
    order = rng.permutation(30)
    moved = (2.0**power * (places + offset))[order]
    found = biology.silhouettes(moved, groups[order])
    assert found == pytest.approx(biology.silhouettes(places, groups)[order], abs=1e-9)


def test_silhouettes_of_a_sample_are_those_among_its_cells(blood: Blood) -> None:
    rows = np.sort(np.random.default_rng(4).choice(700, 300, replace=False))
    found = biology.silhouettes(blood.features, blood.types.codes, rows=rows)
    assert np.isnan(np.delete(found, rows)).all()
    assert found[rows] == pytest.approx(
        silhouette_samples(blood.features[rows], blood.labels[rows].astype(str)), abs=1e-6
    )


def test_a_sample_keeps_the_shares_of_types_and_all_cells_of_rare_ones() -> None:
    types = checks.cell_types(np.repeat(["many", "some", "rare"], [9_000, 950, 20]))
    chosen = biology.sample(types, most=1000, seed=1)
    assert chosen is not None
    assert np.unique(chosen).size == chosen.size
    counts = dict(zip(types.names, np.bincount(types.codes[chosen]), strict=True))
    assert counts == {"many": 902, "some": 95, "rare": 20}
    assert (chosen == biology.sample(types, most=1000, seed=1)).all()
    assert (chosen != biology.sample(types, most=1000, seed=2)).any()


def test_few_cells_need_no_sample(blood: Blood) -> None:
    assert biology.sample(blood.types, most=700) is None
