"""A labelled split of missense variants as anybody may bring it: one CSV or TSV file, one variant per line."""

from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from engine.errors import TableError
from engine.genome import RESIDUES, ResidueChange, parse_residue_change
from engine.names import ALL_STRATA, Consequence, Direction, Kind, Metric, Suite
from engine.records import Stratum, Task
from engine.tables import sha256_of
from engine.variants import ITEM_COLUMNS, VariantTask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOURCE_ID = "split"
_NAMES = {
    "sequence": ("sequence", "protein_sequence", "wt_sequence"),
    "position": ("position", "pos", "aa_pos"),
    "reference": ("wt_aa", "wt", "ref_aa", "aa_ref", "ref"),
    "alternate": ("mut_aa", "mut", "alt_aa", "aa_alt", "alt"),
    "variant": ("variant", "mutant", "mutation", "protein_variant", "hgvs_p"),
    "label": ("label", "labels", "y", "pathogenic", "clinvar_label"),
    "gene": ("gene", "protein", "protein_name", "uniprot"),
}
_POSITIVE = frozenset({"1", "1.0", "true", "pathogenic", "likely pathogenic", "pathogenic/likely pathogenic"})
_NEGATIVE = frozenset({"0", "0.0", "false", "benign", "likely benign", "benign/likely benign"})


class _Cells(NamedTuple):
    """A line's cells by what they mean, and where they stand for a message."""

    path: Path
    number: int
    names: Mapping[str, str]
    values: Mapping[str, str]

    def fault(self, key: str, problem: str, expected: str, *, shown: bool = True) -> TableError:
        value = self.values[key] if shown else None
        return TableError(self.path, problem, line=self.number, column=self.names[key], value=value, expected=expected)


class _Line(NamedTuple):
    number: int
    sequence: str
    change: ResidueChange
    label: int
    gene: str


def read_split(path: Path) -> VariantTask:
    """Labelled missense variants with their protein sequences.

    Needed columns (usual names are recognised): sequence; label (1 or pathogenic, 0 or benign); and either
    position (1-based), wt_aa and mut_aa, or one column such as M1775R. A gene column is optional.

    Raises:
        TableError: a column is missing, a value is not allowed, the sequence has another residue at the position,
            a variant repeats, or one of the two labels is absent.
    """
    lines = list(_lines(path))
    if not lines:
        raise TableError(path, "the table has no rows", expected="one variant per line")
    _check_unique(path, lines)
    labels = {line.label for line in lines}
    if len(labels) == 1:
        problem = f"all {len(lines)} labels are {labels.pop()}: without both classes nothing can be told apart"
        raise TableError(path, problem, column="label", expected="pathogenic (1) and benign (0) variants")
    return _as_task(path, lines)


def _lines(path: Path) -> Iterator[_Line]:
    delimiter = "\t" if path.suffix.lower() in {".tsv", ".tab"} else ","
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            column = _columns(path, header)
            for cells in reader:
                if len(cells) != len(header):
                    problem = f"{len(cells)} cells where the header has {len(header)}"
                    raise TableError(path, problem, line=reader.line_num, expected="the file to be whole")
                values = {key: cells[at].strip() for key, at in column.items()}
                names = {key: header[at] for key, at in column.items()}
                yield _line(_Cells(path, reader.line_num, names, values))
    except FileNotFoundError as error:
        raise TableError(path, "there is no such file") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise TableError(path, f"not a readable CSV file: {error}", expected="UTF-8 text with a header") from error


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    lower = [name.lower() for name in header]
    found = {key: next((lower.index(name) for name in names if name in lower), -1) for key, names in _NAMES.items()}
    column = {key: at for key, at in found.items() if at >= 0}
    needed = (
        ["sequence", "label"] if "variant" in column else ["sequence", "position", "reference", "alternate", "label"]
    )
    missing = [_NAMES[key][0] for key in needed if key not in column]
    if missing:
        problem = f"missing column {', '.join(missing)}" + (f" (found {', '.join(header)})" if header else "")
        raise TableError(path, problem, line=1, expected="sequence, position, wt_aa, mut_aa and label")
    return column


def _line(cells: _Cells) -> _Line:
    values = cells.values
    sequence = values["sequence"].upper()
    unknown = sorted(set(sequence) - set(RESIDUES + "XBZUO"))
    if unknown or not sequence:
        problem = f"unknown residue {unknown[0]!r}" if unknown else "the sequence is empty"
        raise cells.fault("sequence", problem, "a protein in one-letter residues", shown=False)
    word = values["label"].lower()
    if word not in _POSITIVE | _NEGATIVE:
        raise cells.fault("label", "not a label", "1, 0, pathogenic or benign; leave uncertain variants out")
    gene = values.get("gene") or hashlib.sha256(sequence.encode()).hexdigest()[:12]
    return _Line(cells.number, sequence, _change(cells, sequence), int(word in _POSITIVE), gene)


def _change(cells: _Cells, sequence: str) -> ResidueChange:
    key = "variant" if "variant" in cells.values else "position"
    try:
        change = parse_residue_change(_short_form(cells.values))
    except ValueError as error:
        raise cells.fault(key, "not a substitution", str(error)) from error
    if change.position > len(sequence):
        raise cells.fault(key, f"the sequence ends at {len(sequence)}", "a 1-based position inside the sequence")
    found = sequence[change.position - 1]
    if found != change.reference:
        problem = f"the sequence has {found} at position {change.position}, the variant says {change.reference}"
        raise cells.fault(key, problem, "the isoform on which the variant is named")
    if change.alternate == change.reference or "*" in {change.alternate, change.reference}:
        raise cells.fault(key, f"{change} is no missense change", "two different residues")
    return change


def _short_form(values: Mapping[str, str]) -> str:
    if "variant" in values:
        return values["variant"]
    position = values["position"].removesuffix(".0")
    return f"{values['reference'].upper()}{position}{values['alternate'].upper()}"


def _check_unique(path: Path, lines: list[_Line]) -> None:
    seen: dict[tuple[str, str], _Line] = {}
    for line in lines:
        first = seen.setdefault((line.sequence, str(line.change)), line)
        if first is not line:
            what = "with another label" if first.label != line.label else "again"
            problem = f"the variant of line {first.number} {what}"
            raise TableError(path, problem, line=line.number, value=str(line.change), expected="each variant once")


def _as_task(path: Path, lines: list[_Line]) -> VariantTask:
    items = pd.DataFrame(
        {
            "item_id": [f"{line.gene}:{line.change}" for line in lines],
            "label": [line.label for line in lines],
            "gene": [line.gene for line in lines],
            "protein_variant": [str(line.change) for line in lines],
            "consequence": [str(Consequence.MISSENSE)] * len(lines),
            "groups": [json.dumps({"line": line.number}) for line in lines],
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
        proteins=_proteins(path, lines),
        inputs={path.name: sha256_of(path)},
    )


def _proteins(path: Path, lines: list[_Line]) -> dict[str, str]:
    found: dict[str, _Line] = {}
    for line in lines:
        first = found.setdefault(line.gene, line)
        if first.sequence != line.sequence:
            problem = f"{line.gene} had another sequence in line {first.number}"
            raise TableError(path, problem, line=line.number, column="gene", expected="one isoform per gene name")
    return {gene: line.sequence for gene, line in found.items()}
