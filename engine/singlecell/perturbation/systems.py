"""The systems of the task: each a frozen object that knows its name, its role and what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from engine.names import Role
from engine.singlecell.perturbation import linear, predictors, vectors
from engine.singlecell.perturbation.predictors import Prediction, lacking
from engine.singlecell.perturbation.vectors import RANDOM, Known, embedding_called

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.singlecell.contract import GeneEmbedding, Pseudobulk

    Wanted = Sequence[tuple[str, ...]]
    Embeddings = Mapping[str, GeneEmbedding]

FEWEST_TO_FIT = 2
"""Conditions in train: with one, every change minus their mean is zero."""
_QUOTED = 5


class System(Protocol):
    """A way to predict the profiles of conditions."""

    @property
    def name(self) -> str:
        """As in the store."""

    @property
    def role(self) -> Role:
        """What a row of it is."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the gene embeddings that it has to be given."""

    def predict(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Prediction:
        """Predict conditions from those in train.

        Raises:
            SpecError: an embedding that it needs was not given.
            StatisticError: there is nothing in train.
        """


@dataclass(frozen=True, slots=True)
class NoChange:
    """Predicts the control profile."""

    name: ClassVar[str] = "no-change"
    role: ClassVar[Role] = Role.BASELINE
    needs: ClassVar[tuple[str, ...]] = ()

    def predict(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Prediction:  # noqa: ARG002
        """See `predictors.no_change`."""
        return predictors.no_change(train, wanted)


@dataclass(frozen=True, slots=True)
class PerturbationMean:
    """Predicts the mean change of train."""

    name: ClassVar[str] = "perturbation-mean"
    role: ClassVar[Role] = Role.BASELINE
    needs: ClassVar[tuple[str, ...]] = ()

    def predict(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Prediction:  # noqa: ARG002
        """See `predictors.perturbation_mean`."""
        return predictors.perturbation_mean(train, wanted)


@dataclass(frozen=True, slots=True)
class Additive:
    """Adds the changes of the singles."""

    name: ClassVar[str] = "additive"
    role: ClassVar[Role] = Role.BASELINE
    needs: ClassVar[tuple[str, ...]] = ()

    def predict(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Prediction:  # noqa: ARG002
        """See `predictors.additive`."""
        return predictors.additive(train, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """The bilinear model, with embeddings put in for G or P.

    Attributes:
        genes: name of the embedding that is G; None for principal components of train.
        perturbations: name of the embedding that is P; None for `vectors.of_targets`.
        role: a control where the name of one of the two begins with "random", which says that it was drawn.
        strength: lambda.
        width: K; a wider embedding is reduced to as many principal components.
        seed: of what is drawn at random.
    """

    genes: str | None = None
    perturbations: str | None = None
    role: Role = field(init=False)
    strength: float = linear.STRENGTH
    width: int = linear.WIDTH
    seed: int = 0

    def __post_init__(self) -> None:
        """Tell the control from the baseline and the model."""
        put_in = [name for name in (self.genes, self.perturbations) if name]
        drawn = any(name.startswith(RANDOM) for name in put_in)
        role = Role.BASELINE if not put_in else Role.CONTROL if drawn else Role.MODEL
        object.__setattr__(self, "role", role)

    @property
    def name(self) -> str:
        """`linear`, and what was put in: `linear-g-scgpt`, `linear-p-random`."""
        sides = (("g", self.genes), ("p", self.perturbations))
        return "linear" + "".join(f"-{side}-{name}" for side, name in sides if name)

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the embeddings, those drawn here left out."""
        return tuple(sorted({name for name in (self.genes, self.perturbations) if name and name != RANDOM}))

    def predict(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Prediction:
        """Fit to the conditions in train all of whose genes have a vector, then predict those wanted that have one.

        As in the published code the others are left out of the mean b too. So a P that knows few genes is to be
        compared with `embeddings.random_like` of it, which is fitted to the same conditions: the mean of those alone
        can be nearer to what is held out than the mean of all. A measured gene without a vector has zeros in G: it
        gets the mean change b.
        """
        by_gene = self._of_genes(train, embeddings)
        by_target = self._of_perturbations(train, wanted, embeddings)
        reasons = [lacking(by_target.missing(genes), by_target.where) for genes in wanted]
        fitted = [place for place, genes in enumerate(train.conditions) if not by_target.missing(genes)]
        unable = _unable(train, by_gene, by_target, fitted=len(fitted))
        if unable is not None:
            return _nothing(train, wanted, unable)
        model = linear.fit(
            train.changes[fitted],
            genes=by_gene.rows(train.genes),
            perturbations=by_target.sums([train.conditions[place] for place in fitted]),
            strength=self.strength,
        )
        profiles = train.control + model.changes(by_target.sums(wanted))
        profiles[[reason is not None for reason in reasons]] = np.nan
        notes = _notes(train, by_gene, by_target, everything=len(fitted) == len(train.conditions))
        return Prediction(profiles=profiles, reasons=tuple(reasons), notes=notes)

    def _of_genes(self, train: Pseudobulk, embeddings: Embeddings) -> Known:
        if self.genes is None:
            return vectors.of_training(train, width=self.width)
        return self._named(self.genes, train.genes, embeddings, seed=self.seed)

    def _of_perturbations(self, train: Pseudobulk, wanted: Wanted, embeddings: Embeddings) -> Known:
        if self.perturbations is None:
            return vectors.of_targets(train, wanted, width=self.width)
        perturbed = {gene for genes in (*train.conditions, *wanted) for gene in genes}
        # Another stream than that of G: the vectors of a gene that is measured and perturbed are drawn apart.
        return self._named(self.perturbations, perturbed, embeddings, seed=self.seed + 1)

    def _named(self, name: str, genes: Sequence[str] | set[str], embeddings: Embeddings, *, seed: int) -> Known:
        if name == RANDOM:
            return vectors.drawn(genes, width=self.width, seed=seed)
        return vectors.of_embedding(name, embedding_called(name, embeddings), genes, width=self.width)


BASELINES: tuple[System, ...] = (NoChange(), PerturbationMean(), Additive(), Linear())
CONTROLS: tuple[System, ...] = (Linear(genes=RANDOM), Linear(perturbations=RANDOM))


def _unable(train: Pseudobulk, by_gene: Known, by_target: Known, *, fitted: int) -> str | None:
    """Why there is nothing to fit, or None."""
    if not by_gene.width or len(by_gene.missing(train.genes)) == len(train.genes):
        return f"none of {len(train.genes)} measured genes is {by_gene.where}"
    if fitted < FEWEST_TO_FIT:
        return (
            f"of {fitted} of {len(train.conditions)} perturbations in train all genes are {by_target.where}: "
            f"a linear model needs at least {FEWEST_TO_FIT}"
        )
    return None


def _nothing(train: Pseudobulk, wanted: Wanted, reason: str) -> Prediction:
    empty = np.full((len(wanted), len(train.genes)), np.nan)
    return Prediction(profiles=empty, reasons=(reason,) * len(wanted))


def _notes(train: Pseudobulk, by_gene: Known, by_target: Known, *, everything: bool) -> tuple[str, ...]:
    notes = [by_target.note] if by_target.note else []
    missing = by_gene.missing(train.genes)
    if missing:
        named = ", ".join(missing[:_QUOTED]) + (" and others" if len(missing) > _QUOTED else "")
        notes.append(
            f"{len(missing)} of {len(train.genes)} measured genes are not {by_gene.where} "
            f"and get the mean change ({named})"
        )
    if not everything:
        notes.append(f"fitted to those perturbations in train all of whose genes are {by_target.where}")
    return tuple(notes)
