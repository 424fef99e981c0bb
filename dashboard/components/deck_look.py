"""A look at one slide: its headline, what it shows and its stamp, at the proportions of the file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.palette import palette
from dashboard.exhibits import ExhibitError
from dashboard.export import excerpt, figures

if TYPE_CHECKING:
    from dashboard.exhibits import Exhibit
    from dashboard.export.deck import Deck
    from dashboard.export.show import Leaf, Stamp

_HEIGHT = 540
_WIDTHS = {"16:9": 960, "4:3": 720}
_MARGIN, _ABOVE, _BELOW = 36, 92, 62
_SMALLEST = 12
"""Letters in px on a slide of 960 px: the same share of it as in the files."""
_STEP = 20
_ROWS, _COLUMNS = 9, 7


def slide_look(deck: Deck, leaf: Leaf) -> None:
    """Draw the slide."""
    st.html(_style(deck))
    with st.container(key="slide-frame"), st.container(key="slide-look", gap=None):
        st.html(f'<p class="vl-slide-head">{escape(leaf.headline)}</p>')
        with st.container(key="slide-body", gap=None):
            _body(deck, leaf)
        if leaf.stamp is not None:
            with st.container(key="slide-foot"):
                st.html(_footer(leaf.stamp))


def _body(deck: Deck, leaf: Leaf) -> None:
    if leaf.exhibit is None:
        st.html(f'<p class="vl-slide-text">{escape(leaf.failure or "Nothing is shown here.")}</p>')
    elif leaf.exhibit.figure is not None:
        width, height = _WIDTHS[deck.shape] - 2 * _MARGIN, _HEIGHT - _ABOVE - _BELOW
        figure = figures.for_slide(leaf.exhibit.figure, deck.ground, width=width, height=height, smallest=_SMALLEST)
        st.plotly_chart(
            figure,
            key="look",
            theme=None,
            config={"staticPlot": True},
            alt=leaf.exhibit.alt,
            width=width,
            height=height,
        )
    else:
        st.html(_table(leaf.exhibit))


def _table(exhibit: Exhibit) -> str:
    try:
        part = excerpt.excerpt(exhibit, _ROWS, columns=_COLUMNS)
    except ExhibitError:
        return f'<p class="vl-slide-text">{escape(" ".join(exhibit.notes) or exhibit.alt)}</p>'
    heads = "".join(f"<th{_side(part, place)}>{escape(str(name))}</th>" for place, name in enumerate(part.rows))
    rows = "".join(_row(part, number) for number in range(len(part.rows)))
    rest = f'<p class="vl-slide-rest">{escape(part.left_out)}</p>' if part.left_out else ""
    return f'<table class="vl-slide-table"><tr>{heads}</tr>{rows}</table>{rest}'


def _row(part: excerpt.Excerpt, number: int) -> str:
    cells = []
    for place, value in enumerate(part.rows.iloc[number]):
        text = escape(str(value))
        best = f"<b>{text}</b>" if (number, place) in part.best else text
        cells.append(f"<td{_side(part, place)}>{best}</td>")
    mark = ' class="vl-slide-baseline"' if number in part.baselines else ""
    return f"<tr{mark}>{''.join(cells)}</tr>"


def _side(part: excerpt.Excerpt, place: int) -> str:
    return ' class="vl-right"' if place in part.numeric else ""


def _footer(stamp: Stamp) -> str:
    said = " · ".join(filter(None, (*stamp.view, stamp.n, stamp.interval)))
    return (
        f'<div class="vl-slide-foot"><span>{escape(said)}</span>'
        f"<span>{escape(stamp.data)} · {escape(stamp.date)}</span></div>"
    )


def _style(deck: Deck) -> str:
    colours, width = palette(deck.ground), _WIDTHS[deck.shape]
    # Drawn at its own size, then brought to the column's width in small steps: a zoom would mislead the chart.
    steps = "".join(
        f"@container (min-width: {step}px) {{ .st-key-slide-look {{ --vl-scale: {step / width:.4f}; }} }}"
        for step in range(280, width + 1, _STEP)
    )
    return f"""<style>
  .st-key-slide-frame {{ container-type: inline-size; width: 100%; max-width: {width}px;
    aspect-ratio: {width} / {_HEIGHT}; position: relative; }}
  .st-key-slide-look {{ width: {width}px; max-width: none; height: {_HEIGHT}px; overflow: hidden;
    padding: 22px {_MARGIN}px 12px;
    background: {colours.ground}; color: {colours.ink}; outline: 1px solid {colours.hairline};
    position: absolute; transform-origin: 0 0; --vl-scale: .3; transform: scale(var(--vl-scale));
    display: flex; flex-direction: column; flex-wrap: nowrap; }}
  {steps}
  /* Streamlit measures a chart as it is seen, and draws it in the slide's own pixels. */
  .st-key-slide-look [data-testid="stFullScreenFrame"] {{ width: calc(100% / var(--vl-scale)) !important;
    height: calc(100% / var(--vl-scale)) !important; overflow: visible !important; }}
  .st-key-slide-look .js-plotly-plot {{ overflow: visible !important; }}
  .st-key-slide-body {{ flex: 1 1 auto; min-height: 0; overflow: hidden; }}
  .vl-slide-head {{ font-family: "Source Serif", "Source Serif Pro", serif; font-size: 25px; font-weight: 600;
    line-height: 1.15; margin: 0; max-height: 58px; overflow: hidden; color: {colours.ink};
    overflow-wrap: anywhere; text-wrap: balance; }}
  .vl-slide-text {{ font-size: 20px; color: {colours.ink}; overflow-wrap: anywhere; }}
  .vl-slide-table {{ border-collapse: collapse; width: 100%; font-size: 14.5px; margin-top: 14px;
    font-variant-numeric: tabular-nums; color: {colours.ink}; }}
  .vl-slide-table th, .vl-slide-table td {{ text-align: left; padding: 4px 7px; border: 0;
    border-bottom: 1px solid {colours.hairline}; vertical-align: top; }}
  .vl-slide-table .vl-right {{ text-align: right; }}
  .vl-slide-table :is(th, td):first-child {{ padding-left: 0; }}
  .vl-slide-baseline td {{ font-style: italic; }}
  .vl-slide-rest {{ font-size: 12px; color: {colours.muted}; margin: 6px 0 0; }}
  .st-key-slide-foot {{ position: absolute; left: {_MARGIN}px; right: {_MARGIN}px; bottom: 12px; width: auto; }}
  .vl-slide-foot {{ display: flex; gap: 16px; justify-content: space-between; font-size: 11px; line-height: 1.3;
    color: {colours.muted}; border-top: 1px solid {colours.hairline}; padding-top: 5px; }}
  .vl-slide-foot span:last-child {{ text-align: right; flex-shrink: 0; }}
</style>"""
