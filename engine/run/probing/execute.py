"""Carrying out a probing spec: data, leakage, vectors, probes, evaluation, results."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.datasets import leakage
from engine.errors import SpecError, TableError
from engine.executors.local import Task as Work
from engine.executors.needs import Need
from engine.names import Direction, Protocol, Regime
from engine.places import below
from engine.records import Bundle
from engine.run.bookkeeping import (
    failure_row,
    local_results,
    open_journal,
    run_row,
    worker_devices,
    write_run,
)
from engine.run.evaluate import judge
from engine.run.plan import Refused
from engine.run.probing.embedding import Place, Vectors, embed, part_key, shown_to
from engine.run.probing.evaluate import Answer, Settings, evaluate, parts_of, probe_fits
from engine.run.probing.fitting import FitRequest, fit_unit
from engine.run.probing.flags import Context, with_flags
from engine.run.probing.systems import ProbedSystem, rows_of, systems_of
from engine.run.probing.tasks import check_present, geneb_rows, load_sequence_task
from engine.run.sealing import is_sealed
from engine.run.site import HERE, Site
from engine.sequences import item_ids
from engine.store.parquet import read_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.datasets.leakage import Report
    from engine.executors.journal import Journal
    from engine.executors.local import RunUnits
    from engine.places import Folder
    from engine.probe_spec import ProbeSpec
    from engine.records import Comparison, Failure, Leakage, Model, ProbeFit, Run, Score, Stratum
    from engine.run.probing.reporting import Reporter
    from engine.sequences import SequenceTask

_END_TO_END = "it is trained from end to end: there are no frozen features for this probe"
_FULL_ONLY = "a network that is trained from end to end is not trained on so few sequences"


@dataclass(frozen=True, slots=True)
class Asked:
    """A spec with its data and its systems."""

    spec: ProbeSpec
    tasks: Mapping[str, SequenceTask]
    systems: Sequence[ProbedSystem]
    refused: Sequence[Refused]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to; `folder` holds its results."""

    run: Run
    folder: Folder
    scores: Sequence[Score]
    comparisons: Sequence[Comparison]
    fits: Sequence[ProbeFit]
    leakages: Sequence[Leakage]
    failures: Sequence[Failure]
    models: Mapping[str, Model]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One system on one task."""

    system: ProbedSystem
    task_id: str

    @property
    def key(self) -> str:
        """Name of the unit's part in the journal."""
        return part_key(self.system.model_id, self.task_id)


def prepare(spec: ProbeSpec) -> Asked:
    """Read the data and resolve the systems; nothing is computed.

    Raises:
        SpecError: a task, baseline, model or option does not exist; the sentence begins with where the spec stands.
        NotHereError: a task's data are not on this machine; a command brings them, so nothing is done by halves.
        TableError: an input is damaged.
    """
    try:
        systems, refused = systems_of(spec)
        names = list(geneb_rows()) if spec.tasks == "all" else list(spec.tasks)
        check_present(names)
        loaded = [load_sequence_task(name) for name in names]
    except SpecError as error:
        raise SpecError(f"{spec.where}: {error}") from error
    tasks = {data.task.task_id: data for data in loaded}
    if len(tasks) < len(loaded):
        raise SpecError(f"{spec.where}: two tasks have one name; rename one of the files")
    return Asked(spec, tasks, systems, refused)


def execute(
    asked: Asked,
    *,
    command: str,
    reporter: Reporter,
    devices: Sequence[str] | None = None,
    results: Folder | None = None,
    site: Site = HERE,
) -> Summary:
    """Embed, fit, evaluate and write the results of a prepared run; a killed run goes on where it was.

    Args:
        asked: From `prepare`.
        command: What was typed, for the provenance.
        reporter: Who is told how it goes.
        devices: One worker each; default: this machine's, as the spec asks.
        results: Folder in which the run's own folder is made; default: this machine's.
        site: Who carries out its units, and where its journal lies; default: this machine.

    Raises:
        StoreError: the cache or the results cannot be written.
    """
    spec = asked.spec
    reporter.refused(asked.refused)
    devices = devices or worker_devices(spec.options.device, spec.options.workers)
    journal, header = _journal(asked, command, devices, site)
    run_id = header["run_id"]
    reporter.stage("looking for test sequences in the training split")
    reports = {task_id: leakage.leakage(data) for task_id, data in asked.tasks.items()}
    vectors = embed(asked.systems, asked.tasks, Place(spec.options, devices, journal, reporter, site.run_units))
    refused = [*asked.refused, *vectors.refused]
    refused += _fit(asked, vectors, journal, devices, reporter, refused, run_units=site.run_units)
    settings = Settings(
        run_id=run_id,
        protocol=spec.probe,
        regimes=spec.wanted,
        seed=spec.options.seed,
    )
    reporter.stage("intervals and comparisons")
    found = _Found.empty()
    for task_id, data in asked.tasks.items():
        found.add(_evaluated(asked, data, reports[task_id], vectors, _Answers(journal, refused), settings))
    failures = [failure_row(run_id, row) for row in refused]
    inputs = {task_id: dict(data.inputs) for task_id, data in asked.tasks.items()}
    run = run_row(spec, header, models=vectors.identities, inputs=inputs, failures=failures)
    shown = {row.model_id for row in found.scores}
    bundle = Bundle(
        models=[row for row in rows_of(asked.systems) if row.model_id in shown],
        tasks=[data.task for data in asked.tasks.values()],
        strata=found.strata,
        scores=found.scores,
        runs=[run],
        comparisons=judge(found.comparisons),
        failures=failures,
        throughputs=vectors.throughputs(run_id, spec.protocol),
        probe_fits=found.fits,
        leakages=found.leakages,
    )
    folder = below(results or local_results(), spec.name)
    reporter.stage("writing the results")
    write_run(folder, bundle, found.predictions)
    models = {row.model_id: row for row in bundle.models}
    return Summary(run, folder, found.scores, bundle.comparisons, found.fits, found.leakages, failures, models)


def _journal(asked: Asked, command: str, devices: Sequence[str], site: Site) -> tuple[Journal, dict[str, Any]]:
    inputs = {f"{task_id}/{name}": sha for task_id, data in asked.tasks.items() for name, sha in data.inputs.items()}
    embeddings = [system.embedding for system in asked.systems if system.embedding is not None]
    folders = {folder for one in embeddings if (folder := one.spec.weights or one.card.folder) is not None}
    return open_journal(
        asked.spec, inputs=inputs, folders=folders, command=command, devices=devices, journals=site.journals
    )


def _fit(
    asked: Asked,
    vectors: Vectors,
    journal: Journal,
    devices: Sequence[str],
    reporter: Reporter,
    refused: Sequence[Refused],
    *,
    run_units: RunUnits,
) -> list[Refused]:
    """Fit every system on every task that the journal does not have yet."""
    failed: list[Refused] = []
    units = [
        _Unit(system, task_id)
        for task_id in asked.tasks
        for system in asked.systems
        if not absent(system, asked.spec) and not is_refused(system.model_id, task_id, refused)
    ]
    finished = journal.finished()
    waiting = [unit for unit in units if unit.key not in finished or not _intact(unit, asked, journal)]
    done, start = len(units) - len(waiting), time.perf_counter()
    reporter.count("probes")
    reporter.progress(done, len(units), 0, 0.0)

    def request(unit: _Unit) -> FitRequest:
        options = asked.spec.options
        return FitRequest(
            key=unit.key,
            system=unit.system,
            task=shown_to(unit.system, asked.tasks[unit.task_id], options.seed),
            protocol=asked.spec.probe,
            regimes=asked.spec.wanted,
            seed=options.seed,
            few_shot_draws=options.few_shot_draws,
            collections=vectors.collections(unit.system),
            journal=journal.folder,
        )

    for unit, outcome in run_units(waiting, Work(request, fit_unit, need=_need), devices):
        done += 1
        if outcome.error_type:
            row = Refused(
                stage=outcome.stage or "probe",
                model_id=unit.system.model_id,
                task_id=unit.task_id,
                error_type=outcome.error_type,
                message=outcome.message or "",
            )
            failed.append(row)
        reporter.progress(done, len(units), 0, time.perf_counter() - start)
    return failed


def _need(unit: _Unit) -> Need:
    """A network is trained where models run; every other probe needs nothing but a processor."""
    return Need(unit.system.model_id) if unit.system.kind == "network" else Need()


def absent(system: ProbedSystem, spec: ProbeSpec) -> dict[Regime, str]:
    """Why a system has no value under a protocol, by regime; empty where a probe is fitted."""
    if system.kind != "network":
        return {}
    if spec.probe != Protocol.FAIR_V1:
        return dict.fromkeys(spec.wanted, _END_TO_END)
    return {} if Regime.FULL in spec.wanted else dict.fromkeys(spec.wanted, _FULL_ONLY)


def is_refused(model_id: str, task_id: str, refused: Sequence[Refused]) -> bool:
    """Whether a model, or a model on a task, is among the refused."""
    return any(row.model_id == model_id and row.task_id in {None, task_id} for row in refused)


def _intact(unit: _Unit, asked: Asked, journal: Journal) -> bool:
    """Whether a finished part is whole; one that was damaged since is made again."""
    expected = len(asked.tasks[unit.task_id].test) if Regime.FULL in asked.spec.wanted else 0
    try:
        with journal.rows(unit.key) as path:
            rows = read_frame(path)
        whole = len(rows) == expected and is_sealed(journal.cost(unit.key), rows)
    except (TableError, ValueError):
        whole = False
    if not whole:
        journal.drop(unit.key)
    return whole


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the journal holds."""

    journal: Journal
    refused: Sequence[Refused]

    def of(self, asked: Asked, task_id: str) -> list[Answer]:
        """Answers of every system that was fitted on a task, or has a reason why not."""
        found = []
        for system in asked.systems:
            reasons = absent(system, asked.spec)
            if reasons:
                found.append(Answer(system=system, predicted=None, probability=None, facts={}, absent=reasons))
            elif not is_refused(system.model_id, task_id, self.refused):
                found.append(self._fitted(system, task_id))
        return found

    def _fitted(self, system: ProbedSystem, task_id: str) -> Answer:
        key = _Unit(system, task_id).key
        with self.journal.rows(key) as path:
            rows = read_frame(path)
        full = len(rows) > 0
        few = {} if system.kind != "network" else {Regime.TEN_SHOT: _FULL_ONLY, Regime.ONE_SHOT: _FULL_ONLY}
        return Answer(
            system=system,
            predicted=rows["predicted"].to_numpy(np.int64) if full else None,
            probability=rows["probability"].to_numpy(np.float64, na_value=np.nan) if full else None,
            facts=self.journal.cost(key),
            absent=few,
        )


@dataclass(slots=True)
class _Found:
    """Rows as they come, task by task."""

    scores: list[Score]
    comparisons: list[Comparison]
    strata: list[Stratum]
    fits: list[ProbeFit]
    leakages: list[Leakage]
    predictions: list[pd.DataFrame]

    @classmethod
    def empty(cls) -> _Found:
        return cls([], [], [], [], [], [])

    def add(self, other: _Found) -> None:
        for name in ("scores", "comparisons", "strata", "fits", "leakages", "predictions"):
            getattr(self, name).extend(getattr(other, name))


def _evaluated(
    asked: Asked, data: SequenceTask, report: Report, vectors: Vectors, kept: _Answers, settings: Settings
) -> _Found:
    """Everything that the store keeps of one task."""
    task_id = data.task.task_id
    answers = kept.of(asked, task_id)
    parts = parts_of(data, report.near)
    scores, comparisons = evaluate(data, parts, answers, settings)
    context = Context(
        task=data.task,
        of_task=leakage.flags(report),
        models={row.model_id: row for row in rows_of(asked.systems)},
        embedded=vectors.known,
        groups={row.task_id: row.redundancy_group for row in geneb_rows().values()},
    )
    scores, comparisons = with_flags(scores, comparisons, answers, context)
    return _Found(
        scores=scores,
        comparisons=comparisons,
        strata=[part.stratum for part in parts],
        fits=[row for one in answers for row in probe_fits(data, one, settings)],
        leakages=[report.with_run(settings.run_id)],
        predictions=[rows for one in answers if (rows := _predictions(data, one, settings)) is not None],
    )


def _predictions(data: SequenceTask, answer: Answer, settings: Settings) -> pd.DataFrame | None:
    """Rows of `prediction`: the probability of label 1, or the label where there are more than two."""
    if answer.predicted is None or answer.probability is None:
        return None
    two = len(data.classes) == 2
    labels = np.array(data.classes, dtype=np.float64)
    return pd.DataFrame(
        {
            "run_id": settings.run_id,
            "model_id": answer.system.model_id,
            "task_id": data.task.task_id,
            "item_id": item_ids(data.test),
            # Six digits: beyond them stands the order of additions, and the shipped files would be twice as long.
            "score": np.round(answer.probability, 6) if two else labels[answer.predicted],
            "higher_is": str(Direction.LABEL_1 if two else Direction.CLASS),
        }
    )
