"""Whether and how this engine runs a system, in one sentence: every system of the registry and every rule of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.records import EngineSupport
from engine.registry.adapters import CannotRun, cards
from engine.registry.baselines import BASELINES, BUILT_BASELINES
from engine.registry.cell_models import CELL_MODEL_CARDS
from engine.registry.cell_systems import CELL_SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.registry.adapters import AdapterCard
    from engine.registry.baselines import BaselineCard
    from engine.registry.cell_systems import CellSystemCard, Need

_LETTERS = {"protein": "residues", "dna": "bases"}
_NEEDS: Mapping[Need, str] = {
    "batches": "a column of batches",
    "counts": "counts",
    "obsm": "one",
}


def engine_support() -> list[EngineSupport]:
    """One row a system, the registry's first; where an adapter and a rule share an id, the registry decides.

    Of models and methods of single cells it is the tables of single-cell tasks that decide: `adapters.csv` is about
    sequences.

    Raises:
        TableError: one of the registry's tables is damaged.
        SpecError: they do not name the same systems.
    """
    sequences = {
        model_id: EngineSupport(model_id=model_id, runs=False, sentence=card.sentence)
        if isinstance(card, CannotRun)
        else EngineSupport(model_id=model_id, runs=True, sentence=_how(card))
        for model_id, card in cards().items()
    }
    rules = {model_id: _rule(card) for model_id, card in (BASELINES | BUILT_BASELINES).items()}
    cells = {
        model_id: EngineSupport(model_id=model_id, runs=True, sentence=card.sentence)
        for model_id, card in CELL_MODEL_CARDS.items()
    }
    methods = {model_id: _on_cells(card) for model_id, card in CELL_SYSTEMS.items()}
    rest = {model_id: row for model_id, row in rules.items() if model_id not in sequences}
    return list((sequences | rest | cells | methods).values())


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


def _on_cells(card: CellSystemCard) -> EngineSupport:
    data = [f"where the data have {_NEEDS[need]}" for need in card.needs]
    package = [f"with the package {card.package[1]}"] if card.package else []
    told = f", {' and '.join([*data, *package])}" if data or package else ""
    return EngineSupport(
        model_id=card.model_id,
        runs=True,
        sentence=f"Computed on single-cell tasks beside every model{told}; it needs no weights.",
    )
