"""A split of one's own in the house's charts: systems against the baseline, part by part, and as curves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dashboard.charts.curves import curves_chart, styles
from dashboard.charts.forest import task_chart
from dashboard.charts.palette import YOURS
from dashboard.charts.parts import parts_chart
from dashboard.queries.curves import Curves
from dashboard.queries.task import TaskView
from engine.statistics.curves import PrecisionRecall, Roc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from dashboard.charts.palette import Palette
    from engine.local_split.exchange import Difference, Judged, Part, Result, System, Value

_ROLES = {"yours": "model", "baseline": "baseline", "control": "control"}
_OWN = {"column": "your column", "obsm": "your embedding"}
"""By what an id begins with."""
_NUMBERS = ["value", "ci_low", "ci_high", "delta", "delta_low", "delta_high"]
_COMPARED = ("delta", "delta_low", "delta_high", "verdict_article", "verdict", "no_verdict")
_BOTH = 2


def forest(result: Judged, part: Part, metric: str, colours: Palette, *, name: str) -> go.Figure:
    """Every system with a value on a part, the registered baseline drawn through all rows.

    Args:
        result: of the comparison.
        part: whose values are shown.
        metric: whose values are shown.
        colours: the palette.
        name: of the metric, for the axis.
    """
    rows = forest_rows(result, part, metric)
    baseline = next((system.system_id for system in result.systems if system.registered), None)
    shown = rows[rows["value"].notna()].sort_values("value", ascending=False, kind="stable")
    return task_chart(_view(shown), shown, colours, group_by="group", metric=name, baseline_id=baseline)


def forest_rows(result: Judged, part: Part, metric: str) -> pd.DataFrame:
    """The systems of a part by id, with value, interval, and difference to the registered baseline."""
    values = {one.system_id: one for one in result.values if (one.part_id, one.metric) == (part.part_id, metric)}
    differences = {
        one.system_id: one
        for one in result.differences
        if one.registered and (one.part_id, one.metric) == (part.part_id, metric)
    }
    found = [
        _row(system, values[system.system_id], differences.get(system.system_id))
        for system in result.systems
        if system.system_id in values
    ]
    rows = pd.DataFrame(found).set_index("model_id")
    return rows.astype(dict.fromkeys(_NUMBERS, float))


def _row(system: System, value: Value, difference: Difference | None) -> dict[str, object]:
    return {
        "model_id": system.system_id,
        "name": system.name,
        "role": _ROLES[system.role],
        "group": YOURS,
        "value": value.value,
        "ci_low": value.low,
        "ci_high": value.high,
        "ci_method": value.method,
        "n": value.n,
        "provenance": _OWN.get(system.system_id.partition(":")[0], "") if system.role == "yours" else "",
        "protocol": "",
        "partial": False,
        "probed": False,
        "collapsed": None,
        **dict(zip(_COMPARED, (None,) * len(_COMPARED) if difference is None else _compared(difference), strict=True)),
    }


def _compared(one: Difference) -> tuple[object, ...]:
    return one.delta, one.low, one.high, one.verdict_article, one.verdict, one.undefined_reason


def _view(rows: pd.DataFrame) -> TaskView:
    """What the chart of a task reads of it: no medians, no other tasks."""
    nothing = pd.Series(dtype=object)
    return TaskView("", nothing, nothing, rows, None, None, [], nothing)


def strata(  # noqa: PLR0913 - each is a word of what is drawn
    result: Judged,
    pair: tuple[System, System],
    metric: str,
    colours: Palette,
    *,
    name: str,
    column: str,
    most: int,
    noun: str = "item",
) -> go.Figure:
    """A system and a baseline over the parts of a split; hollow where a part has too few rows to be judged.

    Args:
        result: of the comparison.
        pair: the system and the baseline.
        metric: whose values are shown.
        colours: the palette.
        name: of the metric, for the axis.
        column: by whose values the parts were made.
        most: parts that are drawn, the largest ones.
        noun: what is counted.
    """
    rows = strata_rows(result, pair, metric, column)
    rows = rows.loc[sorted(rows["n"].iloc[1:].nlargest(most).index.union(rows.index[:1]))].reset_index(drop=True)
    names = (escape(pair[0].name, quote=False), escape(pair[1].name, quote=False))
    return parts_chart(rows, colours, names=names, metric=name, noun=noun, shown=result.parts[0].part_id)


def strata_rows(result: Judged, pair: tuple[System, System], metric: str, column: str) -> pd.DataFrame:
    """One row a part as the chart of parts takes it, the whole split first."""
    values = {(one.system_id, one.part_id): one for one in result.values if one.metric == metric}
    parts = [part for part in result.parts if part.column in {None, column}]
    found = []
    for part in parts:
        row: dict[str, object] = {
            "stratum": part.part_id,
            "label": escape(part.label, quote=False),
            "n": part.n,
            "judged": part.judged,
        }
        for system, prefix in zip(pair, ("", "baseline_"), strict=True):
            value = values.get((system.system_id, part.part_id))
            numbers = (None, None, None) if value is None else (value.value, value.low, value.high)
            row |= dict(zip((f"{prefix}value", f"{prefix}low", f"{prefix}high"), numbers, strict=True))
        found.append(row)
    numeric = [f"{prefix}{end}" for prefix in ("", "baseline_") for end in ("value", "low", "high")]
    return pd.DataFrame(found).astype(dict.fromkeys(numeric, float))


def curves(result: Result, systems: Sequence[System], colours: Palette) -> go.Figure:
    """ROC and precision-recall of one or two systems on the whole split."""
    known = [system for system in systems if system.system_id in result.curves][:_BOTH]
    drawn = [
        (style, _curves(result, system))
        for style, system in zip(
            styles([escape(system.name, quote=False) for system in known], colours), known, strict=True
        )
    ]
    whole = result.parts[0]
    share = (whole.positives or 0) / whole.n if whole.n else 0.0
    return curves_chart(drawn, colours, prevalences=[share])


def _curves(result: Result, system: System) -> Curves:
    points = {name: np.asarray(values, float) for name, values in result.curves[system.system_id].items()}
    nothing = np.empty(0)
    roc = Roc(points["fpr"], points["tpr"], nothing)
    return Curves(roc, PrecisionRecall(points["recall"], points["precision"], nothing), None)
