"""Which systems a single-cell run has: names resolved to cards, files and models, and their rows in the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import SpecError
from engine.names import Metric, Regime, Role, Suite
from engine.records import Model
from engine.registry.cell_systems import CELL_SYSTEMS, find_cell_system
from engine.run.bookkeeping import SOURCE_ID
from engine.run.catalogue import model_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.registry.cell_systems import CellSystemCard
    from engine.registry.singlecell import CellTaskCard
    from engine.singlecell_spec import CellModel, EdgeFile, GeneVectors, Place, SingleCellSpec

RANDOM_INIT = "random-init:"
"""Before the id of a model whose weights are drawn at random."""
WITH_GENES = "gene-lr+"
"""Before the name of edges that were put beside gene-level features."""
MEAN = "perturbation-mean"

_SIDE: Mapping[Place, str] = {"genes": "g", "perturbations": "p"}
Kind = Literal["card", "vectors", "edges", "model", "combined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSystem:
    """One system of a run, on the tasks of one suite.

    Attributes:
        model_id: as in the store.
        suite: whose tasks it stands on.
        base: of a model or of edges put beside gene-level features, what it is made of.
        card: the baseline behind it.
        vectors: the file of gene vectors behind it.
        edges: the file of edges behind it.
        model: the model behind it.
    """

    model_id: str
    name: str
    role: Role
    suite: Suite
    regime: Regime
    base: str = ""
    card: CellSystemCard | None = None
    vectors: GeneVectors | None = None
    edges: EdgeFile | None = None
    model: CellModel | None = None

    @property
    def kind(self) -> Kind:
        """What it is made of; what is combined follows from answers of others and is no unit of its own."""
        if self.card is not None:
            return "card"
        if self.model_id.startswith(WITH_GENES):
            return "combined"
        if self.model is not None:
            return "model"
        return "vectors" if self.vectors is not None else "edges"

    @property
    def is_twin(self) -> bool:
        """Whether it is a model with weights drawn at random, or rests on one."""
        return self.model is not None and self.role == Role.CONTROL


def systems_of(spec: SingleCellSpec, tasks: Sequence[CellTaskCard]) -> list[CellSystem]:
    """The systems that a spec asks for on these tasks, baselines first.

    The registered baseline, and what other values are relative to, are among them whether asked for or not.

    Raises:
        SpecError: a baseline does not exist, or two systems would have one name.
    """
    suites = {card.suite for card in tasks}
    named = list(CELL_SYSTEMS) if spec.baselines == "all" else list(spec.baselines)
    cards = [find_cell_system(name) for name in named]
    cards += [find_cell_system(name) for name in _references(tasks) if name not in named]
    found = [_of_card(card) for card in cards]
    for vectors in spec.gene_vectors:
        found += [_linear(vectors.name, vectors.place, Role.MODEL, vectors=vectors)]
    for edges in spec.edges:
        found += _edges(edges.name, Role.MODEL, edges=edges)
    for model in spec.models:
        found += _of_model(model)
    wanted = [system for system in found if system.suite in suites]
    _check_names(wanted)
    return wanted


def _references(tasks: Iterable[CellTaskCard]) -> list[str]:
    """The baselines to beat, and what metrics are relative to."""
    wanted: dict[str, None] = {}
    for card in tasks:
        relative = [card.reference] if card.reference else []
        over_mean = [MEAN] if Metric.L2_SKILL_OVER_MEAN in card.metrics else []
        wanted |= dict.fromkeys([card.registered.baseline, *relative, *over_mean])
    return list(wanted)


def _of_card(card: CellSystemCard) -> CellSystem:
    return CellSystem(
        model_id=card.model_id, name=card.name, role=card.role, suite=card.suite, regime=card.regime, card=card
    )


def _of_model(model: CellModel) -> Iterator[CellSystem]:
    """A model on every suite: as an embedding of cells, as vectors of genes, as edges."""
    name = model_name(model)
    role = Role.CONTROL if name.startswith(RANDOM_INIT) else Role.MODEL
    shown = shown_name(name)
    yield CellSystem(
        model_id=name,
        name=shown,
        role=role,
        suite=Suite.CELLS,
        regime=Regime.ZERO_SHOT,
        base=name,
        model=model,
    )
    yield _linear(name, model.place, role, model=model)
    yield from _edges(name, role, model=model)


def model_name(model: CellModel) -> str:
    """What a model is called in the store: of a folder its own name, behind the prefix."""
    base = model.id.removeprefix(RANDOM_INIT)
    prefix = model.id.removesuffix(base)
    return prefix + (Path(base).resolve().name if _is_folder(model) else base)


def folder_behind(model: CellModel) -> Path | None:
    """The folder that its weights are read from, None where they are downloaded or need not be read."""
    base = Path(model.id.removeprefix(RANDOM_INIT))
    return model.weights or (base if base.is_dir() else None)


def shown_name(model_id: str) -> str:
    """What a model is called on the screen."""
    known = {row.model_id: row.name for row in model_rows()}
    base = model_id.removeprefix(RANDOM_INIT)
    return known.get(base, base) + (", random weights" if base != model_id else "")


def _linear(
    name: str, place: Place, role: Role, *, vectors: GeneVectors | None = None, model: CellModel | None = None
) -> CellSystem:
    return CellSystem(
        model_id=f"linear-{_SIDE[place]}-{name}",
        name=f"Linear, {place} from {shown_name(name) if model else name}",
        role=role,
        suite=Suite.PERTURBATION,
        regime=Regime.FULL,
        base=name,
        vectors=vectors,
        model=model,
    )


def _edges(
    name: str, role: Role, *, edges: EdgeFile | None = None, model: CellModel | None = None
) -> Iterator[CellSystem]:
    """Edges alone, and beside gene-level features."""
    shown = shown_name(name) if model else name
    alone = CellSystem(
        model_id=name,
        name=shown,
        role=role,
        suite=Suite.NETWORKS,
        regime=Regime.FULL,
        base=name,
        edges=edges,
        model=model,
    )
    yield alone
    combined = f"Gene-level regression + {shown}"
    yield replace(alone, model_id=f"{WITH_GENES}{name}", name=combined)


def _check_names(systems: Sequence[CellSystem]) -> None:
    known = {row.model_id for row in model_rows()} | CELL_SYSTEMS.keys()
    taken: set[tuple[Suite, str]] = set()
    for system in systems:
        from_disk = system.vectors or system.edges or (system.model and _is_folder(system.model))
        if system.kind != "card" and from_disk and system.model_id in known:
            raise SpecError(
                f"'{system.model_id}' is the name of a system that is known here: rename the file or folder"
            )
        if (system.suite, system.model_id) in taken:
            raise SpecError(f"two systems would both be called '{system.model_id}': rename one of them")
        taken.add((system.suite, system.model_id))


def _is_folder(model: CellModel) -> bool:
    return Path(model.id.removeprefix(RANDOM_INIT)).is_dir()


def rows_of(systems: Sequence[CellSystem]) -> list[Model]:
    """Rows of the store's `model` table for all systems of a run, each once."""
    known = {row.model_id: row for row in model_rows()}
    return list({system.model_id: known.get(system.model_id) or _own_row(system, known) for system in systems}.values())


def _own_row(system: CellSystem, known: Mapping[str, Model]) -> Model:
    """What is made of a model takes over what is known of it, except that random weights have seen nothing."""
    if system.card is not None:
        return system.card.as_model()
    base = known.get(system.base.removeprefix(RANDOM_INIT)) if system.model else None
    if base is not None:
        seen = None if system.is_twin else base.contamination
        return replace(
            base,
            model_id=system.model_id,
            name=system.name,
            role=system.role,
            contamination=seen,
            source_id=SOURCE_ID,
        )
    return Model(
        model_id=system.model_id,
        name=system.name,
        role=system.role,
        modality="single-cell",
        access_kind="local",
        licence_group="not established",
        source_id=SOURCE_ID,
    )
