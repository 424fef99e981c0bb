"""Nearest neighbours behind the interface of every probe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import make_scorer, matthews_corrcoef
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.errors import StatisticError
from engine.names import Protocol
from engine.probes.folds import make_folds
from engine.probes.knn import KNN
from tests.engine.probe_inputs import blobs


def test_the_nearest_row_votes_alone_without_folds() -> None:
    features = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 3.0], [4.0, 0.0]])
    fitted = KNN().fit([features], np.array([0, 1, 0, 1]), classes=2, folds=None)
    assert (fitted.neighbours, fitted.distance) == (1, "cosine")
    assert fitted.predict(np.array([[0.1, 2.9], [3.8, 0.0]])).tolist() == [0, 1]
    assert fitted.probabilities(np.array([[0.1, 2.9]])).tolist() == [[1, 0]]


@pytest.mark.parametrize("classes", [2, 3])
def test_the_choice_is_the_best_of_two_grid_searches(classes: int) -> None:
    train = blobs(400, 6, classes=classes)
    folds = make_folds(train.labels)
    assert folds is not None
    fitted = KNN().fit([train.features], train.labels, classes=classes, folds=folds)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="brute")),
        {
            "kneighborsclassifier__n_neighbors": [1, 3, 5, 11, 21, 51],
            "kneighborsclassifier__metric": ["cosine", "euclidean"],
        },
        scoring=make_scorer(matthews_corrcoef),
        cv=PredefinedSplit(folds.held_out),
    ).fit(train.features.astype(np.float64), train.labels)
    assert fitted.choice.inner_score == pytest.approx(search.best_score_, abs=1e-6)
    assert fitted.neighbours == search.best_params_["kneighborsclassifier__n_neighbors"]
    assert fitted.distance == search.best_params_["kneighborsclassifier__metric"]
    assert np.array_equal(fitted.predict(train.features), search.predict(train.features.astype(np.float64)))
    assert fitted.probabilities(train.features).sum(1) == pytest.approx(1)


def test_sparse_features_have_the_same_neighbours() -> None:
    counts = np.random.default_rng(0).poisson(1.0, size=(120, 7)).astype(np.float64)
    labels = (counts[:, 0] > 1).astype(np.int64)
    one, other = (
        KNN().fit([kind], labels, classes=2, folds=make_folds(labels)) for kind in (counts, csr_array(counts))
    )
    assert one.choice == other.choice
    assert np.array_equal(one.predict(counts), other.predict(csr_array(counts)))


def test_fewer_rows_than_neighbours_leave_the_larger_numbers_out() -> None:
    train = blobs(20, 4)
    folds = make_folds(train.labels)
    fitted = KNN().fit([train.features], train.labels, classes=2, folds=folds)
    assert fitted.neighbours <= 16
    assert fitted.choice.fold_hash == (folds.hash if folds else None)


def test_the_better_candidate_is_taken() -> None:
    train = blobs(300, 6)
    noise = np.random.default_rng(5).normal(size=(300, 6))
    fitted = KNN().fit([noise, train.features], train.labels, classes=2, folds=make_folds(train.labels))
    assert fitted.choice.candidate == 1


def test_several_candidates_without_folds_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="2 candidates need inner folds"):
        KNN().fit([train.features] * 2, train.labels, classes=2, folds=None)
    assert KNN().name is Protocol.KNN
