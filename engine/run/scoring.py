"""Scoring planned jobs shard by shard, with a journal; what fails becomes a row, and the rest goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.errors import TableError
from engine.executors.local import Task, run_units
from engine.names import slug
from engine.records import Throughput
from engine.run.changes import take
from engine.run.plan import Refused
from engine.run.sealing import is_sealed
from engine.run.work import LoadRequest, Shard, need_of, score_shard
from engine.store.parquet import read_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from engine.executors.journal import Journal
    from engine.executors.local import Outcome, RunUnits
    from engine.executors.needs import Need
    from engine.run.plan import Job
    from engine.spec import Options
    from engine.variants import VariantTask


class Reporter(Protocol):
    """Who is told how a run goes."""

    def planned(self, jobs: Sequence[Job], refused: Sequence[Refused]) -> None:
        """Once, before anything is scored."""

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        """After every shard: variants done and wanted, tokens fed and wall seconds since the start."""

    def stage(self, sentence: str) -> None:
        """When something else begins."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A shard of a job; its payload is cut out only when it is sent to a worker."""

    job: Job
    number: int

    @property
    def key(self) -> str:
        """Name of the shard's part in the journal."""
        model, task = slug(self.job.card.model_id), slug(self.job.task_id)
        return f"{model}--{task}--{self.job.protocol}--{self.number:05d}-of-{len(self.job.shards):05d}"


def failed(job: Job, refused: Sequence[Refused]) -> bool:
    """Whether the job's model, or its model on its task, is among the refused."""
    model, task = job.card.model_id, job.task_id
    return any(row.model_id == model and row.task_id in {None, task} for row in refused)


def score_jobs(
    jobs: Sequence[Job],
    tasks: Mapping[str, VariantTask],
    options: Options,
    journal: Journal,
    devices: Sequence[str],
    reporter: Reporter,
    *,
    run_units: RunUnits = run_units,
) -> list[Refused]:
    """Score all shards that the journal does not have yet.

    Returns:
        What could not be scored: a model that does not load, or a model on a task.
    """
    refused: list[Refused] = []
    units = [Unit(job, number) for job in jobs for number in range(len(job.shards))]
    total = sum(len(unit.job.shards[unit.number]) for unit in units)
    payloads = _Payloads(tasks, options, journal)
    finished = journal.finished()
    waiting = [unit for unit in units if unit.key not in finished or not _intact(unit, payloads)]
    done = total - sum(len(unit.job.shards[unit.number]) for unit in waiting)
    start, tokens = time.perf_counter(), 0
    reporter.progress(done, total, 0, 0.0)
    task = Task(payloads.of, score_shard, lambda unit: not failed(unit.job, refused), payloads.need)
    for unit, outcome in run_units(waiting, task, devices):
        if outcome.error_type:
            # Several workers may meet one fault at once; it is told once.
            refused += [] if failed(unit.job, refused) else [_refusal(unit.job, outcome)]
        else:
            done += outcome.result["n_items"]
            tokens += outcome.result["tokens"]
        reporter.progress(done, total, tokens, time.perf_counter() - start)
    return refused


def _intact(unit: Unit, payloads: _Payloads) -> bool:
    """Whether a finished part is whole; one that was damaged since is scored again."""
    journal, item_ids = payloads.journal, payloads.item_ids(unit)
    try:
        with journal.rows(unit.key) as path:
            rows = read_frame(path)
        whole = is_sealed(journal.cost(unit.key), rows) and list(rows["item_id"]) == list(item_ids)
    except (TableError, ValueError, KeyError):
        whole = False
    if not whole:
        journal.drop(unit.key)
    return whole


def _refusal(job: Job, outcome: Outcome) -> Refused:
    return Refused(
        stage=outcome.stage or "score",
        model_id=job.card.model_id,
        task_id=None if outcome.stage == "load" else job.task_id,
        error_type=outcome.error_type or "",
        message=outcome.message or "",
    )


@dataclass(frozen=True, slots=True)
class _Payloads:
    """Cuts a unit's own part out of the tasks."""

    tasks: Mapping[str, VariantTask]
    options: Options
    journal: Journal

    def item_ids(self, unit: Unit) -> tuple[str, ...]:
        job = unit.job
        items = self.tasks[job.task_id].items["item_id"].to_numpy()[job.changes.items[job.shards[unit.number]]]
        return tuple(items.tolist())

    def need(self, unit: Unit) -> Need:
        return need_of(self._request(unit.job))

    def _request(self, job: Job) -> LoadRequest:
        options = self.options
        return LoadRequest(
            card=job.card,
            weights=job.spec.weights,
            dtype=None if options.dtype == "auto" else options.dtype,
            batch_tokens=options.batch_tokens,
            allow_remote_code=options.allow_remote_code,
            allow_pickle=options.allow_pickle,
        )

    def of(self, unit: Unit) -> Shard:
        job = unit.job
        return Shard(
            key=unit.key,
            request=self._request(job),
            protocol=job.protocol,
            options=job.options,
            item_ids=self.item_ids(unit),
            changes=take(job.changes.substitutions, job.shards[unit.number]),
            journal=self.journal.folder,
        )


def job_scores(job: Job, data: VariantTask, journal: Journal) -> NDArray[np.float64]:
    """Scores of a finished job on all items of its task, shape (n,), NaN where the model cannot read the item.

    Raises:
        TableError: a part is damaged.
    """
    scores = np.full(len(data.items), np.nan)
    row_of = {item: row for row, item in enumerate(data.items["item_id"])}
    for number in range(len(job.shards)):
        with journal.rows(Unit(job, number).key) as path:
            part: pd.DataFrame = read_frame(path)
        scores[[row_of[item] for item in part["item_id"]]] = part["score"].to_numpy()
    return scores


def job_details(job: Job, journal: Journal) -> dict[str, float]:
    """Mean of each further column that the scorer wrote, such as the share of clipped windows."""
    sizes = np.array([len(shard) for shard in job.shards], float)
    costs = [journal.cost(Unit(job, number).key)["details"] for number in range(len(job.shards))]
    return {name: float(np.average([cost[name] for cost in costs], weights=sizes)) for name in costs[0]}


def job_identity(job: Job, journal: Journal) -> dict[str, Any]:
    """What exactly was loaded, as the first shard found it."""
    found: dict[str, Any] = journal.cost(Unit(job, 0).key)["identity"]
    return found


def job_throughput(job: Job, journal: Journal, run_id: str) -> Throughput:
    """What a finished job cost."""
    costs = [journal.cost(Unit(job, number).key) for number in range(len(job.shards))]
    tokens, seconds = sum(cost["tokens"] for cost in costs), sum(cost["seconds"] for cost in costs)
    return Throughput(
        run_id=run_id,
        model_id=job.card.model_id,
        task_id=job.task_id,
        protocol=job.protocol,
        device=", ".join(sorted({cost["hardware"] for cost in costs})),
        dtype=costs[0]["identity"]["dtype"],
        n_items=sum(cost["n_items"] for cost in costs),
        tokens=tokens,
        seconds=seconds,
        tokens_per_second=tokens / seconds if seconds > 0 else None,
        halvings=sum(cost["halvings"] for cost in costs),
        peak_bytes=max(cost["peak_bytes"] for cost in costs) or None,
    )
