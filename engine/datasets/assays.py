"""ProteinGym's reference file: the sequence each assay mutates, and where it cuts fitness in two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import TableError
from engine.genome import RESIDUES
from engine.sheets import read_csv

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Assay:
    """One deep mutational scan; `cutoff` is the lowest measured value that counts as fit."""

    dms_id: str
    uniprot: str
    sequence: str
    cutoff: float
    measured: str


def read_assays(path: Path) -> dict[str, Assay]:
    """All assays by id.

    Raises:
        TableError: a column is missing, a sequence holds anything but residues, or an id repeats.
    """
    sheet = read_csv(path)
    names, sequences = sheet.text("DMS_id"), sheet.text("target_seq")
    sheet.check_unique(names, "DMS_id", "assay")
    for row, sequence in enumerate(sequences):
        strange = sorted(set(sequence) - set(RESIDUES))
        if strange:
            raise sheet.fault(row, "target_seq", f"letters that are no residues: {', '.join(strange)}", RESIDUES)
    columns = (
        names,
        sheet.text("UniProt_ID"),
        sequences,
        sheet.full_number("DMS_binarization_cutoff").tolist(),
        sheet.text("raw_DMS_phenotype_name"),
    )
    return {row[0]: Assay(*row) for row in zip(*columns, strict=True)}


def find_assay(path: Path, dms_id: str) -> Assay:
    """One assay of the file.

    Raises:
        TableError: the file has no such assay, or is damaged.
    """
    assays = read_assays(path)
    if dms_id not in assays:
        raise TableError(path, f"no assay {dms_id}", column="DMS_id", expected="the file at its pinned commit")
    return assays[dms_id]


def sequences_by_protein(path: Path) -> dict[str, list[str]]:
    """The distinct sequences that assays mutate, by UniProt entry name."""
    found: dict[str, list[str]] = {}
    for assay in read_assays(path).values():
        known = found.setdefault(assay.uniprot, [])
        if assay.sequence not in known:
            known.append(assay.sequence)
    return found
