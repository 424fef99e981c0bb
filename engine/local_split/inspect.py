"""From files to what can be evaluated: columns understood, every row checked, every problem listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.local_split import shapes
from engine.local_split.assembly import as_split
from engine.local_split.checks import contamination, context, counted, leaks
from engine.local_split.checks.balance import balance
from engine.local_split.checks.scores import check_scores, read_scores
from engine.local_split.columns import Columns, described
from engine.local_split.exchange import Field, Inspection, Shape
from engine.local_split.faults import listed
from engine.local_split.grouping import chosen_of, group_names, score_columns, strata_columns
from engine.local_split.items.built import Built
from engine.local_split.items.texts import Texts, as_task
from engine.local_split.labels import read_binary, read_classes
from engine.local_split.parts import read_parts
from engine.local_split.reading import read_fasta, read_table
from engine.local_split.rows import Rows, in_two_parts, made_of, once_each
from engine.local_split.side_table import with_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.local_split.exchange import Check, Files, Options, Progress
    from engine.local_split.grouping import Chosen
    from engine.local_split.labels import Labels
    from engine.local_split.parts import Stated
    from engine.local_split.split import LocalSplit, Table

    Floats = NDArray[np.float64]

_PREVIEW = 20
_SHOWN_BY = {
    Shape.PROTEIN: (Field.VARIANT, Field.POSITION),
    Shape.DNA: (Field.POSITION,),
    Shape.SEQUENCES: (Field.SEQUENCE,),
    Shape.SCORES: (Field.LABEL,),
}
"""What a row is known by in a message about all of it."""
_STEPS = ("Reading the file", "Understanding columns", "Checking rows", "Looking for leakage", "Public data", "Done")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A table whose columns are understood.

    Attributes:
        missing: why nothing can be evaluated, as far as columns tell.
    """

    columns: Columns
    shape: Shape
    fields: Mapping[Field, str]
    chosen: Chosen
    options: Options
    labels: Labels | None
    stated: Stated | None
    missing: str | None


def inspect(files: Files, options: Options, progress: Progress | None = None) -> tuple[Inspection, LocalSplit | None]:
    """Read a split and check it; without a `LocalSplit` where nothing can be evaluated, which `missing` explains.

    Raises:
        TableError: a file cannot be read at all.
        SpecError: the options name what is not there.
    """
    _tell(progress, 0)
    return inspect_table(*read(files, options), options, progress)


def read(files: Files, options: Options) -> tuple[Table, dict[str, str]]:
    """The table with the labels beside it, and the sequences by name; of the options only header and sheet count.

    Raises:
        TableError: a file cannot be read at all.
        SpecError: there is no such sheet or row.
    """
    table = read_table(files.table, header=options.header, sheet=options.sheet)
    if files.labels is not None:
        table = with_labels(table, read_table(files.labels))
    return table, read_fasta(files.sequences) if files.sequences is not None else {}


def inspect_table(
    table: Table, fasta: Mapping[str, str], options: Options, progress: Progress | None = None
) -> tuple[Inspection, LocalSplit | None]:
    """Check a table that was read.

    Args:
        table: n rows.
        fasta: sequences by name.
        options: what was decided.
        progress: told of each step.

    Raises:
        SpecError: the options name what is not there.
    """
    _tell(progress, 1)
    asked = _understood(table, options)
    if asked.missing is not None or asked.labels is None:
        return _told(asked, None, asked.missing), None
    _tell(progress, 2)
    rows, scores = _checked(asked, asked.labels, fasta)
    check, missing = balance(rows.labels[rows.evaluated], rows.classes, split=bool(rows.train.any()))
    rows = rows.without((), check)
    if missing is None:
        rows = rows.without((), *_as_a_whole(asked, rows, scores, progress))
    inspection = _told(asked, rows, missing)
    _tell(progress, len(_STEPS) - 1)
    if missing is not None:
        return inspection, None
    return inspection, as_split(
        asked.columns, rows, asked.fields, inspection=inspection, chosen=asked.chosen, scores=scores
    )


def _understood(table: Table, options: Options) -> _Asked:
    columns = Columns(table)
    shape, fields = shapes.understand(columns, options.shape, options.columns)
    chosen = chosen_of(columns, shape, fields, options)
    missing = shapes.lacking(shape, fields) or (None if len(columns) else "The table has no rows: add some.")
    if missing is not None:
        return _Asked(columns, shape, fields, chosen, options, None, None, missing)
    name = fields[Field.LABEL]
    read = read_classes if shape is Shape.SEQUENCES else read_binary
    labels = read(name, columns.words(name), options.positive)
    split = fields.get(Field.SPLIT)
    stated = read_parts(split, columns.words(split)) if split is not None else None
    missing = labels.missing or (stated.missing if stated is not None else None)
    return _Asked(columns, shape, fields, chosen, options, labels, stated, missing)


def _checked(asked: _Asked, labels: Labels, fasta: Mapping[str, str]) -> tuple[Rows, dict[str, Floats]]:
    """Rows and scores after everything that is about single rows."""
    columns, fields, stated = asked.columns, asked.fields, asked.stated
    scores, strange = read_scores(columns, asked.chosen.scores)
    made = made_of(columns, asked.shape, fields, fasta, asked.options)
    none = np.zeros(len(columns), dtype=np.bool_)
    rows = Rows(
        labels=labels.numbers,
        classes=labels.classes,
        train=none if stated is None else stated.train,
        kept=~none,
        made=made,
        faults=(),
        checks=made.checks if isinstance(made, Built) else (),
    )
    rows = rows.without([*labels.faults, *(stated.faults if stated is not None else ()), *made.faults, *strange])
    as_given = asked.shape is Shape.SEQUENCES and stated is not None
    known_by = next(fields[one] for one in _SHOWN_BY[asked.shape] if one in fields)
    rows = once_each(rows, columns, known_by, stay=as_given)
    if asked.shape is Shape.SEQUENCES:
        rows = in_two_parts(rows, stated, group_names(columns, asked.chosen.group), asked.options.seed)
    return rows, scores


def _as_a_whole(asked: _Asked, rows: Rows, scores: Mapping[str, Floats], progress: Progress | None) -> list[Check]:
    """What is found when rows are compared with each other, with models and with public data."""
    _tell(progress, 3)
    checks = [check for name, values in scores.items() for check in check_scores(name, values[rows.evaluated])]
    checks += _leakage(asked, rows)
    _tell(progress, 4)
    if isinstance(rows.made, Texts):
        lengths = _lengths(rows.made.sequences[rows.evaluated])
        tested = rows.made.sequences[rows.evaluated].tolist()
        return [
            *checks,
            *context.truncated(lengths, rows.made.alphabet),
            *contamination.of_sequences(tested, rows.made.alphabet),
        ]
    used = {name: values[rows.evaluated] for name, values in rows.made.items.items()}
    if rows.made.proteins:
        sizes = {gene: len(sequence) for gene, sequence in rows.made.proteins.items()}
        lengths = np.array([sizes[gene] for gene in used["gene"] if gene in sizes], dtype=np.int64)
        checks += context.truncated(lengths, "protein")
    if asked.shape in {Shape.PROTEIN, Shape.DNA}:
        checks += contamination.of_variants(used, asked.shape)
    return checks


def _leakage(asked: _Asked, rows: Rows) -> list[Check]:
    kept, train = rows.kept, rows.train[rows.kept]
    if not train.any():
        return []
    checks = []
    if isinstance(rows.made, Texts):
        parts = (kept & rows.train, rows.evaluated)
        checks += leaks.of_sequences(as_task("split", rows.made, rows.labels, parts, None, sha256=""))
    elif asked.shape is not Shape.SCORES:
        checks += leaks.of_variants(rows.made.identity[kept], rows.labels[kept], train)
        chroms = rows.made.items.get("chrom")
        checks += [] if chroms is None else [leaks.of_chromosomes(chroms[kept], train)]
    named = next((asked.fields[one] for one in (Field.GENE, Field.PROTEIN) if one in asked.fields), None)
    if named is not None:
        genes = group_names(asked.columns, named)
        checks += [] if genes is None else [leaks.of_genes(genes[kept], train)]
    return checks


def _told(asked: _Asked, rows: Rows | None, missing: str | None) -> Inspection:
    table, columns = asked.columns.table, described(asked.columns, asked.fields)
    found = listed(table.problems, rows.faults if rows else (), table.rows)
    whole = len({one.row for one in table.problems if one.severity == "left out" and one.row is not None})
    evaluated = rows.labels[rows.evaluated] if rows else np.empty(0, dtype=np.int64)
    classes = rows.classes if rows else asked.labels.classes if asked.labels else ()
    return Inspection(
        name=table.name,
        sha256=table.sha256,
        kind=table.kind,
        sheets=table.sheets,
        header=table.header,
        rows=len(table.frame) + whole,
        used=int(rows.kept.sum()) if rows else 0,
        train=int((rows.kept & rows.train).sum()) if rows else 0,
        positives=int((evaluated == 1).sum()) if len(classes) == 2 else None,
        classes=tuple(word[:SHOWN] for word in classes),
        shape=asked.shape,
        columns=columns,
        fields=asked.fields,
        group=asked.chosen.group,
        score_columns=score_columns(columns),
        strata_columns=strata_columns(columns),
        label_words=asked.labels.words if asked.labels else (),
        preview={
            name: tuple(str(cell)[:SHOWN] for cell in asked.columns.cells(name)[:_PREVIEW])
            for name in asked.columns.names
        },
        checks=(
            *counted.of_reading(table.problems),
            *(counted.of_faults(rows.faults) if rows else ()),
            *(rows.checks if rows else ()),
        ),
        problems=found.shown,
        problem_count=found.count,
        problem_table=found.table,
        missing=missing,
    )


def _lengths(sequences: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))


def _tell(progress: Progress | None, step: int) -> None:
    if progress is not None:
        progress(_STEPS[step], step, len(_STEPS) - 1)
