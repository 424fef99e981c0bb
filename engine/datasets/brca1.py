"""Saturation genome editing of BRCA1 (Findlay 2018): 3,893 single-base changes, GRCh37, plus strand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.datasets.assays import find_assay
from engine.datasets.assemble import Part, Parts, assemble, given, groups_json, make_items
from engine.datasets.references import check_alleles, check_bases, check_residues, read_changes, read_region
from engine.names import Consequence, Direction, Kind, Metric, Suite
from engine.records import Task
from engine.registry.files import ASSAYS, BRCA1_ASSAY, BRCA1_EVO2, BRCA1_REGION
from engine.sheets import Sheet, read_csv, read_excel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.genome import ResidueChange
    from engine.variants import VariantTask

TASK = "brca1_sge"
GENE, CHROM, ASSEMBLY = "BRCA1", "17", "GRCh37"
_POSITION = "position (hg19)"
_REGION_START = 41_100_001
_HEADER_LINE = 3
_ASSAY = "BRCA1_HUMAN_Findlay_2018"
_FILES = (BRCA1_ASSAY, BRCA1_REGION, BRCA1_EVO2, ASSAYS)

_LABELS = {"FUNC": 0, "INT": 0, "LOF": 1}
_CONSEQUENCES = {
    "Synonymous": Consequence.SYNONYMOUS,
    "Intronic": Consequence.INTRONIC,
    "5' UTR": Consequence.UTR5,
    "Splice region": Consequence.SPLICE_REGION,
    "Canonical splice": Consequence.CANONICAL_SPLICE,
    "Missense": Consequence.MISSENSE,
    "Nonsense": Consequence.NONSENSE,
}
_CODING = ("Missense", "Nonsense", "Synonymous")
_OTHER_NONCODING = (Consequence.INTRONIC, Consequence.UTR5)
_STRATA = (
    ("missense", "Missense", "variant_class", (Consequence.MISSENSE,)),
    ("splice_region", "Splice region", "variant_class", (Consequence.SPLICE_REGION,)),
    ("other_noncoding", "Intron and 5' UTR", "variant_class", _OTHER_NONCODING),
    ("noncoding", "Noncoding", "variant_group", (Consequence.SPLICE_REGION, *_OTHER_NONCODING)),
    ("canonical_splice", "Canonical splice", "variant_class", (Consequence.CANONICAL_SPLICE,)),
    ("nonsense", "Nonsense", "variant_class", (Consequence.NONSENSE,)),
    ("synonymous", "Synonymous", "variant_class", (Consequence.SYNONYMOUS,)),
)
_SCORES = {"cadd": "CADD.score", "phylop": "phyloP (mammalian)", "sift": "sift", "polyphen2": "polyphen2"}
_GROUPS = {
    "transcript_position": "transcript_position",
    "transcript_variant": "transcript_variant",
    "exon": "experiment",
    "func_class": "func.class",
    "clinvar": "clinvar_simple",
}


def read(files: Mapping[str, Path]) -> VariantTask:
    """The task from the assay's workbook, the region and Evo 2's deltas, by name.

    ProteinGym's reference file, where it is given, adds the protein's sequence.

    Raises:
        NotHereError: a file was not given.
        TableError: a file is not as it was published.
        SequenceError: a reference base or residue is not the sequence's.
    """
    sheet = read_excel(given(files, BRCA1_ASSAY), header_line=_HEADER_LINE, blank="NA")
    region = read_region(given(files, BRCA1_REGION), assembly=ASSEMBLY, chrom=CHROM, start=_REGION_START)
    sheet.mapped("gene", {GENE: GENE})
    sheet.mapped("chromosome", {CHROM: CHROM})
    check_alleles(sheet, "reference", "alt")
    check_bases(sheet, region, _POSITION, "reference")
    keys = _keys(sheet, "chromosome", _POSITION, "reference")
    sheet.check_unique(keys, _POSITION, "variant")
    changes = _changes(sheet)
    proteins = _proteins(sheet, changes, files.get(ASSAYS))
    items = _items(sheet, keys, changes)
    words = items["consequence"]
    strata = [Part(name, label, kind, words.isin(list(held)).to_numpy(bool)) for name, label, kind, held in _STRATA]
    parts = Parts(
        items=items,
        strata=strata,
        measured=_measured(sheet, keys, read_csv(given(files, BRCA1_EVO2))),
        proteins=proteins,
        regions={CHROM: region},
        inputs={name: files[name] for name in _FILES if name in files},
    )
    return assemble(_task(), Direction.DAMAGING, parts)


def _task() -> Task:
    return Task(
        task_id=TASK,
        label="BRCA1, loss of function",
        suite=Suite.BRCA1,
        category="Saturation genome editing",
        collection="Findlay 2018",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        organism="human",
        assembly=ASSEMBLY,
        position=0,
        source_id="findlay_2018",
    )


def _keys(sheet: Sheet, chrom: str, position: str, ref: str) -> NDArray[np.object_]:
    columns = (sheet.text(chrom), sheet.whole(position).tolist(), sheet.text(ref), sheet.text("alt"))
    return np.array(["-".join(map(str, row)) for row in zip(*columns, strict=True)], dtype=object)


def _changes(sheet: Sheet) -> dict[int, ResidueChange]:
    """The substitution of each row that states one; coding variants have to."""
    blank = sheet.column("aa_pos") == ""
    for row in np.flatnonzero(blank & np.isin(sheet.text("consequence").astype(str), _CODING)):
        raise sheet.fault(int(row), "aa_pos", "a coding variant without its residue", "a position in the protein")
    rows = np.flatnonzero(~blank)
    part = sheet.rows(rows)
    columns = (part.text("aa_ref"), part.whole("aa_pos").tolist(), part.text("aa_alt"))
    texts = [f"{ref}{position}{alt}" for ref, position, alt in zip(*columns, strict=True)]
    return dict(zip(rows.tolist(), read_changes(part, "aa_ref", texts), strict=True))


def _proteins(sheet: Sheet, changes: dict[int, ResidueChange], path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    sequence = find_assay(path, _ASSAY).sequence
    part = sheet.rows(np.array(list(changes), dtype=np.int64))
    check_residues(part, "aa_pos", sequence, list(changes.values()), f"{GENE} in {path.name}")
    return {GENE: sequence}


def _items(sheet: Sheet, keys: NDArray[np.object_], changes: dict[int, ResidueChange]) -> pd.DataFrame:
    groups = {name: [text or None for text in sheet.column(column)] for name, column in _GROUPS.items()}
    return make_items(
        len(sheet),
        item_id=keys,
        label=sheet.mapped("func.class", _LABELS),
        chrom=CHROM,
        pos=sheet.whole(_POSITION),
        ref=sheet.text("reference"),
        alt=sheet.text("alt"),
        assembly=ASSEMBLY,
        gene=GENE,
        protein_variant=[str(changes[row]) if row in changes else None for row in range(len(sheet))],
        consequence=[word.value for word in sheet.mapped("consequence", _CONSEQUENCES)],
        groups=groups_json(groups),
        value=sheet.full_number("function.score.mean"),
    )


def _measured(sheet: Sheet, keys: NDArray[np.object_], evo2: Sheet) -> dict[str, NDArray[np.float64]]:
    scores = {name: sheet.number(column) for name, column in _SCORES.items()}
    scored = _keys(evo2, "chrom", "pos", "ref")
    evo2.check_unique(scored, "pos", "variant")
    for row in np.flatnonzero(~pd.Index(scored).isin(keys)):
        raise evo2.fault(int(row), "pos", f"{scored[row]} is not in {sheet.path.name}", "the variants of the assay")
    places = pd.Index(scored).get_indexer(pd.Index(keys))
    for row in np.flatnonzero(places < 0):
        raise sheet.fault(int(row), _POSITION, f"{keys[row]} is not in {evo2.path.name}", "a score of every variant")
    return scores | {"evo2-1b": evo2.full_number("delta")[places]}
