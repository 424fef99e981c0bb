"""Size against performance: rank correlation with its interval, and which points lie far off the trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata, theilslopes

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rho with a 95 % percentile bootstrap interval over models."""

    rho: float
    ci_low: float
    ci_high: float
    n: int
    draws: int


def spearman(x: pd.Series, y: pd.Series, *, draws: int = 2000, seed: int = 0) -> Correlation | None:
    """Spearman's rho of two series, models resampled with replacement.

    Draws in which a variable is constant have no rho and are left out. Fewer than four complete pairs, or a
    constant variable, give None: there is nothing to correlate.
    """
    frame = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(frame) < 4 or frame["x"].nunique() < 2 or frame["y"].nunique() < 2:
        return None
    values = frame.to_numpy(dtype=np.float64)
    index = np.random.default_rng(seed).integers(0, len(frame), (draws, len(frame)))
    replicates = _rho(values[index, 0], values[index, 1])
    low, high = np.nanpercentile(replicates, [2.5, 97.5])
    return Correlation(
        float(_rho(values[None, :, 0], values[None, :, 1])[0]), float(low), float(high), len(frame), draws
    )


def _rho(x: _Array, y: _Array) -> _Array:
    """Row-wise Spearman's rho: Pearson's r of average ranks; shape (rows, n) -> (rows,), NaN where constant."""
    rx, ry = rankdata(x, axis=1), rankdata(y, axis=1)
    rx, ry = rx - rx.mean(axis=1, keepdims=True), ry - ry.mean(axis=1, keepdims=True)
    scale = np.sqrt((rx**2).sum(axis=1) * (ry**2).sum(axis=1))
    rho: _Array = np.divide((rx * ry).sum(axis=1), scale, out=np.full(len(x), np.nan), where=scale > 0)
    return rho


def trend_outliers(x: pd.Series, y: pd.Series, *, cut: float = 3.0) -> list[str]:
    """Names whose residual from the Theil-Sen line exceeds `cut` robust standard deviations (1.4826 MAD).

    The rule looks at no name and no direction; with fewer than eight points, or no spread, nobody is an outlier.
    """
    frame = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(frame) < 8 or frame["x"].nunique() < 2:
        return []
    slope, intercept, *_ = theilslopes(frame["y"], frame["x"])
    residual = frame["y"] - (slope * frame["x"] + intercept)
    deviation = (residual - residual.median()).abs()
    spread = 1.4826 * float(deviation.median())
    # A spread of rounding errors is no spread.
    floor = 1e-9 * max(1.0, float(frame["y"].abs().max()))
    return [str(name) for name in frame.index[deviation > cut * spread]] if spread > floor else []
