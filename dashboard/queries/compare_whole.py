"""Two systems on whole tasks, each on a scale of its own: stored comparisons first, then paired single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.compare_parts import read_over_parts, with_q
from dashboard.queries.suites import SUITES
from dashboard.queries.task_units import read_units
from engine.names import ALL_STRATA
from engine.singlecell.paired import MEASURED_BY, difference, reference

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.compare import Pair
    from dashboard.queries.task_units import Units
    from engine.statistics.estimates import Difference

UNIT_METRIC = "ASW"
"""What single cell types have a value by; a task's other metrics are of all its cells at once."""
_TASK_UNITS = """
    SELECT DISTINCT item_id FROM item_value
    WHERE task_id = $task AND metric = $metric AND list_contains($protocols, protocol) AND n IS NOT NULL
    ORDER BY item_id
"""


@dataclass(frozen=True, slots=True)
class OverWhole:
    """Two systems on every task of a suite.

    `rows` has one row a task in the suite's order: task_id, label, n, first, second, each with `_low` and `_high`,
    delta, low, high, p, q, method, p_method, reason (why there is no difference), no_test, to_beat (the registered
    baseline) and how the difference is known: `stored`, `items` (single values, paired), `unpaired` or `values`.
    """

    rows: pd.DataFrame

    @property
    def known(self) -> list[str]:
        """Tasks on which both have a value."""
        return list(self.rows.loc[self.rows["delta"].notna(), "task_id"])

    def of(self, task: str) -> pd.DataFrame:
        """The row of one task, as a frame."""
        return self.rows[self.rows["task_id"] == task].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class OnUnits:
    """Two systems on the perturbations or cell types of a task.

    Attributes:
        metric: that of single values.
        rows: one row each that both have, the largest difference first: item, first, second, beat (the baseline to
            beat, NaN where it has none or is one of the two), lead (by how much the first is better) and n.
        silent: perturbations or cell types that one of the two has no value of, with the reason.
        to_beat: id of the registered baseline.
    """

    metric: str
    rows: pd.DataFrame
    silent: pd.Series
    to_beat: str | None


def unit_metric(metric: str) -> str:
    """The metric of single perturbations or cell types that belongs to one of a task."""
    return str(MEASURED_BY.get(metric, UNIT_METRIC))


def read_over_whole(ask: Ask, catalog: Catalog, pair: Pair) -> OverWhole:
    """Both values and their difference on every task; paired wherever the store has what it takes."""
    found = [_read_task(ask, catalog, pair, task) for task in catalog.tasks_of(pair.suite)]
    return OverWhole(with_q(pd.concat(found, ignore_index=True)))


def _read_task(ask: Ask, catalog: Catalog, pair: Pair, task: str) -> pd.DataFrame:
    over = read_over_parts(ask, catalog, pair, task)
    row = over.rows[over.rows["key"] == ALL_STRATA].reset_index(drop=True)
    to_beat = next(iter(catalog.registered.get(task, [])), None)
    row = row.assign(task_id=task, label=str(catalog.tasks.at[task, "label"]), to_beat=to_beat, how=over.how)
    if over.how == "stored" or row["delta"].isna().all() or pair.metric not in MEASURED_BY:
        return row
    paired = _paired(ask, pair, task, to_beat)
    return row if paired is None or paired.delta is None or paired.low is None else _with_paired(row, paired)


def _with_paired(row: pd.DataFrame, paired: Difference) -> pd.DataFrame:
    return row.assign(
        delta=paired.delta,
        low=paired.low,
        high=paired.high,
        p=paired.p,
        method=paired.method,
        p_method=paired.p_method,
        how="items",
    )


def _paired(ask: Ask, pair: Pair, task: str, to_beat: str | None) -> Difference | None:
    """The difference on the same resamples; None where a value of either, or of what they are relative to, is gone."""
    metric, protocols = unit_metric(pair.metric), SUITES[pair.suite].protocols
    units = read_units(ask, task, metric, protocols)
    base = reference(pair.metric, to_beat)
    wanted = {pair.first, pair.second} | ({base} if base else set())
    if units is None or not wanted <= set(units.values.index):
        return None
    asked = {"task": task, "metric": metric, "protocols": list(protocols)}
    values = units.values.reindex(columns=list(ask(_TASK_UNITS, asked)["item_id"]))
    first, second = (values.loc[model].to_numpy(float) for model in (pair.first, pair.second))
    return difference(pair.metric, first, second, values.loc[base].to_numpy(float) if base else None)


def read_on_units(ask: Ask, pair: Pair, task: str, protocols: tuple[str, ...]) -> OnUnits | None:
    """Both on every perturbation or cell type; None where one of the two has no value of any."""
    units = read_units(ask, task, unit_metric(pair.metric), protocols)
    if units is None or not {pair.first, pair.second} <= set(units.values.index):
        return None
    beat = units.to_beat if units.to_beat not in {pair.first, pair.second} else None
    own = units.values.loc[[pair.first, pair.second]].T.set_axis(["first", "second"], axis=1)
    own = own.assign(beat=units.values.loc[beat] if beat else float("nan"), n=units.n)
    own["lead"] = (own["first"] - own["second"]) * units.sign
    known = own.dropna(subset=["first", "second"])
    order = known["lead"].abs().sort_values(ascending=False, kind="stable").index
    rows = known.loc[order].rename_axis("item").reset_index()
    return OnUnits(units.metric, rows, _silent(units, pair, own), units.to_beat)


def _silent(units: Units, pair: Pair, own: pd.DataFrame) -> pd.Series:
    missing = own.index[own[["first", "second"]].isna().any(axis=1)]
    reasons = units.reasons.loc[[pair.first, pair.second], missing].bfill().iloc[0]
    return reasons.astype(object)
