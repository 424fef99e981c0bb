"""ProteinGym v1.3: 97 systems on substitutions, overall and by group; 13 on clinical substitutions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.errors import TableError
from engine.names import (
    ALL_STRATA,
    Kind,
    Metric,
    Protocol,
    Regime,
    Role,
    Suite,
    licence_group,
    size_in_name,
    slug,
)
from engine.published.systems import read_aliases
from engine.records import Bundle, Model, Score, Stratum, Task
from engine.tables import Count, Optional, Row, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from engine.published.systems import AliasRow

SOURCE_ID = "proteingym_2023"
DMS_TASK = "proteingym_dms_substitutions"
CLINICAL_TASK = "proteingym_clinical_substitutions"
_METRIC_OF = {"Spearman": Metric.SPEARMAN, "AUC": Metric.AUROC, "MCC": Metric.MCC}
_KINDS = ("overall", "selection_type", "msa_depth", "taxon", "mutation_depth")
_LABEL_OF = {
    "OrganismalFitness": "Organismal fitness",
    "Low": "Shallow alignment",
    "Medium": "Medium alignment",
    "High": "Deep alignment",
    "1": "1 mutation",
    "2": "2 mutations",
    "3": "3 mutations",
    "4": "4 mutations",
    "5+": "5 or more mutations",
    "All assays": "All assays",
}


class GroupRow(Row):
    """A line of `proteingym_zero_shot_substitutions.csv`."""

    metric: Literal["Spearman", "AUC", "MCC"]
    model: str
    model_type: str
    group_kind: Literal["overall", "selection_type", "msa_depth", "taxon", "mutation_depth"]
    group: str
    value: Annotated[float, Field(ge=-1, le=1)]
    se_of_difference_to_best: Optional[Annotated[float, Field(ge=0, le=1)]]


class ClinicalRow(Row):
    """A line of `proteingym_clinical_substitutions.csv`."""

    model: str
    model_type: str
    auc: Annotated[float, Field(ge=0, le=1)]
    se_of_difference_to_best: Optional[Annotated[float, Field(ge=0, le=1)]]


class StratumSize(Row):
    """A line of `proteingym_strata.csv`: assays per group, counted in ProteinGym's reference file."""

    stratum: str
    n_assays: Count


def read(folder: Path) -> Bundle:
    """Both substitution tables, their systems and groups.

    Raises:
        TableError: a table is damaged or incomplete.
    """
    path = folder / "proteingym_zero_shot_substitutions.csv"
    rows = read_table(path, GroupRow, unique=("metric", "model", "group_kind", "group"))
    _check_complete(path, rows)
    clinical = read_table(folder / "proteingym_clinical_substitutions.csv", ClinicalRow, unique=("model",))
    aliases = read_aliases(folder, Suite.PROTEINGYM)
    sizes = {row.stratum: row.n_assays for row in read_table(folder / "proteingym_strata.csv", StratumSize)}
    types = {row.model: row.model_type for row in clinical} | {row.model: row.model_type for row in rows}
    strata = _strata(rows, sizes)
    scores = [_group_score(row, aliases, strata) for row in rows]
    return Bundle(
        models=[_model(name, kind) for name, kind in types.items() if name not in aliases],
        tasks=_tasks(),
        strata=[*strata.values(), _clinical_stratum()],
        scores=scores + [_clinical_score(row, aliases) for row in clinical],
    )


def inputs_of(folder: Path) -> dict[str, str]:
    """What each system reads, as ProteinGym states it ('Structure & MSA'), by model_id."""
    rows = read_table(folder / "proteingym_zero_shot_substitutions.csv", GroupRow)
    aliases = read_aliases(folder, Suite.PROTEINGYM)
    return {model_id(row.model, aliases): row.model_type for row in rows}


def model_id(name: str, aliases: dict[str, AliasRow]) -> str:
    """The store's id for a published name: the registry's where the alias table says so, else our own."""
    return aliases[name].model_id if name in aliases else f"proteingym:{slug(name)}"


def _check_complete(path: Path, rows: list[GroupRow]) -> None:
    groups = {(row.metric, row.group_kind, row.group) for row in rows}
    models = {row.model for row in rows}
    missing = len(groups) * len(models) - len(rows)
    if missing:
        raise TableError(path, f"{missing} combinations of metric, model and group are missing: the file is cut off")


def _model(name: str, kind: str) -> Model:
    size = size_in_name(name)
    return Model(
        model_id=f"proteingym:{slug(name)}",
        name=name,
        role=Role.MODEL,
        modality="protein",
        inputs=kind,
        parameters=size,
        parameters_note="as stated in the system's name" if size else None,
        licence_group=licence_group(None),
        source_id=SOURCE_ID,
    )


def _tasks() -> list[Task]:
    dms = Task(
        task_id=DMS_TASK,
        label="Deep mutational scans, substitutions",
        suite=Suite.PROTEINGYM,
        category="Deep mutational scanning",
        collection="ProteinGym v1.3",
        kind=Kind.FITNESS,
        primary_metric=Metric.SPEARMAN,
        position=0,
        source_id=SOURCE_ID,
    )
    clinical = dataclasses.replace(
        dms,
        task_id=CLINICAL_TASK,
        label="Clinical substitutions",
        category="Clinical",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        position=1,
    )
    return [dms, clinical]


def _stratum_id(row: GroupRow) -> str:
    return ALL_STRATA if row.group_kind == "overall" else f"{row.group_kind}:{row.group}"


def _strata(rows: list[GroupRow], sizes: dict[str, int]) -> dict[str, Stratum]:
    found: dict[str, Stratum] = {}
    for row in sorted(rows, key=lambda r: _KINDS.index(r.group_kind)):
        name = _stratum_id(row)
        if name not in found:
            found[name] = Stratum(
                task_id=DMS_TASK,
                stratum=name,
                label=_LABEL_OF.get(row.group, row.group),
                kind="all" if name == ALL_STRATA else row.group_kind,
                n=sizes.get(name),
                position=len(found),
            )
    return found


def _clinical_stratum() -> Stratum:
    return Stratum(task_id=CLINICAL_TASK, stratum=ALL_STRATA, label="All genes", kind="all", position=0)


def _group_score(row: GroupRow, aliases: dict[str, AliasRow], strata: dict[str, Stratum]) -> Score:
    name = _stratum_id(row)
    return _score(
        model=model_id(row.model, aliases),
        task_id=DMS_TASK,
        stratum=name,
        metric=_METRIC_OF[row.metric],
        value=row.value,
        se_to_best=row.se_of_difference_to_best,
        n=strata[name].n,
    )


def _clinical_score(row: ClinicalRow, aliases: dict[str, AliasRow]) -> Score:
    return _score(
        model=model_id(row.model, aliases),
        task_id=CLINICAL_TASK,
        stratum=ALL_STRATA,
        metric=Metric.AUROC,
        value=row.auc,
        se_to_best=row.se_of_difference_to_best,
        n=None,
    )


def _score(
    *,
    model: str,
    task_id: str,
    stratum: str,
    metric: Metric,
    value: float,
    se_to_best: float | None,
    n: int | None,
) -> Score:
    return Score(
        model_id=model,
        task_id=task_id,
        stratum=stratum,
        regime=Regime.ZERO_SHOT,
        protocol=Protocol.PROTEINGYM_PUBLISHED,
        metric=metric,
        value=value,
        se_to_best=se_to_best,
        n=n,
        origin="published",
        provenance="published table",
        source_id=SOURCE_ID,
    )
