"""Baselines and controls of single-cell tasks as data: one card each, what it needs, and where its code stands."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import SpecError
from engine.names import Family, Regime, Role, Suite, licence_group
from engine.records import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SOURCE_ID = "engine"
"""`source_id` of the models that this table describes."""
_LICENCE = "Apache-2.0"
OBSM = "obsm:"
"""Before the name of an embedding that a data set brings along."""
OTHER_DATA = "mcfaline23"
"""Name of the embedding from the other data set of the file with perturbations."""
OTHER_DATA_DRAWN = f"random-{OTHER_DATA}"
"""Name of its control: as many numbers for the same genes, drawn at random."""

Need = Literal["batches", "counts", "obsm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSystemCard:
    """A system on single-cell tasks that no pretrained model is part of.

    Attributes:
        suite: of the tasks that it stands on.
        pointer: "module:object" of its code.
        arguments: what the object is called with to make the system; None where it is the system itself.
        needs: what a data set must have for it.
        package: import name of a package that it needs beside the extra `singlecell`, and how it is installed.
        regime: how many labels, or training perturbations, its task lets systems use; all of a task share it.
        sentence: what it is, for people.
        source: who described it.
        described_in: which table holds its `model` row.
    """

    model_id: str
    name: str
    role: Role = Role.BASELINE
    suite: Suite
    pointer: str
    arguments: Mapping[str, Any] | None = None
    needs: tuple[Need, ...] = ()
    package: tuple[str, str] | None = None
    regime: Regime
    sentence: str
    source: str
    described_in: Literal["cell_systems.py", "models.csv"] = "cell_systems.py"
    family: Family = field(default=Family.SCORE)

    def resolve(self) -> Any:
        """Its object, made with its arguments where it takes some; only now is its module loaded."""
        module, _, name = self.pointer.partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return found if self.arguments is None else found(**self.arguments)

    def as_model(self) -> Model:
        """Its row of the store's `model` table."""
        return Model(
            model_id=self.model_id,
            name=self.name,
            role=self.role,
            modality="single-cell",
            family=self.family,
            licence=_LICENCE,
            licence_group=licence_group(_LICENCE),
            code_licence=_LICENCE,
            access_kind="algorithm",
            supervised_on_assay=False,
            provenance_note=f"{self.sentence} {self.source}",
            source_id=SOURCE_ID,
        )


def find_cell_system(model_id: str) -> CellSystemCard:
    """The card of an id.

    Raises:
        SpecError: there is none; the message names the nearest.
    """
    if model_id in CELL_SYSTEMS:
        return CELL_SYSTEMS[model_id]
    near = difflib.get_close_matches(model_id, CELL_SYSTEMS, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(CELL_SYSTEMS)}."
    raise SpecError(f"there is no baseline '{model_id}' on single-cell tasks; {hint}")


_OWN = "A rule of this project, declared before any value was computed."
_LINEAR = "Ahlmann-Eltze, Huber & Anders, Nat Methods 2025, https://doi.org/10.1038/s41592-025-02772-6"
_ZERO_SHOT = "Kedzierska et al., Genome Biol 2025, https://doi.org/10.1186/s13059-025-03574-x"
_AUDIT = "Gene-level baselines of the audit of attention edges, https://arxiv.org/abs/2602.17532"
_PERTURBATION = "engine.singlecell.perturbation.systems"
_CELLS = "engine.singlecell.cells.embeddings"
_NETWORKS = "engine.singlecell.networks"


def _profile(model_id: str, name: str, pointer: str, sentence: str, **more: Any) -> CellSystemCard:
    return CellSystemCard(
        model_id=model_id,
        name=name,
        suite=Suite.PERTURBATION,
        pointer=f"{_PERTURBATION}:{pointer}",
        regime=Regime.FULL,
        sentence=sentence,
        source=_LINEAR,
        **{"arguments": {}, **more},
    )


def _embedding(model_id: str, name: str, pointer: str, sentence: str, **more: Any) -> CellSystemCard:
    return CellSystemCard(
        model_id=model_id,
        name=name,
        suite=Suite.CELLS,
        pointer=f"{_CELLS}:{pointer}",
        regime=Regime.ZERO_SHOT,
        sentence=sentence,
        **{"source": _ZERO_SHOT, **more},
    )


def _gene_level(model_id: str, name: str, sentence: str) -> CellSystemCard:
    return CellSystemCard(
        model_id=model_id,
        name=name,
        suite=Suite.NETWORKS,
        pointer=f"{_NETWORKS}.gene_level:gene_scores",
        regime=Regime.FULL,
        sentence=sentence,
        source=_AUDIT,
    )


_PROFILES = (
    _profile("no-change", "No change", "NoChange", "The control profile, whatever is perturbed."),
    _profile(
        "perturbation-mean",
        "Mean change",
        "PerturbationMean",
        "Control plus the mean change over the training perturbations.",
    ),
    _profile(
        "additive", "Additive", "Additive", "Control plus the changes of the two genes' own training perturbations."
    ),
    _profile(
        "linear",
        "Linear",
        "Linear",
        "The bilinear model in closed form, with principal components of the training perturbations as vectors.",
    ),
    _profile(
        f"linear-g-{OTHER_DATA}",
        "Linear, McFaline genes",
        "Linear",
        "The bilinear model with gene vectors from principal components of another data set, McFaline-Figueroa 2023.",
        arguments={"genes": OTHER_DATA},
    ),
    _profile(
        f"linear-p-{OTHER_DATA}",
        "Linear, McFaline targets",
        "Linear",
        "The bilinear model with vectors of the perturbed genes from their perturbation in another data set, "
        "McFaline-Figueroa 2023.",
        arguments={"perturbations": OTHER_DATA},
    ),
    _profile(
        f"linear-p-{OTHER_DATA_DRAWN}",
        "Linear, McFaline drawn",
        "Linear",
        "The same with vectors drawn at random for the genes that McFaline-Figueroa 2023 perturbs, so that it is "
        "fitted to the same training perturbations.",
        role=Role.CONTROL,
        arguments={"perturbations": OTHER_DATA_DRAWN},
    ),
    _profile(
        "linear-g-random",
        "Linear, random genes",
        "Linear",
        "The bilinear model with gene vectors drawn at random.",
        role=Role.CONTROL,
        arguments={"genes": "random"},
    ),
    _profile(
        "linear-p-random",
        "Linear, random targets",
        "Linear",
        "The bilinear model with vectors of the perturbed genes drawn at random.",
        role=Role.CONTROL,
        arguments={"perturbations": "random"},
    ),
)

_EMBEDDINGS = (
    _embedding("hvg", "HVG", "hvg", "The highly variable genes of the data set as they are."),
    _embedding(
        "hvg-pca",
        "HVG + PCA",
        "hvg_pca",
        "Fifty principal components of the highly variable genes.",
        described_in="models.csv",
    ),
    _embedding(
        f"{OBSM}X_pca",
        "PCA of the data set",
        "stored",
        "The principal components that the data set brings along.",
        needs=("obsm",),
        source="The data set's authors.",
    ),
    _embedding(
        f"{OBSM}X_umap",
        "UMAP of the data set",
        "stored",
        "The two coordinates of the map that the data set brings along.",
        needs=("obsm",),
        source="The data set's authors.",
    ),
    _embedding(
        "harmony",
        "Harmony",
        "harmony",
        "Principal components with batches aligned.",
        needs=("batches",),
        package=("harmonypy", "harmonypy"),
        described_in="models.csv",
    ),
    _embedding(
        "scvi",
        "scVI",
        "scvi",
        "The latent space of a variational autoencoder trained on the cells themselves.",
        needs=("counts",),
        package=("scvi", "scvi-tools"),
        described_in="models.csv",
    ),
    _embedding(
        "random-projection",
        "Random projection",
        "random_projection",
        "The highly variable genes on fifty directions drawn at random.",
        role=Role.CONTROL,
        source=_OWN,
    ),
)

_EDGES = (
    _gene_level("gene-variance", "Gene variance", "How much a gene varies over control cells."),
    _gene_level("gene-mean", "Gene mean", "How much a gene is expressed in control cells."),
    _gene_level("gene-detection", "Gene detection", "In which share of control cells a gene is detected."),
    _gene_level(
        "gene-connectivity",
        "Gene connectivity",
        "How strongly a gene correlates with all others over control cells, on average.",
    ),
    CellSystemCard(
        model_id="gene-lr",
        name="Gene-level regression",
        suite=Suite.NETWORKS,
        pointer=f"{_NETWORKS}.combined:regression",
        regime=Regime.FULL,
        sentence="A logistic regression on variance, mean and detection, fitted to other perturbations.",
        source=_AUDIT,
    ),
    CellSystemCard(
        model_id="abs-correlation",
        name="Correlation edges",
        suite=Suite.NETWORKS,
        pointer=f"{_NETWORKS}.edges:correlation_edges",
        regime=Regime.FULL,
        sentence="The absolute correlation of a gene with the perturbed one over control cells.",
        source=_AUDIT,
    ),
)

CELL_SYSTEMS: Mapping[str, CellSystemCard] = MappingProxyType(
    {card.model_id: card for card in (*_PROFILES, *_EMBEDDINGS, *_EDGES)}
)
"""What stands beside every model on single-cell tasks, by id."""


def as_models() -> list[Model]:
    """Rows of the store's `model` table for the cards that no other table describes."""
    return [card.as_model() for card in CELL_SYSTEMS.values() if card.described_in == "cell_systems.py"]
