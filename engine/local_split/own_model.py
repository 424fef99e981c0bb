"""Models whose weights are on this machine: which of them read a split, how long they would take, and their scores."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import NotHereError, SpecError
from engine.local_split.exchange import Offer
from engine.models.devices import devices
from engine.models.hub import SAFE, in_hub_cache
from engine.names import Direction
from engine.registry import read_systems
from engine.registry.adapters import AdapterCard, CannotRun, cards, resolve
from engine.run.bookkeeping import local_results, worker_devices
from engine.run.doctor import system
from engine.run.plan import matrix_speed, options_of, plan_jobs, recorded_speeds, with_times
from engine.run.quickstart import Ask, Asked, score_with
from engine.spec import ModelSpec
from engine.store.results import runs_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.local_split.exchange import Higher, OwnModel, Progress
    from engine.local_split.split import LocalSplit
    from engine.protocols import ModelIdentity
    from engine.run.plan import Job
    from engine.variants import VariantTask

# Variants between two signs of life: a large model on a CPU takes seconds for each.
_STEP = 50


def offers(split: LocalSplit) -> list[Offer]:
    """Models that could be run on the split here, the smallest first; none where torch is missing.

    Nothing is downloaded, and a model that needs code or pickled weights of its own is not offered: both ask for
    consent that the command line takes.
    """
    if split.variants is None or find_spec("torch") is None or find_spec("transformers") is None:
        return []
    ready = [ModelSpec(id=card.model_id) for card in _ready()]
    jobs, _ = plan_jobs([split.variants], ready, shard=_STEP)
    where = worker_devices("auto", 1)
    own = where[0] == "cpu"
    timed = with_times(jobs, recorded_speeds(runs_in(local_results()), where), matrix_speed if own else None)
    names = {row.model_id: row.display_name for row in read_systems()}
    found = [_offer(job, names.get(job.card.model_id, job.card.model_id), where[0]) for job in timed]
    return sorted(found, key=lambda one: (one.parameters or 0, one.model))


def _ready() -> list[AdapterCard]:
    """Cards whose packages, memory and weights are here."""
    try:
        here = devices()
    except NotHereError:
        return []
    return [
        card
        for card in cards().values()
        if isinstance(card, AdapterCard)
        and card.hf_id is not None
        and card.revision is not None
        and not card.trust_remote_code
        and in_hub_cache(card, SAFE)
        and system(card, here).ok
    ]


def _offer(job: Job, name: str, device: str) -> Offer:
    read = f"{len(job.changes.items):,} of {job.n_items:,} variants, {job.tokens:,} tokens on {device}"
    return Offer(
        model=job.card.model_id,
        name=name,
        parameters=job.card.parameters,
        seconds=job.seconds,
        sentence=f"{read}; time {job.basis}",
    )


def score(
    split: LocalSplit, model: OwnModel, progress: Progress | None = None
) -> tuple[NDArray[np.float64], Higher, str]:
    """Scores of the split's rows by a model, asked with its own scorer.

    Args:
        split: with variants, and the sequences that the model reads.
        model: an id of the registry whose weights are here, or a folder.
        progress: told how many variants are done.

    Returns:
        Scores, shape (n,), NaN for rows that the model cannot read; the label that a high score speaks for; and what
        exactly was run, one sentence.

    Raises:
        NotHereError: torch, the weights or the device is not on this machine; nothing is downloaded for a split.
        SpecError: the model does not exist, cannot be loaded, or cannot read the split.
        SequenceError: a variant contradicts its sequence.
    """
    data, card = _variants(split), _card(model)
    asked = Asked(card.scorer, options_of(card, card.scorer, ModelSpec(id=model.model)))

    def told(done: int, total: int, _tokens: int, _seconds: float) -> None:
        if progress:
            progress(f"scoring with {card.model_id}", done, total)

    told(0, 0, 0, 0.0)
    ask = Ask(model=model.model, weights=_folder(model), device=None if model.device == "auto" else model.device)
    scored, identity = score_with(data, card, ask, told, asked=asked, step=_STEP)
    higher: Higher = "1" if scored.higher_is == Direction.DAMAGING else "0"
    return scored.scores, higher, _sentence(identity, card)


def _variants(split: LocalSplit) -> VariantTask:
    if split.variants is None:
        raise SpecError("a model scores variants, and this split has sequences: `vledger probe` embeds those")
    return split.variants


def _card(model: OwnModel) -> AdapterCard:
    """The model's card, where its weights are on this machine."""
    card = resolve(model.model)
    if isinstance(card, CannotRun):
        raise SpecError(card.sentence)
    if card.trust_remote_code:
        raise SpecError(
            f"{card.model_id} needs Python code that comes with its weights, which no split runs: score it with "
            "`vledger run`, which asks for your consent, and bring its scores as a column"
        )
    if model.weights is None and card.folder is None and not in_hub_cache(card):
        get = f"`hf download {card.hf_id} --revision {card.revision}` gets them, or give" if card.revision else "give"
        raise NotHereError(f"the weights of {card.model_id} are not on this machine: {get} a folder that has them")
    return card


def _folder(model: OwnModel) -> Path | None:
    return None if model.weights is None else Path(model.weights)


def _sentence(identity: ModelIdentity, card: AdapterCard) -> str:
    revision = f" at revision {identity.revision[:19]}" if identity.revision else ""
    return f"{identity.model_id}{revision}, {card.scorer}, in {identity.dtype} on {identity.device}."
