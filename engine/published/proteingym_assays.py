"""ProteinGym v1.3 assay by assay and gene by gene: 97 systems on 217 deep mutational scans, 13 on 2,525 proteins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import TableError
from engine.names import ALL_STRATA, Kind, Metric, Protocol, Regime, Suite
from engine.published.proteingym import CLINICAL_TASK, SOURCE_ID, model_id
from engine.published.systems import read_aliases
from engine.records import Bundle, Score, Stratum, Task
from engine.registry.files import ASSAY_AUC, ASSAY_MCC, ASSAY_SPEARMAN, ASSAYS, CLINICAL_AUC
from engine.sheets import Sheet, read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.published.systems import AliasRow

_LEVELS = ((ASSAY_SPEARMAN, Metric.SPEARMAN), (ASSAY_AUC, Metric.AUROC), (ASSAY_MCC, Metric.MCC))
_ASSAY_FACTS = ("Number of Mutants", "Selection Type", "UniProt ID", "MSA_Neff_L_category", "Taxon")
_CATEGORY_OF = {"OrganismalFitness": "Organismal fitness"}
_NO_VALUE = "the published table has no value here"


def read(files: Mapping[str, Path], published: Path) -> Bundle:
    """A task per assay, a stratum per gene of the clinical task, and all their scores.

    Model rows are not repeated: every system is one of `proteingym.read`.

    Args:
        files: ProteinGym's files by name, as the fetch brings them.
        published: The folder with `system_aliases.csv`.

    Raises:
        TableError: a table is damaged, or two of them disagree about the assays.
    """
    aliases = read_aliases(published, Suite.PROTEINGYM)
    reference = read_csv(files[ASSAYS])
    tasks = _tasks(reference)
    scores: list[Score] = []
    for name, metric in _LEVELS:
        sheet = read_csv(files[name])
        _check_assays(sheet, reference)
        sizes = dict(zip(sheet.text("DMS ID"), sheet.whole("Number of Mutants").tolist(), strict=True))
        scores += _assay_scores(sheet, metric, aliases, sizes)
    clinical = read_csv(files[CLINICAL_AUC])
    return Bundle(
        tasks=tasks,
        strata=[*(_everything(task) for task in tasks), *_genes(clinical)],
        scores=[*scores, *_gene_scores(clinical, aliases)],
    )


def task_id(dms_id: str) -> str:
    """The store's id of an assay."""
    return f"dms:{dms_id}"


def _tasks(sheet: Sheet) -> list[Task]:
    names = sheet.text("DMS_id")
    sheet.check_unique(names, "DMS_id", "assay")
    columns = (
        names,
        _labels(sheet),
        sheet.text("coarse_selection_type"),
        sheet.text("UniProt_ID"),
        sheet.whole("DMS_total_number_mutants").tolist(),
        sheet.text("source_organism"),
    )
    return [
        Task(
            task_id=task_id(name),
            label=label,
            suite=Suite.DMS,
            category=_CATEGORY_OF.get(selection, selection),
            collection="ProteinGym v1.3",
            redundancy_group=protein,
            kind=Kind.FITNESS,
            primary_metric=Metric.SPEARMAN,
            n_test=size,
            organism=organism,
            position=position,
            source_id=SOURCE_ID,
        )
        for position, (name, label, selection, protein, size, organism) in enumerate(
            zip(*columns, strict=True), start=1
        )
    ]


def _labels(sheet: Sheet) -> list[str]:
    """'Beta-lactamase TEM, Stiffler 2015 (BLAT_ECOLX)', with what else tells an assay's id from its siblings."""
    labels = []
    columns = (sheet.text(name) for name in ("DMS_id", "UniProt_ID", "molecule_name", "first_author", "year"))
    for name, protein, molecule, author, year in zip(*columns, strict=True):
        rest = name.rpartition(f"_{year}")[2].strip("_").replace("_", " ")
        labels.append(f"{molecule}, {author} {year} ({protein}{', ' if rest else ''}{rest})")
    return labels


def _check_assays(sheet: Sheet, reference: Sheet) -> None:
    """Both tables hold the same assays with the same sizes."""
    sheet.check_unique(sheet.text("DMS ID"), "DMS ID", "assay")
    sizes = reference.whole("DMS_total_number_mutants").tolist()
    wanted = dict(zip(reference.text("DMS_id"), sizes, strict=True))
    found = sheet.whole("Number of Mutants").tolist()
    for row, (name, size) in enumerate(zip(sheet.text("DMS ID"), found, strict=True)):
        if name not in wanted:
            raise sheet.fault(row, "DMS ID", "an assay that the reference file does not have", "one of its assays")
        if wanted[name] != size:
            raise sheet.fault(row, "Number of Mutants", "not what the reference file says", str(wanted[name]))
    if missing := set(wanted) - set(sheet.text("DMS ID")):
        raise TableError(
            sheet.path, f"no row for the assay {min(missing)}", expected="every assay of the reference file"
        )


def _everything(task: Task) -> Stratum:
    return Stratum(
        task_id=task.task_id, stratum=ALL_STRATA, label="All variants", kind="all", n=task.n_test, position=0
    )


def _genes(sheet: Sheet) -> list[Stratum]:
    names = sheet.text("RefSeq ID")
    sheet.check_unique(names, "RefSeq ID", "protein")
    return [
        Stratum(task_id=CLINICAL_TASK, stratum=name, label=name, kind="gene", position=position)
        for position, name in enumerate(names, start=1)
    ]


def _assay_scores(sheet: Sheet, metric: Metric, aliases: dict[str, AliasRow], sizes: dict[str, int]) -> list[Score]:
    low = 0 if metric == Metric.AUROC else -1
    scores: list[Score] = []
    for system in _systems(sheet, {"DMS ID", *_ASSAY_FACTS}):
        model = model_id(system, aliases)
        values = sheet.number(system, low=low, high=1).tolist()
        scores += [
            _score(model, task_id(name), ALL_STRATA, metric, value, n=n)
            for (name, n), value in zip(sizes.items(), values, strict=True)
        ]
    return scores


def _gene_scores(sheet: Sheet, aliases: dict[str, AliasRow]) -> list[Score]:
    scores: list[Score] = []
    genes = sheet.text("RefSeq ID")
    for system in _systems(sheet, {"RefSeq ID"}):
        model = model_id(system, aliases)
        values = sheet.number(system, low=0, high=1).tolist()
        scores += [
            _score(model, CLINICAL_TASK, gene, Metric.AUROC, value, n=None)
            for gene, value in zip(genes, values, strict=True)
        ]
    return scores


def _systems(sheet: Sheet, facts: set[str]) -> list[str]:
    """The columns that hold scores."""
    return [name for name in sheet.cells if name not in facts]


def _score(model: str, task: str, stratum: str, metric: Metric, value: float, *, n: int | None) -> Score:
    blank = bool(np.isnan(value))
    return Score(
        model_id=model,
        task_id=task,
        stratum=stratum,
        regime=Regime.ZERO_SHOT,
        protocol=Protocol.PROTEINGYM_PUBLISHED,
        metric=metric,
        value=None if blank else value,
        n=n,
        undefined_reason=_NO_VALUE if blank else None,
        origin="published",
        provenance="published table",
        source_id=SOURCE_ID,
    )
