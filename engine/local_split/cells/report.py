"""What can be taken away from compared cells: a sentence, a page, a table; the same result gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.cells.by_type import OF_TYPES, by_type
from engine.local_split.report import flat, sections, words
from engine.local_split.report.forest import Point, Row, chunks, forest
from engine.local_split.report.marks import marks, sample
from engine.local_split.report.markup import element, text, whole
from engine.local_split.report.page import document, section, systems_drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.local_split.cells.exchange import CellsResult, Counted, TypeValue
    from engine.local_split.exchange import Problem, System
    from engine.local_split.report.marks import Mark

_LINES = 34
_SHOWN_BATCHES = 30


def as_html(result: CellsResult) -> bytes:
    """One page, UTF-8, that needs no script and nothing from elsewhere."""
    title = finding(result)
    return document(title, _main(result, title))


def as_csv(result: CellsResult) -> bytes:
    """One row a value and a difference, UTF-8, columns as of any other split; types of cells are its parts."""
    return flat.as_csv(by_type(result))


def finding(result: CellsResult) -> str:
    """The one sentence that a reader takes away; without a full stop."""
    beat, own, rows = words.to_beat(result), words.yours(result), words.decisive(result)
    if beat is None:
        return "Nothing in this file could be compared"
    if not own:
        values = [row.value for row in result.values if (row.system_id, row.metric) == (beat.system_id, result.primary)]
        return f"On these cells a model has to beat {result.primary} {words.number(values[0])}, that of {beat.name}"
    ahead = [row for row in rows if row.verdict in {"PASS", "PASS_PAIRED"}]
    if len(own) > 1:
        many = f"{len(ahead)} of {len(own)} embeddings {'beats' if len(ahead) == 1 else 'beat'} {beat.name}"
        return many if ahead else f"None of {len(own)} embeddings is shown to beat {beat.name}"
    name = f"“{own[0].name}”"
    if ahead:
        return f"{name} beats {beat.name} by {words.number(ahead[0].delta)} {result.primary}"
    settled = rows and rows[0].verdict == "FAIL"
    return f"{name} does not beat {beat.name}" if settled else f"Whether {name} beats {beat.name} is not settled"


def described(result: CellsResult) -> str:
    """How many cells of how many types and batches were compared, without a full stop."""
    batches = f" and {len(result.batches)} batches" if result.batches else ""
    return (
        f"{result.parts[0].n:,} of {result.found.n_cells:,} cells of {len(result.types)} types{batches}, "
        f"{result.n_genes_used:,} genes"
    )


def _main(result: CellsResult, title: str) -> Iterator[str]:
    yield element("p", f"Validity Ledger · your cells · {sections.user(result.found.name)}", class_="eyebrow")
    yield element("h1", sections.user(title))
    yield element("p", text(f"{described(result)}."), class_="lede")
    yield from section("Against the baseline", systems_drawn(result) + sections.values(result))
    yield from section("Verdicts", sections.verdicts(result) if result.differences else "")
    yield from section("Read with care", _care((*result.problems, *result.failed)))
    yield from section("By cell type", _types(result))
    yield from section("What was compared", _compared(result))
    yield from section("Systems", sections.systems(result))
    yield from section("Methods", sections.methods(result))
    yield from section("The same numbers again", element("pre", element("code", whole(result.command))))


def _care(problems: Iterable[Problem]) -> str:
    items = [
        element("li", element("b", text(one.severity)), f" · {text(words.sentence(f'{one.problem}: {one.remedy}'))}")
        for one in problems
    ]
    return element("ul", *items, class_="plain") if items else ""


def _types(result: CellsResult) -> str:
    """ASW of every type, the user's systems next to the baseline to beat."""
    shown = [system for system in result.systems if system.role == "yours" or system.registered]
    looks = marks(result)
    found = {(one.system_id, one.cell_type): one for one in result.items}
    rows = [
        Row(
            label=f"{one.name} (n = {one.cells:,})",
            points=[
                _point(found.get((system.system_id, one.name)), system, looks[system.system_id]) for system in shown
            ],
        )
        for one in result.types
    ]
    legend = [element("li", sample(looks[system.system_id]), sections.user(system.name)) for system in shown]
    figures = [
        element("figure", forest(piece, "ASW", reference=None, described="ASW of every cell type"))
        for piece in chunks(rows, _LINES)
    ]
    note = element("p", text(f"ASW of the cells of a type; {OF_TYPES}, and none is judged."), class_="note")
    return element("ul", *legend, class_="legend") + note + "".join(figures)


def _point(value: TypeValue | None, system: System, mark: Mark) -> Point:
    if value is None:
        return Point(mark=mark, value=None, low=None, high=None, name=system.name)
    return Point(
        mark=mark,
        value=value.value,
        low=None,
        high=None,
        reason=value.undefined_reason,
        hollow=True,
        name=system.name,
    )


def _compared(result: CellsResult) -> str:
    found = result.found
    told = {
        "file": sections.user(found.name),
        "sha256": element("code", text(found.sha256)),
        "cells": f"{result.parts[0].n:,} of {found.n_cells:,}",
        "genes": f"{result.n_genes_used:,} of {found.n_genes:,} make the baselines",
        "values": text(f"{found.state}, of {found.matrix}"),
        "cell types": f"{sections.user(result.label)}: {_listed(result.types)}",
        "batches": f"{sections.user(result.batch)}: {_listed(result.batches)}" if result.batch else "",
    }
    return element("dl", *(element("dt", name) + element("dd", value) for name, value in told.items() if value))


def _listed(groups: tuple[Counted, ...]) -> str:
    shown = "; ".join(f"{sections.user(one.name)} ({one.cells:,})" for one in groups[:_SHOWN_BATCHES])
    more = len(groups) - _SHOWN_BATCHES
    return f"{shown}; and {more:,} more" if more > 0 else shown
