"""Carrying out a spec from end to end: data, plan, scores, evaluation, results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.datasets.directions import DIRECTIONS
from engine.errors import SpecError
from engine.names import Protocol, Role
from engine.places import below
from engine.records import Bundle, Failure, Model, Run
from engine.registry import scorers
from engine.registry.tasks import TASKS, find_task
from engine.registry.thresholds import THRESHOLDS
from engine.run.bookkeeping import (
    SOURCE_ID,
    failure_row,
    local_results,
    open_journal,
    run_row,
    worker_devices,
    write_run,
)
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
from engine.run.scoring import failed, job_details, job_identity, job_scores, job_throughput, score_jobs
from engine.run.site import HERE, Site
from engine.spec import ALL
from engine.store.results import runs_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.executors.journal import Journal
    from engine.places import Folder
    from engine.records import Comparison, Score
    from engine.run.plan import Job
    from engine.run.scoring import Reporter
    from engine.spec import Options, Spec
    from engine.variants import VariantTask


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to; `folder` holds its results."""

    run: Run
    folder: Folder
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


def devices_for(options: Options) -> list[str]:
    """One device name per worker."""
    return worker_devices(options.device, options.workers)


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
    asked: Asked,
    *,
    command: str,
    devices: Sequence[str],
    reporter: Reporter,
    results: Folder | None = None,
    site: Site = HERE,
) -> Summary:
    """Score, evaluate and write the results of a prepared run; a killed run goes on where it was.

    Args:
        asked: From `prepare`.
        command: What was typed, for the provenance.
        devices: One worker each.
        reporter: Who is told how it goes.
        results: Folder in which the run's own folder is made; default: this machine's.
        site: Who carries out its units, and where its journal lies; default: this machine.

    Raises:
        StoreError: the cache or the results cannot be written.
    """
    reporter.planned(asked.jobs, asked.refused)
    journal, header = _journal(asked, command, devices, site)
    run_id = header["run_id"]
    refused = [*asked.refused]
    if asked.jobs:
        options, run_units = asked.spec.options, site.run_units
        refused += score_jobs(asked.jobs, asked.tasks, options, journal, devices, reporter, run_units=run_units)
    finished = [job for job in asked.jobs if not failed(job, refused)]
    systems = {task_id: _systems(data, asked.spec, finished, journal) for task_id, data in asked.tasks.items()}
    settings = Settings(
        run_id=run_id, source_id=SOURCE_ID, draws=asked.spec.options.draws, seed=asked.spec.options.seed
    )
    scores, comparisons = _evaluate(asked, systems, settings, reporter)
    identities = {job.card.model_id: job_identity(job, journal) for job in finished}
    context = _context(asked, systems, scores, finished, journal, identities)
    comparisons = with_flags(judge(comparisons), context)
    failures = [failure_row(run_id, row) for row in refused]
    inputs = {task_id: dict(data.inputs) for task_id, data in asked.tasks.items()}
    run = run_row(asked.spec, header, models=identities, inputs=inputs, failures=failures)
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
    folder = below(results or local_results(), asked.spec.name)
    reporter.stage("writing the results")
    # Other groups' scores stay where they came from.
    own = [
        predictions(run_id, task_id, asked.tasks[task_id], system)
        for task_id, found in systems.items()
        for system in found
        if system.protocol != Protocol.PUBLISHED_SCORES and system.role != Role.CONTROL
    ]
    write_run(folder, bundle, own)
    return Summary(run, folder, scores, comparisons, failures)


def _load_tasks(spec: Spec) -> dict[str, VariantTask]:
    wanted = list(TASKS) if spec.tasks == "all" else list(spec.tasks)
    return {card.task_id: load_task(card.task_id) for card in [find_task(task_id) for task_id in wanted]}


def _journal(asked: Asked, command: str, devices: Sequence[str], site: Site) -> tuple[Journal, dict[str, Any]]:
    inputs = {f"{task_id}/{name}": sha for task_id, data in asked.tasks.items() for name, sha in data.inputs.items()}
    folders = {folder for job in asked.jobs if (folder := job.spec.weights or job.card.folder) is not None}
    return open_journal(
        asked.spec, inputs=inputs, folders=folders, command=command, devices=devices, journals=site.journals
    )


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
