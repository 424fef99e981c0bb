"""Which models are worth their size."""

from __future__ import annotations

import pandas as pd


def dominators(cost: pd.Series, value: pd.Series) -> pd.DataFrame:
    """For each model, the one that makes it superfluous: no larger, no worse, and better in one of the two.

    Args:
        cost: what is paid, such as parameters; shape (models,).
        value: what is had, higher is better; same index. Rows with a missing cost or value are left out.

    Returns:
        Indexed by model in order of cost: `cost`, `value`, `dominated_by` (the best of the dominators, the
        smaller one where two are equally good; None on the Pareto frontier).
    """
    frame = pd.DataFrame({"cost": cost, "value": value}).dropna()
    frame = frame.sort_values(["cost", "value"], ascending=[True, False], kind="stable")
    best: tuple[str, float, float] | None = None
    found: list[str | None] = []
    for model, row in zip(frame.index, frame.itertuples(), strict=True):
        beaten = best is not None and best[2] >= row.value and not (best[1] == row.cost and best[2] == row.value)
        found.append(best[0] if best is not None and beaten else None)
        if best is None or row.value > best[2]:
            best = (str(model), row.cost, row.value)
    return frame.assign(dominated_by=pd.Series(found, index=frame.index, dtype=object))


def upsets(cost: pd.Series, value: pd.Series, factor: float) -> list[tuple[str, str]]:
    """Pairs (small, large) in which a model of at most 1/factor of the size has the higher value."""
    frame = pd.DataFrame({"cost": cost, "value": value}).dropna()
    return [
        (str(small), str(large))
        for small, s in zip(frame.index, frame.itertuples(), strict=True)
        for large, big in zip(frame.index, frame.itertuples(), strict=True)
        if s.cost * factor <= big.cost and s.value > big.value
    ]
