"""A figure with its headline above and its stamp below, within the picture: it is passed on without its page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from dashboard.exhibits import ExhibitError
from dashboard.export.figure_labels import plot_sides
from dashboard.export.figure_values import axes
from dashboard.export.figures import FONT, for_paper, own_palette
from dashboard.export.letter_widths import wrapped
from dashboard.export.meanings import entries

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboard.exhibits import Exhibit, Ground
    from dashboard.export.show import Leaf, Stamp

WIDTH = 1200
_SMALLEST = 14.0
_SIDE, _TOP, _BOTTOM = 24, 20, 16
_APART = "    "
_HEADLINE, _SAID, _LEADING = 24.0, 14.0, 1.32
_SERIF = 'Georgia, "Liberation Serif", "Times New Roman", serif'


def stamped(leaf: Leaf, ground: Ground) -> go.Figure:
    """The figure of a slide for paper, 1,200 px wide, as high as its rows and words need.

    Raises:
        ExhibitError: the slide has no figure.
    """
    if leaf.exhibit is None or leaf.exhibit.figure is None:
        raise ExhibitError(leaf.failure or f"“{leaf.headline}” has no figure: take its rows as CSV, or its table")
    colours = own_palette(leaf.exhibit.figure, ground)
    figure = for_paper(leaf.exhibit.figure, ground, width=WIDTH - 2 * _SIDE, smallest=_SMALLEST)
    content = figure.to_dict()["layout"]
    margin = content["margin"]
    left, low = plot_sides({"layout": content})[0], _below(content)
    headline = wrapped(leaf.headline, _HEADLINE * 1.05, WIDTH - 2 * _SIDE)
    said = [line for text in stamp_lines(leaf.stamp) for line in wrapped(text, _SAID, WIDTH - 2 * _SIDE)]
    legend = _legend(leaf.exhibit, ground)
    key_high = round(len(legend) * _SAID * _LEADING) + 8 if legend else 0
    above = _TOP + round(len(headline) * _HEADLINE * _LEADING) + 12 + key_high
    below = round(len(said) * _SAID * _LEADING) + _BOTTOM + 14
    shared = {"x": 0, "xref": "paper", "xanchor": "left", "align": "left", "yref": "paper", "showarrow": False}
    shared |= {"xshift": -left, "borderpad": 0}
    top = {"y": 1, "yanchor": "bottom"} | shared
    bottom = {"y": 0, "yanchor": "top", "yshift": -low - 14} | shared
    head = {"text": _lines(headline), "font": {"size": _HEADLINE, "family": _SERIF, "color": colours.ink}}
    key = {"text": "<br>".join(legend), "font": {"size": _SAID, "family": FONT, "color": colours.ink}}
    foot = {"text": _lines(said), "font": {"size": _SAID, "family": FONT, "color": colours.muted}}
    figure.update_layout(
        width=WIDTH,
        height=figure.layout.height + above + below + low - margin["b"],
        margin={"l": left + _SIDE, "r": margin["r"] + _SIDE, "t": margin["t"] + above, "b": low + below},
        annotations=[
            *figure.layout.annotations,
            head | top | {"yshift": margin["t"] + 12 + key_high},
            *([key | top | {"yshift": margin["t"] + 6}] if legend else []),
            foot | bottom,
        ],
    )
    # The room is measured: a margin that grows by itself would push the stamp out of the picture.
    figure.update_xaxes(automargin=False)
    figure.update_yaxes(automargin=False)
    return figure


def stamp_lines(stamp: Stamp | None) -> list[str]:
    """What a picture says of itself: view; n and intervals; data and date; link."""
    if stamp is None:
        return []
    return [
        line
        for line in (
            " · ".join(stamp.view),
            " · ".join(part for part in (f"n: {stamp.n}", stamp.interval) if part),
            f"{stamp.data} · made {stamp.date}",
            stamp.link,
        )
        if line
    ]


def _legend(exhibit: Exhibit, ground: Ground) -> list[str]:
    """What the marks mean, each sign in its colour, in as many lines as that takes."""
    lines: list[str] = []
    plain = ""
    for entry in entries(exhibit, ground):
        said = "".join(piece.text for piece in entry)
        shown = "".join(
            f'<span style="color:{piece.colour}">{escape(piece.text)}</span>' if piece.colour else escape(piece.text)
            for piece in entry
        )
        if lines and len(wrapped(f"{plain}{_APART}{said}", _SAID, WIDTH - 2 * _SIDE)) == 1:
            plain, lines[-1] = f"{plain}{_APART}{said}", f"{lines[-1]}{_APART}{shown}"
        else:
            plain, lines = said, [*lines, shown]
    return lines


def _lines(lines: list[str]) -> str:
    """Foreign words as text of a figure: they set nothing."""
    return "<br>".join(escape(line, quote=False) for line in lines)


def _below(layout: dict[str, Any]) -> float:
    """Room under the plot for numbers and title of the axis there."""
    found = float(layout["margin"]["b"])
    for axis in axes({"layout": layout}, "x").values():
        if axis.get("side") == "top" or axis.get("visible") is False:
            continue
        size = axis.get("tickfont", {}).get("size", _SAID)
        lines = max((text.count("<br>") + 1 for text in axis.get("ticktext") or [""]), default=1)
        ticks = 0.0 if axis.get("showticklabels") is False else 1.5 * size * lines
        title = axis.get("title") or {}
        found = max(found, ticks + (2.2 * title.get("font", {}).get("size", size) if title.get("text") else 0) + 6)
    return found
