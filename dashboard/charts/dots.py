"""One task as a dot plot: baselines in ink, models as marks against them, intervals where known."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, frame, quiet_axis
from dashboard.charts.palette import BASELINE, CONTROL, Mark, Palette, mark
from dashboard.text import COLLAPSED, TO_BEAT_SENTENCE, interval, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.task import TaskView


def task_chart(view: TaskView, rows: pd.DataFrame, colours: Palette, *, group_by: str, metric: str) -> go.Figure:
    """Systems of a task, in the order of `rows`, with the medians and the strongest baseline drawn through."""
    figure = go.Figure()
    places = np.arange(len(rows))
    reference = _references(view, rows, colours)
    span = _span(rows, [line["at"] for line in reference])
    if view.to_beat is not None and view.line is not None:
        figure.add_shape(**_band(view.line, colours, len(rows)))
    for line in reference:
        figure.add_shape(**line["shape"])
    figure.add_trace(_dots(view, rows, colours, group_by, metric))
    frame(figure, colours, height=len(rows) * (ROW - 2) + 106, margin={"l": 8, "r": 18, "t": 54, "b": 46})
    names = [_label(row) for row in rows.itertuples()]
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(places),
            ticktext=names,
            range=[len(rows) - 0.4, -0.8],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    figure.update_xaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            range=span,
            title=axis_title(metric, colours),
            side="bottom",
        )
    )
    figure.update_layout(annotations=_line_labels(reference, colours, span))
    return figure


def _label(row: Any) -> str:
    """Baselines bold, controls in italics; what has to be read with care has its sign."""
    short = row.name if len(row.name) <= 30 else f"{row.name[:29]}…"
    styled = {"baseline": f"<b>{short}</b>", "control": f"<i>{short}</i>"}.get(row.role, short)
    collapsed = f" {COLLAPSED}" if row.collapsed else ""
    return f"{styled}{collapsed}  {'* ' if row.partial else ''}"


def _mark(group: str | None, role: str, colours: Palette) -> Mark:
    """Shape and colour of a row: by role for what is no model, else by group."""
    if role == "baseline":
        return replace(BASELINE, colour=colours.ink)
    return replace(CONTROL, colour=colours.muted) if role == "control" else mark(group, colours)


def _dots(view: TaskView, rows: pd.DataFrame, colours: Palette, group_by: str, metric: str) -> go.Scatter:
    to_beat = None if view.to_beat is None else view.to_beat["model_id"]
    baseline = (rows["role"] == "baseline").to_numpy()
    probed = ((rows["role"] == "model") & rows["probed"]).to_numpy()
    groups = [None if group != group else group for group in rows[group_by]]  # noqa: PLR0124 - NaN
    partial = rows["partial"].to_numpy()
    marks = [_mark(group, role, colours) for group, role in zip(groups, rows["role"], strict=True)]
    return go.Scatter(
        x=rows["value"],
        y=np.arange(len(rows)),
        mode="markers",
        marker={
            "symbol": [
                f"{shown.symbol}-open" if part else shown.symbol for shown, part in zip(marks, partial, strict=True)
            ],
            "color": [shown.colour for shown in marks],
            "size": np.where(baseline | probed, 11, 9),
            "opacity": 1,
            # A ring of ink around a model that was probed here: its value is of another protocol than the others'.
            "line": {"color": colours.ink, "width": np.where(probed, 2, 0)},
        },
        error_x=_bars(rows, colours),
        customdata=[
            (model, *_card(row, metric, beaten=model == to_beat))
            for model, row in zip(rows.index, rows.itertuples(), strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}%{customdata[4]}<extra></extra>",
        cliponaxis=False,
    )


def _bars(rows: pd.DataFrame, colours: Palette) -> dict[str, Any]:
    above, below = rows["ci_high"] - rows["value"], rows["value"] - rows["ci_low"]
    if above.isna().all():
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": above.fillna(0).round(5),
        "arrayminus": below.fillna(0).round(5),
        "color": colours.muted,
        "thickness": 1.4,
        "width": 0,
    }


def _card(row: Any, metric: str, *, beaten: bool) -> tuple[str, str, str, str]:
    bounds = interval(row.ci_low, row.ci_high)
    stated = f"{metric} {three(row.value)}"
    stated += f" [{bounds}]" if row.ci_low == row.ci_low else ", no interval"
    kind = row.role if row.role != "model" else row.provenance
    if row.probed:
        kind += f", {row.protocol}"
    notes = [TO_BEAT_SENTENCE] if beaten else []
    notes += [f"{COLLAPSED}: {row.collapsed}"] if row.collapsed else []
    return row.name, stated, kind, "".join(f"<br>{_folded(note)}" for note in notes)


def _folded(sentence: str) -> str:
    """A sentence over several lines of a card."""
    return "<br>".join(textwrap.wrap(sentence, 60))


def _references(view: TaskView, rows: pd.DataFrame, colours: Palette) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    strongest = view.line
    if strongest is not None:
        label = f"{strongest['name']} {three(strongest['value'])}"
        found.append(_line(strongest["value"], label, colours.ink, "solid", len(rows)))
        found[-1]["note"] = "" if view.to_beat is None else _folded(TO_BEAT_SENTENCE)
    if view.median is not None:
        found.append(_line(view.median, f"median model {three(view.median)}", colours.muted, "dash", len(rows)))
    if view.category_median is not None:
        label = f"category median {three(view.category_median)}"
        found.append(_line(view.category_median, label, colours.muted, "dot", len(rows)))
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
    """One label a line, above the plot, each on a tier of its own and leaning away from the nearer edge."""
    ordered = sorted(lines, key=lambda line: line["at"])
    return [
        {
            "x": line["at"],
            "y": 1,
            "yref": "paper",
            "yshift": 2 + 15 * tier,
            "xanchor": "right" if line["at"] > (span[0] + span[1]) / 2 else "left",
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


def profile_chart(profile: pd.DataFrame, colours: Palette, *, metric: str) -> go.Figure:
    """One model over columns: its value on the range, the median and the best of all models.

    Args:
        profile: one row a column, with label, value, lowest, median, best, rank, n_models, and baseline (the
            strongest baseline's value, NaN where there is none).
        colours: the palette.
        metric: axis title.
    """
    places = np.arange(len(profile))
    figure = go.Figure()
    for place, row in zip(places, profile.itertuples(), strict=True):
        figure.add_shape(
            type="line",
            x0=row.lowest,
            x1=row.best,
            y0=place,
            y1=place,
            line={"color": colours.hairline, "width": 7},
            layer="below",
        )
    figure.add_trace(_ticks(profile["median"], places, colours.muted, "median model"))
    if profile["baseline"].notna().any():
        figure.add_trace(
            _ticks(profile["baseline"], places, colours.ink, "strongest baseline", symbol="diamond", size=9)
        )
    figure.add_trace(
        go.Scatter(
            x=profile["value"],
            y=places,
            mode="markers",
            marker={"color": colours.accent, "size": 11, "line": {"color": colours.ground, "width": 1}},
            customdata=[(row.label, three(row.value), three(row.best)) for row in profile.itertuples()],
            hovertemplate=(
                "<b>%{customdata[0]}</b><br>this model %{customdata[1]}<br>best %{customdata[2]}<extra></extra>"
            ),
            cliponaxis=False,
        )
    )
    frame(figure, colours, height=len(profile) * 26 + 64, margin={"l": 8, "r": 104, "t": 8, "b": 46})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(places),
            ticktext=[f"{label}  " for label in profile["label"]],
            range=[len(profile) - 0.4, -0.6],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, title=axis_title(metric, colours)))
    figure.update_layout(
        annotations=[_rank(row, float(place), colours) for place, row in zip(places, profile.itertuples(), strict=True)]
    )
    return figure


def _rank(row: Any, place: float, colours: Palette) -> dict[str, Any]:
    """The rank in the right margin, clear of the marks."""
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 10,
        "y": place,
        "text": "not ranked" if np.isnan(row.rank) else f"rank {int(row.rank)} of {int(row.n_models)}",
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _ticks(
    values: pd.Series,
    places: np.ndarray,
    colour: str,
    name: str,
    *,
    symbol: str = "line-ns-open",
    size: int = 12,
) -> go.Scatter:
    return go.Scatter(
        x=values,
        y=places,
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": colour, "line": {"width": 2, "color": colour}},
        text=[name] * len(places),
        hovertemplate="%{text} %{x:.3f}<extra></extra>",
    )
