"""What holds for every system: it never sees what is held out, and no order of rows or genes changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from engine.errors import SpecError
from engine.names import Role
from engine.singlecell.contract import GeneEmbedding, Pseudobulk
from engine.singlecell.perturbation import systems
from engine.singlecell.perturbation.parts import conditions_of
from engine.singlecell.perturbation.predictions import predict
from engine.singlecell.perturbation.splits import Split, doubles, doubles_new, singles
from engine.singlecell.perturbation.systems import Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.singlecell.perturbation.systems import System

    Drawn = Callable[..., Pseudobulk]

EVERY: tuple[System, ...] = (
    *systems.BASELINES,
    *systems.CONTROLS,
    Linear(genes="file"),
    Linear(perturbations="file"),
    Linear(genes="file", perturbations="file"),
)
SHARED = ("T0", "T2", "T3", "T4", "T6")
every = pytest.mark.parametrize("system", EVERY, ids=lambda system: system.name)
measured_or_not = pytest.mark.parametrize("measured", [0, 8], ids=["targets not measured", "targets measured"])


def _file(data: Pseudobulk, width: int = 14) -> dict[str, GeneEmbedding]:
    genes = sorted({*data.genes, *(gene for genes in data.conditions for gene in genes), "elsewhere"})
    return {
        "file": GeneEmbedding(genes=tuple(genes), vectors=np.random.default_rng(5).normal(size=(len(genes), width)))
    }


def _splits(data: Pseudobulk) -> Sequence[Split]:
    return [*doubles(data, seeds=2), *doubles_new(data, seeds=2), *singles(data, shared=SHARED, seeds=2)]


@every
@measured_or_not
def test_no_prediction_changes_with_the_profiles_that_are_held_out(drawn: Drawn, system: System, measured: int) -> None:
    data = drawn(measured=measured)
    for split in _splits(data):
        spoilt = data.profiles.copy()
        spoilt[list(set(range(len(data.conditions))) - set(split.train))] = np.nan
        before = predict(system, data, split, _file(data))
        after = predict(system, replace(data, profiles=spoilt), split, _file(data))
        np.testing.assert_array_equal(before.profiles, after.profiles)
        assert before.reasons == after.reasons


@every
@measured_or_not
@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_the_order_of_conditions_and_genes_changes_no_prediction(
    drawn: Drawn, system: System, measured: int, seed: int
) -> None:
    data = drawn(measured=measured)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(data.conditions)), rng.permutation(len(data.genes))
    turned = conditions_of(data, rows.tolist())
    turned = replace(
        turned,
        genes=tuple(data.genes[place] for place in columns),
        control=data.control[columns],
        profiles=turned.profiles[:, columns],
    )
    for one, other in zip(doubles(data, seeds=1), doubles(turned, seeds=1), strict=False):
        before, after = predict(system, data, one, _file(data)), predict(system, turned, other, _file(data))
        place = {turned.names[test]: row for row, test in enumerate(other.test)}
        order = [place[data.names[test]] for test in one.test]
        np.testing.assert_allclose(before.profiles[:, columns], after.profiles[order], atol=1e-9)


@every
@measured_or_not
def test_a_condition_has_either_a_finite_profile_or_a_reason(drawn: Drawn, system: System, measured: int) -> None:
    data = drawn(measured=measured)
    for split in _splits(data):
        found = predict(system, data, split, _file(data))
        for profile, reason in zip(found.profiles, found.reasons, strict=True):
            assert np.isfinite(profile).all() if reason is None else np.isnan(profile).all()


@every
def test_repeating_a_prediction_repeats_it_to_the_last_bit(drawn: Drawn, system: System) -> None:
    data = drawn()
    split = doubles(data)[0]
    one, other = (predict(system, data, split, _file(data)) for _ in range(2))
    np.testing.assert_array_equal(one.profiles, other.profiles)


def _direct(d: np.ndarray, g: np.ndarray, p: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The published formula, genes x perturbations throughout, lambda 0.1."""
    b = d.mean(axis=1, keepdims=True)
    left = np.linalg.inv(g.T @ g + 0.1 * np.eye(g.shape[1]))
    right = np.linalg.inv(p @ p.T + 0.1 * np.eye(len(p)))
    return g @ left @ g.T @ (d - b) @ p.T @ right @ new + b


def test_linear_with_measured_targets_equals_the_published_formula_on_principal_components(drawn: Drawn) -> None:
    data = drawn(measured=8)
    split = doubles(data)[0]
    y = data.profiles[list(split.train)].T
    g = PCA(10, svd_solver="full").fit_transform(y)
    row = dict(zip(data.genes, g, strict=True))
    fitted = [place for place in split.train if set(data.conditions[place]) <= set(row)]
    p = np.array([sum(row[gene] for gene in data.conditions[place]) for place in fitted]).T
    new = np.array([sum(row[gene] for gene in data.conditions[place]) for place in split.test]).T
    d = data.profiles[fitted].T - data.control[:, None]
    expected = _direct(d, g, p, new) + data.control[:, None]
    np.testing.assert_allclose(predict(Linear(), data, split).profiles, expected.T, rtol=0, atol=1e-8)


def test_linear_without_measured_targets_stands_them_by_their_own_change_in_train(drawn: Drawn) -> None:
    data = drawn()
    split = doubles(data)[0]
    y = data.profiles[list(split.train)].T
    basis = np.linalg.svd(y - y.mean(axis=0))[0][:, :10]
    alone = {
        data.conditions[place][0]: basis.T @ data.changes[place]
        for place in split.train
        if len(data.conditions[place]) == 1
    }
    fitted = [place for place in split.train if set(data.conditions[place]) <= set(alone)]
    p = np.array([sum(alone[gene] for gene in data.conditions[place]) for place in fitted]).T
    new = np.array([sum(alone[gene] for gene in data.conditions[place]) for place in split.test]).T
    g = PCA(10, svd_solver="full").fit_transform(y)
    expected = _direct(data.changes[fitted].T, g, p, new) + data.control[:, None]
    found = predict(Linear(), data, split)
    np.testing.assert_allclose(found.profiles, expected.T, rtol=0, atol=1e-8)
    assert "stands by the change of its own condition" in found.notes[0]


def test_a_wide_embedding_is_reduced_to_the_principal_components_of_the_genes_it_shares(drawn: Drawn) -> None:
    data = drawn()
    split, embedding = doubles(data)[0], _file(data)["file"]
    matched = embedding.vectors[[embedding.genes.index(gene) for gene in sorted(data.genes)]]
    reduced = GeneEmbedding(genes=tuple(sorted(data.genes)), vectors=PCA(10, svd_solver="full").fit_transform(matched))
    one = predict(Linear(genes="file"), data, split, {"file": embedding})
    other = predict(Linear(genes="file"), data, split, {"file": reduced})
    np.testing.assert_allclose(one.profiles, other.profiles, atol=1e-10)


def test_a_gene_without_a_vector_gets_the_mean_change_and_the_reader_is_told(drawn: Drawn) -> None:
    data = drawn()
    split, embedding = doubles(data)[0], _file(data, width=3)["file"]
    kept = [place for place, gene in enumerate(embedding.genes) if gene not in {"G00", "G01"}]
    short = GeneEmbedding(genes=tuple(embedding.genes[place] for place in kept), vectors=embedding.vectors[kept])
    found = predict(Linear(genes="file", perturbations="random"), data, split, {"file": short})
    mean = data.profiles[list(split.train)].mean(axis=0)
    np.testing.assert_allclose(found.profiles[:, :2], np.tile(mean[:2], (len(split.test), 1)), atol=1e-12)
    assert not np.allclose(found.profiles[:, 2], mean[2])
    assert found.notes == ("2 of 30 measured genes are not in the embedding file and get the mean change (G00, G01)",)


def test_an_embedding_that_knows_part_of_the_targets_predicts_those_and_names_the_others(drawn: Drawn) -> None:
    data = drawn()
    vectors = GeneEmbedding(genes=("T0", "T1", "T2", "T4"), vectors=np.eye(4))
    split = Split(0, tuple(range(8)), tuple(range(8, 15)))
    split = Split(
        0,
        tuple(place for place, genes in enumerate(data.conditions) if len(genes) == 1),
        tuple(place for place, genes in enumerate(data.conditions) if len(genes) == 2),
    )
    found = predict(Linear(perturbations="part"), data, split, {"part": vectors})
    names = [data.names[place] for place in split.test]
    predicted = [name for name, reason in zip(names, found.reasons, strict=True) if reason is None]
    assert predicted == ["T0+T1", "T0+T2"]
    assert found.reasons[names.index("T4+T5")] == "T5 is not in the embedding part"
    assert found.notes == ("fitted to those perturbations in train all of whose genes are in the embedding part",)


@pytest.mark.parametrize(
    ("system", "genes", "reason"),
    [
        (Linear(genes="file"), ("elsewhere", "other"), "none of 30 measured genes is in the embedding file"),
        (Linear(perturbations="file"), ("T0", "other"), "of 1 of 11 perturbations in train all genes are in"),
    ],
    ids=["no measured gene", "one perturbed gene"],
)
def test_an_embedding_that_knows_too_little_gives_a_reason_for_everything(
    drawn: Drawn, system: Linear, genes: tuple[str, ...], reason: str
) -> None:
    data = drawn()
    embedding = GeneEmbedding(genes=genes, vectors=np.eye(2))
    found = predict(system, data, doubles(data)[0], {"file": embedding})
    assert all(one is not None and one.startswith(reason) for one in found.reasons)
    assert np.isnan(found.profiles).all()


def test_an_embedding_that_was_not_given_is_named(drawn: Drawn) -> None:
    data = drawn()
    with pytest.raises(SpecError, match="no gene embedding 'scgpt' here: those given are file"):
        predict(Linear(genes="scgpt"), data, doubles(data)[0], _file(data))


def test_a_system_says_what_it_is_and_what_it_needs() -> None:
    named = {system.name: (system.role, system.needs) for system in EVERY}
    assert named == {
        "no-change": (Role.BASELINE, ()),
        "perturbation-mean": (Role.BASELINE, ()),
        "additive": (Role.BASELINE, ()),
        "linear": (Role.BASELINE, ()),
        "linear-g-random": (Role.CONTROL, ()),
        "linear-p-random": (Role.CONTROL, ()),
        "linear-g-file": (Role.MODEL, ("file",)),
        "linear-p-file": (Role.MODEL, ("file",)),
        "linear-g-file-p-file": (Role.MODEL, ("file",)),
    }
    assert Linear(perturbations="random-scgpt").role is Role.CONTROL


def test_what_is_drawn_follows_the_seed(drawn: Drawn) -> None:
    data = drawn()
    split = doubles(data)[0]
    first, again, other = (predict(Linear(genes="random", seed=seed), data, split).profiles for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
