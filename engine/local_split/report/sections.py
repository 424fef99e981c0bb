"""The parts of a report that are read: tables, lists and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.report import words
from engine.local_split.report.marks import marks, sample
from engine.local_split.report.markup import element, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.local_split.exchange import Difference, Inspection, Judged, Result, System, Value

_BOUNDS = "[95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval]"
# Sentences about what power rests on: they say the same of every part but for a number.
_ASSUMED = 4
_SEVERITIES = {"passed": "✓ passed", "note": "○ note", "warning": "▲ warning", "left out": "✕ left out"}


def user(value: object) -> str:
    """A name that a user gave, kept apart from the text around it."""
    return element("bdi", text(value))


def unbroken(number: str) -> str:
    """A number that stays on one line however narrow its column."""
    return element("span", text(number), class_="number")


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """Rows under their heads, scrolled sideways where the screen is narrow."""
    head = element("thead", element("tr", *(element("th", text(one), scope="col") for one in heads)))
    return element("div", element("table", head, element("tbody", *rows)), class_="scroll")


def row(*cells: str, class_: str | None = None) -> str:
    """A row of a table; cells are markup."""
    return element("tr", *(element("td", cell) for cell in cells), class_=class_)


def values(result: Judged) -> str:
    """Every system with every metric on the whole split, and the reasons where a value is missing."""
    whole, looks = result.parts[0].part_id, marks(result)
    found = {(one.system_id, one.metric): one for one in result.values if one.part_id == whole}
    rows = []
    for system in result.systems:
        mark = element("span", sample(looks[system.system_id]), class_="legend", style="display:inline")
        own = [_value(found.get((system.system_id, metric))) for metric in result.metrics]
        kind = "beat" if system.registered else "control" if system.role == "control" else None
        rows.append(row(f"{mark}{user(system.name)}{_role(system)}", *own, class_=kind))
    return table(["system", *(f"{metric} {_BOUNDS}" for metric in result.metrics)], rows) + _notes(
        words.missing_values(result)
    )


def verdicts(result: Judged) -> str:
    """The user's systems minus each baseline on the whole split, with both verdicts in words.

    By the other metrics, the differences to the baseline to beat alone.
    """
    whole = result.parts[0].part_id
    shown = [one for one in result.differences if one.part_id == whole]
    if not shown:
        return element("p", "Nothing was judged: it takes a column of yours and a baseline.")
    primary = sorted((one for one in shown if one.metric == result.primary), key=lambda one: not one.registered)
    others = [one for one in shown if one.metric != result.primary and one.registered]
    used = [name for name in words.VERDICTS if any(name in {one.verdict, one.verdict_article} for one in shown)]
    meant = element("ul", *(element("li", text(words.VERDICT_SENTENCES[name])) for name in used), class_="plain note")
    second = element("h3", "By the other metrics") + _differences(result, others) if others else ""
    return _differences(result, primary) + meant + second


def _differences(result: Judged, found: Sequence[Difference]) -> str:
    """Rows of what is defined, and the reasons of what is not."""
    names = {system.system_id: system.name for system in result.systems}
    heads = ["system", "minus", "n", f"difference {_BOUNDS}", "q", "article’s rule", "paired verdict"]
    rows = [_difference(one, names) for one in found if one.delta is not None]
    return (table(heads, rows) if rows else "") + _notes(words.missing_differences(result, found))


def verdict(name: str | None, reason: str | None = None) -> str:
    """Mark and word of a verdict, or why there is none."""
    if name is None:
        return element("span", text(f"none: {reason}" if reason else "none"), class_="interval")
    glyph, word = words.VERDICTS[name]
    return element("span", f"{glyph} {word}", class_=f"word {name}")


def care(result: Result) -> str:
    """What did not pass, most serious first, and flags that say more; empty where all is well."""
    order = ("warning", "left out", "note")
    checks = [one for severity in order for one in result.inspection.checks if one.severity == severity]
    items = [
        element(
            "li",
            element("b", text(_SEVERITIES[one.severity]), class_="warn" if one.severity == "warning" else None),
            f" · {text(one.title)}: {text(one.found)} {text(one.remedy or '')}",
        )
        for one in checks
    ]
    told = {one.found.rstrip(".") for one in checks}
    items += [
        element("li", element("b", text(flag["flag"])), f" ({text(flag['severity'])}): {text(flag['evidence'])}")
        for flag in result.flags
        if flag["evidence"].rstrip(".") not in told
    ]
    items += [
        element("li", element("b", "not evaluated"), f" · {text(one.problem)}; {text(one.remedy)}")
        for one in result.failed
    ]
    return element("ul", *items, class_="plain") if items else ""


def power(result: Result) -> str:
    """What the whole split could show, in sentences, and its parts in a table."""
    names = {system.system_id: system.name for system in result.systems}
    whole = result.parts[0].part_id
    items = [element("li", text(words.power(one, names))) for one in result.power if one.part_id == whole]
    labels = {part.part_id: part.label for part in result.parts}
    rows = [
        row(
            user(labels[one.part_id]),
            user(names[one.system_id]) if one.system_id else "a model to come",
            words.number(one.detectable) or "none",
            unbroken(f"{one.needed:,}" if one.needed is not None else "none"),
            text(one.undefined_reason or ""),
        )
        for one in result.power
        if one.part_id != whole
    ]
    heads = [
        "part",
        "difference of",
        f"smallest {result.primary} it would find",
        "items in all that are needed",
        "why not",
    ]
    rests = [words.sentence(told) for told in dict.fromkeys(one.assumed for one in result.power if one.assumed)]
    return element("ul", *items, class_="plain") + (table(heads, rows) if rows else "") + _notes(rests[:_ASSUMED])


def evaluated(inspection: Inspection) -> str:
    """The file, what its rows and columns were taken for, and what was left out."""
    told = {
        "file": user(inspection.name),
        "sha256": element("code", text(inspection.sha256)),
        "kind": text(inspection.kind) + (f", header in row {inspection.header}" if inspection.header else ""),
        "read as": text(words.SHAPES[inspection.shape.value]),
        "rows": f"{inspection.rows:,}, of which {inspection.used:,} are used"
        + (f", {inspection.train:,} of them as train" if inspection.train else ""),
        "columns": ", ".join(f"{field.value}: {user(name)}" for field, name in inspection.fields.items()) or "none",
        "labels": "; ".join(
            f"{user(one.word) if one.word else 'empty'} ({one.count:,}) read as {text(one.read_as)}"
            for one in inspection.label_words
        ),
        "items share": user(inspection.group) if inspection.group else "nothing: they count as independent",
        "problems": f"{inspection.problem_count:,}",
    }
    pairs = [element("dt", name) + element("dd", value) for name, value in told.items() if value]
    return element("dl", *pairs)


def checks(inspection: Inspection) -> str:
    """Every check, passed ones too."""
    heads = ["check", "outcome", "found", "what to do", "rows"]
    rows = [
        row(
            text(one.title),
            element(
                "span", text(_SEVERITIES[one.severity]), class_="word" + (" warn" if one.severity == "warning" else "")
            ),
            text(one.found),
            text(one.remedy or ""),
            unbroken(f"{one.rows:,}" if one.rows else ""),
        )
        for one in inspection.checks
    ]
    return table(heads, rows)


def systems(result: Judged) -> str:
    """What each system is, in which direction it was read, and its threshold."""
    return element("ul", *(element("li", _described(system)) for system in result.systems), class_="plain")


def methods(result: Judged) -> str:
    """How the numbers came about, and on whose work they rest."""
    ways = dict.fromkeys(one.method for one in result.values if one.method)
    ways |= dict.fromkeys(one.method for one in result.differences if one.method)
    tests = dict.fromkeys(one.p_method for one in result.differences if one.p_method)
    told = {
        "decides": text(f"{result.primary}: {words.METRICS.get(result.primary, '')}"),
        "intervals": text("; ".join(ways)) or "none",
        "p values": text("; ".join(tests)),
        "resamples": f"{result.draws:,}",
        "seed": f"{result.seed}",
        "engine": text(f"Validity Ledger {result.engine_version}"),
    }
    ids = [system.system_id for system in result.systems]
    rules = [told for piece, told in words.OF_SYSTEMS.items() if any(piece in one for one in ids)]
    cited = [one for metric, one in words.CITATIONS if metric is None or metric in result.metrics]
    listed = [element("li", text(one)) for one in (*rules, *cited)]
    pairs = [element("dt", name) + element("dd", value) for name, value in told.items() if value]
    return element("dl", *pairs) + element("ul", *listed, class_="plain note")


def _notes(sentences: Iterable[str]) -> str:
    return "".join(element("p", text(one), class_="note") for one in sentences)


def _role(system: System) -> str:
    said = {"yours": "", "baseline": "", "control": " · control"}[system.role]
    return f'<span class="interval">{" · to beat" if system.registered else said}</span>'


def _value(found: Value | None) -> str:
    if found is None or found.value is None:
        return element("span", "none", class_="interval")
    bounds = words.interval(found.low, found.high) or "no interval"
    return f"{words.number(found.value)} {element('span', bounds, class_='bounds')}"


def _difference(found: Difference, names: dict[str, str]) -> str:
    to_beat = '<span class="interval"> · to beat</span>' if found.registered else ""
    about = [user(names[found.system_id]), f"{user(names[found.baseline_id])}{to_beat}", unbroken(f"{found.n:,}")]
    reason = found.undefined_reason
    bounds = words.interval(found.low, found.high, signed=True) or "no interval"
    delta = f"{text(found.metric)} {words.number(found.delta, signed=True)} {element('span', bounds, class_='bounds')}"
    judged = [verdict(found.verdict_article, reason), verdict(found.verdict, reason)]
    return row(*about, delta, unbroken(words.small(found.q)), *judged, class_="beat" if found.registered else None)


def _described(system: System) -> str:
    said = [f"{element('b', user(system.name))}: {text(system.sentence)}"]
    if system.higher_is is not None:
        said.append(f"A high value speaks for label {system.higher_is}.")
    if system.threshold is not None:
        said.append(f"Threshold {text(f'{system.threshold:g}')} ({text(system.threshold_source or 'given')}).")
    return " ".join(said)
