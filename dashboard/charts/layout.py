"""What all figures share: no ground of their own, no legend box, fonts in step with the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboard.charts.palette import Palette

FONT = '"Source Sans", "Source Sans Pro", "Source Sans 3", sans-serif'
ROW = 22
CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    # plotly.js takes two quick clicks on different cells for a double click and drops the selection.
    "doubleClick": False,
    "doubleClickDelay": 1,
}


def by_role(name: str, role: str, longest: int) -> str:
    """A system's name for an axis, cut where it is too long: baselines bold, controls in italics."""
    short = escape(name if len(name) <= longest else f"{name[: longest - 1]}…", quote=False)
    return {"baseline": f"<b>{short}</b>", "control": f"<i>{short}</i>"}.get(role, short)


def frame(figure: go.Figure, colours: Palette, *, height: int, margin: dict[str, int]) -> go.Figure:
    """Apply the house style to a figure and return it."""
    figure.update_layout(
        height=height,
        margin=margin,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12.5, "color": colours.ink},
        showlegend=False,
        dragmode=False,
        hoverlabel={
            "bgcolor": colours.ground,
            "bordercolor": colours.hairline,
            "font": {"family": FONT, "size": 13, "color": colours.ink},
            "align": "left",
        },
        # A constant revision keeps axes and selection in place when the data change.
        uirevision="keep",
    )
    return figure


def quiet_axis(colours: Palette, **more: Any) -> dict[str, Any]:
    """An axis without line or zero mark, with hairline grid only where asked for."""
    style: dict[str, Any] = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "gridcolor": colours.hairline,
        "tickfont": {"color": colours.muted, "size": 12},
    }
    return style | more


def axis_title(text: str, colours: Palette, *, size: float = 12.5) -> dict[str, Any]:
    """An axis's title in the house style."""
    return {"text": text, "font": {"color": colours.muted, "size": size}}
