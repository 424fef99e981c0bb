"""Carrying out a single-cell spec: data, answers of every system, evaluation, results."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError, TableError
from engine.executors.local import Task as Work
from engine.executors.needs import Need
from engine.places import below
from engine.records import Bundle
from engine.registry.singlecell import CELL_TASKS, find_cell_task
from engine.run.bookkeeping import failure_row, local_results, open_journal, run_row, worker_devices, write_run
from engine.run.evaluate import judge
from engine.run.plan import Refused
from engine.run.probing.embedding import part_key
from engine.run.sealing import is_sealed
from engine.run.singlecell.answering import answer_unit
from engine.run.singlecell.data import load_cell_task
from engine.run.singlecell.request import Request
from engine.run.singlecell.rows import Judged, comparisons_of, items_of, scores_of
from engine.run.singlecell.systems import WITH_GENES, folder_behind, rows_of, systems_of
from engine.run.site import HERE, Site
from engine.singlecell.contract import Outcome, Replicated
from engine.spec import ALL
from engine.store.parquet import read_frame
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from engine.executors.journal import Journal
    from engine.executors.local import RunUnits
    from engine.places import Folder
    from engine.records import Comparison, Failure, ItemMeasure, Model, Run, Score
    from engine.run.probing.reporting import Reporter
    from engine.run.singlecell.data import CellTask
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell_spec import EdgeFile, GeneVectors, SingleCellSpec

    Answers = Mapping[str, tuple[pd.DataFrame, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A spec with its data and its systems; what cannot be done is known only once it was tried."""

    spec: SingleCellSpec
    tasks: Mapping[str, CellTask]
    systems: Sequence[CellSystem]
    refused: Sequence[Refused] = ()

    def on(self, task: CellTask) -> list[CellSystem]:
        """Systems that stand on a task."""
        return [system for system in self.systems if system.suite == task.card.suite]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to; `folder` holds its results."""

    run: Run
    folder: Folder
    scores: Sequence[Score]
    comparisons: Sequence[Comparison]
    items: Sequence[ItemMeasure]
    failures: Sequence[Failure]
    models: Mapping[str, Model]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One system on one task."""

    system: CellSystem
    task_id: str

    @property
    def key(self) -> str:
        """Name of the unit's part in the journal."""
        return part_key(self.system.model_id, self.task_id)


def prepare(spec: SingleCellSpec) -> Asked:
    """Read the data and resolve the systems; nothing is computed.

    Raises:
        SpecError: a task or baseline does not exist; the sentence begins with where the spec stands.
        NotHereError: a task's data or what reads them are not on this machine; a command brings them.
        TableError: an input is damaged, or a file of vectors or edges is missing.
    """
    try:
        names = list(CELL_TASKS) if spec.tasks == ALL else list(spec.tasks)
        systems = systems_of(spec, [find_cell_task(name) for name in names])
    except SpecError as error:
        raise SpecError(f"{spec.where}: {error}") from error
    return Asked(spec, {name: load_cell_task(name) for name in names}, systems)


def execute(
    asked: Asked,
    *,
    command: str,
    reporter: Reporter,
    devices: Sequence[str] | None = None,
    results: Folder | None = None,
    site: Site = HERE,
) -> Summary:
    """Answer, evaluate and write the results of a prepared run; a killed run goes on where it was.

    Args:
        asked: From `prepare`.
        command: What was typed, for the provenance.
        reporter: Who is told how it goes.
        devices: One worker each; default: this machine's, as the spec asks.
        results: Folder in which the run's own folder is made; default: this machine's.
        site: Who carries out its units, and where its journal lies; default: this machine.

    Raises:
        StoreError: the cache or the results cannot be written.
        TableError: a file of vectors or edges is missing.
        SpecError: what all values of a task are relative to could not be computed.
    """
    spec = asked.spec
    devices = devices or worker_devices(spec.options.device, spec.options.workers)
    journal, header = _journal(asked, command, devices, site)
    refused = _answer(asked, journal, devices, reporter, run_units=site.run_units)
    reporter.stage("intervals and comparisons")
    found = _Found([], [], [], {})
    for task in asked.tasks.values():
        found.add(asked, task, _answers(asked, task, journal, refused), header["run_id"])
    failures = [failure_row(header["run_id"], row) for row in refused]
    inputs = {task_id: dict(task.inputs) for task_id, task in asked.tasks.items()}
    run = run_row(spec, header, models=found.identities, inputs=inputs, failures=failures)
    bundle = _bundle(asked, found, run, failures)
    folder = below(results or local_results(), spec.name)
    reporter.stage("writing the results")
    write_run(folder, bundle, [])
    models = {row.model_id: row for row in bundle.models}
    return Summary(run, folder, found.scores, bundle.comparisons, found.items, failures, models)


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows as they come, task by task."""

    scores: list[Score]
    comparisons: list[Comparison]
    items: list[ItemMeasure]
    identities: dict[str, Mapping[str, Any]]

    def add(self, asked: Asked, task: CellTask, answers: Answers, run_id: str) -> None:
        """Evaluate a task."""
        named = {name: facts["identity"] for name, (_, facts) in answers.items() if "identity" in facts}
        self.identities.update(named)
        judged = _judged(asked, task, answers, run_id)
        own = scores_of(judged)
        self.scores.extend(own)
        self.comparisons.extend(comparisons_of(judged, own))
        self.items.extend(items_of(judged))


def _bundle(asked: Asked, found: _Found, run: Run, failures: Sequence[Failure]) -> Bundle:
    shown = {row.model_id for row in found.scores}
    return Bundle(
        models=[row for row in rows_of(asked.systems) if row.model_id in shown],
        tasks=[task.row for task in asked.tasks.values()],
        strata=[task.stratum for task in asked.tasks.values()],
        scores=found.scores,
        runs=[run],
        comparisons=judge(found.comparisons),
        failures=failures,
        item_values=found.items,
    )


def _journal(asked: Asked, command: str, devices: Sequence[str], site: Site) -> tuple[Journal, dict[str, Any]]:
    spec = asked.spec
    inputs = {f"{task_id}/{name}": sha for task_id, task in asked.tasks.items() for name, sha in task.inputs.items()}
    parts: list[GeneVectors | EdgeFile] = [*spec.gene_vectors, *spec.edges]
    for part in parts:
        if not part.file.is_file():
            raise TableError(part.file, f"the file of '{part.name}' is missing from {part.file.parent}")
        inputs[f"{part.name}/{part.file.name}"] = sha256_of(part.file)
    folders = {folder for model in spec.models if (folder := folder_behind(model)) is not None}
    return open_journal(spec, inputs=inputs, folders=folders, command=command, devices=devices, journals=site.journals)


def no_value(system: CellSystem, task: CellTask) -> str | None:
    """Why a system is not even tried on a task: the data have not what it needs, or its package is not here."""
    reason: str | None = task.family.absent(system, task.data)
    package = system.card.package if system.card is not None else None
    if reason is None and package is not None and find_spec(package[0]) is None:
        return f"it needs {package[1]}, which was not installed where this was computed: pip install {package[1]}"
    return reason


def _units(asked: Asked) -> Iterator[_Unit]:
    for task_id, task in asked.tasks.items():
        for system in asked.on(task):
            if system.kind != "combined" and no_value(system, task) is None:
                yield _Unit(system, task_id)


def _answer(
    asked: Asked, journal: Journal, devices: Sequence[str], reporter: Reporter, *, run_units: RunUnits
) -> list[Refused]:
    """Ask every system on every task that the journal does not have yet; what failed comes back."""
    failed: list[Refused] = []
    units = list(_units(asked))
    finished = journal.finished()
    waiting = [unit for unit in units if unit.key not in finished or not _intact(unit, journal)]
    done, start = len(units) - len(waiting), time.perf_counter()
    reporter.count("systems on tasks")
    reporter.progress(done, len(units), 0, 0.0)

    def request(unit: _Unit) -> Request:
        return Request(
            key=unit.key,
            system=unit.system,
            task_id=unit.task_id,
            options=asked.spec.options,
            journal=journal.folder,
        )

    for unit, outcome in run_units(waiting, Work(request, answer_unit, need=_need), devices):
        done += 1
        if outcome.error_type:
            stage, message = outcome.stage or "answer", outcome.message or ""
            failed.append(Refused(stage, unit.system.model_id, unit.task_id, outcome.error_type, message))
        reporter.progress(done, len(units), 0, time.perf_counter() - start)
    return failed


def _need(unit: _Unit) -> Need:
    return Need(unit.system.base, None) if unit.system.model is not None else Need()


def _intact(unit: _Unit, journal: Journal) -> bool:
    """Whether a finished part is whole; one that was damaged since is made again."""
    try:
        with journal.rows(unit.key) as path:
            whole = is_sealed(journal.cost(unit.key), read_frame(path))
    except (TableError, ValueError):
        whole = False
    if not whole:
        journal.drop(unit.key)
    return whole


def _answers(asked: Asked, task: CellTask, journal: Journal, refused: Sequence[Refused]) -> Answers:
    """What the journal holds of a task."""
    failed = {(row.model_id, row.task_id) for row in refused}
    found = {}
    for unit in _units(asked):
        if unit.task_id == task.card.task_id and (unit.system.model_id, unit.task_id) not in failed:
            with journal.rows(unit.key) as path:
                found[unit.system.model_id] = (read_frame(path), journal.cost(unit.key))
    return found


def _judged(asked: Asked, task: CellTask, answers: Answers, run_id: str) -> Judged:
    """What every system came to that answered, or has a reason why it has no value."""
    options = asked.spec.options
    outcomes = dict(task.family.evaluate(task.card, task.data, answers, draws=options.draws, seed=options.seed))
    for system in asked.on(task):
        reason = no_value(system, task)
        if reason is None:
            continue
        names = [system.model_id] if system.kind == "card" else [system.model_id, f"{WITH_GENES}{system.model_id}"]
        outcomes |= {name: Outcome(values={task.card.primary: Replicated(reason=reason)}) for name in names}
    systems = {system.model_id: system for system in asked.on(task) if system.model_id in outcomes}
    models = {row.model_id: row for row in rows_of(list(systems.values()))}
    notes = {name: facts.get("notes", []) for name, (_, facts) in answers.items()}
    return Judged(card=task.card, run_id=run_id, systems=systems, models=models, outcomes=outcomes, notes=notes)
