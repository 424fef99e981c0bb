"""A panel as the XML of a native chart: points, lines, intervals, bars, axes, and the texts at their points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.export.drawing import Errors, Labels, Marker, Series, Stroke
from dashboard.export.meanings import glyph
from dashboard.export.pptx.chart_data import Sheet, plain_number
from dashboard.export.pptx.markup import NAMESPACES, line, run, safe, solid
from dashboard.export.pptx.measure import width
from dashboard.export.rich import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette
    from dashboard.export.drawing import Band, Bars, Panel, Scale, Text

TEXT = 12.0
_HIDDEN = (
    '<c:showLegendKey val="0"/><c:showVal val="0"/><c:showCatName val="0"/><c:showSerName val="0"/>'
    '<c:showPercent val="0"/><c:showBubbleSize val="0"/>'
)
_SHOWN = _HIDDEN.replace('<c:showVal val="0"/>', '<c:showVal val="1"/>')
_LOG = '<c:logBase val="10"/>'
_ACROSS, _UP = "50010001", "50010002"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot lies in its chart, all in points: the chart's size, then the plot's left, top, width, height."""

    chart: tuple[float, float]
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A series of the chart: how it looks, and its points, with gaps where they are None."""

    look: Series
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]


@dataclass(slots=True)
class _Pen:
    """What every part needs: colours, the workbook, and numbers of series."""

    colours: Palette
    ground: str
    sheet: Sheet
    count: int = 0


def chart_markup(panel: Panel, frame: Frame, colours: Palette, ground: str) -> tuple[str, Sheet]:
    """The chart's XML and its workbook; rows of the panel are counted from the bottom."""
    pen = _Pen(colours, ground, Sheet())
    plots = _bar_chart(panel, frame, pen) if panel.bars else _scatter_chart(panel, frame, pen)
    layout = (
        '<c:layout><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{frame.left / frame.chart[0]:.5f}"/><c:y val="{frame.top / frame.chart[1]:.5f}"/>'
        f'<c:w val="{frame.width / frame.chart[0]:.5f}"/><c:h val="{frame.height / frame.chart[1]:.5f}"/>'
        "</c:manualLayout></c:layout>"
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><c:chartSpace {NAMESPACES}>"
        '<c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/>'
        f"<c:plotArea>{layout}{plots}<c:spPr><a:noFill/></c:spPr></c:plotArea>"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{_letters(TEXT, colours.ink, ground)}</c:chartSpace>"
    ), pen.sheet


def _letters(size: float, ink: str, ground: str, *, wrap: bool = True) -> str:
    body = "<a:bodyPr/>" if wrap else '<a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0"/>'
    return (
        f'<c:txPr>{body}<a:lstStyle/><a:p><a:pPr><a:defRPr sz="{round(size * 100)}">{solid(ink, ground)}</a:defRPr>'
        '</a:pPr><a:endParaRPr lang="en-GB"/></a:p></c:txPr>'
    )


def _scatter_chart(panel: Panel, frame: Frame, pen: _Pen) -> str:
    drawn = [*_bands(panel, frame), *_row_names(panel, pen), *_own_ticks(panel, pen), *panel.series]
    parts = [part for one in drawn for part in _parts(one) if part.x]
    # PowerPoint draws series by their order, LibreOffice the first one written on top: so the last is written first.
    # It also loses the series before one that has more points: the first one's columns are as long as the longest.
    longest = max(len(part.x) for part in parts)
    order = range(len(parts) - 1, -1, -1)
    series = "".join(_series(parts[one], one, pen, longest if place == 0 else 0) for place, one in enumerate(order))
    return (
        '<c:scatterChart><c:scatterStyle val="lineMarker"/><c:varyColors val="0"/>'
        f'{series}<c:axId val="{_ACROSS}"/><c:axId val="{_UP}"/></c:scatterChart>'
        f"{_axis(panel.across, _ACROSS, _UP, pen, title=_title_below(panel.across, frame, pen))}"
        f"{_axis(panel.up, _UP, _ACROSS, pen, side='l', title=_title_beside(panel.up, pen))}"
    )


def _bands(panel: Panel, frame: Frame) -> list[Series]:
    """Tinted stretches as broad lines: a native chart has nothing else that follows its axes."""
    found = []
    for band in panel.bands:
        along, length = (panel.across, frame.width) if band.axis == "x" else (panel.up, frame.height)
        low, high = max(band.low, along.low), min(band.high, along.high)
        if high <= low:
            continue
        middle = (low + high) / 2
        rows = len(panel.rows or ())
        ends = (panel.up.low, rows - 0.5 if rows else panel.up.high)
        x, y = ((middle, middle), ends) if band.axis == "x" else ((panel.across.low, panel.across.high), (middle,) * 2)
        width = (high - low) / (along.high - along.low) * length
        found.append(Series(_band_name(band), x, y, line=Stroke(band.colour, width, alpha=band.alpha)))
    return found


def _band_name(band: Band) -> str:
    return f"band from {band.low:g} to {band.high:g}"


def _own_ticks(panel: Panel, pen: _Pen) -> list[Series]:
    """Marks of an axis that its own numbers cannot say, as hairlines with words below."""
    found = []
    for scale, other, axis in ((panel.across, panel.up, "y"), (panel.up, panel.across, "x")):
        if not scale.ticks or not scale.shown:
            continue
        places = tuple(place for place, _ in scale.ticks)
        start = tuple(other.low for _ in places)
        length = tuple((other.high - other.low) if scale.grid else 0.0 for _ in places)
        bars = Errors(axis, length, tuple(0.0 for _ in places), Stroke(pen.colours.hairline, 0.75))
        texts = tuple(_plain(text, pen.colours.muted) for _, text in scale.ticks)
        sides = (("b" if axis == "y" else "l"),) * len(places)
        x, y = (places, start) if axis == "y" else (start, places)
        found.append(Series("marks of the axis", x, y, errors=(bars,), labels=Labels(texts, sides, TEXT, "")))
    return found


def _plain(text: Text, colour: str) -> Text:
    return tuple(Piece(piece.text, piece.bold, piece.italic, piece.colour or colour) for piece in text)


def _row_names(panel: Panel, pen: _Pen) -> list[Series]:
    """Names of the rows, as texts at the left of points on the edge."""
    if panel.rows is None:
        return []
    n = len(panel.rows)
    y = tuple(float(n - 1 - place) for place in range(n))
    labels = Labels(panel.rows, ("l",) * n, TEXT, pen.colours.ink)
    return [Series("rows", (panel.across.low,) * n, y, labels=labels)]


def _parts(series: Series) -> list[_Part]:
    """What is drawn of a series: spans under its marks, its marks, and its texts where both want the points' texts.

    Marks that PowerPoint has no shape for are letters, and hollow ones too, since LibreOffice fills them; a point has
    one text, so its label stands by itself then.
    LibreOffice reads no intervals along x, so those are lines with gaps between them, which every program draws.
    """
    across = [bars for bars in series.errors if bars.axis == "x" or series.marker is None]
    spans = [_spans(series, bars) for bars in across]
    left = replace(series, errors=tuple(bars for bars in series.errors if bars not in across))
    marker = series.marker
    if marker is not None and (marker.glyph or marker.hollow):
        sign = (Piece(glyph(marker), bold=marker.hollow, colour=marker.colour),)
        n = len(series.x)
        letters = Labels((sign,) * n, ("ctr",) * n, marker.size * 1.6, marker.colour)
        spans.append(_Part(replace(left, marker=None, labels=letters), left.x, left.y))
        left = replace(left, marker=None, errors=())
    if left.marker or left.line or left.labels or left.errors:
        spans.append(_Part(left, left.x, left.y))
    return spans


def _spans(series: Series, bars: Errors) -> _Part:
    """Intervals as one line with a gap after each: from its lower to its upper end."""
    x: list[float | None] = []
    y: list[float | None] = []
    for one, other, plus, minus in zip(series.x, series.y, bars.plus, bars.minus, strict=True):
        if plus or minus:
            x += [one - minus, one + plus, None] if bars.axis == "x" else [one, one, None]
            y += [other, other, None] if bars.axis == "x" else [other - minus, other + plus, None]
    drawn = series.marker is not None
    name = f"{series.name or series.group or 'points'}: interval" if drawn else series.name
    return _Part(Series(name, (), (), line=bars.stroke), tuple(x), tuple(y))


def _series(part: _Part, number: int, pen: _Pen, length: int) -> str:
    """A series by its number; `length` is how many cells its columns have at least."""
    series = part.look
    name = series.name or series.group or f"series {number + 1}"
    blank = (None,) * (length - len(part.x))
    x, y = (*part.x, *blank), (*part.y, *blank)
    _, across = pen.sheet.add(f"{name}: x", x)
    heading, up = pen.sheet.add(name, y)
    bars = "".join(_error_bars(one, name, pen) for one in series.errors)
    if series.labels is not None and series.marker is None:
        pen.sheet.add(f"{name}: text", ["".join(piece.text for piece in text) for text in series.labels.texts])
    drawn = series.line or Stroke("", 0)
    stroke = line(drawn.colour or None, drawn.width, pen.ground, dash=drawn.dash, alpha=drawn.alpha)
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/>{_name(heading, name)}<c:spPr>{stroke}</c:spPr>'
        f"{_marker(series.marker, pen.ground)}{_labels(series.labels, pen)}{bars}"
        f"<c:xVal>{_numbers(across, x)}</c:xVal><c:yVal>{_numbers(up, y)}</c:yVal>"
        '<c:smooth val="0"/></c:ser>'
    )


def _name(reference: str, name: str) -> str:
    return (
        f'<c:tx><c:strRef><c:f>{reference}</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{safe(name)}</c:v>'
        "</c:pt></c:strCache></c:strRef></c:tx>"
    )


def _numbers(reference: str, values: Sequence[float | None]) -> str:
    points = "".join(
        f'<c:pt idx="{place}"><c:v>{plain_number(value)!r}</c:v></c:pt>'
        for place, value in enumerate(values)
        if value is not None
    )
    return (
        f"<c:numRef><c:f>{reference}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points}</c:numCache></c:numRef>'
    )


def _marker(marker: Marker | None, ground: str) -> str:
    if marker is None:
        return '<c:marker><c:symbol val="none"/></c:marker>'
    thin = marker.symbol in {"x", "plus", "star"}
    paint = solid(None if marker.hollow or thin else marker.colour, ground, marker.alpha)
    edge = (marker.colour, 2.25) if marker.hollow or thin else marker.edge or (None, 0.0)
    return (
        f'<c:marker><c:symbol val="{marker.symbol}"/><c:size val="{min(max(round(marker.size), 2), 72)}"/>'
        f"<c:spPr>{paint}{line(edge[0], edge[1], ground, alpha=marker.alpha)}</c:spPr></c:marker>"
    )


def _labels(labels: Labels | None, pen: _Pen) -> str:
    if labels is None:
        return ""
    return f"<c:dLbls>{''.join(_label(labels, place, pen) for place in range(len(labels.texts)))}{_HIDDEN}</c:dLbls>"


def _label(labels: Labels, place: int, pen: _Pen) -> str:
    ink = labels.ink or pen.colours.ink
    paragraphs = "".join(
        f"<a:p>{''.join(run(piece, labels.size, ink, pen.ground) for piece in part if piece.text)}</a:p>"
        for part in _in_paragraphs(labels.texts[place])
    )
    return (
        f'<c:dLbl><c:idx val="{place}"/><c:tx><c:rich>'
        '<a:bodyPr wrap="none" lIns="36000" tIns="0" rIns="36000" bIns="0">'
        f'<a:noAutofit/></a:bodyPr><a:lstStyle/>{paragraphs}</c:rich></c:tx><c:dLblPos val="{labels.sides[place]}"/>'
        f"{_SHOWN}</c:dLbl>"
    )


def _in_paragraphs(text: Text) -> list[Text]:
    """The text parted at its line breaks."""
    found: list[Text] = [()]
    for piece in text:
        first, *others = piece.text.split("\n")
        found[-1] = (*found[-1], replace(piece, text=first))
        found += [(replace(piece, text=other),) for other in others]
    return found


def _error_bars(bars: Errors, name: str, pen: _Pen) -> str:
    _, plus = pen.sheet.add(f"{name}: {bars.axis} above", bars.plus)
    _, minus = pen.sheet.add(f"{name}: {bars.axis} below", bars.minus)
    drawn = bars.stroke
    return (
        f'<c:errBars><c:errDir val="{bars.axis}"/><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="1"/><c:plus>{_numbers(plus, bars.plus)}</c:plus>'
        f"<c:minus>{_numbers(minus, bars.minus)}</c:minus>"
        f"<c:spPr>{line(drawn.colour, drawn.width, pen.ground, dash=drawn.dash, alpha=drawn.alpha)}</c:spPr>"
        "</c:errBars>"
    )


def _bar_chart(panel: Panel, frame: Frame, pen: _Pen) -> str:
    """Level bars; the names of the rows stand on the axis, the first at the top."""
    names = tuple("".join(piece.text for piece in row).strip() for row in panel.rows or ())
    _, categories = pen.sheet.add("rows", names)
    points = "".join(f'<c:pt idx="{place}"><c:v>{safe(name)}</c:v></c:pt>' for place, name in enumerate(names))
    cache = (
        f'<c:cat><c:strRef><c:f>{categories}</c:f><c:strCache><c:ptCount val="{len(names)}"/>{points}</c:strCache>'
        "</c:strRef></c:cat>"
    )
    series = "".join(_bar_series(bar, cache, pen) for bar in panel.bars)
    stacked = panel.stacked and len(panel.bars) > 1
    grouping = "stacked" if stacked else "clustered"
    overlap = '<c:overlap val="100"/>' if stacked else ""
    return (
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>{series}'
        f'<c:gapWidth val="65"/>{overlap}<c:axId val="{_UP}"/><c:axId val="{_ACROSS}"/></c:barChart>'
        f'<c:catAx><c:axId val="{_UP}"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>'
        f"{_letters(TEXT, pen.colours.ink, pen.ground)}"
        f'<c:crossAx val="{_ACROSS}"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/>'
        '<c:lblOffset val="60"/><c:tickLblSkip val="1"/><c:noMultiLvlLbl val="1"/></c:catAx>'
        f"{_axis(panel.across, _ACROSS, _UP, pen, title=_title_below(panel.across, frame, pen), crosses='max')}"
    )


def _bar_series(bar: Bars, categories: str, pen: _Pen) -> str:
    name = bar.name or f"series {pen.count + 1}"
    heading, values = pen.sheet.add(name, bar.lengths)
    number = pen.count
    pen.count += 1
    edge = line(pen.colours.ground, 0.75, pen.ground)
    points = "".join(
        f'<c:dPt><c:idx val="{place}"/><c:invertIfNegative val="0"/><c:bubble3D val="0"/>'
        f"<c:spPr>{solid(colour, pen.ground)}{edge}</c:spPr></c:dPt>"
        for place, colour in enumerate(bar.colours)
        if colour
    )
    texts = ""
    if bar.texts:
        labels = Labels(tuple((Piece(text),) for text in bar.texts), ("outEnd",) * len(bar.texts), TEXT, "")
        texts = _labels(labels, pen)
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/>{_name(heading, name)}'
        f'<c:spPr>{solid(bar.colour, pen.ground)}{edge}</c:spPr><c:invertIfNegative val="0"/>{points}{texts}'
        f"{categories}<c:val>{_numbers(values, bar.lengths)}</c:val></c:ser>"
    )


def _axis(scale: Scale, own: str, other: str, pen: _Pen, *, title: str, side: str = "b", crosses: str = "min") -> str:
    silent = not scale.shown or bool(scale.ticks)
    grid = line(pen.colours.hairline, 0.75, pen.ground) if scale.grid and not scale.ticks else ""
    return (
        f'<c:valAx><c:axId val="{own}"/><c:scaling>{_LOG if scale.log else ""}'
        f'<c:orientation val="minMax"/><c:max val="{scale.high!r}"/><c:min val="{scale.low!r}"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{side}"/>'
        + (f"<c:majorGridlines><c:spPr>{grid}</c:spPr></c:majorGridlines>" if grid else "")
        + title
        + f'<c:numFmt formatCode="{safe(scale.format)}" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="{"none" if silent else "low"}"/>'
        f"<c:spPr><a:ln><a:noFill/></a:ln></c:spPr>{_letters(TEXT, pen.colours.muted, pen.ground)}"
        f'<c:crossAx val="{other}"/><c:crosses val="{crosses}"/>'
        + (f'<c:majorUnit val="{scale.step!r}"/>' if scale.step and not scale.log else "")
        + "</c:valAx>"
    )


def _title_below(scale: Scale, frame: Frame, pen: _Pen) -> str:
    """The axis's title under its numbers, in the middle of the plot."""
    if not scale.title:
        return ""
    left = frame.left + frame.width / 2 - width(scale.title, TEXT) / 2
    top = frame.top + frame.height + (20 if scale.shown else 4)
    layout = (
        '<c:layout><c:manualLayout><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{max(left, 0) / frame.chart[0]:.5f}"/><c:y val="{top / frame.chart[1]:.5f}"/>'
        "</c:manualLayout></c:layout>"
    )
    return _title(scale.title, "", layout, pen)


def _title_beside(scale: Scale, pen: _Pen) -> str:
    """The axis's title along it, reading upwards; where it stands, the program decides."""
    return _title(scale.title, ' rot="-5400000" vert="horz"', "", pen) if scale.title else ""


def _title(text: str, turned: str, layout: str, pen: _Pen) -> str:
    words = run(Piece(text), TEXT, pen.colours.muted, pen.ground)
    return (
        f'<c:title><c:tx><c:rich><a:bodyPr{turned}/><a:lstStyle/><a:p><a:pPr><a:defRPr b="0"/></a:pPr>{words}</a:p>'
        f'</c:rich></c:tx>{layout}<c:overlay val="1"/></c:title>'
    )
