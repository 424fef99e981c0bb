"""The truth of network inference: which genes respond to a perturbation, by Welch's test against control cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import stdtr
from scipy.stats import false_discovery_control

from engine.errors import StatisticError, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


class Moments(Protocol):
    """What is needed of the cells of each condition, on the scale of the logs."""

    @property
    def names(self) -> Sequence[str]:
        """Conditions, control among them; the perturbed genes of one with + between them."""

    @property
    def n(self) -> NDArray[np.int64]:
        """Cells of each, shape (conditions,)."""

    @property
    def mean(self) -> Floats:
        """Shape (conditions, genes)."""

    @property
    def variance(self) -> Floats:
        """With divisor n - 1, shape (conditions, genes)."""

    @property
    def detected(self) -> Floats:
        """Share of cells above 0, shape (conditions, genes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a gene responds, and when a perturbation counts.

    Attributes:
        largest_q: Benjamini-Hochberg q over the tested genes of one perturbation has to be below it.
        smallest_change: of the mean of the logs, in either direction; at least this much.
        fewest: genes that have to respond, and genes that have not to, for a perturbation to count.
    """

    largest_q: float = 0.05
    smallest_change: float = 0.1
    fewest: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """Welch's test of every gene in one condition against control, shape (genes,) each.

    Attributes:
        change: mean of the condition minus mean of control.
        p: two-sided; 1 where not tested.
        tested: False where neither side varies: there is no test then, and the gene is on neither side of the truth.
    """

    change: Floats
    p: Floats
    tested: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Which genes respond to which perturbation.

    Attributes:
        perturbations: those that count, in the order of the moments; the perturbed genes with + between them.
        genes: measured ones.
        responds: shape (perturbations, genes).
        tested: shape (perturbations, genes); the others, the perturbed genes among them, are left out of every value.
        left_out: why each other perturbation does not count.
    """

    perturbations: tuple[str, ...]
    genes: tuple[str, ...]
    responds: Flags
    tested: Flags
    left_out: Mapping[str, str] = field(default_factory=dict)


def welch(moments: Moments, condition: int, control: int) -> Tested:
    """Welch's t test of one condition against control, from moments alone.

    t = (m1 - m0) / sqrt(v1/n1 + v0/n0), with the degrees of freedom of Welch and Satterthwaite (Biometrika
    1947;34:28-35): the same as `scipy.stats.ttest_ind(equal_var=False)` on the cells.

    Args:
        moments: of all conditions.
        condition: index of the one.
        control: index of the other.
    """
    n = moments.n.astype(np.float64)
    one, other = (moments.variance[row] / n[row] for row in (condition, control))
    change = moments.mean[condition] - moments.mean[control]
    spread = one + other
    tested = spread > 0
    safe = np.where(tested, spread, 1)
    freedom = safe**2 / np.where(tested, one**2 / (n[condition] - 1) + other**2 / (n[control] - 1), 1)
    p = np.where(tested, 2 * stdtr(freedom, -np.abs(change) / np.sqrt(safe)), 1)
    return Tested(change=change, p=p, tested=tested)


def responding(found: Tested, rule: Rule) -> Flags:
    """Which of the tested genes respond, shape (genes,); q is taken over the tested genes alone."""
    q = np.ones_like(found.p)
    if found.tested.any():
        q[found.tested] = false_discovery_control(found.p[found.tested])
    flags: Flags = found.tested & (q < rule.largest_q) & (np.abs(found.change) >= rule.smallest_change)
    return flags


def truth_of(moments: Moments, genes: Sequence[str], *, control: str, rule: Rule | None = None) -> Truth:
    """Which genes respond to which perturbation, and why some perturbations do not count.

    The perturbed genes themselves are not tested: that their own expression changes is how the experiment works. A
    gene that varies neither in control cells nor in perturbed ones is not tested either: most such genes are not
    detected at all, and to call them negatives would give any score that knows a gene's expression a free gift.

    Args:
        moments: of all conditions, control among them.
        genes: names of their columns.
        control: name of the control condition.
        rule: the protocol's own where not given.

    Raises:
        StatisticError: there is no such control, it has fewer than two cells, or the genes do not fit.
    """
    rule, names = rule or Rule(), list(moments.names)
    _check(moments, genes, control)
    base, columns = names.index(control), np.array(genes)
    kept: list[tuple[str, Flags, Flags]] = []
    left_out: dict[str, str] = {}
    for row, name in enumerate(names):
        if row == base:
            continue
        if moments.n[row] < 2:
            left_out[name] = f"{moments.n[row]} cells: a variance needs at least 2"
            continue
        found = welch(moments, row, base)
        measured = Tested(
            change=found.change, p=found.p, tested=found.tested & ~np.isin(columns, perturbed_genes(name))
        )
        positive = responding(measured, rule)
        if reason := _too_few(positive, measured.tested, rule.fewest):
            left_out[name] = reason
        else:
            kept.append((name, positive, measured.tested))
    shape = (len(kept), len(genes))
    return Truth(
        perturbations=tuple(name for name, *_ in kept),
        genes=tuple(genes),
        responds=np.array([positive for _, positive, _ in kept], dtype=bool).reshape(shape),
        tested=np.array([tested for *_, tested in kept], dtype=bool).reshape(shape),
        left_out=left_out,
    )


def perturbed_genes(perturbation: str) -> tuple[str, ...]:
    """Genes of a perturbation as it is written: two of a double."""
    return tuple(perturbation.split("+"))


def _too_few(positive: Flags, tested: Flags, fewest: int) -> str | None:
    responding_, others = int(positive.sum()), int((tested & ~positive).sum())
    if min(responding_, others) >= fewest:
        return None
    few, what = (responding_, "respond") if responding_ < fewest else (others, "do not respond")
    return f"{few} of {int(tested.sum())} tested genes {what}: at least {fewest} are needed"


def _check(moments: Moments, genes: Sequence[str], control: str) -> None:
    if control not in moments.names:
        shown = ", ".join(map(one_line, list(moments.names)[:5]))
        raise StatisticError(f"no condition is called '{one_line(control)}', as control should be; there are {shown}.")
    if (cells := int(moments.n[list(moments.names).index(control)])) < 2:
        raise StatisticError(f"control has {cells} cells: a variance needs at least 2.")
    if moments.mean.shape != (len(moments.names), len(genes)):
        raise StatisticError(
            f"{len(moments.names)} conditions of {len(genes)} genes were named, but the means have the shape "
            f"{moments.mean.shape}."
        )
