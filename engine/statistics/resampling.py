"""Which items a bootstrap draws: the choice, its description, and the drawing itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from engine.statistics.rank_weights import Layout

    Counts = NDArray[np.int64]

FEWEST_GROUPS = 20
SMALL_CLASS = 30
CHUNK = 1 << 17
"""Numbers drawn at a time: one megabyte, which stays in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """One way to bootstrap; the same object gives the same draws for every system.

    Attributes:
        kind: `iid` draws items; `stratified` draws items within each class; `cluster` draws whole groups.
        draws: number of resamples.
        seed: of numpy's default generator.
        groups: how many groups the items fall into, where they do; kept for the description.
    """

    kind: Literal["iid", "stratified", "cluster"] = "iid"
    draws: int = 2000
    seed: int = 0
    groups: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            StatisticError: an unknown kind, or less than one draw.
        """
        if self.kind not in ("iid", "stratified", "cluster"):
            raise StatisticError(f"there is no bootstrap of kind '{self.kind}': choose iid, stratified or cluster.")
        if self.draws < 1:
            raise StatisticError(f"a bootstrap needs at least 1 draw, not {self.draws}.")

    def describe(self) -> str:
        """One line for the store and the screen, with a warning where the interval cannot be trusted."""
        over = f" over {self.groups} groups" if self.kind == "cluster" and self.groups else ""
        line = f"percentile bootstrap, {self.draws} draws, {self.kind}{over}, seed {self.seed}"
        return line + self._warning()

    def _warning(self) -> str:
        if self.groups is None or self.groups >= FEWEST_GROUPS:
            return ""
        if self.groups == 1:
            return "; all items share one group: the interval says nothing about other groups"
        return f"; {self.groups} groups, fewer than {FEWEST_GROUPS}: the interval is itself unreliable"


def default_resampling(
    metric: Metric, labels: ArrayLike, *, groups: ArrayLike | None = None, draws: int = 2000, seed: int = 0
) -> Resampling:
    """The bootstrap that fits the items.

    Whole groups where items share at least 20 groups; else stratified where the smaller class has fewer than 30
    items; else iid. Items that share fewer than 20 groups are drawn one by one, and the description says that the
    interval is unreliable.

    Args:
        metric: Spearman has no classes, so it is never stratified here.
        labels: shape (n,), 0 or 1; measured values for Spearman.
        groups: shape (n,), the group of each item, such as its gene.
        draws: number of resamples.
        seed: of the draws.

    Raises:
        StatisticError: there is not one group per item, or a group is missing.
    """
    array = np.asarray(labels)
    count = None if groups is None else checks.members(groups, array.size, "groups")[1]
    if count == array.size:
        count = None
    if count is not None and count >= FEWEST_GROUPS:
        return Resampling("cluster", draws, seed, count)
    positives = int((array == 1).sum())
    small = metric is not Metric.SPEARMAN and min(positives, array.size - positives) < SMALL_CLASS
    return Resampling("stratified" if small else "iid", draws, seed, count)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A bootstrap of given items: chunks of what was drawn, and how to count that by the columns of a layout."""

    chunks: Iterator[Counts]
    counter: Callable[[Layout], Callable[[Counts], Counts]]


def drawing(
    resampling: Resampling, n: int, *, strata: ArrayLike | None = None, groups: ArrayLike | None = None
) -> Drawing:
    """Prepare the draws of `n` items.

    The draws depend on the seed alone, never on how many are held at a time. An iid draw is
    `default_rng(seed).integers(0, n, n)`; each stratum has a child generator of its own.

    Args:
        resampling: what to draw.
        n: number of items.
        strata: shape (n,), for `stratified`.
        groups: shape (n,), for `cluster`.

    Raises:
        StatisticError: strata or groups are needed and not given, or do not fit the items.
    """
    rows = max(1, CHUNK // n)
    rng = np.random.default_rng(resampling.seed)
    if resampling.kind == "iid":
        return Drawing(_integers(rng, n, resampling.draws, rows), _item_counter)
    needed, name = (strata, "strata") if resampling.kind == "stratified" else (groups, "groups")
    if needed is None:
        raise StatisticError(f"a {resampling.kind} bootstrap needs {name}: give one name per item.")
    codes, count = checks.members(needed, n, name)
    if resampling.kind == "cluster":
        return Drawing(_integers(rng, count, resampling.draws, rows), partial(_group_counter, codes, count))
    return Drawing(_within_strata(rng, codes, resampling.draws, rows), _item_counter)


def _integers(rng: np.random.Generator, n: int, draws: int, rows: int) -> Iterator[Counts]:
    """Chunks of `n` numbers below `n` per draw, shape (at most rows, n)."""
    for start in range(0, draws, rows):
        yield rng.integers(0, n, (min(rows, draws - start), n))


def _within_strata(rng: np.random.Generator, codes: Counts, draws: int, rows: int) -> Iterator[Counts]:
    items = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    parts = [_integers(child, len(own), draws, rows) for own, child in zip(items, rng.spawn(len(items)), strict=True)]
    for chunk in zip(*parts, strict=True):
        yield np.hstack([own[drawn] for own, drawn in zip(items, chunk, strict=True)])


def _item_counter(layout: Layout) -> Callable[[Counts], Counts]:
    return partial(_count, layout.column, layout.width)


def _group_counter(codes: Counts, groups: int, layout: Layout) -> Callable[[Counts], Counts]:
    """Count groups, then the items of each group by column."""
    ones = np.ones(len(codes), dtype=np.int64)
    items = csr_array((ones, (codes, layout.column)), shape=(groups, layout.width))
    every_group = np.arange(groups)

    def count(drawn: Counts) -> Counts:
        return np.asarray(_count(every_group, groups, drawn) @ items)

    return count


def _count(column: Counts, width: int, drawn: Counts) -> Counts:
    """How often each column was drawn, row by row; shape (rows, m) -> (rows, width)."""
    # Every index is in range by construction: "clip" spares numpy its buffered check of that.
    cells = np.take(column, drawn, mode="clip")
    cells += (np.arange(len(drawn)) * width)[:, None]
    return np.bincount(cells.ravel(), minlength=len(drawn) * width).reshape(len(drawn), width)
