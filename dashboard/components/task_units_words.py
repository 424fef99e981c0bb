"""Sentences on single perturbations and cell types: each computed from the values that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.charts.unit_dots import unit_rows
from dashboard.charts.unit_map import WORSE, apart_words
from dashboard.text import METRICS, count, listed

if TYPE_CHECKING:
    from dashboard.queries.task_units import Units

NOUNS = {"cells": "cell type"}
"""What a value is the mean of, by suite; a perturbation where nothing is said."""
_RESTS_ON = {"perturbation": "held out in {}", "cells": "{}", "networks": "{}"}
_COUNTED = {"perturbation": "split", "cells": "cell", "networks": "tested gene"}


def noun(suite: str) -> str:
    """'perturbation' or 'cell type'."""
    return NOUNS.get(suite, "perturbation")


def rests_on(suite: str, n: float) -> str:
    """What the values of one of them rest on: 'held out in 4 splits', '129 cells', '123 tested genes'."""
    return "" if pd.isna(n) else _RESTS_ON[suite].format(count(n, _COUNTED[suite]))


def units_title(units: Units, suite: str) -> str:
    """On how many the first rival of the baseline to beat is better than it; who is best where there is no rival."""
    rival = units.rival()
    if rival is None or units.to_beat is None:
        name = units.systems["name"].iloc[0]
        return f"{METRICS[units.metric].name} of {name} on {count(len(units.items), noun(suite))}"
    better, both = units.won(rival)
    first, beat = units.systems.at[rival, "name"], units.systems.at[units.to_beat, "name"]
    how = f"errs less than {beat}" if units.sign < 0 else f"is above {beat}"
    return f"{first} {how} on {f'{better} of {count(both, noun(suite))}' if both > 1 else f'{better} of 1'}"


def key_sentence(units: Units) -> str:
    """What colours and signs of the map mean."""
    hatched = " Hatched: no value, the reason is on hover." if units.values.isna().any(axis=None) else ""
    if units.to_beat is None:
        return f"Bold: a baseline; italics: a control.{hatched}"
    beat = units.systems.at[units.to_beat, "name"]
    less = "a smaller error" if units.sign < 0 else "a higher value"
    return (
        f"{METRICS[units.metric].name} in each cell. Blue: {less} than {beat}; vermilion and {WORSE}: worse. "
        f"Bold: a baseline; italics: a control.{hatched}"
    )


def unit_title(units: Units, item: str, suite: str) -> str:
    """Who is best on one perturbation or cell type, and how far from the baseline to beat."""
    rows = unit_rows(units, item)
    first, name = rows.index[0], rows["name"].iloc[0]
    place = ", ".join(filter(None, (item, rests_on(suite, units.n[item]))))
    errs = "errs least" if units.sign < 0 else "is highest"
    if units.to_beat not in rows.index:
        return f"{place}: {name} {errs}"
    beat = rows.at[units.to_beat, "name"]
    if first == units.to_beat:
        return f"{place}: nobody {'errs less' if units.sign < 0 else 'is above'} than {beat}".replace(
            "is above than", "is above"
        )
    return f"{place}: {name} {errs}, {apart_words(units, float(rows['lead'].iloc[0]))}"


def missing_sentence(units: Units, item: str) -> str | None:
    """Who has no value on it, and why; None where everybody has one."""
    missing = units.reasons[item][units.values[item].isna()].fillna("it was not asked")
    if missing.empty:
        return None
    names = units.systems.loc[missing.index, "name"]
    groups = names.groupby(missing, sort=False).agg(list)
    return f"Without a value: {'; '.join(f'{listed(found, 6)} ({reason})' for reason, found in groups.items())}."
