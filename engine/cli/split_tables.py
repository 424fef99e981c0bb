"""A split of one's own on the terminal: what did not pass first, then values, verdicts, parts and power."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.printing import Format, print_rows, with_interval
from engine.local_split.report import words
from engine.local_split.report.flat import as_csv, as_json
from engine.local_split.report.markup import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.local_split.exchange import Difference, Inspection, Judged, Part, Power, Result, Value

_SHOWN = 20


def print_inspection(inspection: Inspection, output: Format) -> None:
    """What was recognised, all checks, and the first problems; as JSON all of it, as CSV every problem."""
    if output is not Format.TABLE:
        write(as_json(inspection) if output is Format.JSON else inspection.problem_table)
        return
    say(f"{inspection.name}: {inspection.kind}, {_counts(inspection)}; read as {inspection.shape.value}")
    if inspection.missing:
        say(inspection.missing)
    table(
        ["column", "means", "filled", "values", "for example"],
        [
            [one.name, one.field and one.field.value, one.filled, one.distinct, ", ".join(one.examples[:3])]
            for one in inspection.columns
        ],
    )
    table(["label", "rows", "read as"], [[one.word, one.count, one.read_as] for one in inspection.label_words])
    table(["check", "", "found", "to do"], _checks(inspection, passed=True))
    _problems(inspection)


def print_result(result: Result, output: Format) -> None:
    """The result for reading; as JSON all of it, as CSV its values and differences."""
    if output is not Format.TABLE:
        write(as_json(result) if output is Format.JSON else as_csv(result))
        return
    inspection, whole = result.inspection, result.parts[0]
    say(f"{inspection.name}: {_counts(inspection)}")
    table(["check", "", "found", "to do"], _checks(inspection, passed=False))
    typer.echo()
    say(f"{whole.label}: {_size(whole)}; {result.primary} decides")
    print_judged(result)
    if len(result.parts) > 1:
        table(["part", "system", "n", result.primary, "verdict"], _parts(result, _by_key(result)))
    table(["part", "what could be seen", "rests on"], _powers(result))
    sentences(f"not evaluated: {one.problem}; {one.remedy}" for one in result.failed)


def print_judged(result: Judged) -> None:
    """Values of all systems on the whole, differences to the baselines, and why some are missing."""
    table(["system", *result.metrics], _systems(result, _by_key(result)))
    sentences(words.missing_values(result))
    shown = _shown(result)
    table(
        ["system", "against", "difference", "q", "article's rule", "paired verdict"],
        [_difference(result, row) for row in shown if row.delta is not None],
    )
    sentences(words.missing_differences(result, shown))


def _by_key(result: Judged) -> dict[tuple[str, str, str], Value]:
    return {(row.system_id, row.part_id, row.metric): row for row in result.values}


def _counts(inspection: Inspection) -> str:
    train = f", {inspection.train:,} of them train" if inspection.train else ""
    return f"{inspection.used:,} of {inspection.rows:,} rows used{train}"


def _size(part: Part) -> str:
    if part.positives is None or not part.n:
        return f"{part.n:,} items"
    return f"{part.n:,} items, {part.positives:,} of label 1 ({part.positives / part.n:.1%})"


def _checks(inspection: Inspection, *, passed: bool) -> list[list[Any]]:
    shown = [one for one in inspection.checks if passed or one.severity != "passed"]
    return [[one.title, one.severity, one.found, one.remedy] for one in shown]


def _problems(inspection: Inspection) -> None:
    rows = [
        [one.row, one.column, one.value, one.severity, one.problem, one.remedy] for one in inspection.problems[:_SHOWN]
    ]
    table(["row", "column", "value", "", "problem", "to do"], rows)
    more = inspection.problem_count - len(rows)
    if more > 0:
        say(f"and {more:,} more: --problems FILE writes all of them")


def _systems(result: Judged, values: dict[tuple[str, str, str], Value]) -> list[list[Any]]:
    whole = result.parts[0].part_id
    return [
        [
            system.name + (" (to beat)" if system.registered else ""),
            *(_whole(values.get((system.system_id, whole, metric))) for metric in result.metrics),
        ]
        for system in result.systems
    ]


def _whole(row: Value | None) -> str:
    """The reason why there is none stands under the table."""
    return "none" if row is None or row.value is None else with_interval(row.value, row.low, row.high)


def _cell(row: Value | None) -> str | None:
    if row is None:
        return None
    if row.value is None:
        return f"none: {row.undefined_reason}"
    return with_interval(row.value, row.low, row.high)


def _shown(result: Judged) -> list[Difference]:
    """Of the whole split: by the primary metric to every baseline, by the others to the one to beat."""
    whole = [row for row in result.differences if row.part_id == result.parts[0].part_id]
    primary = [row for row in whole if row.metric == result.primary]
    others = [row for row in whole if row.metric != result.primary and row.registered]
    return [*sorted(primary, key=lambda row: not row.registered), *others]


def _difference(result: Judged, row: Difference) -> list[Any]:
    names = {system.system_id: system.name for system in result.systems}
    about = [names[row.system_id], names[row.baseline_id]]
    delta, q = with_interval(row.delta, row.low, row.high), None if row.q is None else f"{row.q:.2g}"
    return [*about, f"{row.metric} {delta}", q, row.verdict_article or "none", row.verdict or "none"]


def _parts(result: Result, values: dict[tuple[str, str, str], Value]) -> list[list[Any]]:
    verdicts = {
        (row.system_id, row.part_id): row.verdict
        for row in result.differences
        if row.registered and row.metric == result.primary
    }
    rows = []
    for part in result.parts[1:]:
        for system in result.systems:
            if system.role != "yours" and not system.registered:
                continue
            judged = verdicts.get((system.system_id, part.part_id))
            if system.role == "yours" and not part.judged:
                judged = f"not judged: {part.reason}"
            value = _cell(values.get((system.system_id, part.part_id, result.primary)))
            rows.append([f"{part.column}: {part.label}", system.name, part.n, value, judged])
    return rows


def _powers(result: Result) -> list[list[Any]]:
    parts = {part.part_id: part for part in result.parts}
    names = {system.system_id: system.name for system in result.systems}
    return [[parts[row.part_id].label, _power(row, names), row.assumed] for row in result.power]


def _power(row: Power, names: dict[str, str]) -> str:
    if row.undefined_reason:
        return f"none: {row.undefined_reason}"
    of = names[row.system_id] if row.system_id else "a model to come"
    said = [] if row.detectable is None else [f"{of}: a difference of {row.metric} from {row.detectable:.3f} on"]
    if row.needed is not None and row.system_id is None:
        said.append(f"{row.needed:,} items would show {row.minimum_effect:g}")
    elif row.needed is not None:
        said.append(f"{row.needed:,} items would tell the difference seen of {of} from 0")
    return "; ".join(said)


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table with an empty line before it, none where it would have no row; no cell steers the terminal."""
    if rows:
        typer.echo()
        shown = [[plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
        print_rows([plain(name) for name in names], shown, Format.TABLE)


def sentences(told: Iterable[str]) -> None:
    """Lines after an empty one, none where there is nothing to say."""
    for nth, sentence in enumerate(told):
        if not nth:
            typer.echo()
        say(sentence)


def say(sentence: str) -> None:
    """A line on standard output; nothing in it steers the terminal."""
    typer.echo(plain(sentence))


def write(content: bytes) -> None:
    """To standard output, as it is."""
    sys.stdout.write(content.decode())
