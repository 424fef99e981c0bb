from __future__ import annotations

import dataclasses
import pickle
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score

from engine.errors import StatisticError
from engine.names import Metric
from engine.singlecell.cells import biology, embeddings
from engine.singlecell.cells.evaluate import Measures, evaluate, measure
from engine.statistics.resampling import Resampling, drawing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.singlecell.contract import Outcome
    from tests.singlecell.cells.conftest import Blood

BIOLOGY = {Metric.AVG_BIO, Metric.NMI, Metric.ARI, Metric.ASW}
BATCH = {Metric.ASW_BATCH, Metric.PCR, Metric.GRAPH_CONNECTIVITY}


@pytest.fixture(scope="module")
def systems(blood: Blood) -> dict[str, NDArray[np.floating]]:
    return {
        "hvg": embeddings.hvg(blood.features),
        "hvg-pca": embeddings.hvg_pca(blood.features),
        "obsm:X_umap": embeddings.stored(blood.obsm, "X_umap", 700),
        "random-projection": embeddings.random_projection(blood.features),
    }


@pytest.fixture(scope="module")
def measured(blood: Blood, systems: dict[str, NDArray[np.floating]]) -> dict[str, Measures]:
    return {name: measure(embedding, blood.labels) for name, embedding in systems.items()}


@pytest.fixture(scope="module")
def outcomes(blood: Blood, measured: dict[str, Measures]) -> dict[str, Outcome]:
    return evaluate(measured, blood.labels)


@pytest.fixture(scope="module")
def integrated(
    blood: Blood, shifted: NDArray[np.float64], halves: NDArray
) -> tuple[dict[str, Measures], dict[str, Outcome]]:
    before = embeddings.hvg_pca(shifted)
    both = {"hvg-pca": before, "harmony": embeddings.harmony(before, halves)}
    found = {name: measure(one, blood.labels, halves, before=before) for name, one in both.items()}
    return found, evaluate(found, blood.labels, halves)


def test_values_on_blood_cells_are_scikit_learns(
    blood: Blood,
    systems: dict[str, NDArray[np.floating]],
    measured: dict[str, Measures],
    outcomes: dict[str, Outcome],
) -> None:
    named = blood.labels.astype(str)
    for name, embedding in systems.items():
        parts = {
            Metric.NMI: normalized_mutual_info_score(named, measured[name].clusters),
            Metric.ARI: adjusted_rand_score(named, measured[name].clusters),
            Metric.ASW: (silhouette_score(embedding, named) + 1) / 2,
        }
        values = outcomes[name].values
        assert set(values) == BIOLOGY
        for metric, expected in parts.items():
            assert values[metric].value == pytest.approx(expected, abs=1e-6)
        assert values[Metric.AVG_BIO].value == pytest.approx(np.mean(list(parts.values())), abs=1e-6)


def test_points_lie_inside_their_intervals_and_every_resample_has_a_value(outcomes: dict[str, Outcome]) -> None:
    for outcome in outcomes.values():
        for replicated in outcome.values.values():
            low, high = np.percentile(replicated.replicates, [2.5, 97.5])
            assert replicated.value is not None
            assert low < replicated.value < high
            assert replicated.replicates.shape == (2000,)
            assert replicated.n == 700


def test_replicates_are_the_metrics_of_the_drawn_cells(
    blood: Blood, measured: dict[str, Measures], outcomes: dict[str, Outcome]
) -> None:
    codes = blood.types.codes
    for name, one in measured.items():
        values = outcomes[name].values
        draws = next(drawing(Resampling("stratified", 2000, 0), 700, strata=codes).chunks)[:20]
        for place, cells in enumerate(draws):
            assert (np.bincount(codes[cells]) == blood.types.sizes).all()
            nmi = normalized_mutual_info_score(codes[cells], one.clusters[cells])
            ari = adjusted_rand_score(codes[cells], one.clusters[cells])
            asw = (one.silhouettes[cells].mean() + 1) / 2
            found = [values[metric].replicates[place] for metric in (Metric.NMI, Metric.ARI, Metric.ASW)]
            assert found == pytest.approx([nmi, ari, asw], abs=1e-9)
            assert values[Metric.AVG_BIO].replicates[place] == pytest.approx((nmi + ari + asw) / 3, abs=1e-9)


def test_systems_share_their_resamples_and_the_seed_draws_them(
    blood: Blood, measured: dict[str, Measures], outcomes: dict[str, Outcome]
) -> None:
    alone = evaluate({"hvg": measured["hvg"], "twin": measured["hvg"]}, blood.labels)
    for metric in BIOLOGY:
        expected = outcomes["hvg"].values[metric].replicates
        assert (alone["hvg"].values[metric].replicates == expected).all()
        assert (alone["twin"].values[metric].replicates == expected).all()
    other = evaluate({"hvg": measured["hvg"]}, blood.labels, draws=50, seed=1)["hvg"].values[Metric.AVG_BIO]
    assert other.replicates.shape == (50,)
    assert (other.replicates != outcomes["hvg"].values[Metric.AVG_BIO].replicates[:50]).any()


def test_the_method_says_what_was_drawn_and_what_was_held(outcomes: dict[str, Outcome]) -> None:
    method = outcomes["hvg"].values[Metric.AVG_BIO].method
    assert method == (
        "percentile bootstrap, 2000 draws, stratified, seed 0, within cell types; "
        "embedding, graph, clusters and silhouettes of cells held fixed"
    )


def test_each_type_has_the_mean_of_its_cells(
    blood: Blood, measured: dict[str, Measures], outcomes: dict[str, Outcome]
) -> None:
    items = outcomes["obsm:X_umap"].items
    assert [item.item_id for item in items] == sorted(set(blood.labels))
    for item in items:
        own = measured["obsm:X_umap"].silhouettes[blood.labels == item.item_id]
        assert item.metric is Metric.ASW
        assert item.n == own.size
        assert item.value == pytest.approx((own.mean() + 1) / 2, abs=1e-12)
    means = [item.value * item.n for item in items if item.value is not None and item.n is not None]
    assert sum(means) / 700 == pytest.approx(outcomes["obsm:X_umap"].values[Metric.ASW].value, abs=1e-9)


def test_components_of_variable_genes_beat_a_random_projection(outcomes: dict[str, Outcome]) -> None:
    components, projection = (outcomes[name].values[Metric.AVG_BIO] for name in ("hvg-pca", "random-projection"))
    assert np.percentile(components.replicates - projection.replicates, 2.5) > 0.05


def test_measures_come_through_pickling_unchanged(blood: Blood, measured: dict[str, Measures]) -> None:
    again = pickle.loads(pickle.dumps(measured["hvg-pca"]))  # noqa: S301 - our own
    first, second = (evaluate({"one": one}, blood.labels, draws=20) for one in (measured["hvg-pca"], again))
    for metric in BIOLOGY:
        assert (first["one"].values[metric].replicates == second["one"].values[metric].replicates).all()


def test_names_of_types_change_no_value(
    blood: Blood, systems: dict[str, NDArray[np.floating]], outcomes: dict[str, Outcome]
) -> None:
    reversed_names = np.array([f"{999 - code}" for code in blood.types.codes])
    renamed = evaluate({"one": measure(systems["hvg-pca"], reversed_names)}, reversed_names, draws=1)["one"]
    for metric in BIOLOGY:
        assert renamed.values[metric].value == pytest.approx(outcomes["hvg-pca"].values[metric].value, abs=1e-9)


def test_an_embedding_of_twice_the_size_has_the_same_values(
    blood: Blood, systems: dict[str, NDArray[np.floating]], measured: dict[str, Measures]
) -> None:
    doubled = measure(2 * systems["hvg-pca"], blood.labels)
    assert (doubled.clusters == measured["hvg-pca"].clusters).all()
    assert doubled.silhouettes == pytest.approx(measured["hvg-pca"].silhouettes, abs=1e-9)


def test_harmony_mixes_batches_better_than_components(
    integrated: tuple[dict[str, Measures], dict[str, Outcome]],
) -> None:
    before, after = (integrated[1][name].values for name in ("hvg-pca", "harmony"))
    assert set(before) == BIOLOGY | BATCH
    for metric in (*BATCH, Metric.NMI):
        assert np.percentile(after[metric].replicates - before[metric].replicates, 2.5) > 0
    assert before[Metric.PCR].value == 0


def test_batch_replicates_are_the_metrics_of_the_drawn_cells(
    blood: Blood, halves: NDArray, integrated: tuple[dict[str, Measures], dict[str, Outcome]]
) -> None:
    one, values, codes = integrated[0]["harmony"], integrated[1]["harmony"].values, blood.types.codes
    assert one.batch_silhouettes is not None
    assert one.connected is not None
    for place, cells in enumerate(next(drawing(Resampling("stratified", 2000, 0), 700, strata=codes).chunks)[:20]):
        own = [cells[codes[cells] == code] for code in range(10)]
        asw = np.mean([1 - np.abs(one.batch_silhouettes[part]).mean() for part in own])
        connected = np.mean([one.connected[part].mean() for part in own])
        shares = [_between(matrix[cells], halves[cells]) for matrix in (one.components, one.before)]
        assert values[Metric.ASW_BATCH].replicates[place] == pytest.approx(asw, abs=1e-9)
        assert values[Metric.GRAPH_CONNECTIVITY].replicates[place] == pytest.approx(connected, abs=1e-9)
        assert values[Metric.PCR].replicates[place] == pytest.approx(max(0, 1 - shares[0] / shares[1]), abs=1e-5)


def _between(scores: NDArray[np.float32] | None, batches: NDArray) -> float:
    assert scores is not None
    middle = scores.mean(axis=0, dtype=np.float64)
    parts = [scores[batches == name] for name in set(batches)]
    between = sum(len(part) * ((part.mean(axis=0, dtype=np.float64) - middle) ** 2).sum() for part in parts)
    return float(between / ((scores - middle) ** 2).sum())


def test_batch_metrics_without_a_value_say_why(blood: Blood, systems: dict[str, NDArray[np.floating]]) -> None:
    of_one = ["one"] * 700
    found = evaluate({"one": measure(systems["obsm:X_umap"], blood.labels, of_one)}, blood.labels, of_one, draws=5)
    reasons = {metric: found["one"].values[metric].reason for metric in BATCH}
    assert reasons[Metric.ASW_BATCH] == reasons[Metric.PCR] == "all 700 cells are of one batch"
    assert found["one"].values[Metric.GRAPH_CONNECTIVITY].value is not None
    by_type = blood.labels
    found = evaluate({"one": measure(systems["obsm:X_umap"], blood.labels, by_type)}, blood.labels, by_type, draws=5)
    assert found["one"].values[Metric.ASW_BATCH].reason == "no cell type has cells of several batches"
    assert found["one"].values[Metric.ASW_BATCH].value is None
    assert found["one"].values[Metric.ASW_BATCH].replicates.size == 0
    assert found["one"].values[Metric.PCR].reason == "there is no embedding before integration to compare with"


def test_batches_that_explained_nothing_before_leave_pcr_undefined(blood: Blood) -> None:
    mirrored = np.repeat(blood.obsm["X_umap"][:100], 2, axis=0)
    labels, batches = np.repeat(blood.labels[:100], 2), np.tile(["x", "y"], 100)
    one = measure(mirrored, labels, batches, before=mirrored)
    found = evaluate({"one": one}, labels, batches, draws=5)["one"].values[Metric.PCR]
    assert found.value is None
    assert found.reason == "batches explain none of the variance before integration"


def test_a_type_with_a_single_cell_counts_as_zero_and_has_no_value_of_its_own(
    blood: Blood, systems: dict[str, NDArray[np.floating]]
) -> None:
    labels = blood.labels.copy()
    labels[17] = "lonely"
    one = measure(systems["obsm:X_umap"], labels)
    outcome = evaluate({"one": one}, labels, draws=20)["one"]
    assert one.silhouettes[17] == 0
    assert outcome.values[Metric.ASW].value == pytest.approx(
        (silhouette_score(systems["obsm:X_umap"], labels.astype(str)) + 1) / 2, abs=1e-6
    )
    assert not np.isnan(outcome.values[Metric.AVG_BIO].replicates).any()
    lonely = next(item for item in outcome.items if item.item_id == "lonely")
    assert (lonely.value, lonely.n, lonely.reason) == (None, 1, "a single cell has no silhouette")


def test_many_cells_have_silhouettes_of_a_sample_and_the_method_says_so(
    blood: Blood, systems: dict[str, NDArray[np.floating]], halves: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(biology, "sample", partial(biology.sample, most=400))
    one = measure(systems["obsm:X_umap"], blood.labels, halves, before=blood.obsm["X_pca"])
    assert one.sampled == np.isfinite(one.silhouettes).sum()
    assert 400 <= one.sampled < 500
    outcome = evaluate({"one": one}, blood.labels, halves, draws=50)["one"]
    method = outcome.values[Metric.ASW].method
    assert method is not None
    assert method.endswith(f"held fixed; silhouettes of a sample of {one.sampled} of 700 cells")
    whole = (silhouette_score(systems["obsm:X_umap"], blood.labels.astype(str)) + 1) / 2
    assert outcome.values[Metric.ASW].value == pytest.approx(whole, abs=0.02)
    for replicated in outcome.values.values():
        assert not np.isnan(replicated.replicates).any()
    assert sum(item.n or 0 for item in outcome.items) == one.sampled


def test_measuring_tells_how_far_it_is(blood: Blood, systems: dict[str, NDArray[np.floating]], halves: NDArray) -> None:
    told: list[tuple[str, int, int]] = []
    measure(systems["hvg-pca"], blood.labels, halves, tell=lambda *what: told.append(what))
    assert list(dict.fromkeys(what for what, _, _ in told)) == [
        "neighbours of cells",
        "clusterings",
        "silhouettes",
        "principal components",
    ]
    assert all(done <= total for _, done, total in told)


def test_evaluating_tells_how_many_resamples_of_all_systems_are_done(
    blood: Blood, measured: dict[str, Measures]
) -> None:
    told: list[tuple[str, int, int]] = []
    evaluate(measured, blood.labels, draws=30, tell=lambda *what: told.append(what))
    assert told == [("resamples", done, 120) for done in (30, 60, 90, 120)]


def test_labels_of_other_cells_than_were_measured_are_refused(
    blood: Blood, measured: dict[str, Measures], halves: NDArray
) -> None:
    with pytest.raises(StatisticError, match="'hvg' was measured on 700 cells, and there are 699 labels"):
        evaluate(measured, blood.labels[:699])
    with pytest.raises(StatisticError, match="'hvg' was measured without batches: measure it again"):
        evaluate(measured, blood.labels, halves)


def test_measures_with_batches_serve_without_them_too(
    blood: Blood, integrated: tuple[dict[str, Measures], dict[str, Outcome]]
) -> None:
    found = evaluate(integrated[0], blood.labels, draws=5)
    assert {metric for outcome in found.values() for metric in outcome.values} == BIOLOGY


def test_measures_are_frozen(measured: dict[str, Measures]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        measured["hvg"].resolution = 1.0
