"""A figure as panels that native charts can carry, and the rows of a panel that a slide has room for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dashboard.export.arrays import plain
from dashboard.export.drawing import Band, Bars, CannotCarryError, Column, Panel, Scale, Series
from dashboard.export.pptx.annotations import Words, words_of
from dashboard.export.pptx.scales import reach_of, scale
from dashboard.export.reading import bars_of, series_of, shape_series
from dashboard.export.rich import is_bold, pieces, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from dashboard.export.drawing import Text

MOST_PANELS = 3
_MOST_LABELS = 70
_MOST_SHAPES = 80
_CARRIED = {"scatter", "scattergl", "bar"}


def panels_of(figure: go.Figure, named: Callable[[Any, str, str], str], ink: str) -> tuple[Panel, ...]:
    """The plots of a figure; rows stand as in the figure, from 0 at the top.

    Args:
        figure: of an exhibit.
        named: as `reading.series_of`.
        ink: colour of text.

    Raises:
        CannotCarryError: native charts cannot show it.
    """
    kinds = {trace.type for trace in figure.data}
    if "heatmap" in kinds:
        raise CannotCarryError("it is a map without a number in each of its cells")
    if not kinds <= _CARRIED or plain(figure.layout.images):
        raise CannotCarryError(f"there is no native chart for {', '.join(sorted(kinds - _CARRIED)) or 'pictures'}")
    if len(figure.layout.shapes) > _MOST_SHAPES or len(figure.layout.annotations) > _MOST_LABELS:
        raise CannotCarryError("it is drawn of many single shapes and words")
    pairs = list(
        dict.fromkeys(
            (trace.xaxis or "x", trace.yaxis or "y") for trace in figure.data if not _beside(figure, trace.yaxis or "y")
        )
    )
    if len(pairs) > MOST_PANELS or len({across for across, _ in pairs}) < len(pairs):
        raise CannotCarryError("its plots share an axis")
    return tuple(_panel(figure, pair, named, ink, alone=len(pairs) == 1) for pair in pairs)


def axis(figure: go.Figure, name: str) -> Any:
    """The axis of a name: x2 -> layout.xaxis2."""
    return figure.layout[f"{name[0]}axis{name[1:]}"]


def _beside(figure: go.Figure, name: str) -> bool:
    """Whether an axis is a column of words beside the rows."""
    return axis(figure, name).overlaying is not None


def _panel(
    figure: go.Figure, pair: tuple[str, str], named: Callable[[Any, str, str], str], ink: str, *, alone: bool
) -> Panel:
    across, up = axis(figure, pair[0]), axis(figure, pair[1])
    mine = [trace for trace in figure.data if (trace.xaxis or "x", trace.yaxis or "y") == pair]
    mine = [trace for trace in mine if trace.visible is not False]
    rows = _row_names(up, barred=any(trace.type == "bar" for trace in mine))
    bars = [bars_of(trace, len(rows)) for trace in mine if trace.type == "bar"] if rows is not None else []
    found = [one for trace in mine if trace.type != "bar" for one in series_of(trace, named, ink)]
    series, columns = _columns_of_texts(found, rows, bars)
    if any(trace.type == "bar" for trace in mine) and rows is None:
        raise CannotCarryError("its bars do not lie along rows")
    reach = (reach_of(across, values_along(series, "x")), reach_of(up, values_along(series, "y")))
    drawn = [shape_series(shape, *reach) for shape in figure.layout.shapes if _on(shape, pair, alone=alone)]
    lines = [one for one in drawn if isinstance(one, Series)]
    said = words_of(figure, pair, reach, rows=0 if rows is None else len(rows), alone=alone)
    every = [*lines, *series, *said.labels]
    if not any(one.marker or one.line or one.errors for one in every) and not bars:
        raise CannotCarryError("it is made of words")
    measured = _measured(bars, values_along([*series, *lines], "x"))
    return Panel(
        series=tuple(_named_lines(every, said)),
        across=scale(_without_words(across, bars, measured), measured),
        up=scale(up, values_along([*series, *lines], "y")) if rows is None else _rows_scale(len(rows)),
        rows=None if rows is None else tuple(pieces(row.strip()) for row in rows),
        bold=() if rows is None else tuple(is_bold(row) for row in rows),
        columns=(*_columns(figure, said), *_headed(columns, said)),
        bands=tuple(one for one in drawn if isinstance(one, Band)),
        bars=tuple(bars),
        corners=said.corners,
        above=said.above,
        stacked=figure.layout.barmode == "stack",
        tiers=0 if bars else said.tiers,
        place=_place(across, up),
    )


def _row_names(up: Any, *, barred: bool) -> list[str] | None:
    """Names of rows from the top, where the axis runs down over them; their places are 0, 1, 2, ..."""
    given, marks, texts = plain(up.range), plain(up.tickvals), plain(up.ticktext)
    down = len(given) == 2 and None not in given and given[0] > given[1]
    if not texts or not (down or barred) or [float(mark) for mark in marks] != list(range(len(texts))):
        return None
    return [str(text) for text in texts]


def _rows_scale(n: int) -> Scale:
    return Scale(-0.5, n - 0.5, 1.0, shown=False)


def values_along(series: Sequence[Series], letter: str) -> list[float]:
    """Everything drawn along an axis, intervals included."""
    found: list[float] = []
    for one in series:
        places = one.x if letter == "x" else one.y
        found += places
        for bars in (bars for bars in one.errors if bars.axis == letter):
            found += [place + more for place, more in zip(places, bars.plus, strict=True)]
            found += [place - less for place, less in zip(places, bars.minus, strict=True)]
    return found


def _measured(bars: Sequence[Bars], values: list[float]) -> list[float]:
    if not bars:
        return values
    sums = [sum(length or 0 for length in lengths) for lengths in zip(*(bar.lengths for bar in bars), strict=True)]
    return [0.0, *sums]


def _without_words(across: Any, bars: Sequence[Bars], values: list[float]) -> Any:
    """The axis along bars ends with them: what the figure writes beyond stands in columns here."""
    if not bars:
        return across
    kept = type(across)(across.to_plotly_json())
    kept.range = [0, max(values) * (1.08 if any(bar.texts for bar in bars) else 1.0)]
    return kept


def _columns_of_texts(
    series: list[Series], rows: list[str] | None, bars: Sequence[Bars]
) -> tuple[list[Series], list[tuple[float, Column]]]:
    """Texts that stand under each other beside the rows are columns, not labels of points."""
    if rows is None or not bars:
        return series, []
    kept, columns = [], []
    for one in series:
        if one.labels is None or len(set(one.x)) > 1:
            kept.append(one)
            continue
        by_row = {round(y): text for y, text in zip(one.y, one.labels.texts, strict=True)}
        columns.append((one.x[0], Column((), tuple(by_row.get(row, ()) for row in range(len(rows))))))
    return kept, columns


def _headed(columns: list[tuple[float, Column]], said: Words) -> list[Column]:
    """The columns with the words that stand over them."""
    return [replace(column, heading=said.over.get(round(x, 4), ())) for x, column in columns]


def _columns(figure: go.Figure, said: Words) -> list[Column]:
    """Columns that the figure draws as further axes, in their order from the left."""
    further = [name for name in figure.layout if name.startswith("yaxis") and figure.layout[name].overlaying]
    found = sorted((figure.layout[name] for name in further), key=lambda one: float(one["shift"] or 0))
    columns = []
    for place, one in enumerate(found):
        cells = tuple(pieces(str(text)) for text in plain(one.ticktext))
        heading = said.heads[place] if place < len(said.heads) else ()
        columns.append(Column(heading, cells))
    return [*columns, *said.columns]


def _on(shape: Any, pair: tuple[str, str], *, alone: bool) -> bool:
    """Whether a shape lies on these axes."""
    refs = {ref.removesuffix(" domain") for ref in (shape.xref or "x", shape.yref or "y")} - {"paper"}
    return refs <= set(pair) and (alone or bool(refs))


def _named_lines(series: list[Series], said: Words) -> list[Series]:
    """Lines drawn on a figure are called what stands at their end."""
    found = []
    for one in series:
        straight = one.line is not None and len(set(one.x)) == 1 and one.name == "line"
        name = words("".join(piece.text for piece in said.over.get(round(one.x[0], 4), ()))) if straight else ""
        found.append(replace(one, name=name) if name else one)
    return found


def _place(across: Any, up: Any) -> tuple[float, float, float, float]:
    """Left, top, width and height in shares of the figure's plots."""
    x0, x1 = (float(end) for end in across.domain or (0, 1))
    y0, y1 = (float(end) for end in up.domain or (0, 1))
    return x0, 1 - y1, x1 - x0, y1 - y0


def fitted(panel: Panel, kept: Sequence[int]) -> Panel:
    """The panel with these rows alone, and counted from the bottom, as axes are."""
    n = len(panel.rows or ())
    places = {row: len(kept) - 1 - place for place, row in enumerate(kept)}
    return replace(
        panel,
        series=tuple(one for series in panel.series if (one := _rows_of(series, places, n)) is not None),
        rows=tuple((panel.rows or ())[row] for row in kept),
        bold=tuple(panel.bold[row] for row in kept),
        columns=tuple(
            replace(column, cells=tuple(column.cells[row] if row < len(column.cells) else () for row in kept))
            for column in panel.columns
        ),
        bands=tuple(one for band in panel.bands for one in _band(band, kept)),
        bars=tuple(_kept_bars(bar, kept) for bar in panel.bars),
        up=replace(panel.up, low=-0.5, high=len(kept) - 0.5 + 0.85 * panel.tiers),
    )


def _rows_of(series: Series, places: dict[int, int], n: int) -> Series | None:
    top, bottom = len(places) - 0.5, -0.5
    upright = series.line is not None and len(series.y) == 2 and len(set(series.x)) == 1
    if upright and min(series.y) <= 0 and max(series.y) >= n - 1:
        return replace(series, y=(bottom, top))
    if series.labels is not None and all(y < -0.5 for y in series.y):
        return replace(series, y=tuple(top - 0.85 * (y + 0.5) for y in series.y))
    if series.line is not None and any(round(y) not in places for y in series.y):
        return None
    mine = [place for place, y in enumerate(series.y) if round(y) in places]
    if not mine:
        return None
    y = tuple(places[round(series.y[place])] - (series.y[place] - round(series.y[place])) for place in mine)
    labels = series.labels
    if labels is not None:
        labels = replace(
            labels,
            texts=tuple(labels.texts[place] for place in mine),
            sides=tuple(labels.sides[place] for place in mine),
        )
    errors = tuple(
        replace(bars, plus=tuple(bars.plus[p] for p in mine), minus=tuple(bars.minus[p] for p in mine))
        for bars in series.errors
    )
    return replace(series, x=tuple(series.x[place] for place in mine), y=y, labels=labels, errors=errors)


def _band(band: Band, kept: Sequence[int]) -> list[Band]:
    if band.axis == "x":
        return [band]
    inside = [place for place, row in enumerate(kept) if band.low < row < band.high]
    if not inside:
        return []
    return [replace(band, low=len(kept) - 1.5 - inside[-1], high=len(kept) - 0.5 - inside[0])]


def _kept_bars(bar: Bars, kept: Sequence[int]) -> Bars:
    def some(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[row] for row in kept) if values else ()

    return replace(bar, lengths=some(bar.lengths), colours=some(bar.colours), texts=some(bar.texts))


def no_words(text: Text) -> bool:
    """Whether nothing can be read of it."""
    return not "".join(piece.text for piece in text).strip()
