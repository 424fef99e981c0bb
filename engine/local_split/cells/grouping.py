"""Which cells are compared, of which type and batch each is, and what is to be said about that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import SpecError, StatisticError, one_line
from engine.local_split.cells.exchange import Counted
from engine.local_split.exchange import Problem
from engine.singlecell.cells.checks import cell_types
from engine.singlecell.preprocessing import MIN_GENES
from engine.singlecell.reading.columns import class_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from engine.local_split.cells.exchange import CellOptions
    from engine.singlecell.preprocessing import Preparation
    from engine.singlecell.reading.cells import Cells
    from engine.singlecell.reading.columns import Column

    Mask = NDArray[np.bool_]

FEW_CELLS = 10
"""Cells of a type below which its silhouettes say little."""
_CLUSTERED = ("leiden", "louvain", "cluster")
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The cells that are compared.

    Attributes:
        preparation: which cells and genes stay.
        labels: shape (cells that stay,).
        batches: the same; None where no column was named.
        problems: what to say about them.
    """

    preparation: Preparation
    labels: NDArray[np.str_]
    batches: NDArray[np.str_] | None
    problems: tuple[Problem, ...]


def grouped(cells: Cells, label: str, options: CellOptions, preparation: Preparation) -> Grouped:
    """Leave out cells without a type or batch, and read both of the others.

    Args:
        cells: the open file.
        label: column of types.
        options: for the column of batches.
        preparation: which cells have enough genes.

    Raises:
        SpecError: one column is to be both.
        TableError: there is no such column, or its values are no classes.
        StatisticError: too few cells stay, or each has a type of its own.
    """
    if options.batch == label:
        raise SpecError(
            f"'{one_line(label)}' is named with --label and with --batch: types and batches are two things."
        )
    named = [cells.column(name) for name in (label, options.batch) if name is not None]
    kept = preparation.cells.copy()
    for column in named:
        kept &= ~column.missing
    classes = [class_labels(_only(column, kept)) for column in named]
    _check_enough(cells, classes[0])
    labels, batches = classes[0], classes[1] if len(classes) > 1 else None
    return Grouped(
        preparation=replace(preparation, cells=kept),
        labels=labels,
        batches=batches,
        problems=(*_left_out(preparation, named), *_of_types(label, labels)),
    )


def counted(names: NDArray[np.str_]) -> tuple[Counted, ...]:
    """Types or batches with their cells, by name."""
    return tuple(Counted(name=name, cells=count) for name, count in sorted(Counter(names.tolist()).items()))


def _check_enough(cells: Cells, labels: NDArray[np.str_]) -> None:
    try:
        cell_types(labels)
    except StatisticError as error:
        raise StatisticError(f"{cells.path.name}: {error}") from error


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _only(column: Column, kept: Mask) -> Column:
    return replace(column, values=column.values[kept], missing=column.missing[kept])


def _left_out(preparation: Preparation, named: list[Column]) -> Iterator[Problem]:
    poor = int((~preparation.cells).sum())
    if poor:
        yield Problem(
            kind="few-genes",
            severity="left out",
            problem=f"{_count(poor, 'cell')} with fewer than {MIN_GENES} genes above 0",
            remedy="left out of every system alike",
        )
    for column in named:
        without = int((column.missing & preparation.cells).sum())
        if without:
            yield Problem(
                kind="no-value",
                severity="left out",
                problem=f"{_count(without, 'cell')} without a value in '{one_line(column.name)}'",
                remedy="left out of every system alike; fill the column where it is known",
                column=column.name,
            )


def _of_types(label: str, labels: NDArray[np.str_]) -> Iterator[Problem]:
    few = [one for one in counted(labels) if one.cells < FEW_CELLS]
    if few:
        shown = ", ".join(f"{one_line(one.name, 30)} ({one.cells})" for one in few[:_SHOWN])
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        yield Problem(
            kind="small-types",
            severity="note",
            problem=f"{_count(len(few), 'type')} with fewer than {FEW_CELLS} cells: {shown}{more}",
            remedy="the values of so few cells say little; merge with related types, or leave out",
            column=label,
        )
    if any(word in label.casefold() for word in _CLUSTERED):
        yield Problem(
            kind="labels-from-clusters",
            severity="warning",
            problem=f"'{one_line(label)}' is named like clusters, and clusters agree best with the embedding that they "
            "were found in",
            remedy="name a column of types that no embedding in the file had a part in",
            column=label,
        )
