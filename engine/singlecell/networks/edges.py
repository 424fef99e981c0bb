"""Edges from a regulator to its targets, whoever scored them, and what they say of each perturbation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import StatisticError
from engine.singlecell.networks.responses import perturbed_genes
from engine.singlecell.networks.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from engine.singlecell.networks.correlation import Correlations
    from engine.singlecell.networks.responses import Truth

    Floats = NDArray[np.float64]

NOT_MEASURED = "is not among the measured genes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """How strongly each regulator is said to act on each gene, without a sign.

    Attributes:
        regulators: unique names.
        genes: unique names.
        values: shape (regulators, genes), never negative; NaN where nothing is said of a pair.
        reasons: why a regulator has no edges, as the end of a sentence that begins with its name.
        otherwise: the same for a gene that is not among the regulators.
        note: what a reader should know of all of them.
    """

    regulators: tuple[str, ...]
    genes: tuple[str, ...]
    values: Floats
    reasons: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "has no edges"
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no strength.

        Raises:
            StatisticError: the shape does not fit, or an edge is negative or infinite.
        """
        if self.values.shape != (len(self.regulators), len(self.genes)):
            raise StatisticError(
                f"edges of {len(self.regulators)} regulators and {len(self.genes)} genes have the shape "
                f"{self.values.shape}."
            )
        bad = np.argwhere((self.values < 0) | np.isinf(self.values))
        if len(bad):
            row, column = bad[0]
            raise StatisticError(
                f"the edge from {self.regulators[row]} to {self.genes[column]} is {self.values[row, column]:g}: "
                "an edge is a strength, 0 or more; give its absolute value."
            )


def correlation_edges(found: Correlations, regulators: Iterable[str]) -> Edges:
    """Absolute Pearson correlation of each regulator with every gene over control cells.

    A gene that does not vary over control cells correlates with nothing: nothing is said of it. A regulator that is
    not measured has no edges; its response profile is not put in its place, because that is what is to be predicted.

    Args:
        found: correlations over control cells.
        regulators: perturbed genes.
    """
    at = {gene: number for number, gene in enumerate(found.genes)}
    wanted = list(dict.fromkeys(regulators))
    reasons = {name: NOT_MEASURED for name in wanted if name not in at}
    reasons |= {
        name: "does not vary over control cells" for name in wanted if name in at and not found.varies[at[name]]
    }
    kept = [name for name in wanted if name not in reasons]
    values = np.abs(found.values[[at[name] for name in kept]]).reshape(len(kept), len(found.genes))
    values[:, ~found.varies] = np.nan
    return Edges(regulators=tuple(kept), genes=found.genes, values=values, reasons=reasons, otherwise=NOT_MEASURED)


def edge_scores(edges: Edges, truth: Truth) -> Scores:
    """What edges say of every gene under every perturbation.

    A pair of which nothing is said ranks below all others, with 0: lists of edges leave out those that were too weak
    to list. Of a double the larger of its two regulators' edges counts. A perturbation has no scores where one of its
    genes has no edges at all, or none to a gene that is tested: the larger over a part is another quantity.

    Args:
        edges: their genes may be others, or in another order, than the truth's.
        truth: which perturbations and genes.
    """
    aligned = _aligned(edges, truth.genes)
    row_of = {name: row for row, name in enumerate(edges.regulators)}
    values, reasons = np.full((len(truth.perturbations), len(truth.genes)), np.nan), {}
    for number, name in enumerate(truth.perturbations):
        parts = perturbed_genes(name)
        reason = next(filter(None, (_lacking(edges, gene, row_of) for gene in parts)), None)
        if reason is None:
            rows = aligned[[row_of[gene] for gene in parts]]
            reason = _of_untested(rows[:, truth.tested[number]], parts)
            values[number] = np.nan_to_num(rows).max(0)
        if reason is not None:
            values[number], reasons[name] = np.nan, reason
    note = _joined(edges.note, _unsaid(aligned, truth))
    return Scores(perturbations=truth.perturbations, genes=truth.genes, values=values, reasons=reasons, note=note)


def _aligned(edges: Edges, genes: tuple[str, ...]) -> Floats:
    """Edges with the truth's genes as columns, NaN where the edges know no such gene."""
    at = {gene: number for number, gene in enumerate(edges.genes)}
    columns = np.array([at.get(gene, -1) for gene in genes], dtype=np.int64)
    found = np.full((len(edges.regulators), len(genes)), np.nan)
    found[:, columns >= 0] = edges.values[:, columns[columns >= 0]]
    return found


def _lacking(edges: Edges, gene: str, row_of: Mapping[str, int]) -> str | None:
    if gene in row_of:
        return None
    return f"{gene} {edges.reasons.get(gene, edges.otherwise)}"


def _of_untested(rows: Floats, parts: tuple[str, ...]) -> str | None:
    """Why edges to tested genes say nothing, shape (perturbed genes, tested genes)."""
    silent = np.isnan(rows).all(1)
    return (
        f"{parts[int(silent.argmax())]} has no edge to any of the {rows.shape[1]} tested genes"
        if silent.any()
        else None
    )


def _unsaid(aligned: Floats, truth: Truth) -> str | None:
    """How many tested genes no regulator has an edge to."""
    tested = truth.tested.any(0)
    unknown = int((np.isnan(aligned).all(0) & tested).sum())
    if not unknown or not len(aligned):
        return None
    return f"{unknown} of {int(tested.sum())} tested genes have no edge from any regulator and rank last"


def _joined(*notes: str | None) -> str | None:
    return "; ".join(filter(None, notes)) or None
