"""ClinVar missense labels of EVE (Frazer 2021): 1,087 protein entries in one file, four proteins in another.

Parts of a protein stand in the file under names of their own ("BRCA1_HUMAN_RING_r1_110_b0.5"), and the four proteins
stand in both files. The same change of the same protein is one item; its `groups` list every entry it was found
under. Labels of one change always agree in the published files; where they do not, reading stops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.assays import sequences_by_protein
from engine.datasets.assemble import Part, Parts, assemble, given, groups_json, make_items
from engine.datasets.references import mismatches, read_changes
from engine.names import Consequence, Direction, Kind, Metric, Suite
from engine.records import Task
from engine.registry.files import ASSAYS, CLINVAR_FOUR, CLINVAR_PROTEINS
from engine.sheets import Sheet, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from engine.genome import ResidueChange
    from engine.variants import VariantTask

TASK = "clinvar_missense"
SMALLEST_CLASS = 10
"""Variants of each class that a gene needs for a stratum of its own."""

_ENTRY = re.compile(r"([A-Z0-9]{1,11}_[A-Z0-9]{1,5})(?:_.+)?")


@dataclass(slots=True)
class _Label:
    """A change of a protein, and where it was first found."""

    gene: str
    change: ResidueChange
    label: int
    sheet: Sheet
    row: int
    entries: list[str] = field(default_factory=list)


def read(files: Mapping[str, Path]) -> VariantTask:
    """The task from both label files, by name; ProteinGym's reference file, where given, adds protein sequences.

    Raises:
        NotHereError: a file was not given.
        TableError: a file is not as it was published, or two labels of one change disagree.
    """
    labels: dict[str, _Label] = {}
    for name in (CLINVAR_PROTEINS, CLINVAR_FOUR):
        _collect(read_csv(given(files, name)), labels)
    rows = list(labels.values())
    genes = np.array([row.gene for row in rows], dtype=object)
    classes = np.array([row.label for row in rows], dtype=np.int64)
    items = make_items(
        len(rows),
        item_id=list(labels),
        label=classes,
        gene=genes,
        protein_variant=[str(row.change) for row in rows],
        consequence=Consequence.MISSENSE.value,
        groups=groups_json({"entries": [row.entries for row in rows]}),
    )
    strata = [
        Part(gene, gene, "gene", mask)
        for gene in sorted(set(genes))
        if min(np.bincount(classes[mask := genes == gene], minlength=2)) >= SMALLEST_CLASS
    ]
    proteins = _proteins(rows, sequences_by_protein(files[ASSAYS])) if ASSAYS in files else {}
    inputs = {name: files[name] for name in (CLINVAR_PROTEINS, CLINVAR_FOUR, ASSAYS) if name in files}
    return assemble(_task(), Direction.DAMAGING, Parts(items=items, strata=strata, proteins=proteins, inputs=inputs))


def gene_of(entry: str) -> str | None:
    """UniProt's name at the start of an entry ('BRCA1_HUMAN_b0.05' -> 'BRCA1_HUMAN'), None where there is none."""
    found = _ENTRY.fullmatch(entry)
    return found[1] if found else None


def _collect(sheet: Sheet, labels: dict[str, _Label]) -> None:
    """Add a file's labels to those found so far."""
    entries, texts = sheet.text("protein_name"), sheet.text("mutations")
    pairs = [f"{entry}-{text}" for entry, text in zip(entries, texts, strict=True)]
    sheet.check_unique(pairs, "mutations", "variant")
    changes = read_changes(sheet, "mutations", list(texts))
    for row, (change, label) in enumerate(zip(changes, sheet.binary("ClinVar_labels").tolist(), strict=True)):
        gene = gene_of(entries[row])
        if gene is None:
            raise sheet.fault(row, "protein_name", "no UniProt entry name", "a name such as BRCA1_HUMAN")
        if change.reference == change.alternate or "*" in {change.reference, change.alternate}:
            raise sheet.fault(row, "mutations", "not a missense variant", "another residue in place of the reference")
        known = labels.setdefault(f"{gene}-{change}", _Label(gene, change, label, sheet, row))
        if known.label != label:
            first = known.sheet.where(known.row, "ClinVar_labels")
            raise sheet.fault(
                row, "ClinVar_labels", f"{gene} {change} has the label {known.label} in {first}", "one label"
            )
        known.entries.append(entries[row])


def _proteins(rows: list[_Label], sequences: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The first sequence of each gene that has every reference residue of its variants.

    Some assays mutate another isoform or a natural variant: such a sequence is not the one ClinVar numbers by.
    """
    changes: dict[str, list[ResidueChange]] = {}
    for row in rows:
        changes.setdefault(row.gene, []).append(row.change)
    fitting = {
        gene: next((text for text in sequences.get(gene, ()) if not len(mismatches(text, found))), None)
        for gene, found in changes.items()
    }
    return {gene: sequence for gene, sequence in fitting.items() if sequence}


def _task() -> Task:
    return Task(
        task_id=TASK,
        label="ClinVar missense, by protein",
        suite=Suite.CLINVAR_ITEMS,
        category="ClinVar missense",
        collection="EVE",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        organism="human",
        position=2,
        source_id="eve_2021",
    )
