"""Which systems a probing run has: names with their prefixes, resolved to features, a network, or a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.errors import SpecError
from engine.names import Protocol, Role
from engine.records import Model
from engine.registry import features
from engine.registry.adapters import AdapterCard, CannotRun, resolve
from engine.registry.systems import read_systems
from engine.run.bookkeeping import SOURCE_ID
from engine.run.catalogue import model_rows
from engine.run.plan import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.probe_spec import EmbeddedModel, ProbeSpec
    from engine.protocols import Pooling, Recipe
    from engine.registry.features import FeatureCard

SHUFFLED = "shuffled:"
RANDOM_INIT = "random-init:"

Kind = Literal["features", "network", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A model and how its vectors are made; one recipe for each candidate layer."""

    card: AdapterCard
    spec: EmbeddedModel
    recipes: tuple[Recipe, ...]
    random_init: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedSystem:
    """One system of a probing run.

    Attributes:
        model_id: with its prefixes.
        role: in the store.
        name: for people.
        shuffled: whether it is shown shuffled sequences.
        features: the baseline behind it, None where it is a model.
        embedding: the model behind it, None where it is a baseline.
    """

    model_id: str
    role: Role
    name: str
    shuffled: bool = False
    features: FeatureCard | None = None
    embedding: Embedding | None = None

    @property
    def kind(self) -> Kind:
        """What it is made of."""
        if self.embedding is not None:
            return "model"
        return "features" if self.features is not None and self.features.pointer else "network"


def systems_of(spec: ProbeSpec) -> tuple[list[ProbedSystem], list[Refused]]:
    """The systems that a spec asks for, baselines first, and those that cannot be run.

    Raises:
        SpecError: an id does not exist, or two systems would have one name.
    """
    wanted = features.DEFAULT if spec.baselines == "all" else tuple(dict.fromkeys(spec.baselines))
    systems = [system_of_features(model_id) for model_id in wanted]
    refused: list[Refused] = []
    for model in spec.models:
        found = _of_model(model, spec)
        (refused if isinstance(found, Refused) else systems).append(found)  # type: ignore[arg-type]
    _check_names(systems)
    return systems, refused


def without_prefixes(model_id: str) -> tuple[str, str]:
    """The prefixes of a system's name, `shuffled:` first, and what stands behind them."""
    base = model_id.removeprefix(SHUFFLED).removeprefix(RANDOM_INIT)
    return model_id.removesuffix(base), base


def system_of_features(model_id: str) -> ProbedSystem:
    """A baseline or control by its id, `shuffled:` before it or not.

    Raises:
        SpecError: there is no such baseline.
    """
    base = model_id.removeprefix(SHUFFLED)
    card = features.find_features(base)
    if base == model_id:
        return ProbedSystem(model_id=model_id, role=card.role, name=card.name, features=card)
    name = f"{card.name}, shuffled sequences"
    return ProbedSystem(model_id=model_id, role=Role.CONTROL, name=name, shuffled=True, features=card)


def _of_model(model: EmbeddedModel, spec: ProbeSpec) -> ProbedSystem | Refused:
    prefix, base = without_prefixes(model.id)
    shuffled, random_init = prefix.startswith(SHUFFLED), prefix.endswith(RANDOM_INIT)
    _check_base(model.id, base)
    card = resolve(base)
    if isinstance(card, CannotRun):
        return Refused("load", prefix + card.model_id, None, "CannotRun", card.sentence)
    if model.revision:
        card = replace(card, revision=model.revision)
    recipes = model.recipes(_default_pooling(base, spec.probe))
    if len(recipes) > 1 and spec.probe == Protocol.GENEB_EXACT:
        raise SpecError(f"{model.id}: {spec.protocol} chooses no layer; give one, or take another protocol")
    name = card.model_id + (", random weights" if random_init else "") + (", shuffled sequences" if shuffled else "")
    return ProbedSystem(
        model_id=prefix + card.model_id,
        role=Role.CONTROL if prefix else Role.MODEL,
        name=name,
        shuffled=shuffled,
        embedding=Embedding(card=card, spec=model, recipes=recipes, random_init=random_init),
    )


def _check_base(model_id: str, base: str) -> None:
    if base.startswith((SHUFFLED, RANDOM_INIT)):
        raise SpecError(f"{model_id}: each prefix stands once, {SHUFFLED} before {RANDOM_INIT}")
    if base in features.FEATURES:
        raise SpecError(f"'{base}' is no model to embed with: give {model_id} as a baseline")


def _default_pooling(model_id: str, protocol: str) -> Pooling:
    """GENEB's own pooling of the model under its protocol, where that is known; else the mean over own tokens."""
    if protocol != Protocol.GENEB_EXACT:
        return "mean"
    described = next((row.geneb_pooling for row in read_systems() if row.model_id == model_id), None) or ""
    if "cls-token" in described:
        return "cls"
    return "mean-special" if "specials include" in described else "mean"


def _check_names(systems: Iterable[ProbedSystem]) -> None:
    known = {row.model_id for row in model_rows()}
    taken: set[str] = set()
    for system in systems:
        card = system.embedding.card if system.embedding else None
        if card is not None and card.folder is not None and card.model_id in known:
            raise SpecError(
                f"the folder '{card.folder}' is called like a system that is known here: rename it, or, where it holds "
                f"the weights of that system, give '{card.model_id}' as the model and the folder as its weights"
            )
        if system.model_id in taken:
            raise SpecError(f"two systems would both be called '{system.model_id}': rename one of them")
        taken.add(system.model_id)


def rows_of(systems: Sequence[ProbedSystem]) -> list[Model]:
    """Rows of the store's `model` table for all systems of a run."""
    known = {row.model_id: row for row in model_rows()}
    return [known.get(system.model_id) or _own_row(system, known) for system in systems]


def _own_row(system: ProbedSystem, known: dict[str, Model]) -> Model:
    """A twin takes over what is known of its model; a local folder says little of itself."""
    base = system.embedding.card.model_id if system.embedding else system.model_id.removeprefix(SHUFFLED)
    if base in known:
        row = known[base]
        untrained = system.embedding is not None and system.embedding.random_init
        return replace(
            row,
            model_id=system.model_id,
            name=_twin_name(row.name, system),
            role=system.role,
            contamination=None if untrained else row.contamination,
            supervised_on_assay=False if untrained else row.supervised_on_assay,
            source_id=SOURCE_ID,
        )
    card = system.embedding.card if system.embedding else None
    return Model(
        model_id=system.model_id,
        name=system.name,
        role=system.role,
        modality="protein" if card is not None and card.alphabet == "protein" else "DNA",
        parameters=card.parameters if card else None,
        access_kind="local",
        licence_group="not established",
        source_id=SOURCE_ID,
    )


def _twin_name(name: str, system: ProbedSystem) -> str:
    untrained = system.embedding is not None and system.embedding.random_init
    return name + (", random weights" if untrained else "") + (", shuffled sequences" if system.shuffled else "")
