"""Words that a figure writes on itself, sorted by what they are: headings, columns, labels of lines, corners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.export.drawing import Column, Corner, Labels, Series
from dashboard.export.rich import Piece, pieces

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboard.export.drawing import Text
    from dashboard.export.pptx.scales import Reach

SIZE = 12.0
_ASIDE = {"left": "r", "right": "l"}
_UP = {"bottom": "t", "top": "b"}
_LIFT = 0.04
"""Share of the height between a level line and the words on it."""


@dataclass(slots=True)
class Words:
    """What is written on a plot.

    `heads` are headings of the columns beside it, `columns` columns that stand there word by word, `labels` texts at
    places of it, `over` what stands over a place of its x axis, `corners` words at its edges, `above` lines over it;
    `tiers` is how many lines of labels stand over its first row.
    """

    heads: list[Text] = field(default_factory=list)
    columns: tuple[Column, ...] = ()
    labels: list[Series] = field(default_factory=list)
    over: dict[float, Text] = field(default_factory=dict)
    corners: tuple[Corner, ...] = ()
    above: tuple[Text, ...] = ()
    tiers: int = 0


def words_of(figure: go.Figure, pair: tuple[str, str], reach: tuple[Reach, Reach], *, rows: int, alone: bool) -> Words:
    """The words on one plot.

    Args:
        figure: whose they are.
        pair: names of the plot's axes.
        reach: lower and upper end of both.
        rows: how many rows it has, 0 where it has none.
        alone: whether it is the figure's only plot.
    """
    found = Words()
    mine = [note for note in figure.layout.annotations if note.text and _on(note, figure, pair, alone=alone)]
    beside = [note for note in mine if rows and _paper(note, "x", 1) and note.xanchor == "left"]
    heads = [note for note in beside if (note.yref or "") == "paper"]
    found.heads = [pieces(str(note.text)) for note in sorted(heads, key=lambda note: float(note.xshift or 0))]
    found.columns = _column([note for note in beside if note not in heads], rows)
    over: list[Any] = []
    for note in (note for note in mine if note not in beside):
        if (note.xref or "x") in pair and _is_paper(note.yref) and _share(note.y) >= 0.95:
            over.append(note)
        elif _is_paper(note.xref) and _is_paper(note.yref):
            _put_on_paper(found, note, figure, pair)
        else:
            found.labels.append(_label(note, reach, rows))
    _put_over(found, over, reach, rows)
    return found


def _is_paper(ref: str | None) -> bool:
    return ref == "paper" or (ref or "").endswith("domain")


def _share(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _paper(note: Any, letter: str, at: float) -> bool:
    return _is_paper(note[f"{letter}ref"]) and _share(note[letter]) == at


def _on(note: Any, figure: go.Figure, pair: tuple[str, str], *, alone: bool) -> bool:
    """Whether words belong to this plot: by their axes, or by where on the paper they begin."""
    refs = {ref.removesuffix(" domain") for ref in (note.xref or "x", note.yref or "y")} - {"paper"}
    if refs:
        return refs <= set(pair)
    if alone:
        return True
    across, up = (figure.layout[f"{name[0]}axis{name[1:]}"].domain or (0, 1) for name in pair)
    return bool(across[0] <= _share(note.x) < across[1] and up[0] < _share(note.y) <= up[1] + 0.01)


def _column(notes: list[Any], rows: int) -> tuple[Column, ...]:
    """Words beside single rows."""
    if not notes:
        return ()
    by_row = {round(float(note.y)): pieces(str(note.text)) for note in notes}
    return (Column((), tuple(by_row.get(row, ()) for row in range(rows))),)


def _put_on_paper(found: Words, note: Any, figure: go.Figure, pair: tuple[str, str]) -> None:
    text = pieces(str(note.text))
    top = float((figure.layout[f"yaxis{pair[1][1:]}"].domain or (0, 1))[1])
    if _share(note.y) >= top - 1e-6 and note.yanchor == "bottom":
        found.above = (*found.above, text)
        return
    align = {"left": "l", "right": "r"}.get(note.xanchor or "", "ctr")
    anchor = {"top": "t", "bottom": "b"}.get(note.yanchor or "", "ctr")
    found.corners = (*found.corners, Corner(text, _share(note.x), _share(note.y), align, anchor))


def _put_over(found: Words, notes: list[Any], reach: tuple[Reach, Reach], rows: int) -> None:
    """Words over places of the x axis, each on a tier of its own: over the rows, or under the upper edge."""
    low, high = reach[1].low, reach[1].high
    tiers = sorted({float(note.yshift or 0) for note in notes})
    lines = max((str(note.text).count("<br>") + 1 for note in notes), default=1)
    found.tiers = len(tiers) * lines if rows else 0
    for note in notes:
        text = pieces(str(note.text))
        x, tier = reach[0].at(note.x, note.xref), tiers.index(float(note.yshift or 0))
        found.over[round(x, 4)] = text
        y = -0.5 - (tier + 0.5) * lines if rows else high - (0.03 + 0.05 * tier) * (high - low)
        found.labels.append(_words_at(x, y, _colour(text, note), _ASIDE.get(note.xanchor or "", "ctr")))


def _label(note: Any, reach: tuple[Reach, Reach], rows: int) -> Series:
    """Words at a place of the plot."""
    x, y = reach[0].at(note.x, note.xref), reach[1].at(note.y, note.yref)
    across, up = _ASIDE.get(note.xanchor or ""), _UP.get(note.yanchor or "")
    if across and up and not rows:
        y += _LIFT * (reach[1].high - reach[1].low) * (1 if up == "t" else -1)
    lifted = "t" if float(note.yshift or 0) > 0 else None
    return _words_at(x, y, _colour(pieces(str(note.text)), note), across or up or lifted or "ctr")


def _colour(text: Text, note: Any) -> Text:
    colour = note.font.color
    if not colour:
        return text
    return tuple(Piece(piece.text, piece.bold, piece.italic, piece.colour or str(colour)) for piece in text)


def _words_at(x: float, y: float, text: Text, side: str) -> Series:
    name = "".join(piece.text for piece in text).strip() or "label"
    return Series(name, (x,), (y,), labels=Labels((text,), (side,), SIZE, "#808080"))
