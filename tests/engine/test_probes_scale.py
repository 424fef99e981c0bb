"""Standardisation of all rows and of what each fold is fitted on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.preprocessing import StandardScaler

from engine.probes import inputs
from engine.probes.scale import Scale, fold_scales
from tests.engine.probe_inputs import blobs


def test_scale_is_that_of_a_standard_scaler() -> None:
    features = blobs(200, 8).features
    known, scale = StandardScaler().fit(features.astype(np.float64)), Scale.of(features)
    assert scale.mean == pytest.approx(known.mean_, rel=1e-12)
    assert scale.factor == pytest.approx(1 / known.scale_, rel=1e-9)


def test_each_fold_is_scaled_by_the_rows_it_is_fitted_on() -> None:
    features = blobs(90, 6).features.astype(np.float64)
    held_out = np.arange(90, dtype=np.int8) % 3
    *folds, whole = fold_scales(features, held_out)
    for number, scale in enumerate(folds):
        known = StandardScaler().fit(features[held_out != number])
        assert scale.mean == pytest.approx(known.mean_, rel=1e-12)
        assert scale.factor == pytest.approx(1 / known.scale_, rel=1e-9)
    assert whole.mean == pytest.approx(features.mean(0), rel=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_a_column_constant_in_what_a_fold_is_fitted_on_is_dropped_there_only(value: float) -> None:
    features = np.random.default_rng(0).normal(size=(60, 2))
    held_out = np.arange(60, dtype=np.int8) % 3
    features[held_out != 1, 0] = value
    for kind in (features, csr_array(features)):
        *folds, whole = fold_scales(kind, held_out)
        assert [scale.factor[0] > 0 for scale in folds] == [True, False, True]
        assert whole.factor[0] > 0


def test_sparse_and_dense_features_have_the_same_scale() -> None:
    counts = np.random.default_rng(1).poisson(0.4, size=(70, 9)).astype(np.float64)
    held_out = np.arange(70, dtype=np.int8) % 5
    for dense, sparse in zip(fold_scales(counts, held_out), fold_scales(csr_array(counts), held_out), strict=True):
        assert sparse.mean == pytest.approx(dense.mean, rel=1e-12)
        assert sparse.factor == pytest.approx(dense.factor, rel=1e-12)
    assert Scale.of(csr_array(counts)).dense(csr_array(counts), np.float64) == pytest.approx(
        Scale.of(counts).dense(counts, np.float64)
    )


def test_blocks_of_rows_do_not_change_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    features = blobs(200, 8).features
    whole = Scale.of(features)
    monkeypatch.setattr(inputs, "BLOCK", 56)
    assert Scale.of(features).factor == pytest.approx(whole.factor, rel=1e-12)
    assert Scale.of(features).dense(features, np.float64) == pytest.approx(whole.dense(features, np.float64))
