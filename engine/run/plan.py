"""What a run will do, before it does it: which models on which tasks, how many tokens, how long."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError, SpecError
from engine.names import slug
from engine.protocols import ModelIdentity
from engine.registry import scorers
from engine.registry.adapters import AdapterCard, CannotRun, resolve
from engine.registry.baselines import find_baseline
from engine.run.catalogue import model_rows
from engine.run.changes import changes_of, cut
from engine.run.planning.recorded import measured_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from engine.run.changes import Changes
    from engine.spec import ModelSpec
    from engine.variants import VariantTask

# Share of a machine's matrix speed that whole models reach; the first shard replaces the guess by a measurement.
_EFFICIENCY = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model on one task.

    Attributes:
        shards: variant numbers of each shard.
        seconds: estimate for one device, None where nothing is known.
        basis: what the estimate rests on.
    """

    task_id: str
    card: AdapterCard
    spec: ModelSpec
    protocol: str
    options: tuple[tuple[str, Any], ...]
    changes: Changes
    shards: tuple[NDArray[np.int64], ...]
    n_items: int
    rows: int
    tokens: int
    exact: bool
    seconds: float | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was asked for and cannot be done; it becomes a failure row."""

    stage: str
    model_id: str | None
    task_id: str | None
    error_type: str
    message: str


def plan_jobs(
    tasks: Sequence[VariantTask], models: Sequence[ModelSpec], *, shard: int
) -> tuple[list[Job], list[Refused]]:
    """Every model on every task that it can read, and a sentence for every pair that it cannot.

    Raises:
        SpecError: a model or scorer does not exist at all, or an option is none of its scorer's.
    """
    jobs: list[Job] = []
    refused: list[Refused] = []
    for spec in models:
        card = resolve(spec.id)
        if isinstance(card, CannotRun):
            refused.append(Refused("load", card.model_id, None, "CannotRun", card.sentence))
            continue
        if spec.revision:
            card = replace(card, revision=spec.revision)
        protocol = spec.scorer or card.scorer
        options = options_of(card, protocol, spec)
        scorers.make(protocol, dict(options))
        for data in tasks:
            try:
                jobs.append(_job(data, card, spec, protocol, options, shard))
            except (SpecError, SequenceError) as error:
                kind = type(error).__name__
                refused.append(Refused("plan", card.model_id, data.task.task_id, kind, str(error)))
    return jobs, refused


def absent_baselines(names: Sequence[str], tasks: Sequence[VariantTask]) -> list[Refused]:
    """Baselines asked for by name that are no rules, on tasks whose data do not hold their scores.

    Raises:
        SpecError: there is no such baseline.
    """
    sentence = "it is no rule: its scores come with data, and not with those of this task"
    return [
        Refused("plan", name, data.task.task_id, "SpecError", f"{name} on {data.task.task_id}: {sentence}")
        for name in dict.fromkeys(names)
        for data in tasks
        if not is_scorable(name, data)
    ]


def is_scorable(baseline: str, data: VariantTask) -> bool:
    """Whether a task has a baseline's scores, or a rule computes them from its items alone.

    Raises:
        SpecError: there is no such baseline.
    """
    if baseline in data.measured:
        return True
    card = find_baseline(baseline)
    return card.pointer is not None and not card.built_from


def check_names(jobs: Sequence[Job]) -> None:
    """Refuse two models of one name: they would share a journal and a row of the store.

    Raises:
        SpecError: a folder is called like a known system, or like another folder.
    """
    known = {row.model_id for row in model_rows()}
    taken: dict[str, str] = {}
    for job in jobs:
        name, asked = job.card.model_id, job.spec.id
        if job.card.folder is not None and name in known:
            raise SpecError(
                f"the folder '{asked}' is called like a system that is known here: rename it, or, where it holds the "
                f"weights of that system, give '{name}' as the model and the folder as its weights"
            )
        if (other := taken.setdefault(slug(name), asked)) != asked:
            raise SpecError(f"'{other}' and '{asked}' would both be called '{slug(name)}': rename one of them")


def options_of(card: AdapterCard, protocol: str, spec: ModelSpec) -> tuple[tuple[str, Any], ...]:
    """Options of a scorer for a model: those asked for, and the card's window where it is the card's own scorer."""
    known = scorers.option_names(protocol)
    # The card's window belongs to the card's own scorer; another one has its own default.
    own = {"window": card.window} if "window" in known and protocol == card.scorer else {}
    return tuple(sorted((own | spec.options).items()))


def _job(
    data: VariantTask,
    card: AdapterCard,
    spec: ModelSpec,
    protocol: str,
    options: tuple[tuple[str, Any], ...],
    shard: int,
) -> Job:
    scorer = scorers.make(protocol, dict(options))
    identity = declared_identity(card)
    scorer.check(identity)
    changes = changes_of(data, card.alphabet)
    cost = scorer.cost(changes.substitutions, identity)
    return Job(
        task_id=data.task.task_id,
        card=card,
        spec=spec,
        protocol=protocol,
        options=options,
        changes=changes,
        shards=tuple(cut(changes, shard)),
        n_items=len(data.items),
        rows=cost.rows,
        tokens=cost.tokens,
        exact=cost.exact,
    )


def declared_identity(card: AdapterCard) -> ModelIdentity:
    """What a card says of a model that is not loaded yet: enough for a plan."""
    specials = 1 if card.kind == "masked" else 0
    return ModelIdentity(
        model_id=card.model_id,
        source=card.hf_id or str(card.folder),
        revision=card.revision,
        kind=card.kind,
        alphabet=card.alphabet,
        tokens=card.tokens,
        kmer=card.kmer,
        context=card.context,
        prefix=specials,
        suffix=specials,
        parameters=card.parameters or 0,
        dtype="",
        device="",
    )


def with_times(
    jobs: Sequence[Job], recorded: Mapping[str, float], matrix_speed: Callable[[], float] | None
) -> list[Job]:
    """Jobs with an estimate of their seconds.

    Args:
        jobs: The plan.
        recorded: Tokens per second by model_id, from earlier runs on such a device.
        matrix_speed: Floating-point operations per second of this machine, measured when called; None where the
            device is not this process's to measure.
    """
    speed: float | None = None
    timed = []
    for job in jobs:
        model, parameters = job.card.model_id, job.card.parameters
        if model in recorded:
            timed.append(replace(job, seconds=job.tokens / recorded[model], basis="measured in an earlier run"))
        elif parameters and matrix_speed:
            speed = speed or matrix_speed()
            # A forward pass costs about two operations per parameter and token.
            seconds = 2 * parameters * job.tokens / (speed * _EFFICIENCY)
            timed.append(replace(job, seconds=seconds, basis="from parameters and this machine's matrix speed"))
        else:
            timed.append(replace(job, basis="known after the first shard"))
    return timed


def recorded_speeds(folders: Sequence[Path], devices: Sequence[str]) -> dict[str, float]:
    """Tokens per second by model_id as the latest runs on such a device measured them."""
    kind = devices[0].split(":")[0]
    here = [one for one in measured_in(folders) if one.kind == kind]
    return {one.model_id: one.tokens_per_second for one in reversed(here)}


def matrix_speed(size: int = 1024, repeats: int = 3) -> float:
    """Floating-point operations per second of a float32 matrix product in numpy, the best of a few."""
    a = np.ones((size, size), np.float32)
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best
