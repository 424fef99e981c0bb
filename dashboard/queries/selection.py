"""Which rows of a board are shown, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from dashboard.queries.board import Board

UNKNOWN = "not stated"
SIZES: tuple[int, ...] = tuple(int(m * 10**e) for e in range(6, 12) for m in (1, 2, 5))[:16]
"""Marks of the size slider: 1M, 2M, 5M, ... 100B."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a row has to satisfy; an empty tuple means no restriction."""

    search: str = ""
    family: tuple[str, ...] = ()
    tokenizer: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()
    pretraining: tuple[str, ...] = ()
    smallest: int = SIZES[0]
    largest: int = SIZES[-1]
    unsupervised: bool = False

    @property
    def active(self) -> bool:
        """Whether anything is restricted."""
        return any(getattr(self, field.name) != field.default for field in fields(self))

    @property
    def by_size(self) -> bool:
        """Whether the size range is narrower than all there is."""
        return (self.smallest, self.largest) != (SIZES[0], SIZES[-1])


COLUMN_OF = {
    "family": "family",
    "tokenizer": "tokenizer",
    "access": "access_kind",
    "licence": "licence_group",
    "provenance": "provenance",
    "pretraining": "pretraining_group",
}
"""Model column that each filter by value looks at."""
_SEARCHED = (
    "name",
    "family",
    "architecture",
    "inputs",
    "tokenizer",
    "licence",
    "licence_group",
    "pretraining_data",
)


def matching(models: pd.DataFrame, filters: Filters) -> pd.Series:
    """True for each model that satisfies every filter; baselines always stay, or nothing could be compared."""
    keep = pd.Series(True, index=models.index)
    for name, column in COLUMN_OF.items():
        wanted = getattr(filters, name)
        if wanted:
            keep &= models[column].fillna(UNKNOWN).isin(wanted)
    for word in filters.search.lower().split():
        keep &= _mentions(models, word)
    if filters.by_size:
        # The ends of the slider are open: what is smaller than the first mark counts as the first.
        sizes = models["parameters"].clip(SIZES[0], SIZES[-1])
        keep &= sizes.between(filters.smallest, filters.largest)
    if filters.unsupervised:
        keep &= ~models["supervised_on_assay"].astype(bool)
    return keep | (models["role"] == "baseline")


def _mentions(models: pd.DataFrame, word: str) -> pd.Series:
    texts = [models[column].fillna("").str.lower().str.contains(word, regex=False) for column in _SEARCHED]
    return pd.concat(texts, axis=1).any(axis=1)


def select(board: Board, filters: Filters, sort: str, by: pd.DataFrame | None = None) -> Board:
    """The board with matching rows: baselines first, then the rest, both sorted by one column.

    `sort` is a column key (highest first), `name` (A to Z) or `size` (largest first); missing values come last. `by`
    has numbers to sort by instead of the board's values, in their shape.
    """
    kept = board.models[matching(board.models, filters)]
    if sort == "name":
        key = kept["name"].str.lower()
    elif sort == "size":
        key = -kept["parameters"]
    else:
        key = -(board.values if by is None else by).loc[kept.index, sort]
    order = pd.DataFrame({"baseline": kept["role"] != "baseline", "key": key, "name": kept["name"].str.lower()})
    order = order.sort_values(["baseline", "key", "name"], kind="stable", na_position="last")
    return board.keep(list(order.index))


A_SHEET = 60
"""Models on a sheet of a long board."""
_STRONGEST = 3


def sheets(board: Board) -> int:
    """How many sheets a board has, at least one."""
    return max(1, -(-int((board.models["role"] == "model").sum()) // A_SHEET))


def sheet(board: Board, number: int) -> Board:
    """One sheet of a sorted board, from 1; bests and ranks stay those of the whole board.

    The baselines stand on every sheet: all of them where one sheet is enough, else the first three in the order shown.
    """
    baselines = list(board.models.index[board.models["role"] == "baseline"])
    models = list(board.models.index[board.models["role"] != "baseline"])
    if sheets(board) == 1:
        return board
    return board.sheet([*baselines[:_STRONGEST], *models[(number - 1) * A_SHEET : number * A_SHEET]])
