"""One task as a forest plot: baselines in ink, models as marks against them, each with its interval and verdict."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, by_role, frame, quiet_axis
from dashboard.charts.palette import BASELINE, CONTROL, Mark, Palette, mark, outcome_mark
from dashboard.text import COLLAPSED, TO_BEAT_SENTENCE, VERDICTS, difference, interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from dashboard.queries.task import TaskView

RECONSTRUCTED = ("reconstructed", "Hanley")
"""How `ci_method` begins where an interval follows from published numbers, not from answers to items."""
_LONGEST = 26
_HEADS = {"delta": "difference", "verdict_article": "rule", "verdict": "paired test"}
"""Columns at the right of the chart."""
_BEYOND = "triangle-left"
"""Mark of a value that lies left of where the axis ends."""
_LETTER = 5.6
_GAP = 16


def task_chart(  # noqa: PLR0913 - each is a word of what is drawn
    view: TaskView,
    rows: pd.DataFrame,
    colours: Palette,
    *,
    group_by: str,
    metric: str,
    links: Mapping[str, str] | None = None,
    baseline_id: str | None = None,
    floor: float = -math.inf,
) -> go.Figure:
    """Systems of a task, in the order of `rows`, with the medians and the baseline drawn through.

    Args:
        view: the task.
        rows: its scores; with `delta`, `delta_low`, `delta_high`, `verdict_article`, `verdict` and `no_verdict` there
            are columns at the right for those of them that anybody has.
        colours: the palette.
        group_by: column that says what mark a model has.
        metric: name of the metric.
        links: address of each system's page by model_id.
        baseline_id: the baseline that differences are to; the strongest where it is None or has no value.
        floor: where the axis ends at the left: what lies below it is a mark at its end that points there.
    """
    to_beat = _to_beat(view, baseline_id)
    bounds = ["value", "ci_low", "ci_high"]
    drawn = rows.assign(**rows[bounds].astype(float).clip(lower=floor))
    lines = _references(view, to_beat, colours, len(rows))
    span = _span(drawn, [line["at"] for line in lines])
    shapes = [line["shape"] for line in lines]
    if to_beat is not None and (view.to_beat is not None or baseline_id is not None):
        shapes.insert(0, _band(to_beat, colours, len(rows)))
    columns = _columns(rows, colours, float(drawn["value"].iloc[0]))
    names = [_label(row, (links or {}).get(str(row.Index))) for row in rows.itertuples()]
    across = quiet_axis(colours, showgrid=True, range=span, title=axis_title(metric, colours))
    # In one piece: each later addition would have everything validated anew.
    figure = go.Figure(
        data=[
            *([_published_bars(drawn, colours)] if _reconstructed(rows).any() else []),
            _dots(drawn, rows, colours, group_by, metric, None if to_beat is None else str(to_beat.name)),
            *(column.trace for column in columns),
        ],
        layout={
            "shapes": shapes,
            "annotations": [*_line_labels(lines, colours, span), *(column.head for column in columns)],
            "xaxis": across,
            "yaxis": _rows_axis(names, colours, tickfont={"color": colours.ink, "size": 12.5}, automargin=True),
            **{f"yaxis{number}": column.axis for number, column in enumerate(columns, start=2)},
        },
    )
    right = 18 + sum(column.width for column in columns)
    return frame(figure, colours, height=len(rows) * (ROW - 2) + 106, margin={"l": 8, "r": right, "t": 54, "b": 46})


def _to_beat(view: TaskView, baseline_id: str | None) -> pd.Series | None:
    """The baseline that differences are to: the row of the probe that claims are made from is not always shown."""
    rows = view.baselines
    if baseline_id is None or baseline_id not in rows.index or view.probe is not None:
        return view.line
    found: pd.Series = rows.loc[[baseline_id]].iloc[0]
    return found


def _rows_axis(texts: Sequence[str], colours: Palette, **more: Any) -> dict[str, Any]:
    """An axis with one text a row."""
    n = len(texts)
    return quiet_axis(colours, tickvals=list(range(n)), ticktext=list(texts), range=[n - 0.4, -0.8], **more)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column at the right: tick labels of an axis of its own, in step with the rows and quick to draw."""

    axis: dict[str, Any]
    trace: go.Scatter
    head: dict[str, Any]
    width: int


def _columns(rows: pd.DataFrame, colours: Palette, at: float) -> list[_Column]:
    """Difference and verdicts, those that anybody has; `at` is a value on the axis."""
    found: list[_Column] = []
    shift = 0
    for name in (name for name in _HEADS if name in rows and rows[name].notna().any()):
        cells = [_cell(row, name) for row in rows.itertuples()]
        texts = [_marked(text, outcome, colours) for text, outcome in cells]
        place = {"overlaying": "y", "side": "right", "anchor": "free", "position": 1, "shift": shift + 10}
        axis = _rows_axis(texts, colours, **place, tickfont={"color": colours.ink, "size": 11.5})
        # An axis without a trace is not drawn.
        own = {"yaxis": f"y{len(found) + 2}", "marker": {"opacity": 0}, "hoverinfo": "skip"}
        trace = go.Scatter(x=[at], y=[0], **own)
        found.append(_Column(axis, trace, _head(_HEADS[name], shift + 13, colours), _width(_HEADS[name], cells)))
        shift += found[-1].width
    return found


def _width(head: str, cells: Sequence[tuple[str, str | None]]) -> int:
    longest = max(len(text) + 2 * (outcome is not None) for text, outcome in cells)
    return round(_LETTER * max(len(head), longest)) + _GAP


def _head(text: str, shift: int, colours: Palette) -> dict[str, Any]:
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": shift,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 2,
        "text": text,
        "showarrow": False,
        "font": {"family": FONT, "size": 11.5, "color": colours.muted},
    }


def _cell(row: Any, column: str) -> tuple[str, str | None]:
    """Text of one cell and the verdict whose mark goes before it; leading zeros dropped, as in other dense places."""
    value = getattr(row, column)
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return "", None
    if column != "delta":
        return VERDICTS[str(value)], str(value)
    bounds = "" if row.delta_low != row.delta_low else f" ({interval(row.delta_low, row.delta_high)})"
    return f"{difference(value)}{bounds}".replace("0.", "."), None


def _marked(text: str, outcome: str | None, colours: Palette) -> str:
    if outcome is None:
        return text
    shown = outcome_mark(outcome, colours)
    return f'<span style="color:{shown.colour}">{shown.glyph}</span> {text}'


def _label(row: Any, link: str | None) -> str:
    """Baselines bold, controls in italics; what has to be read with care has its sign."""
    styled = by_role(row.name, row.role, _LONGEST)
    if link:
        styled = f'<a href="{escape(link)}" target="_self" style="color:inherit">{styled}</a>'
    collapsed = f" {COLLAPSED}" if row.collapsed else ""
    return f"{styled}{collapsed}  {'* ' if row.partial else ''}"


def _mark(group: str | None, role: str, colours: Palette) -> Mark:
    """Shape and colour of a row: by role for what is no model, else by group."""
    if role == "baseline":
        return replace(BASELINE, colour=colours.ink)
    return replace(CONTROL, colour=colours.muted) if role == "control" else mark(group, colours)


def _dots(
    drawn: pd.DataFrame, rows: pd.DataFrame, colours: Palette, group_by: str, metric: str, to_beat: str | None
) -> go.Scatter:
    """The marks where they are drawn; what is said of them is of the rows as they are."""
    baseline = (rows["role"] == "baseline").to_numpy()
    probed = ((rows["role"] == "model") & rows["probed"]).to_numpy()
    groups = [None if group != group else group for group in rows[group_by]]  # noqa: PLR0124 - NaN
    partial = rows["partial"].to_numpy()
    marks = [_mark(group, role, colours) for group, role in zip(groups, rows["role"], strict=True)]
    beyond = (drawn["value"] > rows["value"]).to_numpy()
    return go.Scatter(
        x=drawn["value"],
        y=np.arange(len(rows)),
        mode="markers",
        marker={
            "symbol": [
                _BEYOND if off else f"{shown.symbol}-open" if part else shown.symbol
                for shown, part, off in zip(marks, partial, beyond, strict=True)
            ],
            "color": [shown.colour for shown in marks],
            "size": np.where(baseline | probed, 11, 9),
            "opacity": 1,
            # A ring of ink around a model that was probed here: its value is of another protocol than the others'.
            "line": {"color": colours.ink, "width": np.where(probed, 2, 0)},
        },
        error_x=_bars(drawn, colours),
        customdata=[
            (model, *_card(row, metric, beaten=model == to_beat))
            for model, row in zip(rows.index, rows.itertuples(), strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}%{customdata[4]}<extra></extra>",
        cliponaxis=False,
    )


def _reconstructed(rows: pd.DataFrame) -> pd.Series:
    return rows["ci_method"].fillna("").astype(str).str.startswith(RECONSTRUCTED) & rows["ci_low"].notna()


def _bars(rows: pd.DataFrame, colours: Palette) -> dict[str, Any]:
    """Intervals from single answers: solid lines."""
    above, below = rows["ci_high"] - rows["value"], rows["value"] - rows["ci_low"]
    shown = ~_reconstructed(rows).to_numpy()
    if not (above.notna().to_numpy() & shown).any():
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": np.where(shown, above.fillna(0), 0).round(5),
        "arrayminus": np.where(shown, below.fillna(0), 0).round(5),
        "color": colours.muted,
        "thickness": 1.6,
        "width": 0,
    }


def _published_bars(rows: pd.DataFrame, colours: Palette) -> go.Scatter:
    """Intervals that were reconstructed from published numbers: thin broken lines."""
    found = [
        (place, row.ci_low, row.ci_high)
        for place, (row, shown) in enumerate(zip(rows.itertuples(), _reconstructed(rows), strict=True))
        if shown
    ]
    return go.Scatter(
        x=[end for _, low, high in found for end in (low, high, None)],
        y=[end for place, _, _ in found for end in (place, place, None)],
        mode="lines",
        line={"color": colours.muted, "width": 1.3, "dash": "3px,2px"},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _card(row: Any, metric: str, *, beaten: bool) -> tuple[str, str, str, str]:
    bounds = interval(row.ci_low, row.ci_high)
    stated = f"{metric} {three(row.value)}"
    stated += f" [{bounds}]" if row.ci_low == row.ci_low else ", no interval"
    if row.ci_low == row.ci_low and str(row.ci_method).startswith(RECONSTRUCTED):
        stated += ", interval reconstructed"
    kind = row.role if row.role != "model" else row.provenance
    if row.probed:
        kind += f", {row.protocol}"
    notes = [TO_BEAT_SENTENCE] if beaten and row.probed else ["What differences are to."] if beaten else []
    notes += _verdict_notes(row) if hasattr(row, "delta") else []
    notes += [f"{COLLAPSED}: {row.collapsed}"] if row.collapsed else []
    return escape(row.name, quote=False), stated, kind, "".join(f"<br>{_folded(note)}" for note in notes)


def _verdict_notes(row: Any) -> list[str]:
    notes = []
    if row.delta == row.delta:
        bounds = "" if row.delta_low != row.delta_low else f" ({interval(row.delta_low, row.delta_high)})"
        notes.append(f"Difference to the baseline {difference(row.delta)}{bounds}")
    for column, words in (("verdict_article", "Article’s rule"), ("verdict", "Paired test")):
        value = getattr(row, column)
        if isinstance(value, str):
            notes.append(f"{words}: {VERDICTS[value]}")
    if isinstance(row.no_verdict, str):
        notes.append(
            f"No verdict{' of the paired test' if isinstance(row.verdict_article, str) else ''}: {row.no_verdict}"
        )
    return notes


def _folded(sentence: str) -> str:
    """A sentence over several lines of a card."""
    return "<br>".join(textwrap.wrap(escape(sentence, quote=False), 60))


def _references(view: TaskView, to_beat: pd.Series | None, colours: Palette, rows: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if to_beat is not None:
        label = f"{escape(to_beat['name'], quote=False)} {three(to_beat['value'])}"
        found.append(_line(to_beat["value"], label, colours.ink, "solid", rows))
        found[-1]["note"] = "" if view.to_beat is None else _folded(TO_BEAT_SENTENCE)
    if view.median is not None:
        found.append(_line(view.median, f"median model {three(view.median)}", colours.muted, "dash", rows))
    if view.category_median is not None:
        label = f"category median {three(view.category_median)}"
        found.append(_line(view.category_median, label, colours.muted, "dot", rows))
    return found


def _line(at: float, label: str, colour: str, dash: str, rows: int) -> dict[str, Any]:
    shape = {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": -0.6,
        "y1": rows - 0.5,
        "line": {"color": colour, "width": 1.8 if dash == "solid" else 1.2, "dash": dash},
        "layer": "between",
    }
    return {"at": at, "label": label, "colour": colour, "shape": shape, "note": ""}


def _band(row: pd.Series, colours: Palette, rows: int) -> dict[str, Any]:
    """The interval of the baseline to beat, from top to bottom."""
    return {
        "type": "rect",
        "x0": row["ci_low"] if row["ci_low"] == row["ci_low"] else row["value"],
        "x1": row["ci_high"] if row["ci_high"] == row["ci_high"] else row["value"],
        "y0": -0.6,
        "y1": rows - 0.5,
        "fillcolor": colours.ink,
        "opacity": 0.08,
        "line": {"width": 0},
        "layer": "below",
    }


def _line_labels(lines: list[dict[str, Any]], colours: Palette, span: list[float]) -> list[dict[str, Any]]:
    """One label a line, above the plot, each on a tier of its own."""
    ordered = sorted(lines, key=lambda line: line["at"])
    return [
        {
            "x": line["at"],
            "y": 1,
            "yref": "paper",
            "yshift": 2 + 15 * tier,
            # To the left there is room above the names, to the right the columns have their headings.
            "xanchor": "right" if line["at"] > span[0] + 0.35 * (span[1] - span[0]) else "left",
            "yanchor": "bottom",
            "text": f"<b>{line['label']}</b>" if line["colour"] == colours.ink else line["label"],
            "showarrow": False,
            "font": {"family": FONT, "size": 12, "color": line["colour"]},
            **({"hovertext": line["note"]} if line["note"] else {}),
        }
        for tier, line in enumerate(ordered)
    ]


def _span(rows: pd.DataFrame, lines: list[float]) -> list[float]:
    low = np.nanmin([rows["value"].min(), rows["ci_low"].min(), *lines])
    high = np.nanmax([rows["value"].max(), rows["ci_high"].max(), *lines])
    pad = max(0.02, 0.06 * (high - low))
    return [float(low - pad), float(high + pad)]
