"""GENEB: 41 models x 100 tasks x 3 regimes, published MCC (all regimes), accuracy and macro-F1 (full)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.errors import TableError
from engine.names import ALL_STRATA, Kind, Metric, Protocol, Regime, Suite
from engine.records import Bundle, Score, Stratum, Task
from engine.tables import Count, Optional, Row, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOURCE_ID = "geneb_2026"
Unit = Annotated[float, Field(ge=0, le=1)]
Correlation = Annotated[float, Field(ge=-1, le=1)]


class ModelRow(Row):
    """A line of `geneb_models.csv`."""

    model_id: str
    name: str
    architecture: str
    tokenization: str
    params: Count
    pretraining_data: Optional[str]
    provenance: Literal["official", "verified", "reproduced", "self-reported"]


class TaskRow(Row):
    """A line of `geneb_tasks.csv`."""

    task_id: str
    label: str
    category: str
    collection: str
    redundancy_group: Optional[str]
    sentinel: Literal["0", "1"]


class SizeRow(Row):
    """A line of `geneb_task_sizes.csv`: counted in the official splits, validation rows left out."""

    task_id: str
    n_train: Count
    n_test: Count
    n_classes: Annotated[int, Field(ge=2)]
    prevalence: Unit


class MccRow(Row):
    """A line of `geneb_task_mcc.csv`."""

    regime: Literal["full", "10shot", "1shot"]
    model_id: str
    task_id: str
    mcc: Correlation


class AccuracyRow(Row):
    """A line of `geneb_task_acc_f1_full.csv`."""

    model_id: str
    task_id: str
    accuracy: Unit
    macro_f1: Unit


def read_models(folder: Path) -> list[ModelRow]:
    """The 41 rows of `geneb_models.csv`.

    Raises:
        TableError: a row is not as `ModelRow` says.
    """
    return read_table(folder / "geneb_models.csv", ModelRow, unique=("model_id",))


def read(folder: Path) -> Bundle:
    """Tasks, strata and scores of GENEB.

    Raises:
        TableError: a table is damaged, names an unknown model or task, or lacks a combination.
    """
    models = {row.model_id: row for row in read_models(folder)}
    tasks = read_table(folder / "geneb_tasks.csv", TaskRow, unique=("task_id",))
    sizes = {row.task_id: row for row in read_table(folder / "geneb_task_sizes.csv", SizeRow, unique=("task_id",))}
    _check_known(folder / "geneb_task_sizes.csv", "task_id", sizes, {row.task_id for row in tasks})
    scores = [*_mcc_scores(folder, models, tasks, sizes), *_accuracy_scores(folder, models, tasks, sizes)]
    return Bundle(
        tasks=[_task(row, sizes.get(row.task_id), position) for position, row in enumerate(tasks)],
        strata=[_whole(row, sizes.get(row.task_id)) for row in tasks],
        scores=scores,
    )


def _task(row: TaskRow, size: SizeRow | None, position: int) -> Task:
    return Task(
        task_id=row.task_id,
        label=row.label,
        suite=Suite.GENEB,
        category=row.category,
        collection=row.collection,
        redundancy_group=row.redundancy_group,
        kind=Kind.SEQUENCE_CLASSIFICATION,
        primary_metric=Metric.MCC,
        n_train=size.n_train if size else None,
        n_test=size.n_test if size else None,
        n_classes=size.n_classes if size else None,
        prevalence=size.prevalence if size else None,
        sentinel=row.sentinel == "1",
        position=position,
        source_id=SOURCE_ID,
    )


def _whole(row: TaskRow, size: SizeRow | None) -> Stratum:
    return Stratum(
        task_id=row.task_id,
        stratum=ALL_STRATA,
        label="All test sequences",
        kind="all",
        n=size.n_test if size else None,
        prevalence=size.prevalence if size else None,
        position=0,
    )


def _mcc_scores(
    folder: Path, models: dict[str, ModelRow], tasks: list[TaskRow], sizes: dict[str, SizeRow]
) -> list[Score]:
    path = folder / "geneb_task_mcc.csv"
    rows = read_table(path, MccRow, unique=("regime", "model_id", "task_id"))
    regimes = (Regime.FULL, Regime.TEN_SHOT, Regime.ONE_SHOT)
    wanted: set[tuple[str, ...]] = {
        (regime.value, model, task.task_id) for regime in regimes for model in models for task in tasks
    }
    _check_complete(path, {(row.regime, row.model_id, row.task_id) for row in rows}, wanted)
    return [_score(row, row.regime, Metric.MCC, row.mcc, models, sizes) for row in rows]


def _accuracy_scores(
    folder: Path, models: dict[str, ModelRow], tasks: list[TaskRow], sizes: dict[str, SizeRow]
) -> list[Score]:
    path = folder / "geneb_task_acc_f1_full.csv"
    rows = read_table(path, AccuracyRow, unique=("model_id", "task_id"))
    wanted: set[tuple[str, ...]] = {(model, task.task_id) for model in models for task in tasks}
    _check_complete(path, {(row.model_id, row.task_id) for row in rows}, wanted)
    accuracy = [_score(row, Regime.FULL, Metric.ACC, row.accuracy, models, sizes) for row in rows]
    return accuracy + [_score(row, Regime.FULL, Metric.F1, row.macro_f1, models, sizes) for row in rows]


def _score(
    row: MccRow | AccuracyRow,
    regime: str,
    metric: Metric,
    value: float,
    models: dict[str, ModelRow],
    sizes: dict[str, SizeRow],
) -> Score:
    size = sizes.get(row.task_id)
    return Score(
        model_id=row.model_id,
        task_id=row.task_id,
        stratum=ALL_STRATA,
        regime=regime,
        protocol=Protocol.GENEB_PUBLISHED,
        metric=metric,
        value=value,
        n=size.n_test if size else None,
        origin="published",
        provenance=models[row.model_id].provenance,
        source_id=SOURCE_ID,
    )


def _check_known(path: Path, column: str, found: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise TableError(path, "not in the task table", column=column, value=unknown[0])


def _check_complete(path: Path, found: set[tuple[str, ...]], wanted: set[tuple[str, ...]]) -> None:
    unknown, missing = sorted(found - wanted), sorted(wanted - found)
    if unknown:
        raise TableError(path, f"{len(unknown)} rows name an unknown model or task", value=" + ".join(unknown[0]))
    if missing:
        first = " + ".join(missing[0])
        raise TableError(path, f"{len(missing)} rows are missing, the first {first}: the file is cut off")
