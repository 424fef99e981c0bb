"""Carrying out a spec from end to end: data, plan, scores, evaluation, results."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import engine
from engine.datasets.directions import DIRECTIONS
from engine.errors import SpecError, StoreError
from engine.executors.journal import Journal
from engine.models.devices import devices
from engine.names import Protocol, Role
from engine.records import Bundle, Failure, Model, Run
from engine.registry import scorers
from engine.registry.tasks import TASKS, find_task
from engine.registry.thresholds import THRESHOLDS
from engine.run.catalogue import model_rows
from engine.run.data import load_task
from engine.run.evaluate import evaluate, judge
from engine.run.flags import Context, with_flags
from engine.run.measure import Settings
from engine.run.parts import System, groups_of, rule_system
from engine.run.plan import (
    Refused,
    absent_baselines,
    check_names,
    is_scorable,
    matrix_speed,
    plan_jobs,
    recorded_speeds,
    with_times,
)
from engine.run.provenance import code_hash, folder_state, git_state, packages
from engine.run.scoring import failed, job_details, job_identity, job_scores, job_throughput, score_jobs
from engine.spec import ALL
from engine.store.location import cache_dir
from engine.store.manifest import content_hash
from engine.store.parquet import write_frame
from engine.store.results import runs_in, write_results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.records import Comparison, Score
    from engine.run.plan import Job
    from engine.run.scoring import Reporter
    from engine.spec import Options, Spec
    from engine.variants import VariantTask

SOURCE_ID = "engine"
"""`source_id` of what this engine computed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to; `folder` holds its results."""

    run: Run
    folder: Path
    scores: Sequence[Score]
    comparisons: Sequence[Comparison]
    failures: Sequence[Failure]


@dataclass(frozen=True, slots=True)
class Asked:
    """A spec with its data and its plan."""

    spec: Spec
    tasks: Mapping[str, VariantTask]
    jobs: Sequence[Job]
    refused: Sequence[Refused]


def local_results() -> Path:
    """Where this machine's own runs leave their results; `publish` takes them in beside the shipped ones."""
    return cache_dir() / "results"


def devices_for(options: Options) -> list[str]:
    """One device name per worker."""
    # Without torch there is no device to name; the first shard then says what is missing, as a failure row.
    names = [options.device] if options.device != "auto" else [device.name for device in devices()] or ["cpu"]
    count = options.workers or len(names)
    return [names[number % len(names)] for number in range(count)]


def prepare(spec: Spec, *, devices: Sequence[str]) -> Asked:
    """Read the data and plan the run; nothing is scored.

    Raises:
        SpecError: a task, model, baseline or option does not exist; the sentence begins with where the spec stands.
        NotHereError: a task's data are not on this machine; a command brings them, so nothing is done by halves.
        TableError: an input is damaged.
    """
    try:
        tasks = _load_tasks(spec)
        absent = absent_baselines([] if spec.baselines == ALL else spec.baselines, list(tasks.values()))
        jobs, refused = plan_jobs(list(tasks.values()), spec.models, shard=spec.options.shard)
        check_names(jobs)
    except SpecError as error:
        raise SpecError(f"{spec.where}: {error}") from error
    own = all(device == "cpu" for device in devices)
    jobs = with_times(jobs, recorded_speeds(runs_in(local_results()), devices), matrix_speed if own else None)
    return Asked(spec, tasks, jobs, [*absent, *refused])


def execute(
    asked: Asked, *, command: str, devices: Sequence[str], reporter: Reporter, results: Path | None = None
) -> Summary:
    """Score, evaluate and write the results of a prepared run; a killed run goes on where it was.

    Args:
        asked: From `prepare`.
        command: What was typed, for the provenance.
        devices: One worker each.
        reporter: Who is told how it goes.
        results: Folder in which the run's own folder is made; default: this machine's.

    Raises:
        StoreError: the cache or the results cannot be written.
    """
    reporter.planned(asked.jobs, asked.refused)
    journal, header = _journal(asked, command, devices)
    run_id = header["run_id"]
    refused = [*asked.refused]
    if asked.jobs:
        refused += score_jobs(asked.jobs, asked.tasks, asked.spec.options, journal, devices, reporter)
    finished = [job for job in asked.jobs if not failed(job, refused)]
    systems = {task_id: _systems(data, asked.spec, finished, journal) for task_id, data in asked.tasks.items()}
    settings = Settings(
        run_id=run_id, source_id=SOURCE_ID, draws=asked.spec.options.draws, seed=asked.spec.options.seed
    )
    scores, comparisons = _evaluate(asked, systems, settings, reporter)
    identities = {job.card.model_id: job_identity(job, journal) for job in finished}
    context = _context(asked, systems, scores, finished, journal, identities)
    comparisons = with_flags(judge(comparisons), context)
    failures = [_failure(run_id, row) for row in refused]
    run = _run(asked, header, identities, failures)
    bundle = Bundle(
        # Results describe their own systems: a later version, that knows one no longer, can still show them.
        models=[context.models[name] for name in dict.fromkeys(row.model_id for row in scores)],
        tasks=[data.task for data in asked.tasks.values()],
        strata=[stratum for data in asked.tasks.values() for stratum in data.strata],
        scores=scores,
        runs=[run],
        comparisons=comparisons,
        failures=failures,
        throughputs=[job_throughput(job, journal, run_id) for job in finished],
    )
    folder = (results or local_results()) / asked.spec.name
    reporter.stage("writing the results")
    _write(folder, bundle, systems, asked.tasks, run_id)
    return Summary(run, folder, scores, comparisons, failures)


def _load_tasks(spec: Spec) -> dict[str, VariantTask]:
    wanted = list(TASKS) if spec.tasks == "all" else list(spec.tasks)
    return {card.task_id: load_task(card.task_id) for card in [find_task(task_id) for task_id in wanted]}


def _journal(asked: Asked, command: str, devices: Sequence[str]) -> tuple[Journal, dict[str, Any]]:
    """The run's journal: all that numbers depend on makes another one, so that no run mixes two kinds of numbers."""
    inputs = {f"{task_id}/{name}": sha for task_id, data in asked.tasks.items() for name, sha in data.inputs.items()}
    made_with = {
        "code": code_hash(),
        "packages": packages(),
        "device": ", ".join(sorted({device.partition(":")[0] for device in devices})),
    }
    folders = {folder for job in asked.jobs if (folder := job.spec.weights or job.card.folder) is not None}
    identity = content_hash({"spec": asked.spec.hash(), **made_with, **folder_state(folders), **inputs})
    started = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = git_state()
    header = {
        "run_id": f"{asked.spec.name}-{identity[:12]}",
        "started_at": started,
        "command": command,
        "spec": json.loads(asked.spec.as_json()),
        "git_commit": commit,
        "git_dirty": dirty,
    }
    journal = Journal(cache_dir() / "runs" / f"{asked.spec.name}-{identity[:12]}")
    return journal, journal.open(header)


def _systems(data: VariantTask, spec: Spec, jobs: Sequence[Job], journal: Journal) -> list[System]:
    """Models, baselines and controls with their scores of all items of a task."""
    card = find_task(data.task.task_id)
    wanted = [*card.baselines, *card.comparators] if spec.baselines == ALL else list(dict.fromkeys(spec.baselines))
    systems = [_baseline(data, model_id) for model_id in wanted if is_scorable(model_id, data)]
    if spec.published:
        systems += [_published(data, model_id) for model_id in card.models_published]
    for job in jobs:
        if job.task_id == data.task.task_id:
            systems.append(_scored(job, data, journal))
    return systems


def _baseline(data: VariantTask, model_id: str) -> System:
    if model_id in data.measured:
        return replace(_published(data, model_id), role=Role.BASELINE)
    return rule_system(data, model_id)


def _published(data: VariantTask, model_id: str) -> System:
    return System(
        model_id=model_id,
        role=Role.MODEL,
        protocol=Protocol.PUBLISHED_SCORES,
        higher_is=DIRECTIONS[model_id],
        scores=data.measured[model_id].to_numpy(np.float64),
        threshold=THRESHOLDS.get(model_id),
    )


def _scored(job: Job, data: VariantTask, journal: Journal) -> System:
    return System(
        model_id=job.card.model_id,
        role=Role.MODEL,
        protocol=job.protocol,
        higher_is=scorers.make(job.protocol, dict(job.options)).higher_is,
        scores=job_scores(job, data, journal),
    )


def _evaluate(
    asked: Asked, systems: Mapping[str, Sequence[System]], settings: Settings, reporter: Reporter
) -> tuple[list[Score], list[Comparison]]:
    scores: list[Score] = []
    comparisons: list[Comparison] = []
    for task_id, data in asked.tasks.items():
        reporter.stage(f"intervals and comparisons on {task_id}")
        card = find_task(task_id)
        registered = {stratum.stratum: card.registered(stratum.stratum).baseline for stratum in data.strata}
        found = evaluate(data, systems[task_id], registered, settings, groups_of(data, card.clusters))
        scores += found[0]
        comparisons += found[1]
    return scores, comparisons


def _context(
    asked: Asked,
    systems: Mapping[str, Sequence[System]],
    scores: Sequence[Score],
    jobs: Sequence[Job],
    journal: Journal,
    identities: Mapping[str, Mapping[str, Any]],
) -> Context:
    return Context(
        tasks={task_id: data.task for task_id, data in asked.tasks.items()},
        models={row.model_id: row for row in [*model_rows(), *_own_models(jobs)]},
        strata={(row.task_id, row.stratum): row for data in asked.tasks.values() for row in data.strata},
        scores={(row.task_id, row.stratum, row.model_id, row.metric): row for row in scores},
        distinct={
            (task_id, system.model_id, system.protocol): len(np.unique(system.scores[np.isfinite(system.scores)]))
            for task_id, found in systems.items()
            for system in found
        },
        details={(job.task_id, job.card.model_id, job.protocol): job_details(job, journal) for job in jobs},
        identities=identities,
    )


def _own_models(jobs: Sequence[Job]) -> list[Model]:
    """Rows for models that the registry does not know: local folders."""
    return [
        Model(
            model_id=card.model_id,
            name=card.model_id,
            role=Role.MODEL,
            modality="protein" if card.alphabet == "protein" else "DNA",
            parameters=card.parameters,
            access_kind="local",
            licence_group="not established",
            source_id=SOURCE_ID,
        )
        for card in dict.fromkeys(job.card for job in jobs)
        if card.folder is not None
    ]


def _run(
    asked: Asked,
    header: Mapping[str, Any],
    identities: Mapping[str, Mapping[str, Any]],
    failures: Sequence[Failure],
) -> Run:
    inputs = {task_id: dict(data.inputs) for task_id, data in asked.tasks.items()}
    resolved = {"spec": header["spec"], "models": identities, "inputs": inputs}
    loaded = list(identities.values())
    return Run(
        run_id=header["run_id"],
        started_at=header["started_at"],
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        status="finished" if not failures else "finished with failures",
        command=header["command"],
        spec_hash=asked.spec.hash(),
        spec_json=json.dumps(resolved, sort_keys=True),
        engine_version=engine.__version__,
        git_commit=header["git_commit"],
        git_dirty=header["git_dirty"],
        packages_json=packages(),
        device=", ".join(sorted({str(one["device"]) for one in loaded})) or "cpu",
        dtype=", ".join(sorted({str(one["dtype"]) for one in loaded})) or None,
        seed=asked.spec.options.seed,
    )


def _failure(run_id: str, row: Refused) -> Failure:
    return Failure(
        run_id=run_id,
        stage=row.stage,
        model_id=row.model_id,
        task_id=row.task_id,
        error_type=row.error_type,
        message=row.message,
    )


def _write(
    folder: Path,
    bundle: Bundle,
    systems: Mapping[str, Sequence[System]],
    tasks: Mapping[str, VariantTask],
    run_id: str,
) -> None:
    """Rows and our own predictions; other groups' scores stay where they came from."""
    own = [
        predictions(run_id, task_id, tasks[task_id], system)
        for task_id, found in systems.items()
        for system in found
        if system.protocol != Protocol.PUBLISHED_SCORES and system.role != Role.CONTROL
    ]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
            bulk = {}
            if own:
                bulk["prediction"] = Path(scratch) / "prediction.parquet"
                write_frame(bulk["prediction"], pd.concat(own, ignore_index=True))
            write_results(folder, bundle, bulk)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}): the scores are kept, and the same command with another "
            "--results goes on from them"
        ) from error


def predictions(run_id: str, task_id: str, data: VariantTask, system: System) -> pd.DataFrame:
    """Rows of the `prediction` table for one system, shape (items it scores, 6)."""
    scored = np.isfinite(system.scores)
    return pd.DataFrame(
        {
            "run_id": run_id,
            "model_id": system.model_id,
            "task_id": task_id,
            "item_id": data.items["item_id"][scored].to_numpy(),
            "score": system.scores[scored],
            "higher_is": str(system.higher_is),
        }
    )
