"""The truth of network inference: which genes respond to a perturbation, by Welch's test against control cells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr
from scipy.stats import false_discovery_control

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.singlecell.pseudobulk import ConditionMoments

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_ROUNDING = 1e-20
"""A variance below this share of the squared mean is rounding: single precision itself is 1e-14 of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a gene responds, and when a perturbation counts.

    Attributes:
        largest_q: Benjamini-Hochberg q over the tested genes of one perturbation has to be below it.
        smallest_change: of the mean of the logs, in either direction; at least this much.
        fewest: genes that have to respond, and genes that have not to, for a perturbation to count. With 100 cells
            each, to ask for five would leave out four of five perturbations.
    """

    largest_q: float = 0.05
    smallest_change: float = 0.1
    fewest: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Welch:
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


def welch(moments: ConditionMoments, condition: int) -> Welch:
    """Welch's t test of one condition against control, from moments alone.

    t = (m1 - m0) / sqrt(v1/n1 + v0/n0), with the degrees of freedom of Welch and Satterthwaite (Biometrika
    1947;34:28-35): the same as `scipy.stats.ttest_ind(equal_var=False)` on the cells.

    Args:
        moments: of all conditions, control first.
        condition: index of the one, from 1.
    """
    n, mean = moments.n.astype(np.float64), moments.mean[[condition, 0]]
    one, other = (moments.variance[row] / n[row] for row in (condition, 0))
    change, spread = mean[0] - mean[1], one + other
    tested = spread > _ROUNDING * (mean**2).max(0)
    safe = np.where(tested, spread, 1)
    parts = one**2 / (n[condition] - 1) + other**2 / (n[0] - 1)
    freedom = safe**2 / np.where(tested, parts, 1)
    p = np.where(tested, 2 * stdtr(freedom, -np.abs(change) / np.sqrt(safe)), 1)
    return Welch(change=change, p=p, tested=tested)


def responding(found: Welch, rule: Rule) -> Flags:
    """Which of the tested genes respond, shape (genes,); q is taken over the tested genes alone."""
    q = np.ones_like(found.p)
    if found.tested.any():
        q[found.tested] = false_discovery_control(found.p[found.tested])
    flags: Flags = found.tested & (q < rule.largest_q) & (np.abs(found.change) >= rule.smallest_change)
    return flags


def truth_of(moments: ConditionMoments, *, rule: Rule | None = None) -> Truth:
    """Which genes respond to which perturbation, and why some perturbations do not count.

    The perturbed genes themselves are not tested: that their own expression changes is how the experiment works. A
    gene that varies neither in control cells nor in perturbed ones is not tested either: most such genes are not
    detected at all, and to call them negatives would give any score that knows a gene's expression a free gift.

    Args:
        moments: of all conditions, control first.
        rule: the protocol's own where not given.
    """
    rule, columns = rule or Rule(), np.array(moments.genes)
    kept: list[tuple[str, Flags, Flags]] = []
    left_out = dict.fromkeys(moments.left_out, "a single cell: a variance needs at least 2")
    for row, name in enumerate(moments.names[1:], start=1):
        found = welch(moments, row)
        found = replace(found, tested=found.tested & ~np.isin(columns, perturbed_genes(name)))
        responds = responding(found, rule)
        if reason := _too_few(responds, found.tested, rule.fewest):
            left_out[name] = reason
        else:
            kept.append((name, responds, found.tested))
    shape = (len(kept), len(columns))
    return Truth(
        perturbations=tuple(name for name, *_ in kept),
        genes=moments.genes,
        responds=np.array([responds for _, responds, _ in kept], dtype=bool).reshape(shape),
        tested=np.array([tested for *_, tested in kept], dtype=bool).reshape(shape),
        left_out=left_out,
    )


def perturbed_genes(perturbation: str) -> tuple[str, ...]:
    """Genes of a perturbation as it is written: two of a double."""
    return tuple(perturbation.split("+"))


def _too_few(positive: Flags, tested: Flags, fewest: int) -> str | None:
    counts = {"respond": int(positive.sum()), "do not respond": int((tested & ~positive).sum())}
    what, few = min(counts.items(), key=lambda count: count[1])
    if few >= fewest:
        return None
    return f"{few} of {int(tested.sum())} tested genes {what}: at least {fewest} are needed"
