"""The published harness's probe, against scikit-learn's and on real tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from engine.errors import StatisticError
from engine.names import Protocol
from engine.probes.few_shot import GENEB_SEEDS, geneb_draw
from engine.probes.geneb_exact import GenebExact
from tests.engine.probe_inputs import blobs, four_mers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("task", "expected"), [("leannmlindsey_GUE_mouse_0", 0.437), ("iDNA_ABF_5mC", 0.280)])
def test_four_mer_frequencies_reach_the_known_mcc(mirror: Path, task: str, expected: float) -> None:
    train, test = four_mers(mirror, task)
    fitted = GenebExact().fit([train.features], train.labels, classes=2)
    found = matthews_corrcoef(test.labels, fitted.predict(test.features))
    known = LogisticRegression(max_iter=1000).fit(train.features, train.labels).predict(test.features)
    assert found == pytest.approx(expected, abs=0.002)
    assert found == pytest.approx(matthews_corrcoef(test.labels, known), abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_weights_are_scikit_learn_s_where_the_solver_needs_many_steps(dtype: type, classes: int, kind: type) -> None:
    train = blobs(400, 12, classes=classes, spread=5)
    features = kind(train.features.astype(dtype))
    known = LogisticRegression(max_iter=1000).fit(features, train.labels)
    fitted = GenebExact().fit([features], train.labels, classes=classes)
    assert known.n_iter_[0] > 20
    np.testing.assert_allclose(fitted.weights.T, known.coef_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fitted.intercept, known.intercept_, rtol=1e-5, atol=1e-7)
    assert np.array_equal(fitted.predict(features), known.predict(features))
    assert fitted.probabilities(features) == pytest.approx(known.predict_proba(features), abs=1e-6)


def test_a_harness_seed_changes_nothing_in_the_full_regime() -> None:
    train = blobs(200, 6, spread=5)
    fits = [LogisticRegression(max_iter=1000, random_state=seed).fit(*train).coef_ for seed in GENEB_SEEDS]
    assert all(np.array_equal(fits[0], other) for other in fits)
    assert GenebExact().fit([train.features], train.labels, classes=2).weights[:, 0] == pytest.approx(fits[0][0])


def test_few_shot_fits_are_scikit_learn_s() -> None:
    train = blobs(300, 6, classes=3, spread=5)
    for k, seed in ((1, 13), (10, 997)):
        rows = geneb_draw(train.labels, k, seed)
        known = LogisticRegression(max_iter=1000).fit(train.features[rows], train.labels[rows])
        fitted = GenebExact().fit([train.features[rows]], train.labels[rows], classes=3)
        assert np.array_equal(fitted.predict(train.features), known.predict(train.features))


def test_a_memory_mapped_matrix_gives_the_same_weights(tmp_path: Path) -> None:
    train = blobs(200, 6, spread=5)
    np.save(tmp_path / "features.npy", train.features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    one, other = (GenebExact().fit([kind], train.labels, classes=2) for kind in (train.features, mapped))
    assert np.array_equal(one.weights, other.weights)


def test_a_class_absent_from_a_draw_is_never_predicted() -> None:
    train = blobs(200, 6, classes=3)
    kept = train.labels != 1
    fitted = GenebExact().fit([train.features[kept]], train.labels[kept], classes=3)
    assert set(fitted.predict(train.features)) == {0, 2}
    shares = fitted.probabilities(train.features)
    assert shares.shape == (200, 3)
    assert not shares[:, 1].any()
    assert shares.sum(1) == pytest.approx(1)


def test_what_was_not_chosen_is_said_to_be_none() -> None:
    train = blobs(100, 4)
    choice = GenebExact().fit([train.features], train.labels, classes=2).choice
    assert GenebExact().name is Protocol.GENEB_EXACT
    assert (choice.c, choice.class_weight, choice.c_at_edge, choice.inner_score) == (1.0, None, None, None)
    assert choice.converged


def test_a_fit_that_runs_out_of_iterations_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    train = blobs(100, 8)
    monkeypatch.setattr("engine.probes.geneb_exact.MAX_ITERATIONS", 2)
    assert not GenebExact().fit([train.features], train.labels, classes=2).choice.converged


def test_two_candidates_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="2 candidates need inner folds"):
        GenebExact().fit([train.features, train.features], train.labels, classes=2)


def test_labels_of_one_class_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="only class 0"):
        GenebExact().fit([train.features], np.zeros(100, dtype=np.int64), classes=2)
