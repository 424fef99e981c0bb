"""Changes of one residue, from one column or from three, and the reference residues they claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.baselines.residues import read_residues
from engine.genome import RESIDUES, THREE_LETTERS, parse_residue_change, to_index
from engine.local_split.checks.schema import Rule, broken
from engine.local_split.columns import is_missing, objects
from engine.local_split.exchange import Field
from engine.local_split.faults import Fault
from engine.local_split.items.built import joined, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns, Words

    Cells = NDArray[np.object_]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_LETTERS = np.array([*RESIDUES, "*", ""], dtype=object)
_STOP, _NONE = len(RESIDUES), len(RESIDUES) + 1
_CODE = {letter: code for code, letter in enumerate(_LETTERS)}
_UNCHANGED = re.compile(r"(?:p\.)?\(?([A-Z][a-z]{2}|[A-Z*])(\d+)(?:=|%3D)\)?")
_FARTHEST = 10**9
UNREADABLE_POSITION = ("position-unreadable", "this is not a position", "write a whole number, counted from 1")
_STOPS = (
    "stop",
    "a stop is no missense change",
    "leave the variant out, or bring it as a DNA variant with its consequence",
)
_SAME = ("synonymous", "the residue does not change", "leave the variant out, or bring it as a DNA variant")


@dataclass(frozen=True, slots=True)
class Changes:
    """Substitutions of n rows.

    Attributes:
        reference, alternate: shape (n,), index into the 20 residues; 20 is a stop, 21 nothing that can be read.
        position: shape (n,), 1-based, 0 where nothing can be read.
    """

    reference: Numbers
    alternate: Numbers
    position: Numbers

    @property
    def read(self) -> Mask:
        """Shape (n,): whether a row is a change at all."""
        mask: Mask = (self.position > 0) & (self.reference < _NONE) & (self.alternate < _NONE)
        return mask

    @property
    def missense(self) -> Mask:
        """Shape (n,): whether one of the 20 residues replaces another one."""
        mask: Mask = self.read & (self.reference < _STOP) & (self.alternate < _STOP) & self.differ
        return mask

    @property
    def differ(self) -> Mask:
        """Shape (n,): whether both letters are different."""
        mask: Mask = self.reference != self.alternate
        return mask

    def texts(self) -> Cells:
        """`M1775R` for each row that was read, else None; shape (n,)."""
        texts = joined(_LETTERS[self.reference], texts_of(self.position), _LETTERS[self.alternate])
        texts[~self.read] = None
        return texts


def read_changes(columns: Columns, fields: Mapping[Field, str]) -> Changes:
    """The change of each row: of the column of variants where there is one, else of position, reference, alternate."""
    if Field.VARIANT in fields:
        words = columns.words(fields[Field.VARIANT])
        reference, alternate, position = map(words.numbers, _of_words(words.words))
        return Changes(reference, alternate, position)
    position = positions(columns, fields[Field.POSITION])
    letters = [columns.words(fields[one]) for one in (Field.REFERENCE, Field.ALTERNATE)]
    return Changes(_residues(letters[0]), _residues(letters[1]), position)


def positions(columns: Columns, column: str) -> Numbers:
    """1-based positions of a column, shape (n,), 0 where a cell is no whole number from 1."""
    numbers = columns.numbers(column)
    fine = (numbers >= 1) & (numbers < _FARTHEST)
    whole = np.where(fine, numbers, 0).astype(np.int64)
    return np.where(whole == np.where(fine, numbers, 0), whole, 0)


def faults_of(columns: Columns, fields: Mapping[Field, str], changes: Changes) -> list[Fault]:
    """Rows that are no substitution of one residue by another, and why."""
    if Field.VARIANT in fields:
        return _in_one_column(columns, fields[Field.VARIANT], changes)
    return _in_three_columns(columns, fields, changes)


def check_references(
    changes: Changes, sequence: Numbers, sequences: Sequence[str], *, column: str, values: Cells
) -> list[Fault]:
    """Rows whose sequence ends before the position, or has another residue there.

    Args:
        changes: of n rows.
        sequence: shape (n,), index into `sequences`, -1 for a row without one.
        sequences: upper case.
        column: where the change stands.
        values: the column's cells, shape (n,).
    """
    lengths = np.array([len(text) for text in sequences], dtype=np.int64)
    known = np.flatnonzero(changes.missense & (sequence >= 0))
    ends = lengths[sequence[known]]
    inside = changes.position[known] <= ends
    letters = np.frombuffer("".join(sequences).encode("ascii", "replace"), dtype=np.uint8)
    starts = np.cumsum(lengths) - lengths
    here, behind = known[inside], known[~inside]
    found = letters[starts[sequence[here]] + to_index(0) + changes.position[here]]
    codes = np.frombuffer(RESIDUES.encode(), dtype=np.uint8)
    wrong = found != codes[changes.reference[here]]
    told = [
        f"the sequence has {chr(letter)} at position {place}"
        for letter, place in zip(found[wrong].tolist(), changes.position[here][wrong].tolist(), strict=True)
    ]
    outside = [f"the sequence ends at {end}" for end in ends[~inside].tolist()]
    faults = [
        Fault(
            kind="reference-mismatch",
            at=here[wrong],
            problem=objects(told),
            remedy="use the isoform on which the variant is named, positions counted from 1",
            column=column,
            values=values[here[wrong]],
        ),
        Fault(
            kind="position-outside",
            at=behind,
            problem=objects(outside),
            remedy="use a position inside the sequence, counted from 1",
            column=column,
            values=values[behind],
        ),
    ]
    return [fault for fault in faults if fault.at.size]


def _of_words(words: Cells) -> tuple[Numbers, Numbers, Numbers]:
    """Reference, alternate and position of each text, the short form all at once."""
    short = read_residues(pd.Series(words, dtype=object))
    reference = np.where(short.known, short.reference, _NONE)
    alternate = np.where(short.known, short.alternate, _NONE)
    position = short.position.copy()
    for place in np.flatnonzero(~short.known):
        found = _change(str(words[place]))
        if found:
            reference[place], position[place], alternate[place] = found
    return reference, alternate, position


def _change(text: str) -> tuple[int, int, int] | None:
    if "," in text or ";" in text:
        return None
    # A name such as NP_009225.1:p.Met1775Arg says of which sequence it is.
    bare = text.rpartition(":")[2] if ":p." in text else text.strip()
    if same := _UNCHANGED.fullmatch(bare):
        letter = THREE_LETTERS.get(same[1], same[1])
        return (_CODE[letter], int(same[2]), _CODE[letter]) if letter in _CODE and len(same[2]) < 10 else None
    try:
        change = parse_residue_change(bare)
    except ValueError:
        return None
    if change.position >= _FARTHEST:
        return None
    return _CODE[change.reference], change.position, _CODE[change.alternate]


def _residues(words: Words) -> Numbers:
    return words.numbers([_residue(str(word)) for word in words.words])


def _residue(text: str) -> int:
    # Three letters are a residue's name only as Met: MET may well be three residues.
    letter = text.upper() if len(text) == 1 else THREE_LETTERS.get(text, "")
    return _CODE.get(letter, _NONE) if letter else _NONE


def _in_one_column(columns: Columns, column: str, changes: Changes) -> list[Fault]:
    cells = columns.cells(column)
    empty = is_missing(cells)
    stops = changes.read & ((changes.reference == _STOP) | (changes.alternate == _STOP))
    unread = (
        "variant-unreadable",
        "this is not a substitution of one residue",
        "write one substitution such as M1775R or p.Met1775Arg, positions counted from 1",
    )
    rows = (
        (empty, ("variant-missing", "the variant is missing", "fill it in, or leave the row out")),
        (~changes.read & ~empty, unread),
        (stops, _STOPS),
        (changes.read & ~stops & ~changes.differ, _SAME),
    )
    return [_fault(mask, words, column, cells) for mask, words in rows if mask.any()]


def _in_three_columns(columns: Columns, fields: Mapping[Field, str], changes: Changes) -> list[Fault]:
    stops = changes.read & ((changes.reference == _STOP) | (changes.alternate == _STOP))
    residue = ("residue-unreadable", "this is not one residue", f"write one of {RESIDUES}, or a name such as Met")
    is_one = ("le", {"max_value": _STOP})
    true = ("eq", {"value": True})
    rows = (
        (Field.POSITION, changes.position, ("ge", {"min_value": 1}), UNREADABLE_POSITION),
        (Field.REFERENCE, changes.reference, is_one, residue),
        (Field.ALTERNATE, changes.alternate, is_one, residue),
        (Field.ALTERNATE, ~stops, true, _STOPS),
        (Field.ALTERNATE, ~changes.read | stops | changes.differ, true, _SAME),
    )
    return broken([rule_of(columns, fields[one], values, allowed, words) for one, values, allowed, words in rows])


def rule_of(
    columns: Columns,
    column: str,
    values: NDArray[Any],
    allowed: tuple[str, Mapping[str, object]],
    words: tuple[str, str, str],
) -> Rule:
    """A rule for a column; `words` are kind, problem and remedy."""
    kind, problem, remedy = words
    cells = columns.cells(column)
    return Rule(column=column, values=values, cells=cells, allowed=allowed, kind=kind, problem=problem, remedy=remedy)


def _fault(mask: Mask, words: tuple[str, str, str], column: str, cells: Cells) -> Fault:
    kind, problem, remedy = words
    at = np.flatnonzero(mask)
    return Fault(kind=kind, at=at, problem=problem, remedy=remedy, column=column, values=cells[at])
