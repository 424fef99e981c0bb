"""Deep mutational scan of TEM-1 beta-lactamase (Stiffler 2015): 4,996 substitutions under 2,500 µg/ml ampicillin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.assays import Assay, find_assay
from engine.datasets.assemble import Parts, assemble, given, make_items
from engine.datasets.references import check_residues, read_changes
from engine.errors import TableError
from engine.names import Consequence, Direction, Kind, Metric, Suite
from engine.records import Task
from engine.registry.files import ASSAYS, BLAT_ASSAY
from engine.sheets import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.sheets import Sheet
    from engine.variants import VariantTask

TASK = "dms:BLAT_ECOLX"
GENE = "BLAT_ECOLX"
_ASSAY = "BLAT_ECOLX_Stiffler_2015"
_VALUE = "2500"
_SEEDS = {f"esm-1v:{seed}": f"esm1v_t33_650M_UR90_{seed}" for seed in range(1, 6)}
_SCORES = {
    "site-independent": "mutation_effect_prediction_independent",
    "evmutation": "mutation_effect_prediction_pairwise",
    "proteingym:deepsequence-ensemble": "mutation_effect_prediction_vae_ensemble",
}


def read(files: Mapping[str, Path]) -> VariantTask:
    """The task from the assay's table and ProteinGym's reference file, by name.

    Label 1 is fit: a value of at least ProteinGym's cutoff, the median.

    Raises:
        NotHereError: a file was not given.
        TableError: a file is not as it was published.
        SequenceError: a reference residue is not the protein's.
    """
    sheet = read_csv(given(files, BLAT_ASSAY))
    path = given(files, ASSAYS)
    assay = _assay(path)
    changes = read_changes(sheet, "mutant", list(sheet.text("mutant")))
    sheet.check_unique(sheet.text("mutant"), "mutant", "variant")
    check_residues(sheet, "mutant", assay.sequence, changes, f"{GENE} in {path.name}")
    values = sheet.full_number(_VALUE)
    items = make_items(
        len(sheet),
        item_id=sheet.text("mutant"),
        label=(values >= assay.cutoff).astype(np.int64),
        gene=GENE,
        protein_variant=sheet.text("mutant"),
        consequence=Consequence.MISSENSE.value,
        value=values,
    )
    parts = Parts(
        items=items,
        strata=(),
        measured=_measured(sheet),
        proteins={GENE: assay.sequence},
        inputs={BLAT_ASSAY: sheet.path, ASSAYS: path},
    )
    return assemble(_task(), Direction.FIT, parts)


def _assay(path: Path) -> Assay:
    """The cutoff only holds for the column that ProteinGym took."""
    assay = find_assay(path, _ASSAY)
    if assay.measured != _VALUE:
        problem = f"the cutoff of {_ASSAY} is one of the column {assay.measured}"
        raise TableError(path, problem, column="raw_DMS_phenotype_name", expected=_VALUE)
    return assay


def _measured(sheet: Sheet) -> dict[str, NDArray[np.float64]]:
    seeds = {model: sheet.number(column) for model, column in _SEEDS.items()}
    mean = np.mean(list(seeds.values()), axis=0)
    return seeds | {"esm-1v-5-seeds": mean} | {model: sheet.number(column) for model, column in _SCORES.items()}


def _task() -> Task:
    return Task(
        task_id=TASK,
        label="Beta-lactamase TEM-1, growth in ampicillin",
        suite=Suite.DMS,
        category="Organismal fitness",
        collection="Stiffler 2015",
        redundancy_group=GENE,
        kind=Kind.FITNESS,
        primary_metric=Metric.SPEARMAN,
        organism="Escherichia coli",
        position=0,
        source_id="stiffler_2015",
    )
