"""Every row of a table: what it is, whether it can be used, and to which part it belongs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.checks.duplicates import Shown, repeated
from engine.local_split.exchange import Check, Field, Shape
from engine.local_split.faults import Fault, left_out
from engine.local_split.items.bases import build_bases, consequences
from engine.local_split.items.built import Built, identity_of, names_of, row_ids
from engine.local_split.items.proteins import build_proteins
from engine.local_split.items.texts import Texts, read_texts, strands
from engine.local_split.parts import HELD_OUT, Stated, draw_test, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns
    from engine.local_split.exchange import Options

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All n rows of the table.

    Attributes:
        labels: shape (n,), class numbers, -1 for a row without one.
        classes: their words.
        train: shape (n,).
        kept: shape (n,), whether a row is used.
        made: variants, or sequences.
        faults, checks: what was found so far.
    """

    labels: Numbers
    classes: tuple[str, ...]
    train: Mask
    kept: Mask
    made: Built | Texts
    faults: tuple[Fault, ...]
    checks: tuple[Check, ...]

    @property
    def evaluated(self) -> Mask:
        """Rows that systems are judged on, shape (n,)."""
        mask: Mask = self.kept & ~self.train
        return mask

    def without(self, faults: Sequence[Fault], *checks: Check) -> Rows:
        """The rows after more faults were found."""
        kept = self.kept & ~left_out(faults, len(self.kept))
        return replace(self, kept=kept, faults=(*self.faults, *faults), checks=(*self.checks, *checks))


def made_of(
    columns: Columns, shape: Shape, fields: Mapping[Field, str], fasta: Mapping[str, str], options: Options
) -> Built | Texts:
    """What the rows are, by the shape."""
    if shape is Shape.PROTEIN:
        return build_proteins(columns, fields, fasta)
    if shape is Shape.DNA:
        return build_bases(columns, fields, fasta, options.assembly)
    if shape is Shape.SEQUENCES:
        return read_texts(columns, fields)
    return _of_scores(columns, fields)


def once_each(rows: Rows, columns: Columns, column: str, *, stay: bool = False) -> Rows:
    """The rows without those that repeat another one of their part; all of them where they are to `stay`."""
    what = "sequence" if isinstance(rows.made, Texts) else "variant"
    if isinstance(rows.made, Built) and not (rows.made.identity >= 0).any():
        return rows
    shown = Shown(what, column, columns.cells(column), columns.table.rows, stay)
    found = repeated(rows.made.identity, rows.labels, rows.train, rows.kept, shown)
    return rows.without(found[0], *found[1])


def in_two_parts(rows: Rows, stated: Stated | None, groups: NDArray[np.str_] | None, seed: int) -> Rows:
    """Labelled sequences in train and test: drawn where no split was stated, classes as train has them.

    Args:
        rows: of sequences.
        stated: what the split column says, None where there is none.
        groups: shape (n,), what rows share, which then stay together.
        seed: of the draw.
    """
    if stated is None:
        rows = _drawn(rows, groups, seed)
    known = np.unique(rows.labels[rows.kept & rows.train])
    strange = np.flatnonzero(rows.evaluated & ~np.isin(rows.labels, known))
    if strange.size:
        fault = Fault(
            kind="class-not-in-train",
            at=strange,
            problem="no row of train has this label, so nothing can learn it",
            remedy="add rows of it to train, or leave the class out",
        )
        rows = rows.without([fault])
    numbers = np.searchsorted(known, rows.labels).astype(np.int64)
    return replace(rows, labels=numbers, classes=tuple(rows.classes[number] for number in known.tolist()))


def _drawn(rows: Rows, groups: NDArray[np.str_] | None, seed: int) -> Rows:
    assert isinstance(rows.made, Texts)  # noqa: S101 - for the type checker
    at = np.flatnonzero(rows.kept)
    keys = [strands(rows.made)[at]]
    if groups is not None:
        keys.append(np.unique(groups[at], return_inverse=True)[1])
    train = np.zeros(len(rows.kept), dtype=np.bool_)
    train[at] = ~draw_test(rows.labels[at], together(*keys), seed)
    share = f"{int((rows.kept & ~train).sum()):,} of {len(at):,}"
    check = Check(
        kind="held-out",
        title="Split drawn here",
        severity="note",
        found=(
            f"No column says train or test, so one row in {HELD_OUT} was drawn for test ({share}), by class, with seed "
            f"{seed}; equal sequences, either strand{' and groups' if groups is not None else ''} stayed together."
        ),
        remedy="Bring a split of your own where the question asks for one: by chromosome, gene or homology.",
    )
    return replace(rows, train=train, checks=(*rows.checks, check))


def _of_scores(columns: Columns, fields: Mapping[Field, str]) -> Built:
    words, faults = consequences(columns, fields)
    names = names_of(columns, fields, Field.ID)
    checks = []
    again = identity_of(names)
    repeats = int((np.bincount(again)[again] > 1).sum()) if Field.ID in fields else 0
    if repeats:
        found = f"{repeats:,} rows share the value of '{fields[Field.ID]}' with another row; all of them count."
        remedy = "Where these are the same item, keep one row of it."
        checks.append(
            Check(kind="id-repeated", title="Names of rows", severity="note", found=found, remedy=remedy, rows=repeats)
        )
    usable = Field.ID in fields and not repeats
    return Built(
        items={
            "item_id": names if usable else row_ids(columns),
            "gene": names_of(columns, fields, Field.GENE, Field.PROTEIN),
            "consequence": words,
        },
        identity=np.full(len(columns), -1, dtype=np.int64),
        faults=faults,
        checks=tuple(checks),
    )
