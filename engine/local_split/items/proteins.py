"""Protein variants with the sequences that they change, as far as there are any."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.genome import RESIDUES, to_position
from engine.local_split.columns import is_missing, objects
from engine.local_split.exchange import Check, Field
from engine.local_split.faults import Fault, left_out
from engine.local_split.items.built import Built, identity_of, joined, names_of
from engine.local_split.items.residues import check_references, faults_of, read_changes
from engine.names import Consequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns

    Cells = NDArray[np.object_]
    Numbers = NDArray[np.int64]

_LETTERS = RESIDUES + "XBZUO"
_STRANGE = re.compile(f"[^{_LETTERS}{_LETTERS.lower()}]")
_NAMED = (Field.PROTEIN, Field.ID, Field.GENE)


@dataclass(frozen=True, slots=True)
class _Sequences:
    """Sequences of n rows.

    Attributes:
        texts: the different ones, upper case.
        of: shape (n,), index into `texts`, -1 for a row without one.
        faults: rows whose sequence cannot be used or found.
    """

    texts: Sequence[str]
    of: Numbers
    faults: tuple[Fault, ...]


def build_proteins(columns: Columns, fields: Mapping[Field, str], fasta: Mapping[str, str]) -> Built:
    """Rows as substitutions in proteins.

    Args:
        columns: of the table.
        fields: a variant column, or position, reference and alternate; a sequence column or a name where there is one.
        fasta: sequences by name.
    """
    changes = read_changes(columns, fields)
    faults = faults_of(columns, fields, changes)
    sequences = _sequences(columns, fields, fasta)
    where = fields.get(Field.VARIANT) or fields[Field.REFERENCE]
    fits = check_references(changes, sequences.of, sequences.texts, column=where, values=columns.cells(where))
    texts = changes.texts()
    faults = [*faults, *sequences.faults, *fits]
    names = names_of(columns, fields, Field.GENE, Field.PROTEIN, *_where_looked_up(fasta))
    genes, split_up = _keys(names, sequences)
    used = ~left_out(faults, len(columns)) & changes.missense
    with_sequence = used & (sequences.of >= 0)
    identity = np.where(changes.missense, identity_of(genes, texts), -1)
    return Built(
        items={
            "item_id": _ids(genes, texts),
            "gene": genes,
            "protein_variant": texts,
            "consequence": np.full(len(columns), Consequence.MISSENSE.value, dtype=object),
        },
        identity=identity,
        faults=tuple(faults),
        checks=(_reference_check(fits, int(used.sum()), int(with_sequence.sum())), *_isoform_check(split_up)),
        proteins=_proteins(genes, sequences, with_sequence),
    )


def _where_looked_up(fasta: Mapping[str, str]) -> tuple[Field, ...]:
    return (Field.ID,) if fasta else ()


def _sequences(columns: Columns, fields: Mapping[Field, str], fasta: Mapping[str, str]) -> _Sequences:
    if Field.SEQUENCE in fields:
        return _of_column(columns, fields[Field.SEQUENCE])
    named = [fields[one] for one in _NAMED if one in fields]
    if not fasta or not named:
        return _Sequences((), np.full(len(columns), -1, dtype=np.int64), ())
    by_part = _by_part(fasta)
    # Of a protein, an id and a gene the one by which the FASTA file is named.
    best = max(named, key=lambda name: sum(str(word) in by_part for word in columns.words(name).words))
    return _of_names(columns, best, by_part)


def _of_column(columns: Columns, column: str) -> _Sequences:
    words = columns.words(column)
    texts = [str(word).upper() for word in words.words]
    missing = is_missing(words.words)
    strange = [None if none else _STRANGE.search(word) for word, none in zip(words.words, missing, strict=True)]
    number = np.where(
        [bool(none or found) for none, found in zip(missing, strange, strict=True)], -1, np.arange(len(texts))
    )
    absent = np.flatnonzero(words.flags(missing))
    faults = []
    if absent.size:
        faults.append(
            Fault(
                kind="sequence-missing",
                at=absent,
                problem="the sequence is missing",
                remedy="fill it in, or leave the row out",
                column=column,
                values=columns.cells(column)[absent],
            )
        )
    told = [found and f"unknown residue {found[0]} at position {to_position(found.start())}" for found in strange]
    bad = np.flatnonzero(words.flags([bool(found) for found in strange]))
    if bad.size:
        problems = objects(told)[words.codes[bad]]
        letters = objects([found and found[0] for found in strange])[words.codes[bad]]
        remedy = "write a protein in one-letter residues, without stop or gaps"
        faults.append(
            Fault(kind="sequence-unreadable", at=bad, problem=problems, remedy=remedy, column=column, values=letters)
        )
    return _same_texts(texts, words.numbers(number), faults)


def _of_names(columns: Columns, column: str, by_part: Mapping[str, str]) -> _Sequences:
    words = columns.words(column)
    found = [by_part.get(str(word)) for word in words.words]
    usable = [bool(text) and not _STRANGE.search(text or "") for text in found]
    number = np.where(usable, np.arange(len(found)), -1)
    absent = np.flatnonzero(~words.flags(usable))
    faults = []
    if absent.size:
        faults.append(
            Fault(
                kind="sequence-not-found",
                at=absent,
                problem="the FASTA file has no usable protein of this name, so the reference residue was not checked",
                remedy="name the protein as in the FASTA file, or add it there",
                severity="warning",
                column=column,
                values=columns.cells(column)[absent],
            )
        )
    return _same_texts([text or "" for text in found], words.numbers(number), faults)


def _same_texts(texts: Sequence[str], of: Numbers, faults: Sequence[Fault]) -> _Sequences:
    """Sequences of several spellings or names are one."""
    codes, different = pd.factorize(objects(texts))
    return _Sequences([str(text) for text in different], np.where(of >= 0, codes[of], -1), tuple(faults))


def _by_part(fasta: Mapping[str, str]) -> dict[str, str]:
    """Sequences by name, and by what stands between its pipes: `sp|P38398|BRCA1_HUMAN` is found by either."""
    parts = dict(fasta)
    for name, sequence in fasta.items():
        for part in name.split("|")[1:]:
            parts.setdefault(part, sequence)
    return parts


def _keys(names: Cells, sequences: _Sequences) -> tuple[Cells, int]:
    """Gene of each row, and how many were split up: a further sequence of a gene is a protein of its own."""
    hashes = objects([*(hashlib.sha256(text.encode()).hexdigest()[:12] for text in sequences.texts), None])
    own = hashes[sequences.of]
    pairs = pd.DataFrame({"name": names, "own": own, "sequence": sequences.of}, dtype=object)
    known = pairs.drop_duplicates()
    known = known[known["sequence"] >= 0]
    further = known[known["name"].notna() & known.duplicated("name")]
    genes = np.where(pd.isna(names), own, names)
    if len(further):
        names_again = set(zip(further["name"], further["own"], strict=True))
        again = np.array([pair in names_again for pair in zip(names, own, strict=True)], dtype=bool)
        genes[again] = joined(genes[again], ":", own[again])
    return genes, further["name"].nunique()


def _ids(genes: Cells, texts: Cells) -> Cells:
    shown = np.where(pd.isna(texts), "", texts)
    return np.where(pd.isna(genes), shown, joined(np.where(pd.isna(genes), "", genes), ":", shown))


def _proteins(genes: Cells, sequences: _Sequences, used: NDArray[np.bool_]) -> dict[str, str]:
    rows = np.flatnonzero(used)
    pairs = pd.DataFrame({"gene": genes[rows], "of": sequences.of[rows]}).drop_duplicates()
    return {str(gene): sequences.texts[of] for gene, of in zip(pairs["gene"], pairs["of"], strict=True)}


def _reference_check(fits: Sequence[Fault], used: int, checked: int) -> Check:
    title = "Reference residues"
    wrong = sum(len(fault.at) for fault in fits)
    if wrong:
        return Check(
            kind="reference-mismatch",
            title=title,
            severity="left out",
            found=f"{wrong:,} of {used + wrong:,} variants do not fit: the sequence has another residue there or none.",
            remedy="Use the isoform on which the variants are named, positions counted from 1.",
            rows=wrong,
        )
    if checked < used:
        some = f"{used - checked:,} of {used:,} variants come" if checked else "The variants come"
        return Check(
            kind="reference-unchecked",
            title=title,
            severity="note",
            found=f"{some} without a protein sequence, so their reference residues were not checked.",
            remedy="Add a sequence column, or a FASTA file and a column with the proteins' names.",
            rows=used - checked,
        )
    found = f"All {checked:,} variants have the residue that their sequence has."
    return Check(kind="reference-mismatch", title=title, severity="passed", found=found)


def _isoform_check(split_up: int) -> tuple[Check, ...]:
    if not split_up:
        return ()
    some = f"{split_up:,} genes come" if split_up > 1 else "1 gene comes"
    found = f"{some} with more than one sequence; each is taken for a protein of its own."
    remedy = "Give one isoform per gene, or each isoform a name."
    return (Check(kind="isoforms", title="One sequence per gene", severity="note", found=found, remedy=remedy),)
