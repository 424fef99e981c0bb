"""A small network behind the interface of every probe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import matthews_corrcoef

from engine.errors import StatisticError
from engine.names import Protocol
from engine.probes.fair_v1 import FairV1
from engine.probes.folds import make_folds
from engine.probes.mlp import MLP, PENALTIES, WIDTHS
from tests.engine.probe_inputs import blobs


def test_it_learns_what_no_linear_probe_can() -> None:
    features = np.random.default_rng(0).uniform(-1, 1, size=(600, 2))
    labels = (features.prod(1) > 0).astype(np.int64)
    train, test = slice(400), slice(400, None)
    folds = make_folds(labels[train])
    scores = [
        matthews_corrcoef(
            labels[test],
            probe.fit([features[train]], labels[train], classes=2, folds=folds).predict(features[test]),
        )
        for probe in (MLP(), FairV1())
    ]
    assert scores[0] > 0.6
    assert scores[1] < 0.2


def test_the_same_input_gives_the_same_network() -> None:
    train = blobs(120, 4, classes=3)
    folds = make_folds(train.labels)
    one, other = (MLP().fit([train.features], train.labels, classes=3, folds=folds) for _ in range(2))
    assert one.choice == other.choice
    assert (one.width, one.penalty) == (other.width, other.penalty)
    assert np.array_equal(one.probabilities(train.features), other.probabilities(train.features))
    assert one.probabilities(train.features).sum(1) == pytest.approx(1, abs=1e-12)
    assert one.choice.fold_hash == (folds.hash if folds else None)


def test_without_folds_the_first_width_and_penalty_are_taken() -> None:
    train = blobs(100, 4)
    rows = np.array([np.flatnonzero(train.labels == number)[0] for number in (0, 1)])
    fitted = MLP().fit([csr_array(train.features[rows])], train.labels[rows], classes=3, folds=None)
    assert (fitted.width, fitted.penalty, fitted.choice.inner_score) == (WIDTHS[0], PENALTIES[0], None)
    assert not fitted.probabilities(train.features)[:, 2].any()
    assert MLP().name is Protocol.MLP


def test_several_candidates_without_folds_are_refused() -> None:
    train = blobs(100, 4)
    with pytest.raises(StatisticError, match="2 candidates need inner folds"):
        MLP().fit([train.features] * 2, train.labels, classes=2, folds=None)
