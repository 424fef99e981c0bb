from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import StatisticError
from engine.singlecell.networks.correlation import correlations
from engine.singlecell.networks.edges import Edges, correlation_edges, edge_scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.networks.responses import Truth

    MakeTruth = Callable[..., Truth]


@pytest.fixture
def asked(truth_from: MakeTruth) -> Truth:
    """Five genes, G0 to G4, under two singles and their double."""
    return truth_from(np.zeros((3, 5)), perturbations=("A", "B", "A+B"))


def _edges(values: list[list[float]], regulators: tuple[str, ...] = ("A", "B"), **more: object) -> Edges:
    array = np.array(values, dtype=np.float64)
    genes = tuple(f"G{column}" for column in range(array.shape[1]))
    return Edges(**{"regulators": regulators, "genes": genes, "values": array, **more})


def test_of_a_double_the_larger_edge_of_its_two_regulators_counts(asked: Truth) -> None:
    found = edge_scores(_edges([[1, 2, 3, 0, 5], [4, 1, 3, 1, 0]]), asked)
    assert found.of("A").tolist() == [1, 2, 3, 0, 5]
    assert found.of("B").tolist() == [4, 1, 3, 1, 0]
    assert found.of("A+B").tolist() == [4, 2, 3, 1, 5]
    assert found.note is None


def test_a_pair_of_which_nothing_is_said_ranks_last(asked: Truth) -> None:
    found = edge_scores(_edges([[1, np.nan, 3, 2, 5], [np.nan, np.nan, 3, 1, 0.5]]), asked)
    assert found.of("A").tolist() == [1, 0, 3, 2, 5]
    assert found.of("A+B").tolist() == [1, 0, 3, 2, 5]
    assert found.note == "1 of 5 tested genes have no edge from any regulator and rank last"


def test_edges_are_matched_by_name_whatever_their_order(asked: Truth) -> None:
    edges = Edges(regulators=("Z", "B", "A"), genes=("G4", "X", "G0", "G3"), values=np.arange(1.0, 13.0).reshape(3, 4))
    found = edge_scores(edges, asked)
    assert found.of("A").tolist() == [11, 0, 0, 12, 9]
    assert found.of("B").tolist() == [7, 0, 0, 8, 5]
    assert found.note == "2 of 5 tested genes have no edge from any regulator and rank last"


def test_a_missing_regulator_leaves_its_single_and_its_double_without_scores(asked: Truth) -> None:
    found = edge_scores(_edges([[1, 2, 3, 0, 5]], ("A",), otherwise="has no edge in net.csv"), asked)
    assert found.reasons == dict.fromkeys(("B", "A+B"), "B has no edge in net.csv")
    assert np.isnan(found.values[1:]).all()
    assert found.of("A") is not None


def test_edges_to_genes_that_are_not_tested_say_nothing(truth_from: MakeTruth) -> None:
    tested = np.array([[True, True, True, False]])
    truth = truth_from(np.zeros((1, 4)), perturbations=("A+B",), tested=tested)
    found = edge_scores(_edges([[1, 2, 3, 4], [np.nan, np.nan, np.nan, 9]]), truth)
    assert found.reasons == {"A+B": "B has no edge to any of the 3 tested genes"}


@pytest.mark.parametrize("bad", [-0.5, np.inf])
def test_an_edge_that_is_no_strength_is_refused_by_name(bad: float) -> None:
    with pytest.raises(StatisticError, match=rf"the edge from B to G1 is {bad:g}: an edge is a strength"):
        _edges([[1, 2], [0, bad]])


def test_edges_of_another_shape_are_refused() -> None:
    with pytest.raises(StatisticError, match="edges of 2 regulators and 3 genes have the shape"):
        _edges([[1, 2, 3]])


def test_correlation_edges_are_absolute_correlations_over_control_cells(truth_from: MakeTruth) -> None:
    cells = np.random.default_rng(0).normal(size=(50, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    genes = ("A", "G1", "G2", "B", "G4", "G5")
    edges = correlation_edges(correlations(iter([cells]), genes), ["B", "A", "B"])
    assert edges.regulators == ("B", "A")
    np.testing.assert_allclose(edges.values, np.abs(np.corrcoef(cells.T))[[3, 0]], rtol=0, atol=1e-12)
    truth = truth_from(np.zeros((2, 6)), perturbations=("A", "A+B"))
    found = edge_scores(edges, type(truth)(**{**_fields(truth), "genes": genes}))
    np.testing.assert_allclose(found.of("A"), np.abs(np.corrcoef(cells.T))[0], rtol=0, atol=1e-12)


def test_a_regulator_that_is_not_measured_or_does_not_vary_has_no_correlation(truth_from: MakeTruth) -> None:
    cells = np.random.default_rng(0).normal(size=(50, 4))
    cells[:, 1:3] = 0
    genes = ("A", "B", "G2", "G3")
    edges = correlation_edges(correlations(iter([cells]), genes), ["A", "B", "C"])
    assert edges.regulators == ("A",)
    assert np.isnan(edges.values[0]).tolist() == [False, True, True, False]
    truth = truth_from(np.zeros((4, 4)), perturbations=("A", "B", "C", "A+C"))
    found = edge_scores(edges, type(truth)(**{**_fields(truth), "genes": genes}))
    assert found.reasons == {
        "B": "B does not vary over control cells",
        "C": "C is not among the measured genes",
        "A+C": "C is not among the measured genes",
    }


def test_no_measured_regulator_leaves_no_correlation_edges() -> None:
    edges = correlation_edges(correlations(iter([np.eye(3)]), ("G0", "G1", "G2")), ["A", "B"])
    assert edges.values.shape == (0, 3)


def _fields(truth: Truth) -> dict[str, object]:
    return {name: getattr(truth, name) for name in ("perturbations", "responds", "tested")}
