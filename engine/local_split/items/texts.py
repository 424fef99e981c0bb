"""Labelled sequences: which letters they have, and which of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.datasets.sequence_split import EXPECTED, LETTERS, Alphabet, alphabet_of
from engine.genome import reverse_complement, to_index, to_position
from engine.local_split.columns import is_missing, objects
from engine.local_split.exchange import Field
from engine.local_split.faults import Fault
from engine.local_split.items.residues import positions
from engine.names import Kind, Metric, Suite
from engine.records import Task
from engine.sequences import SequenceTask, Split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns

    Cells = NDArray[np.object_]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texts:
    """Sequences of n rows.

    Attributes:
        alphabet: of all of them.
        sequences: shape (n,), upper case.
        positions: shape (n,), 0-based index of the letter of interest; None where no column names one.
        identity: shape (n,), a number that equal sequences share.
        faults: rows that are left out.
    """

    alphabet: Alphabet
    sequences: Cells
    positions: Numbers | None
    identity: Numbers
    faults: tuple[Fault, ...]


def read_texts(columns: Columns, fields: Mapping[Field, str]) -> Texts:
    """The sequence of each row, and the rows whose letters or positions are none."""
    column = fields[Field.SEQUENCE]
    words = columns.words(column)
    upper = [str(word).upper() for word in words.words]
    missing = is_missing(words.words)
    alphabet = alphabet_of([text for text, none in zip(upper, missing, strict=True) if not none])
    sequences = words.of(upper)
    # Looked for before letters are turned, for one that is none may become two that are.
    other = re.compile(f"[^{LETTERS[alphabet]}{LETTERS[alphabet].lower()}]")
    strange = [None if none else other.search(word) for word, none in zip(words.words, missing, strict=True)]
    faults = _faults(columns, column, alphabet, strange, missing)
    index, outside = _positions(columns, fields, sequences)
    identity = pd.factorize(sequences)[0].astype(np.int64)
    return Texts(alphabet, sequences, index, identity, (*faults, *outside))


def strands(texts: Texts) -> Numbers:
    """A number that equal sequences share, on either strand where they are of DNA; shape (n,)."""
    if texts.alphabet != "dna":
        return texts.identity
    different, codes = np.unique(texts.identity, return_index=True)
    own = texts.sequences[codes]
    turned = [min(text, reverse_complement(text)) for text in own]
    number = pd.factorize(objects(turned))[0]
    numbers: Numbers = number[np.searchsorted(different, texts.identity)].astype(np.int64)
    return numbers


def as_task(
    name: str, texts: Texts, labels: Numbers, parts: tuple[Mask, Mask], groups: NDArray[np.str_] | None, *, sha256: str
) -> SequenceTask:
    """Train and test as a task; `parts` are the rows of both, shape (n,) each."""
    train, test = (_part(texts, labels, rows, groups) for rows in parts)
    # Further down a class is its number: the words of the file stand in the inspection.
    classes = tuple(range(int(labels[parts[0] | parts[1]].max()) + 1))
    task = Task(
        task_id=name,
        label=name,
        suite=Suite.GENEB,
        category="Your split",
        kind=Kind.SEQUENCE_CLASSIFICATION,
        primary_metric=Metric.MCC,
        n_train=len(train),
        n_test=len(test),
        n_classes=len(classes),
        prevalence=float(test.labels.mean()) if len(classes) == 2 else None,
        position=0,
        source_id="split",
    )
    out = len(labels) - len(train) - len(test)
    alphabet = texts.alphabet
    inputs = {name: sha256}
    return SequenceTask(
        task=task, alphabet=alphabet, classes=classes, train=train, test=test, inputs=inputs, left_out=out
    )


def _part(texts: Texts, labels: Numbers, rows: Mask, groups: NDArray[np.str_] | None) -> Split:
    return Split(
        sequences=texts.sequences[rows].tolist(),
        labels=labels[rows],
        positions=None if texts.positions is None else texts.positions[rows],
        groups=None if groups is None else groups[rows],
    )


def _faults(
    columns: Columns, column: str, alphabet: Alphabet, strange: list[re.Match[str] | None], missing: Mask
) -> list[Fault]:
    words = columns.words(column)
    absent = np.flatnonzero(words.flags(missing))
    bad = np.flatnonzero(words.flags([bool(found) for found in strange]))
    what = "base" if alphabet == "dna" else "residue"
    told = [found and f"unknown {what} at position {to_position(found.start())}" for found in strange]
    letters = [found and found[0] for found in strange]
    faults = [
        Fault(
            kind="sequence-missing",
            at=absent,
            problem="the sequence is missing",
            remedy="fill it in, or leave the row out",
            column=column,
            values=columns.cells(column)[absent],
        ),
        Fault(
            kind="sequence-unreadable",
            at=bad,
            problem=objects(told)[words.codes[bad]],
            remedy=f"write {EXPECTED[alphabet]}",
            column=column,
            values=objects(letters)[words.codes[bad]],
        ),
    ]
    return [fault for fault in faults if fault.at.size]


def _positions(columns: Columns, fields: Mapping[Field, str], sequences: Cells) -> tuple[Numbers | None, list[Fault]]:
    if Field.POSITION not in fields:
        return None, []
    column = fields[Field.POSITION]
    found = positions(columns, column)
    ends = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
    outside = np.flatnonzero((found == 0) | (found > ends))
    fault = Fault(
        kind="position-outside",
        at=outside,
        problem="this is not a position inside the sequence",
        remedy="write a whole number, counted from 1, or say that no column is the position",
        column=column,
        values=columns.cells(column)[outside],
    )
    return found + to_index(0), [fault] if outside.size else []
