"""Single-cell tasks as data: what is asked on which data set, and the baseline declared before any value was known."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from engine.errors import SpecError
from engine.names import Kind, Metric, Protocol, Suite
from engine.registry.tasks import PBMC68K, PERTURBENCH, Registration

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTaskCard:
    """A single-cell task and what is compared on it.

    Attributes:
        dataset: whose files it reads, as `vledger fetch` calls it.
        part: which of the family's divisions of the data it is; empty where there is one.
        metrics: the primary one first.
        registered: the baseline to beat, declared from earlier publications, and why it was expected to be strongest.
        reference: the system whose L2 is the unit of L2Skill; None where no metric is relative.
        sentence: what is asked, for people.
        claims: ids of the shipped claims that the literature makes on such tasks, the most telling first.
        source: `source_id` of the data.
    """

    task_id: str
    suite: Suite
    kind: Kind
    protocol: Protocol
    category: str
    label: str
    dataset: str
    part: str = ""
    metrics: tuple[Metric, ...]
    registered: Registration
    reference: str | None = None
    sentence: str
    claims: tuple[str, ...]
    source: str
    position: int = 0

    @property
    def primary(self) -> Metric:
        """What systems are ranked by."""
        return self.metrics[0]


def find_cell_task(task_id: str) -> CellTaskCard:
    """The card of a task.

    Raises:
        SpecError: there is none of this id; the message names the nearest.
    """
    if task_id in CELL_TASKS:
        return CELL_TASKS[task_id]
    near = difflib.get_close_matches(task_id, CELL_TASKS, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(CELL_TASKS)}."
    raise SpecError(f"there is no single-cell task '{task_id}'; {hint}")


DOUBLES: Final = "doubles"
DOUBLES_NEW: Final = "doubles-new"
SINGLES: Final = "singles"

_OF_PROFILES = (Metric.L2_SKILL, Metric.PEARSON_DELTA, Metric.L2)
_OF_CELLS = (
    Metric.AVG_BIO, Metric.NMI, Metric.ARI, Metric.ASW, Metric.ASW_BATCH, Metric.PCR, Metric.GRAPH_CONNECTIVITY,
)  # fmt: skip
_MEAN = Registration(
    "perturbation-mean",
    "The sum of two single changes needs singles that were measured; without them, control plus the mean change of the "
    "training perturbations is what the published comparison found no deep model to improve on reliably "
    "(Ahlmann-Eltze et al. 2025).",
)

_CARDS = (
    CellTaskCard(
        task_id="perturbench:doubles",
        suite=Suite.PERTURBATION,
        kind=Kind.PERTURBATION_PREDICTION,
        protocol=Protocol.PERTURBATION,
        category="Double perturbations",
        label="Doubles of known singles (Norman 2019)",
        dataset=PERTURBENCH,
        part=DOUBLES,
        metrics=(Metric.L2_SKILL, Metric.L2_SKILL_OVER_MEAN, Metric.PEARSON_DELTA, Metric.L2),
        registered=Registration(
            "additive",
            "For double perturbations every deep model of the published comparison errs more than the sum of the two "
            "single changes (Ahlmann-Eltze et al. 2025).",
        ),
        reference="additive",
        sentence="What do cells express after two genes are activated that were each activated alone in training?",
        claims=("perturb-additive-double", "perturb-none-beat"),
        source="perturbench_2024",
        position=0,
    ),
    CellTaskCard(
        task_id="perturbench:doubles-new",
        suite=Suite.PERTURBATION,
        kind=Kind.PERTURBATION_PREDICTION,
        protocol=Protocol.PERTURBATION,
        category="Double perturbations",
        label="Doubles with an unknown single (Norman 2019)",
        dataset=PERTURBENCH,
        part=DOUBLES_NEW,
        metrics=_OF_PROFILES,
        registered=_MEAN,
        reference="perturbation-mean",
        sentence="What do cells express after two genes are activated, not both of which were activated alone?",
        claims=("perturb-none-beat",),
        source="perturbench_2024",
        position=1,
    ),
    CellTaskCard(
        task_id="perturbench:singles",
        suite=Suite.PERTURBATION,
        kind=Kind.PERTURBATION_PREDICTION,
        protocol=Protocol.PERTURBATION,
        category="Single perturbations",
        label="Singles (Norman 2019)",
        dataset=PERTURBENCH,
        part=SINGLES,
        metrics=_OF_PROFILES,
        registered=_MEAN,
        reference="perturbation-mean",
        sentence="What do cells express after a gene is activated that no training perturbation touches?",
        claims=("perturb-mean-single", "perturb-linear-single", "perturb-pretraining-gain"),
        source="perturbench_2024",
        position=2,
    ),
    CellTaskCard(
        task_id="cells:pbmc68k",
        suite=Suite.CELLS,
        kind=Kind.CELL_EMBEDDING,
        protocol=Protocol.CELL_EMBEDDING,
        category="Cell types",
        label="Blood cells (PBMC 68k, reduced)",
        dataset=PBMC68K,
        metrics=_OF_CELLS,
        registered=Registration(
            "hvg-pca",
            "Highly variable genes, alone or with principal components, came out above Geneformer and scGPT on every "
            "metric of the published zero-shot comparison (Kedzierska et al. 2025).",
        ),
        sentence="Does an embedding that has seen no label keep ten types of blood cells apart?",
        claims=("hvg-all-metrics", "scgpt-zero-shot-clustering", "geneformer-zero-shot-clustering"),
        source="zheng_2017",
    ),
    CellTaskCard(
        task_id="networks:perturbench",
        suite=Suite.NETWORKS,
        kind=Kind.NETWORK_INFERENCE,
        protocol=Protocol.NETWORK,
        category="Response to perturbation",
        label="Genes that respond (Norman 2019)",
        dataset=PERTURBENCH,
        metrics=(Metric.AUROC,),
        registered=Registration(
            "gene-lr",
            "In the published audit a logistic regression on three gene-level numbers (AUROC 0.895 and 0.942) was "
            "ahead of each of them, of correlation and of attention edges (0.70 and 0.75).",
        ),
        sentence="Which genes respond when a gene is activated?",
        claims=("attention-edges-zero-gain", "variance-baseline-auroc"),
        source="perturbench_2024",
    ),
)

CELL_TASKS: Mapping[str, CellTaskCard] = MappingProxyType({card.task_id: card for card in _CARDS})
"""All single-cell tasks by id."""
