"""VEP-eval's sample of ClinVar: 1,000 single-base changes, GRCh38, with the scores of 16 predictors.

A variant belongs to one class at most. Eleven of the published sample belong to none: they lie in no transcript that
VEP-eval considers, so their consequence is missing; they count in `all` and in `noncoding`. One variant was published
with the reference as its alternate allele: it is kept as it is counted there, and its `groups` say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.assemble import Part, Parts, assemble, given, groups_json, make_items
from engine.datasets.references import check_alleles, read_changes
from engine.errors import TableError
from engine.names import Consequence, Direction, Kind, Metric, Suite
from engine.records import Task
from engine.registry.files import CLINVAR_SAMPLE
from engine.sheets import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from engine.sheets import Sheet
    from engine.variants import VariantTask

TASK = "clinvar_sample"
GATED = ("PrimateAI_3D",)
"""Upstream columns whose licence does not let us keep them."""

SCORES = {
    "Evo2_7B": "evo-2-7b",
    "Evo2_40B": "evo-2-40b",
    "AlphaGenome_quantile": "alphagenome-all-folds",
    "Rule_based": "rule-based",
    "GPN_MSA": "gpn-msa-sapiens",
    "PhyloGPN": "phylogpn",
    "DNABERT2": "dnabert2-no-flashattention",
    "ESM1b": "esm-1b",
    "ESM1v": "esm-1v:1",
    "AlphaMissense": "alphamissense",
    "PhyloP": "vep-eval:phylop",
    "ntv3_pre_position_llr": "vep-eval:ntv3-pre",
    "ntv3_post_log2fc_max": "vep-eval:ntv3-post",
    "gpnstar_v_llr": "vep-eval:gpn-star",
    "ESM2": "esm-2-650m",
    "vesm_score": "vep-eval:vesm",
}
"""model_id by column, as `system_aliases.csv` has them."""

UNCHANGED = ("18-62138299-C-C",)
"""Published variants that change nothing; any other one is an error."""

_GROUP = "group: "
_SIDES = ("coding", "noncoding")
_STRANDS = ("+", "-")
# Of two things that a variant does at once the class is named after the first, and a broken splice site goes first.
_WORDS = (
    ("stop synonymous", Consequence.SYNONYMOUS),
    ("start loss", Consequence.START_LOSS),
    ("stop gain", Consequence.NONSENSE),
    ("stop loss", Consequence.STOP_LOSS),
    ("missense", Consequence.MISSENSE),
    ("synonymous", Consequence.SYNONYMOUS),
    ("splice", Consequence.CANONICAL_SPLICE),
    ("5'UTR", Consequence.UTR5),
    ("3'UTR", Consequence.UTR3),
    ("intron (non-splice)", Consequence.INTRONIC),
    ("RNA gene", Consequence.RNA_GENE),
)
_CHROMOSOMES = {name: name for name in (*map(str, range(1, 23)), "X", "Y", "MT")}
_MOST_STARS = 4


def read(files: Mapping[str, Path]) -> VariantTask:
    """The task from the sample's one file.

    Raises:
        NotHereError: the file was not given.
        TableError: it is not as it was published.
    """
    sheet = read_csv(given(files, CLINVAR_SAMPLE), drop=GATED)
    keys = _keys(sheet)
    check_alleles(sheet, "REF", "ALT", unchanged=[row for row, key in enumerate(keys) if key in UNCHANGED])
    sheet.check_unique(keys, "POS", "variant")
    _check_assembly(sheet, keys)
    classes = _classes(sheet)
    parts = Parts(
        items=_items(sheet, keys, classes),
        strata=_strata(sheet, classes),
        measured={model: sheet.number(column) for column, model in SCORES.items()},
        inputs={CLINVAR_SAMPLE: sheet.path},
    )
    return assemble(_task(), Direction.DAMAGING, parts)


def consequence_of(variant_class: str) -> Consequence:
    """Our word for a class such as "missense + 3'UTR".

    Raises:
        ValueError: none of its parts is a word that VEP-eval uses.
    """
    named = variant_class.split(" + ")
    return next((word for text, word in _WORDS if text in named), None) or _unknown(variant_class)


def _unknown(variant_class: str) -> Consequence:
    raise ValueError(f"no consequence for the class '{variant_class}'")


def _task() -> Task:
    return Task(
        task_id=TASK,
        label="ClinVar, a sample of all classes",
        suite=Suite.CLINVAR_ITEMS,
        category="ClinVar",
        collection="VEP-eval",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        organism="human",
        assembly="GRCh38",
        position=1,
        source_id="vep_eval",
    )


def _keys(sheet: Sheet) -> list[str]:
    chroms = sheet.mapped("#CHROM", _CHROMOSOMES)
    columns = (chroms, sheet.whole("POS").tolist(), sheet.text("REF"), sheet.text("ALT"))
    return ["-".join(map(str, row)) for row in zip(*columns, strict=True)]


def _check_assembly(sheet: Sheet, keys: list[str]) -> None:
    """Some rows repeat the variant with its assembly: b38 in all of them, and the same variant."""
    for row in np.flatnonzero(sheet.column("variant_id") != ""):
        wanted = f"chr{keys[row].replace('-', '_')}_b38"
        if sheet.column("variant_id")[row] != wanted:
            raise sheet.fault(int(row), "variant_id", "another variant or assembly than this row's", wanted)


def _classes(sheet: Sheet) -> list[str | None]:
    """The one class of each variant, None where it has none."""
    names = [name.removeprefix(_GROUP) for name in sheet.cells if name.startswith(_GROUP)]
    held: list[str | None] = [None] * len(sheet)
    for name in (name for name in names if name not in _SIDES + _STRANDS):
        for row in np.flatnonzero(sheet.binary(_GROUP + name)):
            if held[row] is not None:
                raise sheet.fault(int(row), _GROUP + name, f"the variant is '{held[row]}' too", "one class per variant")
            held[row] = name
    for name in {name for name in held if name}:
        try:
            consequence_of(name)
        except ValueError as error:
            raise TableError(sheet.path, "an unknown class of variants", line=1, column=_GROUP + name) from error
    return held


def _items(sheet: Sheet, keys: list[str], classes: list[str | None]) -> pd.DataFrame:
    groups = {
        "variant_class": classes,
        "stars": _stars(sheet).tolist(),
        "transcript": [text or None for text in sheet.column("ClinVarName_refseq_ids")],
        "clinvar_id": sheet.text("ID"),
        "unchanged": [key in UNCHANGED for key in keys],
    }
    return make_items(
        len(sheet),
        item_id=keys,
        label=sheet.binary("ClinVar_label"),
        chrom=sheet.text("#CHROM"),
        pos=sheet.whole("POS"),
        ref=sheet.text("REF"),
        alt=sheet.text("ALT"),
        assembly="GRCh38",
        protein_variant=_protein_variants(sheet),
        consequence=[consequence_of(name).value if name else None for name in classes],
        groups=groups_json(groups),
    )


def _protein_variants(sheet: Sheet) -> list[str | None]:
    """The substitution where the file names one; '=' is the same residue again."""
    rows = np.flatnonzero(sheet.column("ClinVarName_AAPOS") != "")
    part = sheet.rows(rows)
    refs, alts = part.text("ClinVarName_AAREF"), part.text("ClinVarName_AAALT")
    places = part.whole("ClinVarName_AAPOS").tolist()
    texts = [f"{ref}{place}{ref if alt == '=' else alt}" for ref, place, alt in zip(refs, places, alts, strict=True)]
    changes = dict(zip(rows.tolist(), read_changes(part, "ClinVarName_AAREF", texts), strict=True))
    return [str(changes[row]) if row in changes else None for row in range(len(sheet))]


def _stars(sheet: Sheet) -> NDArray[np.int64]:
    levels = {spelling: level for level in range(_MOST_STARS + 1) for spelling in (f"{level}", f"{level}.0")}
    return np.array(sheet.mapped("ClinVar_gold_stars", levels), dtype=np.int64)


def _strata(sheet: Sheet, classes: list[str | None]) -> list[Part]:
    sides = {side: sheet.binary(_GROUP + side) == 1 for side in _SIDES}
    for row in np.flatnonzero(sides["coding"] == sides["noncoding"]):
        raise sheet.fault(int(row), _GROUP + "coding", "coding and noncoding, or neither", "one of the two")
    held = np.array(classes, dtype=object)
    named = sorted({name for name in classes if name}, key=lambda name: (-np.sum(held == name), name))
    stars = _stars(sheet)
    return [
        *(Part(side, side.capitalize(), "variant_group", mask) for side, mask in sides.items()),
        *(Part(name, name[0].upper() + name[1:], "variant_class", held == name) for name in named),
        *(
            Part(f"stars>={level}", f"{level} star{'s' if level > 1 else ''} or more", "star_level", stars >= level)
            for level in range(1, _MOST_STARS + 1)
        ),
    ]
