"""A labelled split of missense variants as anybody may bring it: one CSV or TSV file, one variant per line."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from engine.datasets.delimited import MISSING, SHOWN, decoded, open_table, read_content
from engine.errors import TableError
from engine.genome import RESIDUES, ResidueChange, parse_residue_change, to_index
from engine.names import ALL_STRATA, Consequence, Direction, Kind, Metric, Suite
from engine.records import Stratum, Task
from engine.variants import ITEM_COLUMNS, VariantTask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

SOURCE_ID = "split"
_NAMES = {
    "sequence": ("sequence", "protein_sequence", "wt_sequence"),
    "position": ("position", "pos", "aa_pos"),
    "reference": ("wt_aa", "wt", "ref_aa", "aa_ref", "ref"),
    "alternate": ("mut_aa", "mut", "alt_aa", "aa_alt", "alt"),
    "variant": ("variant", "mutant", "mutation", "protein_variant", "hgvs_p", "hgvsp"),
    "label": ("label", "labels", "y", "pathogenic", "clinvar_label"),
    "gene": ("gene", "protein", "protein_name", "uniprot"),
}
_CHANGE = ("position", "reference", "alternate")
_WANTED = "sequence, label, and either position, wt_aa and mut_aa or one column variant"
_POSITIVE = frozenset({"1", "1.0", "true", "pathogenic", "likely pathogenic", "pathogenic/likely pathogenic"})
_NEGATIVE = frozenset({"0", "0.0", "false", "benign", "likely benign", "benign/likely benign"})
_LABELS = "1 or pathogenic, 0 or benign: leave other variants out"


class _Cells(NamedTuple):
    """A line's cells by what they mean, and where they stand for a message."""

    path: Path
    number: int
    names: Mapping[str, str]
    values: Mapping[str, str]

    def fault(self, key: str, problem: str, expected: str, value: str | None = None) -> TableError:
        """An error about a cell; of a variant in one column, every part of it is that cell."""
        key = "variant" if key in _CHANGE and "variant" in self.values else key
        shown = self.values[key][:SHOWN] if value is None else value
        return TableError(self.path, problem, line=self.number, column=self.names[key], value=shown, expected=expected)


class _Line(NamedTuple):
    cells: _Cells
    sequence: str
    change: ResidueChange
    label: int
    gene: str


def read_split(path: Path) -> VariantTask:
    """Labelled missense variants with their protein sequences.

    Needed columns (usual names are recognised): sequence; label (1 or pathogenic, 0 or benign); and either
    position (1-based), wt_aa and mut_aa, or one column such as M1775R. A gene column is optional.

    Raises:
        TableError: the file cannot be read, a column is missing, a value is not allowed, the sequence has another
            residue at the position, a variant repeats, or one of the two labels is absent.
    """
    content = read_content(path)
    lines = list(_lines(path, decoded(path, content)))
    if not lines:
        raise TableError(path, "the table has no rows", line=1, expected="one variant per line below the header")
    _check_isoforms(lines)
    _check_unique(lines)
    if len({line.label for line in lines}) == 1:
        cells = lines[0].cells
        problem = f"all {len(lines)} variants have the same label, and one class cannot be told from nothing"
        expected = "pathogenic (1) and benign (0) variants: add the other class"
        raise TableError(path, problem, column=cells.names["label"], value=cells.values["label"], expected=expected)
    return _as_task(path, lines, hashlib.sha256(content).hexdigest())


def _lines(path: Path, text: str) -> Iterator[_Line]:
    table = open_table(path, text, known=_NAMES, needed=_needed, wanted=_WANTED)
    for number, cells in table.lines:
        values = {key: cells[at].strip() for key, at in table.at.items()}
        yield _line(_Cells(path, number, table.names, values))


def _needed(there: Collection[str]) -> tuple[str, ...]:
    return ("sequence", *(() if "variant" in there else _CHANGE), "label")


def _line(cells: _Cells) -> _Line:
    sequence = _sequence(cells)
    label = _label(cells)
    gene = cells.values.get("gene") or hashlib.sha256(sequence.encode()).hexdigest()[:12]
    return _Line(cells, sequence, _change(cells, sequence), label, gene)


def _sequence(cells: _Cells) -> str:
    text = cells.values["sequence"]
    if text.lower() in MISSING:
        raise cells.fault("sequence", "the sequence is missing", "a protein in one-letter residues")
    unknown = re.search(f"[^{RESIDUES}XBZUO]", text, re.IGNORECASE | re.ASCII)
    if unknown:
        problem = f"unknown residue at position {unknown.start() + 1}"
        raise cells.fault("sequence", problem, "a protein in one-letter residues, without stop or gaps", unknown[0])
    return text.upper()


def _label(cells: _Cells) -> int:
    word = cells.values["label"].lower().replace("_", " ")
    if word in MISSING:
        raise cells.fault("label", "the label is missing", _LABELS)
    if word not in _POSITIVE | _NEGATIVE:
        raise cells.fault("label", "this is neither of the two labels", _LABELS)
    return int(word in _POSITIVE)


def _change(cells: _Cells, sequence: str) -> ResidueChange:
    change = _from_variant(cells) if "variant" in cells.values else _from_columns(cells)
    if change.position > len(sequence):
        problem = f"the sequence ends at {len(sequence)}"
        raise cells.fault("position", problem, "a position inside the sequence, counted from 1")
    if "*" in {change.alternate, change.reference}:
        raise cells.fault("alternate", "a stop is no missense change", "one of the 20 residues: leave the variant out")
    if change.alternate == change.reference:
        raise cells.fault("alternate", "the residue does not change", "another residue: leave the variant out")
    found = sequence[to_index(change.position)]
    if found != change.reference:
        problem = f"the sequence has {found} at position {change.position}"
        raise cells.fault("reference", problem, "the isoform on which the variant is named, positions counted from 1")
    return change


def _from_variant(cells: _Cells) -> ResidueChange:
    text = cells.values["variant"]
    # A name such as NP_009225.1:p.Met1775Arg says of which sequence it is.
    bare = text.rpartition(":")[2] if ":p." in text else text
    try:
        return parse_residue_change(bare)
    except ValueError as error:
        expected = "one substitution such as M1775R or p.Met1775Arg, positions counted from 1"
        raise cells.fault("variant", "this is not a substitution of one residue", expected) from error


def _from_columns(cells: _Cells) -> ResidueChange:
    number = cells.values["position"].removesuffix(".0")
    if not re.fullmatch("0*[1-9][0-9]{0,8}", number):
        raise cells.fault("position", "this is not a position", "a whole number, counted from 1")
    return ResidueChange(_residue(cells, "reference"), int(number), _residue(cells, "alternate"))


def _residue(cells: _Cells, key: str) -> str:
    text = cells.values[key]
    # Three letters are a residue's name only as Met: MET may well be three residues.
    letters = text.upper() if len(text) == 1 and text.isascii() else text
    try:
        return parse_residue_change(f"{letters}1{letters}").reference
    except ValueError as error:
        raise cells.fault(key, "this is not one residue", f"one of {RESIDUES}, or a name such as Met") from error


def _check_isoforms(lines: list[_Line]) -> None:
    seen: dict[str, _Line] = {}
    for line in lines:
        first = seen.setdefault(line.gene, line)
        if first.sequence != line.sequence:
            problem = f"the gene has another sequence in line {first.cells.number}"
            raise line.cells.fault("gene", problem, "one isoform per gene: give each isoform a name of its own")


def _check_unique(lines: list[_Line]) -> None:
    seen: dict[tuple[str, ResidueChange], _Line] = {}
    for line in lines:
        first = seen.setdefault((line.sequence, line.change), line)
        if first is not line:
            what = " with another label" if first.label != line.label else ""
            problem = f"the variant is in line {first.cells.number} already{what}"
            raise line.cells.fault("position", problem, "each variant once", str(line.change))


def _as_task(path: Path, lines: list[_Line], sha256: str) -> VariantTask:
    items = pd.DataFrame(
        {
            "item_id": [f"{line.gene}:{line.change}" for line in lines],
            "label": [line.label for line in lines],
            "gene": [line.gene for line in lines],
            "protein_variant": [str(line.change) for line in lines],
            "consequence": [str(Consequence.MISSENSE)] * len(lines),
            "groups": [json.dumps({"line": line.cells.number}) for line in lines],
        }
    )
    items = items.reindex(columns=list(ITEM_COLUMNS)).astype(ITEM_COLUMNS)
    prevalence = sum(line.label for line in lines) / len(lines)
    task = Task(
        task_id=path.stem,
        label=path.name,
        suite=Suite.CLINVAR_ITEMS,
        category="Your split",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        n_test=len(lines),
        n_classes=2,
        prevalence=prevalence,
        position=0,
        source_id=SOURCE_ID,
    )
    whole = Stratum(
        task_id=path.stem,
        stratum=ALL_STRATA,
        label="All variants",
        kind="all",
        n=len(lines),
        prevalence=prevalence,
        position=0,
    )
    return VariantTask(
        task=task,
        positive_is=Direction.DAMAGING,
        items=items,
        strata=[whole],
        membership=pd.DataFrame({ALL_STRATA: [True] * len(lines)}),
        measured=pd.DataFrame(index=items.index),
        proteins={line.gene: line.sequence for line in lines},
        inputs={path.name: sha256},
    )
