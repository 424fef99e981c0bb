"""The three tasks on the cells of Norman 2019, with McFaline-Figueroa 2023 as the other data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA

from engine.names import Metric
from engine.singlecell.contract import Pseudobulk
from engine.singlecell.perturbation import embeddings, splits
from engine.singlecell.perturbation.evaluate import evaluate
from engine.singlecell.perturbation.parts import most_expressed
from engine.singlecell.perturbation.predictions import predict, predict_all
from engine.singlecell.perturbation.systems import BASELINES, CONTROLS, Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from engine.singlecell.contract import GeneEmbedding, Outcome

OTHER, TWIN = "mcfaline23", "random-mcfaline23"
SYSTEMS = (*BASELINES, *CONTROLS, Linear(genes="genes"), Linear(perturbations=OTHER), Linear(perturbations=TWIN))
CONDITIONS = 33


@pytest.fixture(scope="module")
def read(mirror: Path) -> Callable[[str], Pseudobulk]:
    """Means per condition, from the arrays of the file with numpy alone."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(mirror / "singlecell" / "perturbench_devel.h5ad") as file:
        x, obs = file["X"], file["obs"]
        logs = csr_array((x["data"][:], x["indices"][:], x["indptr"][:]), shape=tuple(x.attrs["shape"])).toarray()
        genes = tuple(file["var/gene_symbol"].asstr()[:])
        sets, written = (obs[name]["categories"].asstr()[:][obs[name]["codes"][:]] for name in ("dataset", "condition"))
    names = np.array(["+".join(sorted(name.split("+"))) for name in written])

    def pseudobulk(data_set: str) -> Pseudobulk:
        own = sets == data_set
        conditions = sorted(tuple(name.split("+")) for name in set(names[own]) - {"control"})
        rows = [own & (names == "+".join(perturbed)) for perturbed in conditions]
        return most_expressed(
            Pseudobulk(
                genes=genes,
                control=logs[own & (names == "control")].mean(axis=0),
                conditions=tuple(conditions),
                profiles=np.array([logs[row].mean(axis=0) for row in rows]),
                cells=np.array([row.sum() for row in rows]),
            )
        )

    return pseudobulk


@pytest.fixture(scope="module")
def norman(read: Callable[[str], Pseudobulk]) -> Pseudobulk:
    return read("norman19")


@pytest.fixture(scope="module")
def given(read: Callable[[str], Pseudobulk]) -> Mapping[str, GeneEmbedding]:
    other = read("mcfaline23")
    perturbed = embeddings.of_perturbations(other)
    return {"genes": embeddings.of_genes(other), OTHER: perturbed, TWIN: embeddings.random_like(perturbed)}


def _outcomes(
    data: Pseudobulk,
    made: Sequence[splits.Split],
    given: Mapping[str, GeneEmbedding],
    *,
    reference: str,
    over_mean: bool = False,
) -> dict[str, Outcome]:
    found = {system.name: predict_all(system, data, made, embeddings=given) for system in SYSTEMS}
    outcomes = evaluate(found, data, made, reference=reference, over_mean=over_mean)
    for name, outcome in outcomes.items():
        values = {
            str(metric): one.value if one.reason is None else one.reason for metric, one in outcome.values.items()
        }
        print(name, values)  # noqa: T201 - what each system gets, for who runs this with -s
    return outcomes


def _value(outcome: Outcome, metric: Metric) -> float:
    value = outcome.values[metric].value
    assert value is not None
    return value


def test_the_tasks_have_the_perturbations_they_are_named_for(
    norman: Pseudobulk, given: Mapping[str, GeneEmbedding]
) -> None:
    assert len(norman.conditions) == CONDITIONS
    known, new = splits.doubles(norman), splits.doubles_new(norman)
    assert splits.items(norman, known) == (
        "KLF1+MAP2K6", "KLF1+TGFBR2", "MAP2K3+MAP2K6", "MAP2K3+SLC38A2", "MAPK1+TGFBR2",
    )  # fmt: skip
    assert len(splits.items(norman, new)) == 10
    singles = splits.singles(norman, shared=given[OTHER].genes)
    assert set(splits.items(norman, singles)) == set(given[OTHER].genes)
    assert [len(made) for made in (known, new, singles)] == [5, 5, 5]


def test_doubles_with_both_singles_are_predicted_far_better_by_adding_than_by_the_mean(
    norman: Pseudobulk, given: Mapping[str, GeneEmbedding]
) -> None:
    outcomes = _outcomes(norman, splits.doubles(norman), given, reference="additive", over_mean=True)
    assert _value(outcomes["additive"], Metric.L2_SKILL) == 0
    assert _value(outcomes["additive"], Metric.L2_SKILL_OVER_MEAN) > 0.5
    assert _value(outcomes["additive"], Metric.PEARSON_DELTA) > 0.7
    assert _value(outcomes["linear"], Metric.L2_SKILL_OVER_MEAN) > 0.5
    for name in ("no-change", "perturbation-mean", "linear-g-random", "linear-p-random"):
        assert _value(outcomes[name], Metric.L2_SKILL) < -1
    partly = outcomes[f"linear-p-{OTHER}"].values[Metric.L2_SKILL]
    assert partly.reason == "predicts 2 of 5 perturbations: a value over a part is another quantity"
    assert "5 perturbations, fewer than 20" in str(outcomes["linear"].values[Metric.L2_SKILL].method)


def test_doubles_that_lack_a_single_leave_additive_without_a_value(
    norman: Pseudobulk, given: Mapping[str, GeneEmbedding]
) -> None:
    outcomes = _outcomes(norman, splits.doubles_new(norman), given, reference="perturbation-mean")
    reason = "has a value for none of 10 perturbations: BPGM and SAMD1 are not perturbed alone in train"
    assert outcomes["additive"].values[Metric.L2_SKILL].reason == reason
    assert outcomes["linear"].values[Metric.L2_SKILL].reason == reason
    assert _value(outcomes["perturbation-mean"], Metric.L2_SKILL) == 0
    assert _value(outcomes["no-change"], Metric.L2_SKILL) < 0


def test_singles_that_are_new_need_vectors_from_elsewhere(
    norman: Pseudobulk, given: Mapping[str, GeneEmbedding]
) -> None:
    made = splits.singles(norman, shared=given[OTHER].genes)
    outcomes = _outcomes(norman, made, given, reference="perturbation-mean")
    assert outcomes["linear"].values[Metric.L2].value is None
    elsewhere = _value(outcomes[f"linear-p-{OTHER}"], Metric.L2)
    assert elsewhere < _value(outcomes["linear-p-random"], Metric.L2)
    assert elsewhere < _value(outcomes[f"linear-p-{TWIN}"], Metric.L2)
    # Effects are small: nothing that is measured here beats predicting none.
    assert all(
        one.values[Metric.L2].value is None or _value(one, Metric.L2) >= _value(outcomes["no-change"], Metric.L2)
        for one in outcomes.values()
    )


@pytest.mark.parametrize("seed", range(5))
def test_linear_on_the_real_profiles_equals_the_closed_form_evaluated_directly(norman: Pseudobulk, seed: int) -> None:
    split = splits.doubles(norman)[seed]
    y = norman.profiles[list(split.train)].T
    g = PCA(10, svd_solver="full").fit_transform(y)
    basis = g / np.linalg.norm(g, axis=0)
    alone = {genes[0]: place for place, genes in enumerate(norman.conditions) if len(genes) == 1}
    fitted = [place for place in split.train if all(gene in alone for gene in norman.conditions[place])]

    def p(places: Sequence[int]) -> np.ndarray:
        own = [[basis.T @ norman.changes[alone[gene]] for gene in norman.conditions[place]] for place in places]
        return np.array([np.sum(one, axis=0) for one in own]).T

    d, train = norman.changes[fitted].T, p(fitted)
    b = d.mean(axis=1, keepdims=True)
    left, right = (np.linalg.inv(gram + 0.1 * np.eye(10)) for gram in (g.T @ g, train @ train.T))
    expected = g @ (left @ g.T @ (d - b) @ train.T @ right) @ p(split.test) + b + norman.control[:, None]
    np.testing.assert_allclose(predict(Linear(), norman, split).profiles, expected.T, rtol=0, atol=1e-8)
