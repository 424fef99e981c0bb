"""Whether and how this engine runs a system, in one sentence: every system of the registry and every rule of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.records import EngineSupport
from engine.registry.adapters import CannotRun, cards
from engine.registry.baselines import BASELINES, BUILT_BASELINES

if TYPE_CHECKING:
    from engine.registry.adapters import AdapterCard
    from engine.registry.baselines import BaselineCard

_LETTERS = {"protein": "residues", "dna": "bases"}


def engine_support() -> list[EngineSupport]:
    """One row a system, the registry's first; where an adapter and a rule share an id, the registry decides.

    Raises:
        TableError: one of the registry's tables is damaged.
        SpecError: they do not name the same systems.
    """
    known = [
        EngineSupport(model_id=model_id, runs=False, sentence=card.sentence)
        if isinstance(card, CannotRun)
        else EngineSupport(model_id=model_id, runs=True, sentence=_how(card))
        for model_id, card in cards().items()
    ]
    rules = BASELINES | BUILT_BASELINES
    return known + [_rule(card) for model_id, card in rules.items() if model_id not in cards()]


def _how(card: AdapterCard) -> str:
    needs = f" with the package{'s' * (len(card.packages) > 1)} {' and '.join(card.packages)}" if card.packages else ""
    told = [f"Runs here{needs}, scored by {card.scorer} in windows of {card.window:,} {_LETTERS[card.alphabet]}"]
    if card.trust_remote_code:
        told.append("its code comes with the weights and runs only with --allow-remote-code")
    return "; ".join([*told, *([card.notes] if card.notes else [])]) + "."


def _rule(card: BaselineCard) -> EngineSupport:
    if card.pointer is None:
        sentence = f"{card.name} cannot be run here: its scores came with the data."
        return EngineSupport(model_id=card.model_id, runs=False, sentence=sentence)
    return EngineSupport(
        model_id=card.model_id,
        runs=True,
        sentence="A rule, computed beside every model on the tasks that it fits; it needs no weights and no GPU.",
    )
