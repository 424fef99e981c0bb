"""The report: one page that says what was found, shows it, and tells how to find it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.report import sections, words
from engine.local_split.report.curves import curves
from engine.local_split.report.forest import Point, Reference, Row, chunks, forest
from engine.local_split.report.marks import marks, sample
from engine.local_split.report.markup import element, text, whole
from engine.local_split.report.style import SHEET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.local_split.exchange import Judged, Part, Result, System, Value
    from engine.local_split.report.marks import Mark

    Values = Mapping[tuple[str, str], Value]

# Lines of a forest on one sheet of A4.
_LINES = 34
# Nothing is fetched and nothing runs, whatever a column is called.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(result: Result) -> bytes:
    """One file, UTF-8, that needs no script and nothing from elsewhere; light and dark, on screen and on A4."""
    title = words.finding(result)
    return document(title, _main(result, title))


def document(title: str, content: Iterable[str]) -> bytes:
    """A page that needs nothing else; `content` is the markup of its parts, `title` a sentence."""
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
        element("title", text(title)),
        f"<style>{SHEET}</style>",
    ]
    body = element("body", element("main", *content))
    lines = ["<!doctype html>", '<html lang="en">', "<head>", *head, "</head>", body, "</html>", ""]
    return "\n".join(lines).encode("utf-8")


def _main(result: Result, title: str) -> Iterator[str]:
    inspection = result.inspection
    yield element("p", f"Validity Ledger · your split · {sections.user(inspection.name)}", class_="eyebrow")
    yield element("h1", sections.user(title))
    if not result.parts or not result.systems:
        yield from section("Read with care", sections.care(result))
    else:
        yield element("p", _lede(result), class_="lede")
        yield from section("Against the baseline", systems_drawn(result) + sections.values(result))
        yield from section("Verdicts", sections.verdicts(result))
        yield from section("Read with care", sections.care(result))
        yield from _strata(result)
        yield from section("Curves", curves(result))
        yield from section("What this split could show", sections.power(result) if result.power else "")
    yield from section("What was evaluated", sections.evaluated(inspection))
    yield from section("Checks", sections.checks(inspection))
    yield from section("Systems", sections.systems(result))
    yield from section("Methods", sections.methods(result))
    yield from section("The same numbers again", element("pre", element("code", whole(result.command))))


def section(title: str, content: str) -> Iterator[str]:
    """A heading and what stands under it; nothing where that is empty."""
    if content:
        yield element("section", element("h2", title), content)


def _lede(result: Result) -> str:
    """The numbers that carry the title."""
    inspection, whole = result.inspection, result.parts[0]
    said = [f"{words.size(whole)}."]
    beat = words.to_beat(result)
    rows = words.decisive(result)
    if beat and len(rows) == 1 and rows[0].delta is not None:
        bounds = words.interval(rows[0].low, rows[0].high, signed=True)
        said.append(f"{rows[0].metric} minus {beat.name}: {words.number(rows[0].delta, signed=True)} {bounds}.")
    set_aside = sum(one.count for one in inspection.label_words if one.read_as == "set aside")
    left_out = inspection.rows - inspection.used - set_aside
    counts = [f"{set_aside:,} rows set aside"] * bool(set_aside) + [f"{left_out:,} left out"] * (left_out > 0)
    said += [f"{' and '.join(counts)}."] if counts else []
    return text(" ".join(said))


def systems_drawn(result: Judged) -> str:
    """A figure of every system on the whole by the primary metric, next to the baseline to beat."""
    found, looks, whole = _found(result), marks(result), result.parts[0]
    rows = [
        Row(
            label=system.name,
            points=[_point(found.get((system.system_id, whole.part_id)), looks[system.system_id])],
            strong=system.registered,
        )
        for system in result.systems
    ]
    drawn = forest(
        rows, result.primary, reference=_reference(result, found), described=f"{result.primary} of every system"
    )
    beat = words.to_beat(result)
    line = f"Line and grey band: {beat.name} and its 95 % interval, the baseline to beat. " if beat else ""
    caption = f"{line}Bars are 95 % intervals; hollow marks are what nobody claims anything for."
    return element("figure", drawn, element("figcaption", text(caption)))


def _strata(result: Result) -> Iterator[str]:
    columns = dict.fromkeys(part.column for part in result.parts if part.column is not None)
    if not columns:
        return
    shown = [system for system in result.systems if system.role == "yours" or system.registered]
    shown = shown or list(result.systems[:1])
    looks, figures = marks(result), []
    for column in columns:
        parts = [part for part in result.parts if part.column == column]
        figures += [element("h3", "By ", sections.user(column)), *_parts(result, parts, shown)]
    legend = [element("li", sample(looks[system.system_id]), sections.user(system.name)) for system in shown]
    hollow = element("p", "Hollow: shown, but not judged.", class_="note")
    yield from section("Part by part", element("ul", *legend, class_="legend") + hollow + "".join(figures))


def _parts(result: Result, parts: Sequence[Part], shown: Sequence[System]) -> Iterator[str]:
    found, looks = _found(result), marks(result)
    rows = [
        Row(
            label=f"{part.label} (n = {part.n:,})",
            points=[
                _point(
                    found.get((system.system_id, part.part_id)),
                    looks[system.system_id],
                    judged=part.judged,
                    name=system.name,
                )
                for system in shown
            ],
        )
        for part in parts
    ]
    for piece in chunks(rows, _LINES):
        drawn = forest(piece, result.primary, reference=None, described=f"{result.primary} part by part")
        yield element("figure", drawn)
    reasons: dict[str, int] = {}
    for part in parts:
        if not part.judged and part.reason:
            reasons[part.reason] = reasons.get(part.reason, 0) + 1
    said = [f"{reason} ({count} {'part' if count == 1 else 'parts'})" for reason, count in reasons.items()]
    if said:
        yield element("p", text(f"Not judged: {'; '.join(said)}."), class_="note")
    yield _part_verdicts(result, parts)


def _part_verdicts(result: Result, parts: Sequence[Part]) -> str:
    """Verdicts of judged parts against the baseline to beat, by the primary metric."""
    names = {system.system_id: system.name for system in result.systems}
    judged = {part.part_id: part for part in parts if part.judged}
    rows = [
        sections.row(
            sections.user(judged[one.part_id].label),
            sections.user(names[one.system_id]),
            f"{words.number(one.delta, signed=True)} "
            + element("span", words.interval(one.low, one.high, signed=True), class_="bounds"),
            sections.unbroken(words.small(one.q)),
            sections.verdict(one.verdict, one.undefined_reason),
        )
        for one in result.differences
        if one.registered and one.metric == result.primary and one.part_id in judged
    ]
    if not rows:
        return ""
    return sections.table(["part", "system", "difference [95 % interval]", "q", "paired verdict"], rows)


def _found(result: Judged) -> Values:
    return {(one.system_id, one.part_id): one for one in result.values if one.metric == result.primary}


def _point(value: Value | None, mark: Mark, *, judged: bool = True, name: str | None = None) -> Point:
    """A value as it is drawn; `name` of the system where the label beside it is another's."""
    if value is None:
        return Point(mark=mark, value=None, low=None, high=None, name=name)
    return Point(
        mark=mark,
        value=value.value,
        low=value.low,
        high=value.high,
        reason=value.undefined_reason,
        hollow=not judged,
        name=name,
    )


def _reference(result: Judged, found: Values) -> Reference | None:
    beat = words.to_beat(result)
    value = found.get((beat.system_id, result.parts[0].part_id)) if beat else None
    if beat is None or value is None or value.value is None:
        return None
    return Reference(name=beat.name, value=value.value, low=value.low, high=value.high)
