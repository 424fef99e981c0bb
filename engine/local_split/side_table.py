"""Labels that come in a table of their own, for a FASTA or VCF file that has none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import SpecError
from engine.local_split.columns import Columns, objects
from engine.local_split.exchange import Field, Problem, Shape
from engine.local_split.fields import recognise
from engine.local_split.items.bases import chrom_of

if TYPE_CHECKING:
    from engine.local_split.split import Table

_PLACE = (Field.CHROM, Field.POSITION, Field.REFERENCE, Field.ALTERNATE)


def with_labels(table: Table, labels: Table) -> Table:
    """The table with the columns of another one beside it, joined by id, or by place and alleles where both have them.

    A name that both have becomes "name (labels)". A row of the labels that nothing has, or that repeats an id, is a
    note; a row without labels stays, and is left out for that later.

    Raises:
        SpecError: the two have nothing by which they could be joined.
    """
    keys = _keys(table), _keys(labels)
    shared = next((by for by in ("place", "id") if by in keys[0] and by in keys[1]), None)
    if shared is None:
        raise SpecError(f"{labels.name} cannot be joined to {table.name}: both need a column id.")
    mine, theirs = keys[0][shared], keys[1][shared]
    again = theirs.duplicated().to_numpy()
    place = pd.Index(theirs[~again]).get_indexer(mine)
    rows = np.flatnonzero(~again)[place]
    new = {
        (name if name not in table.frame else f"{name} (labels)"): _placed(labels, name, rows, place)
        for name in labels.frame.columns
        if name not in _named(labels, shared)
    }
    frame = table.frame.copy(deep=False)
    for name, cells in new.items():
        frame[name] = cells
    return replace(
        table, frame=frame, problems=(*table.problems, *labels.problems, *_problems(labels, mine, theirs, again))
    )


def _keys(table: Table) -> dict[str, pd.Series]:
    """What rows are known by, a text for each."""
    columns = Columns(table)
    fields = recognise(columns, Shape.DNA, ())
    keys = {}
    if set(_PLACE) <= fields.keys():
        chrom, *rest = (columns.cells(fields[one]) for one in _PLACE)
        chroms = objects([chrom_of(text) for text in chrom])
        keys["place"] = pd.Series(chroms + "-" + rest[0] + "-" + rest[1] + "-" + rest[2], dtype=object)
    if Field.ID in fields:
        keys["id"] = pd.Series(columns.cells(fields[Field.ID]), dtype=object)
    return keys


def _named(labels: Table, shared: str) -> set[str]:
    fields = recognise(Columns(labels), Shape.DNA, ())
    return {fields[one] for one in (_PLACE if shared == "place" else (Field.ID,))}


def _placed(labels: Table, name: str, rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    cells = labels.frame[name].to_numpy(dtype=object)
    return np.where(place >= 0, cells[rows] if len(cells) else "", "")


def _problems(labels: Table, mine: pd.Series, theirs: pd.Series, again: np.ndarray) -> list[Problem]:
    """Of the file with the labels; its rows are numbered there, so the message and not the row says which."""
    lost = ~theirs.isin(mine).to_numpy()
    kinds = (
        (again, "labels-repeated", "the id is there already; the first row counts", "give each id one label"),
        (lost & ~again, "labels-unused", "nothing has this id", "write the ids as the other file has them"),
    )
    return [
        Problem(
            kind=kind,
            severity="warning",
            problem=f"{labels.name}, row {labels.rows[at]}: {problem}",
            remedy=remedy,
            value=str(theirs[at])[:60],
        )
        for mask, kind, problem, remedy in kinds
        for at in np.flatnonzero(mask).tolist()
    ]
