"""fair-v1 against a grid search of scikit-learn's, and in the cases in which the published probe fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, matthews_corrcoef
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.errors import StatisticError
from engine.names import Protocol
from engine.probes.fair_v1 import FairV1
from engine.probes.folds import Folds, make_folds
from engine.probes.geneb_exact import GenebExact
from engine.probes.matthews import mcc
from engine.probes.scale import Scale
from tests.engine.probe_inputs import Part, blobs, four_mers

if TYPE_CHECKING:
    from pathlib import Path

GRID = {"logisticregression__C": np.logspace(-4, 2, 7), "logisticregression__class_weight": [None, "balanced"]}


def _folds(labels: Any) -> Folds:
    folds = make_folds(labels)
    assert folds is not None
    return folds


def _searched(train: Part, folds: Folds) -> Any:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    search = GridSearchCV(pipeline, GRID, scoring=make_scorer(matthews_corrcoef), cv=PredefinedSplit(folds.held_out))
    return search.fit(train.features.astype(np.float64), train.labels)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_choice_is_that_of_a_grid_search(classes: int) -> None:
    train, test = blobs(400, 8, classes=classes), blobs(300, 8, classes=classes)
    folds = _folds(train.labels)
    fitted = FairV1().fit([train.features], train.labels, classes=classes, folds=folds)
    known = _searched(train, folds)
    assert fitted.choice.c == pytest.approx(known.best_params_["logisticregression__C"])
    assert fitted.choice.class_weight == known.best_params_["logisticregression__class_weight"]
    assert fitted.choice.inner_score == pytest.approx(known.best_score_, abs=0.005)
    assert np.mean(fitted.predict(test.features) == known.predict(test.features)) > 0.99
    assert fitted.probabilities(test.features) == pytest.approx(known.predict_proba(test.features), abs=0.01)


def test_the_choice_on_a_real_task_is_that_of_a_grid_search(mirror: Path) -> None:
    train, test = four_mers(mirror, "leannmlindsey_GUE_mouse_3")
    folds = _folds(train.labels)
    fitted = FairV1().fit([train.features], train.labels, classes=2, folds=folds)
    known = _searched(train, folds)
    assert fitted.choice.c == pytest.approx(known.best_params_["logisticregression__C"])
    assert fitted.choice.class_weight == known.best_params_["logisticregression__class_weight"]
    assert fitted.choice.fold_hash == folds.hash
    assert fitted.choice.converged
    assert np.array_equal(fitted.predict(test.features), known.predict(test.features))


def test_four_mer_frequencies_collapse_raw_but_not_standardised() -> None:
    # Compositions that differ by class, in frequencies whose standard deviation is about 0.005 (protocols A.2).
    rng = np.random.default_rng(0)
    labels = (rng.random(1200) < 0.28).astype(np.int64)
    composition = rng.dirichlet(np.full(256, 50), size=2)
    counts = np.stack([rng.multinomial(500, composition[label]) for label in labels])
    features = (counts / 500).astype(np.float32)
    assert features.std(0).mean() < 0.005
    train, test = slice(900), slice(900, None)
    raw = GenebExact().fit([features[train]], labels[train], classes=2)
    fair = FairV1().fit([features[train]], labels[train], classes=2, folds=_folds(labels[train]))
    assert set(raw.predict(features[test])) == {0}
    assert matthews_corrcoef(labels[test], fair.predict(features[test])) > 0.5


def test_sparse_dense_and_memory_mapped_features_give_the_same_probe(tmp_path: Path) -> None:
    counts = np.random.default_rng(2).poisson(0.5, size=(400, 30))
    labels = (counts[:, :6].sum(1) + np.random.default_rng(3).normal(size=400) > 3).astype(np.int64)
    np.save(tmp_path / "counts.npy", counts.astype(np.float32))
    kinds = [
        counts.astype(np.float64),
        np.load(tmp_path / "counts.npy", mmap_mode="r"),
        csr_array(counts.astype(np.float64)),
        csr_array(counts.astype(np.float32)),
        csr_array(counts),
    ]
    one, *others = (FairV1().fit([kind], labels, classes=2, folds=_folds(labels)) for kind in kinds)
    for other in others:
        assert (other.choice.c, other.choice.class_weight) == (one.choice.c, one.choice.class_weight)
        assert other.weights == pytest.approx(one.weights, abs=1e-3)
        assert np.array_equal(other.predict(kinds[2]), one.predict(kinds[0]))


def test_scale_and_offset_of_columns_do_not_matter() -> None:
    train = blobs(300, 6)
    moved = train.features.astype(np.float64) * np.geomspace(1e-3, 1e3, 6) + 100
    one, other = (
        FairV1().fit([some], train.labels, classes=2, folds=_folds(train.labels)) for some in (train.features, moved)
    )
    assert other.choice.c == one.choice.c
    assert np.array_equal(one.predict(train.features), other.predict(moved))


def test_the_better_candidate_is_taken_and_of_equals_the_first() -> None:
    train = blobs(300, 6)
    noise = np.random.default_rng(5).normal(size=(300, 6))
    folds = _folds(train.labels)
    for candidates, expected in (([noise, train.features, train.features], 1), ([train.features, noise], 0)):
        fitted = FairV1().fit(candidates, train.labels, classes=2, folds=folds)
        assert fitted.choice.candidate == expected
        alone = FairV1().fit([train.features], train.labels, classes=2, folds=folds)
        assert np.array_equal(fitted.predict(train.features), alone.predict(train.features))


@pytest.mark.parametrize(("ones", "expected"), [(20, 0), (40, 1), (30, 0)])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_features_that_do_not_vary_predict_the_larger_class_and_the_lower_on_a_tie(
    ones: int, expected: int, kind: Any
) -> None:
    labels = np.array([0] * (60 - ones) + [1] * ones)
    features = kind(np.full((60, 3), 0.1))
    fitted = FairV1().fit([features], labels, classes=2, folds=_folds(labels))
    assert set(fitted.predict(features)) == {expected}
    assert (fitted.choice.c, fitted.choice.class_weight, fitted.choice.c_at_edge) == (1e-4, None, True)
    assert fitted.choice.inner_score == 0
    assert fitted.probabilities(features)[0, 1] == pytest.approx(ones / 60)


def test_without_folds_c_is_one_and_nothing_is_chosen() -> None:
    train = blobs(2000, 6)
    rows = np.array([np.flatnonzero(train.labels == number)[0] for number in (0, 1)])
    pool = Scale.of(train.features)
    fitted = FairV1(scales=[pool]).fit([train.features[rows]], train.labels[rows], classes=2, folds=None)
    known = LogisticRegression(tol=1e-8).fit(pool.dense(train.features[rows], np.float64), train.labels[rows])
    assert (fitted.choice.c, fitted.choice.class_weight, fitted.choice.inner_score) == (1.0, None, None)
    assert fitted.choice.fold_hash is None
    assert fitted.weights[:, 0] / pool.factor == pytest.approx(known.coef_[0], abs=1e-3)


def test_few_shot_takes_the_scale_of_the_pool_in_the_inner_folds_too() -> None:
    train = blobs(2000, 6)
    rows = np.concatenate([np.flatnonzero(train.labels == number)[:10] for number in (0, 1)])
    few = Part(train.features[rows], train.labels[rows])
    folds, pool = _folds(few.labels), Scale.of(train.features)
    given_scale = FairV1(scales=[pool]).fit([few.features], few.labels, classes=2, folds=folds)
    scaled = pool.dense(few.features, np.float64)
    # With its own tolerance scikit-learn stops before the first step matters at C = 1e-4.
    search = GridSearchCV(
        LogisticRegression(max_iter=5000, tol=1e-8),
        {"C": np.logspace(-4, 2, 7), "class_weight": [None, "balanced"]},
        scoring=make_scorer(matthews_corrcoef),
        cv=PredefinedSplit(folds.held_out),
    ).fit(scaled, few.labels)
    assert given_scale.choice.c == pytest.approx(search.best_params_["C"])
    assert given_scale.choice.inner_score == pytest.approx(search.best_score_)


def test_a_class_absent_from_a_fold_s_train_part_does_not_stop_the_choice() -> None:
    train = blobs(120, 4, classes=3)
    held_out = (np.arange(120) % 3).astype(np.int8)
    held_out[train.labels == 2] = 1
    fitted = FairV1().fit([train.features], train.labels, classes=3, folds=Folds(held_out, "by hand"))
    assert set(fitted.predict(train.features)) <= {0, 1, 2}
    assert fitted.choice.fold_hash == "by hand"


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_mcc_is_scikit_learn_s_and_zero_where_undefined(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    known = 0.0 if len({*truth, *predicted}) == 1 else matthews_corrcoef(truth, predicted)
    assert mcc(truth, predicted, classes=3) == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_a_value_that_is_not_finite_is_named_by_its_row(kind: Any) -> None:
    train = blobs(100, 4)
    features = train.features.copy()
    features[17, 2] = np.inf
    with pytest.raises(StatisticError, match=r"candidate 1 has a value that is not finite in row 17"):
        FairV1().fit([train.features, kind(features)], train.labels, classes=2, folds=_folds(train.labels))


def test_several_candidates_without_folds_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="2 candidates need inner folds"):
        FairV1().fit([train.features] * 2, train.labels, classes=2, folds=None)


def test_other_numbers_of_rows_or_scales_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="99 rows for 100 labels"):
        FairV1().fit([train.features[:99]], train.labels, classes=2, folds=None)
    with pytest.raises(StatisticError, match="2 scales for 1 candidates"):
        FairV1(scales=[Scale.of(train.features)] * 2).fit([train.features], train.labels, classes=2, folds=None)
    with pytest.raises(StatisticError, match="no candidate"):
        FairV1().fit([], train.labels, classes=2, folds=None)
    assert FairV1().name is Protocol.FAIR_V1
