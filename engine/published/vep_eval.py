"""VEP-eval: AUROC of 17 predictors on 241,509 ClinVar variants, overall and by variant class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from engine.errors import TableError
from engine.names import ALL_STRATA, Kind, Metric, Protocol, Regime, Suite
from engine.published.systems import AliasRow, as_model, read_aliases
from engine.records import Bundle, Score, Stratum, Task
from engine.tables import Count, Row, read_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE_ID = "vep_eval"
TASK = "clinvar_vep_eval"
_OVERALL = "Overall"
_GROUPS = ("coding", "noncoding")


class ClassRow(Row):
    """A line of `vep_eval_clinvar_auroc_by_class.csv`."""

    model: str
    variant_class: str
    auroc: Annotated[float, Field(ge=0, le=1)]
    n_variants: Count
    percent_pathogenic: Annotated[float, Field(ge=0, le=100)]


def read(folder: Path) -> Bundle:
    """The task, its classes, the predictors outside the registry, and all scores.

    Raises:
        TableError: a predictor has no alias, or a class is stated with two sizes.
    """
    path = folder / "vep_eval_clinvar_auroc_by_class.csv"
    rows = read_table(path, ClassRow, unique=("model", "variant_class"))
    aliases = read_aliases(folder, Suite.CLINVAR)
    for line, row in enumerate(rows, start=2):
        if row.model not in aliases:
            raise TableError(
                path,
                "no alias",
                line=line,
                column="model",
                value=row.model,
                expected="a row in system_aliases.csv",
            )
    strata = _strata(path, rows)
    overall, partial = strata[ALL_STRATA], _partial(rows)
    return Bundle(
        models=[model for row in aliases.values() if (model := as_model(row, SOURCE_ID))],
        tasks=[_task(overall)],
        strata=list(strata.values()),
        scores=[_score(row, aliases, strata, partial) for row in rows],
    )


def _partial(rows: list[ClassRow]) -> set[str]:
    """Predictors that lack a class: the table does not say which variants their overall value is over."""
    classes = {row.variant_class for row in rows}
    scored: dict[str, set[str]] = {}
    for row in rows:
        scored.setdefault(row.model, set()).add(row.variant_class)
    return {model for model, found in scored.items() if found != classes}


def _stratum_id(variant_class: str) -> str:
    return ALL_STRATA if variant_class == _OVERALL else variant_class


def _strata(path: Path, rows: list[ClassRow]) -> dict[str, Stratum]:
    sizes: dict[str, tuple[int, float]] = {}
    for line, row in enumerate(rows, start=2):
        size = (row.n_variants, row.percent_pathogenic)
        if sizes.setdefault(row.variant_class, size) != size:
            problem = f"class '{row.variant_class}' had {sizes[row.variant_class][0]} variants further up"
            raise TableError(path, problem, line=line, column="n_variants", value=row.n_variants)
    order = sorted(sizes, key=lambda name: (name != _OVERALL, name not in _GROUPS, -sizes[name][0]))
    return {
        _stratum_id(name): Stratum(
            task_id=TASK,
            stratum=_stratum_id(name),
            label="All variants" if name == _OVERALL else name[0].upper() + name[1:],
            kind="all" if name == _OVERALL else "variant_group" if name in _GROUPS else "variant_class",
            n=sizes[name][0],
            prevalence=round(sizes[name][1] / 100, 6),
            position=position,
        )
        for position, name in enumerate(order)
    }


def _task(overall: Stratum) -> Task:
    return Task(
        task_id=TASK,
        label="ClinVar pathogenic against benign",
        suite=Suite.CLINVAR,
        category="ClinVar",
        collection="VEP-eval",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        n_test=overall.n,
        n_classes=2,
        prevalence=overall.prevalence,
        organism="human",
        assembly="GRCh38",
        position=0,
        source_id=SOURCE_ID,
    )


def _score(row: ClassRow, aliases: dict[str, AliasRow], strata: dict[str, Stratum], partial: set[str]) -> Score:
    stratum = strata[_stratum_id(row.variant_class)]
    covered = stratum.stratum != ALL_STRATA or row.model not in partial
    return Score(
        model_id=aliases[row.model].model_id,
        task_id=TASK,
        stratum=stratum.stratum,
        regime=Regime.ZERO_SHOT,
        protocol=Protocol.VEP_EVAL_PUBLISHED,
        metric=Metric.AUROC,
        value=row.auroc,
        n=stratum.n if covered else None,
        origin="published",
        provenance="published table",
        source_id=SOURCE_ID,
    )
