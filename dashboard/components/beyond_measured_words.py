"""Sentences on what was measured on a single-cell task, read off the rows that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.single_cells import why_not
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, capital, count, difference, in_words, interval, three

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEW = 20
"""Items under which an interval is itself unreliable."""


def title(rows: pd.DataFrame) -> str:
    """How many systems are surely above the baseline to beat, by paired intervals; controls are no rivals."""
    first, rivals = rows.iloc[0], _rivals(rows)
    sure = rivals[rivals["delta_low"] > 0]
    if len(rivals) == 1:
        return f"{first['task']}: {rivals['name'].iloc[0]} is {'' if len(sure) else 'not '}surely above {first['name']}"
    told = f"{first['task']}: {in_words(len(sure)) if len(sure) else 'none'} of {count(len(rivals), 'other system')}"
    return f"{told} {'are' if len(sure) > 1 else 'is'} surely above {first['name']}"


def numbers(rows: pd.DataFrame) -> str:
    """The baseline's value, the highest other's with its paired difference, and how many items stand behind it."""
    first, rivals = rows.iloc[0], _rivals(rows)
    metric, n = METRICS[first["metric"]].name, count(first["n"], SUITES[first["suite"]].noun)
    few = ", too few for intervals to be relied on" if first["n"] < _FEW else ""
    told = [f"{first['name']} has {metric} {_with_bounds(first)}, on {n}{few}."]
    if len(rivals):
        top = rivals.loc[rivals["value"].idxmax()]
        told.append(
            f"The highest beside it is {top['name']}{_own(first, top)}, {difference(top['delta'])} "
            f"({interval(top['delta_low'], top['delta_high'])}) on the same {SUITES[first['suite']].noun}s."
        )
    models = (rows["role"] == "model") & rows["value"].notna()
    told.append(
        f"{capital(in_words(int(models.sum())))} models were run." if models.any() else "No model was run here."
    )
    return " ".join(told)


def without(rows: pd.DataFrame) -> str:
    """Who has no value and why, systems of one reason together; empty where everybody has one."""
    missing = rows[rows["value"].isna()]
    why = missing["undefined_reason"].map(why_not)
    told = [f"{_joined(missing.loc[own.index, 'name'])}: {reason}" for reason, own in why.groupby(why, sort=False)]
    return f"Without a value: {'; '.join(told)}." if told else ""


def as_table(rows: pd.DataFrame) -> pd.DataFrame:
    """All systems of a task with words for headings."""
    return pd.DataFrame(
        {
            "System": rows["name"],
            "Role": ["baseline to beat" if row.to_beat else row.role for row in rows.itertuples()],
            "Metric": [METRICS[name].name for name in rows["metric"]],
            "Value": rows["value"],
            "95 % low": rows["ci_low"],
            "95 % high": rows["ci_high"],
            "Difference to the baseline to beat": rows["delta"],
            "Its 95 % low": rows["delta_low"],
            "Its 95 % high": rows["delta_high"],
            "n": rows["n"].astype("Int64"),
            "No value because": rows["undefined_reason"],
        }
    )


def _rivals(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows["to_beat"] & (rows["role"] != "control") & rows["delta"].notna()]


def _with_bounds(row: pd.Series) -> str:
    """A value with its interval; what a relative metric starts from has none."""
    if row["ci_low"] == row["ci_high"]:
        return f"{row['value']:.0f} by definition"
    return f"{three(row['value'])} ({interval(row['ci_low'], row['ci_high'])})"


def _own(first: pd.Series, top: pd.Series) -> str:
    """Its own value, where that is not the difference itself."""
    return "" if first["value"] == 0 else f" with {three(top['value'])}"


def _joined(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
