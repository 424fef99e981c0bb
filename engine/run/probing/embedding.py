"""Filling the cache with the vectors that a probing run needs; a model is loaded only where some are missing."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.baselines.shuffling import shuffled
from engine.embedders.cache import Cache, Collection
from engine.embedders.embed import fill, units
from engine.embedders.selftest import check_company
from engine.errors import SpecError, VledgerError
from engine.executors.journal import write_json
from engine.executors.local import Outcome, run_units
from engine.executors.local import Task as Work
from engine.models.devices import described
from engine.names import slug
from engine.protocols import ModelIdentity
from engine.records import Throughput
from engine.run.plan import Refused
from engine.run.provenance import folder_state, packages
from engine.run.work import LoadRequest, loaded, need_of
from engine.store.location import cache_dir
from engine.store.manifest import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.embedders.embed import Unit
    from engine.executors.journal import Journal
    from engine.executors.local import RunUnits
    from engine.probe_spec import ProbeOptions
    from engine.protocols import Recipe
    from engine.run.probing.reporting import Reporter
    from engine.run.probing.systems import ProbedSystem
    from engine.sequences import SequenceTask


@dataclass(frozen=True, slots=True)
class Known:
    """What loading a model has told: what exactly it is, and what the pad and batch self-test found wrong."""

    identity: ModelIdentity
    sensitive: str | None


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Everything that a worker needs for one unit; without a unit it only says what it has loaded."""

    load: LoadRequest
    recipe: Recipe
    unit: Unit | None = None
    collection: Collection | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How and where to embed: options of the run, one device per worker, its journal, who is told, and who does it."""

    options: ProbeOptions
    devices: Sequence[str]
    journal: Journal
    reporter: Reporter
    run_units: RunUnits = run_units


@dataclass(frozen=True, slots=True)
class Vectors:
    """What embedding came to.

    Attributes:
        known: by model_id.
        refused: models, or models on tasks, that could not be embedded.
        costs: rows of the store's `throughput`, without run and protocol.
    """

    known: Mapping[str, Known]
    refused: Sequence[Refused]
    costs: Sequence[Mapping[str, Any]]

    @property
    def identities(self) -> dict[str, dict[str, Any]]:
        """What exactly was loaded, by model_id."""
        return {model_id: asdict(one.identity) for model_id, one in self.known.items()}

    def collections(self, system: ProbedSystem) -> tuple[Collection, ...]:
        """Where a system's vectors are, one collection for each recipe."""
        if system.embedding is None:
            return ()
        cache = Cache(embeddings_dir())
        identity = self.known[system.model_id].identity
        return tuple(cache.collection(identity, recipe) for recipe in system.embedding.recipes)

    def throughputs(self, run_id: str, protocol: str) -> list[Throughput]:
        """What was embedded for this run; vectors that others left in the cache cost nothing."""
        return [Throughput(run_id=run_id, protocol=protocol, **cost) for cost in self.costs]


def embeddings_dir() -> Path:
    """Where vectors are kept, shared by all runs."""
    return cache_dir() / "embeddings"


def shown_to(system: ProbedSystem, data: SequenceTask, seed: int) -> SequenceTask:
    """The task as a system sees it: its sequences shuffled where the system is that control."""
    if not system.shuffled:
        return data
    return replace(data, train=shuffled(data.train, seed=seed), test=shuffled(data.test, seed=seed))


def part_key(model_id: str, task_id: str) -> str:
    """Name of what the journal keeps of one system on one task."""
    # Other names may have the same slugs: two files `a_b` and `a-b`, say.
    own = content_hash({"system": model_id, "task": task_id})[:8]
    return f"{slug(model_id)}--{slug(task_id)}--{own}"


def embed(systems: Sequence[ProbedSystem], tasks: Mapping[str, SequenceTask], place: Place) -> Vectors:
    """Embed everything that the cache does not have.

    Args:
        systems: Those without a model are passed over.
        tasks: By task_id.
        place: How and where.
    """
    known: dict[str, Known] = {}
    refused: list[Refused] = []
    costs: list[Mapping[str, Any]] = []
    for system in systems:
        if system.embedding is None:
            continue
        request = _load_request(system, place.options)
        outcome = _known(request, system.embedding.recipes[0], place)
        if isinstance(outcome, Outcome):
            refused.append(_refusal(system.model_id, None, outcome))
            continue
        known[system.model_id] = outcome
        for task_id, data in tasks.items():
            found = _embed_task(system, shown_to(system, data, place.options.seed), request, outcome, place)
            if isinstance(found, Outcome):
                refused.append(_refusal(system.model_id, task_id, found))
            elif found["tokens"]:
                costs.append({"model_id": system.model_id, "task_id": task_id, **found})
    return Vectors(known, refused, costs)


def _load_request(system: ProbedSystem, options: ProbeOptions) -> LoadRequest:
    if system.embedding is None:
        raise SpecError(f"{system.model_id} is no model: there is nothing to embed with.")
    return LoadRequest(
        card=system.embedding.card,
        weights=system.embedding.spec.weights,
        dtype=None if options.dtype == "auto" else options.dtype,
        batch_tokens=options.batch_tokens,
        allow_remote_code=options.allow_remote_code,
        allow_pickle=options.allow_pickle,
        random_init=options.seed if system.embedding.random_init else None,
    )


def _refusal(model_id: str, task_id: str | None, outcome: Outcome) -> Refused:
    return Refused(
        stage=outcome.stage or "embed",
        model_id=model_id,
        task_id=None if outcome.stage == "load" else task_id,
        error_type=outcome.error_type or "",
        message=outcome.message or "",
    )


def _known(request: LoadRequest, recipe: Recipe, place: Place) -> Known | Outcome:
    """What is known of a model from an earlier time it was loaded the same way; else it is loaded now."""
    folder = request.weights or request.card.folder
    state = folder_state([folder] if folder else [])
    # The batch size moves no vector.
    asked = repr((replace(request, batch_tokens=None), recipe, place.devices[0].partition(":")[0], packages()))
    path = embeddings_dir() / "known" / f"{content_hash({'asked': asked, **state})[:32]}.json"
    if kept := _kept(path):
        return kept
    # With one device the model stays for the first unit; with several it ends with its worker, for the workers to come.
    (_, outcome), *_ = place.run_units([EmbedRequest(request, recipe)], _WORK, place.devices)
    if outcome.error_type:
        return outcome
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, outcome.result)
    return Known(ModelIdentity(**outcome.result["identity"]), outcome.result["sensitive"])


def _kept(path: Path) -> Known | None:
    """What an earlier run wrote down; None where there is nothing, or it was damaged since."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        return Known(ModelIdentity(**kept["identity"]), kept["sensitive"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _embed_task(
    system: ProbedSystem, data: SequenceTask, request: LoadRequest, known: Known, place: Place
) -> dict[str, Any] | Outcome:
    try:
        waiting, reporter = _waiting(system, data, request, known, place.options), place.reporter
    except SpecError as error:
        # The recipe asks for what the task has not: positions.
        return Outcome(stage="plan", error_type=type(error).__name__, message=str(error))
    total, done, tokens, start = sum(len(one.unit.sequences) for one in waiting if one.unit), 0, 0, time.perf_counter()
    key = f"embedding--{part_key(system.model_id, data.task.task_id)}"
    cost = _cost_so_far(place.journal, key)
    if waiting:
        reporter.count(f"sequences of {data.task.task_id} embedded with {system.model_id}")
        reporter.progress(0, total, 0, 0.0)
    for one, outcome in place.run_units(waiting, _WORK, place.devices):
        if outcome.error_type:
            return outcome
        for name in ("n_items", "tokens", "seconds", "halvings"):
            cost[name] += outcome.result[name]
        cost["peak_bytes"] = max(cost["peak_bytes"], outcome.result["peak_bytes"])
        cost["device"] = outcome.result["device"]
        place.journal.write_cost(key, cost)
        done, tokens = done + len(one.unit.sequences if one.unit else ()), tokens + outcome.result["tokens"]
        reporter.progress(done, total, tokens, time.perf_counter() - start)
    seconds = cost["seconds"]
    return {
        "device": known.identity.device,
        **cost,
        "dtype": known.identity.dtype,
        "tokens_per_second": cost["tokens"] / seconds if seconds else None,
    }


def _cost_so_far(journal: Journal, key: str) -> dict[str, Any]:
    """What the run has spent before it was interrupted."""
    try:
        return journal.cost(key)
    except (OSError, ValueError):
        return {"n_items": 0, "tokens": 0, "seconds": 0.0, "halvings": 0, "peak_bytes": 0}


def _waiting(
    system: ProbedSystem, data: SequenceTask, request: LoadRequest, known: Known, options: ProbeOptions
) -> list[EmbedRequest]:
    if system.embedding is None:
        return []
    cache, found = Cache(embeddings_dir()), []
    for recipe in system.embedding.recipes:
        collection = cache.collection(known.identity, recipe)
        sequences, positions = both_splits(data)
        longest = max(map(len, sequences))
        parts = units(sequences, recipe, collection, positions=positions, size=options.unit * longest)
        found += [EmbedRequest(request, recipe, part, collection) for part in parts]
    return found


def both_splits(data: SequenceTask) -> tuple[list[str], NDArray[np.int64] | None]:
    """Train's sequences, then test's, with their positions."""
    sequences = [*data.train.sequences, *data.test.sequences]
    if data.train.positions is None or data.test.positions is None:
        return sequences, None
    return sequences, np.concatenate([data.train.positions, data.test.positions])


def embed_work(request: EmbedRequest, device: str) -> Outcome:
    """Embed a unit into the cache; a fault of the unit's own comes back as an outcome."""
    stage = "load"
    try:
        model = loaded(request.load, device)
        if request.unit is None or request.collection is None:
            tested = check_company(model, request.recipe)
            sensitive = None if tested.ok else tested.sentence
            return Outcome(result={"identity": asdict(model.identity), "sensitive": sensitive})
        stage = "embed"
        before = replace(model.meter)
        fill(model, request.unit, request.recipe, request.collection)
    except VledgerError as error:
        return Outcome(stage=stage, error_type=type(error).__name__, message=str(error))
    except Exception as error:  # noqa: BLE001 - other people's model code may raise anything; it becomes a failure row
        message = f"{request.load.card.model_id}: {str(error).strip() or 'no message'}"
        return Outcome(stage=stage, error_type=type(error).__name__, message=message)
    after = model.meter
    return Outcome(
        result={
            "n_items": len(request.unit.sequences),
            "tokens": after.tokens - before.tokens,
            "seconds": after.seconds - before.seconds,
            "halvings": after.halvings - before.halvings,
            "peak_bytes": after.peak_bytes,
            "device": described(model.identity.device),
        }
    )


_WORK: Work[EmbedRequest, EmbedRequest] = Work(lambda unit: unit, embed_work, need=lambda unit: need_of(unit.load))
