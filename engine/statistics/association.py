"""Size against performance: rank correlation with its interval, and which points lie far off the trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from engine.names import Metric
from engine.statistics import metrics
from engine.statistics.bootstrap import interval, replicates
from engine.statistics.resampling import Resampling


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
    pair = frame["x"].to_numpy(np.float64), frame["y"].to_numpy(np.float64)
    rho = metrics.spearman(*pair)
    bounds = interval(replicates(Metric.SPEARMAN, *pair, Resampling("iid", draws, seed)))
    if rho is None or bounds is None:
        return None
    return Correlation(rho, *bounds, len(frame), draws)


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
