"""Items along a gene or protein: each by itself, or where there are too many, in stretches of the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dashboard.queries.items import SYSTEM, matching, parameters

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from dashboard.queries.ask import Ask
    from dashboard.queries.item_rows import Asked

MOST_MARKS = 4_000
"""Up to so many items each has a mark of its own."""
BINS = 200
MOST_BREAKS = 40
"""With more jumps than this, items stand one after another instead of by position."""
_JUMP = 150
"""Positions without an item that are drawn as a break on a chromosome."""
_BREAK = 12
"""How wide a break is drawn, in positions."""

_ITEMS = """
    SELECT i.item_no, i.item_id, i.chrom, i.gene, i.place, i.label, i.consequence, i.protein_variant, a.percentile
    {matching} AND i.place IS NOT NULL AND i.label IS NOT NULL AND a.percentile IS NOT NULL
    ORDER BY i.item_no
"""
_ENDS = "SELECT min(i.item_no) AS first, max(i.item_no) AS last {matching}"
# Items are numbered along chromosome, gene and position: the ends of a stretch say what lies between them.
_BINNED = """
    WITH stretch AS (
      SELECT (i.item_no - $first) * $bins // ($last - $first + 1) AS bin, count(*) AS n,
             count(*) FILTER (i.label = 1) AS positives,
             avg(a.percentile) FILTER (i.label = 1) AS among_positive,
             avg(a.percentile) FILTER (i.label = 0) AS among_negative,
             min(i.item_no) AS first_no, max(i.item_no) AS last_no
      {matching} AND i.place IS NOT NULL AND i.label IS NOT NULL AND a.percentile IS NOT NULL
      GROUP BY bin
    ),
    named AS (SELECT item_no, chrom, gene, place FROM numbered_item WHERE task_id = $task)
    SELECT s.bin, s.n, s.positives, s.among_positive, s.among_negative, l.chrom, l.gene,
           l.place AS first, r.place AS last, l.chrom IS NOT DISTINCT FROM r.chrom AS one_chromosome,
           l.gene IS NOT DISTINCT FROM r.gene AS one_gene
    FROM stretch s JOIN named l ON l.item_no = s.first_no JOIN named r ON r.item_no = s.last_no ORDER BY s.bin
"""


@dataclass(frozen=True, slots=True)
class Track:
    """Items that have a position, a label and a score of the first system.

    Attributes:
        rows: one an item in the order of the task, or one a stretch of it (`binned`).
        binned: whether there are too many for a mark each.
    """

    rows: pd.DataFrame
    binned: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Where each row stands from left to right.

    Attributes:
        x: shape (n,).
        ticks: places of labels on the axis, with `words` beside them.
        breaks: places where positions jump.
        ranked: whether items stand one after another instead of by position.
    """

    x: NDArray[np.float64]
    ticks: list[float]
    words: list[str]
    breaks: list[float]
    ranked: bool


def read_track(ask: Ask, asked: Asked, n: int) -> Track:
    """The track of the items asked for, of which there are n."""
    sql, _ = matching(asked.filters, (SYSTEM,))
    found = parameters(asked.filters, asked.task, asked.system, asked.rival, (SYSTEM,))
    if n <= MOST_MARKS:
        return Track(ask(_ITEMS.format(matching=sql), found), binned=False)
    # The ends are found without the scores, which a million items need not be joined to for that.
    ends = ask(
        _ENDS.format(matching=matching(asked.filters, ())[0]),
        parameters(asked.filters, asked.task, asked.system, asked.rival, ()),
    ).iloc[0]
    where = {"first": int(ends["first"]), "last": int(ends["last"]), "bins": BINS}
    return Track(ask(_BINNED.format(matching=sql), found | where), binned=True)


def axis(rows: pd.DataFrame) -> Axis:
    """Positions of single items, with the stretches between exons cut out; of several genes, one item after another."""
    places = rows["place"].to_numpy(float)
    several = len(rows["chrom"].unique()) > 1 or (rows["chrom"].isna().all() and len(rows["gene"].unique()) > 1)
    jumps = np.diff(places) > _JUMP
    if several or (rows["chrom"].notna().any() and jumps.sum() > MOST_BREAKS) or (np.diff(places) < 0).any():
        return _ranked(rows)
    if rows["chrom"].isna().all():
        return Axis(places, [], [], [], ranked=False)
    # Every break is drawn equally wide, whatever it leaves out.
    cut = np.where(jumps, np.diff(places) - _BREAK, 0.0).cumsum()
    x = places - places[0] - np.concatenate([[0.0], cut])
    starts = np.concatenate([[0], np.flatnonzero(jumps) + 1])
    breaks = [float(x[start] - _BREAK / 2) for start in starts[1:]]
    return Axis(
        x, [float(x[start]) for start in starts], [f"{int(places[start]):,}" for start in starts], breaks, False
    )


def _ranked(rows: pd.DataFrame) -> Axis:
    """One item after another, with a word where a chromosome begins, or a gene where there are few."""
    column = "chrom" if rows["chrom"].notna().any() else "gene"
    groups = rows[column].astype(str).to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(groups[1:] != groups[:-1]) + 1]).astype(int)
    shown = list(starts) if len(starts) <= MOST_BREAKS else []
    words = [str(groups[start]) for start in shown]
    x = np.arange(len(rows), dtype=float)
    return Axis(x, [float(start) for start in shown], words, [float(start) - 0.5 for start in shown[1:]], ranked=True)
