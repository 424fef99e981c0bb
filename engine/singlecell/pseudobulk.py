"""Means and moments per condition, streamed over a file of cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from engine.errors import TableError, one_line, quoted
from engine.singlecell.contract import Pseudobulk, silent
from engine.singlecell.preprocessing import as_logs
from engine.singlecell.reading.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.singlecell.contract import Floats, Tell
    from engine.singlecell.reading.cells import Cells
    from engine.singlecell.reading.matrices import Block

JOIN = "+"
_UNTREATED = frozenset({"ctrl", "control", "non-targeting", "nt"})
_MOST_CONDITIONS = 20_000
_MOST_VALUES = 10**8
"""Conditions times genes: three matrices of 0.8 GB at most."""
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Which cells belong to which condition.

    Attributes:
        condition: column of obs with the perturbed genes, + between those of a double.
        control: value of that column for cells without a perturbation.
        where: other columns of obs and the value that a cell must have there to be taken.
        layer: X where None.
        normalise: counts are brought to 10,000 a cell and turned into logs; without it they are refused.
    """

    condition: str
    control: str
    where: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    normalise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionMoments:
    """What a Welch test needs of each condition.

    Attributes:
        genes: names, unique.
        names: of the conditions; the first is the control.
        n: shape (conditions,), cells, at least two each.
        mean: shape (conditions, genes), of the logs.
        variance: shape (conditions, genes), of the logs, with n - 1.
        detected: shape (conditions, genes), share of cells above 0.
        left_out: conditions with a single cell, which has no variance.
    """

    genes: tuple[str, ...]
    names: tuple[str, ...]
    n: NDArray[np.int64]
    mean: Floats
    variance: Floats
    detected: Floats
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assigned:
    """Cells with their conditions: control is 0, -1 is not taken; conditions are sorted."""

    codes: NDArray[np.int64]
    conditions: tuple[tuple[str, ...], ...]
    state: State

    @property
    def counts(self) -> NDArray[np.int64]:
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.conditions) + 1)


def pseudobulk(cells: Cells, design: Design, *, tell: Tell = silent) -> Pseudobulk:
    """Mean of the logs per condition, conditions in the order of their names.

    Args:
        cells: the open file.
        design: which cells belong to which condition.
        tell: how far it is, in cells.

    Raises:
        TableError: no such column or layer, no control cells, a cell without a condition, no cell where it was asked
            for, or counts or scaled values where logs are expected.
    """
    assigned = _assign(cells, design)
    sums = np.zeros((len(assigned.conditions) + 1, len(cells.genes_of(design.layer))))
    for codes, block in _logs(cells, design, assigned, "averaging conditions", tell):
        sums += _total(_grouped(codes, len(sums)), block)
    means = sums / assigned.counts[:, None]
    return Pseudobulk(
        genes=cells.genes_of(design.layer),
        control=means[0],
        conditions=assigned.conditions,
        profiles=means[1:],
        cells=assigned.counts[1:].astype(np.int64),
    )


def cell_sums(cells: Cells, design: Design, *, tell: Tell = silent) -> ConditionMoments:
    """Mean, variance and detection rate of each gene in each condition, in two passes: no difference of large sums.

    Args:
        cells: the open file.
        design: which cells belong to which condition.
        tell: how far it is, in cells.

    Raises:
        TableError: as `pseudobulk`; or a single control cell.
    """
    assigned = _assign(cells, design)
    counts = assigned.counts
    sums, above = (np.zeros((len(counts), len(cells.genes_of(design.layer)))) for _ in range(2))
    for codes, block in _logs(cells, design, assigned, "averaging conditions", tell):
        groups = _grouped(codes, len(counts))
        sums += _total(groups, block)
        above += _total(groups, (block > 0).astype(np.float64))
    mean = sums / counts[:, None]
    squares = np.zeros_like(mean)
    for codes, block in _logs(cells, design, assigned, "measuring spread", tell):
        squares += _squares(codes, block, mean)
    names = (design.control, *(JOIN.join(genes) for genes in assigned.conditions))
    kept = np.flatnonzero(counts > 1)
    if counts[0] < 2:
        problem = f"a single control cell {quoted(design.control)} has no variance"
        raise TableError(cells.path, problem, column=design.condition, expected="at least two control cells")
    return ConditionMoments(
        genes=cells.genes_of(design.layer),
        names=tuple(names[place] for place in kept),
        n=counts[kept].astype(np.int64),
        mean=mean[kept],
        variance=squares[kept] / (counts[kept, None] - 1),
        detected=above[kept] / counts[kept, None],
        left_out=tuple(name for name, count in zip(names, counts, strict=True) if count < 2),
    )


def control_chunks(cells: Cells, design: Design, *, tell: Tell = silent) -> Iterator[Block]:
    """Logs of the control cells, a few at a time, shape (cells of the chunk, genes), sparse by row or dense.

    Raises:
        TableError: as `pseudobulk`.
    """
    assigned = _assign(cells, design)
    for codes, block in _logs(cells, design, assigned, "reading control cells", tell):
        if (codes == 0).any():
            yield block[np.flatnonzero(codes == 0)]


def parts_of(name: str, control: str) -> tuple[str, ...]:
    """The perturbed genes of a condition, sorted; words for no second perturbation ("KLF1+ctrl") are left out."""
    parts = {part.strip() for part in name.split(JOIN)} - {""}
    perturbed = {part for part in parts if part != control and part.lower() not in _UNTREATED}
    # A value of its own such as "NT" beside the control is a condition: it is not for us to call it a control.
    return tuple(sorted(perturbed or parts))


def _assign(cells: Cells, design: Design) -> _Assigned:
    taken = _taken(cells, design)
    column = cells.column(design.condition)
    if missing := int(column.missing[taken].sum()):
        problem = f"{missing:,} of {int(taken.sum()):,} cells have no condition"
        raise TableError(cells.path, problem, column=design.condition, expected="a condition for every cell")
    names, places = np.unique(column.texts(missing="")[taken], return_inverse=True)
    if len(names) > _MOST_CONDITIONS:
        problem = f"{len(names):,} different values, more than {_MOST_CONDITIONS:,} conditions"
        raise TableError(cells.path, problem, column=design.condition, expected="the column with the perturbed genes")
    _check_control(cells.path, design, names, np.bincount(places))
    perturbed = [() if name == design.control else parts_of(str(name), design.control) for name in names]
    conditions = tuple(sorted({genes for genes in perturbed if genes}))
    _check_conditions(cells, design, len(conditions))
    code = {(): 0} | {genes: place for place, genes in enumerate(conditions, start=1)}
    codes = np.full(cells.n_cells, -1, dtype=np.int64)
    codes[taken] = np.array([code[genes] for genes in perturbed])[places]
    return _Assigned(codes=codes, conditions=conditions, state=_state(cells, design))


def _check_conditions(cells: Cells, design: Design, count: int) -> None:
    if not count:
        raise TableError(cells.path, "there are only control cells", column=design.condition, expected="perturbations")
    width = len(cells.genes_of(design.layer))
    if count * width > _MOST_VALUES:
        problem = f"{count:,} conditions of {width:,} genes are more than is held in memory"
        raise TableError(cells.path, problem, column=design.condition, expected="fewer genes: the variable ones")


def _state(cells: Cells, design: Design) -> State:
    wanted = (State.LOGS, State.COUNTS, State.NORMALISED) if design.normalise else (State.LOGS,)
    return cells.require(*wanted, layer=design.layer)


def _taken(cells: Cells, design: Design) -> NDArray[np.bool_]:
    taken = np.ones(cells.n_cells, dtype=bool)
    for name, value in design.where.items():
        column = cells.column(name)
        here = (column.texts(missing="") == value) & ~column.missing
        if not here.any():
            shown = _most_frequent(column.distinct())
            raise TableError(cells.path, "no cell has this value", column=name, value=value, expected=f"one of {shown}")
        taken &= here
    if not taken.any():
        raise TableError(cells.path, f"no cell has all of {dict(design.where)}", expected="values found together")
    return taken


def _check_control(path: Path, design: Design, names: NDArray[np.str_], counts: NDArray[np.int64]) -> None:
    if design.control not in names:
        found = zip((str(name) for name in names), counts.tolist(), strict=True)
        shown = _most_frequent(tuple(sorted(found, key=lambda one: (-one[1], one[0]))))
        problem = f"there are no control cells {quoted(design.control)}"
        raise TableError(path, problem, column=design.condition, expected=f"one of its values, such as {shown}")


def _most_frequent(distinct: tuple[tuple[str, int], ...]) -> str:
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return ", ".join(f"'{one_line(name, 30)}' ({count:,} cells)" for name, count in distinct[:_SHOWN]) + more


def _logs(
    cells: Cells, design: Design, assigned: _Assigned, what: str, tell: Tell
) -> Iterator[tuple[NDArray[np.int64], Block]]:
    """Codes and logs of the cells that are taken."""
    for part, block in cells.chunks(layer=design.layer):
        rows = np.flatnonzero(assigned.codes[part] >= 0)
        if rows.size:
            yield assigned.codes[part][rows], as_logs(cells, block[rows], assigned.state)
        tell(what, part.stop, cells.n_cells)


def _grouped(codes: NDArray[np.int64], groups: int) -> csr_array:
    """Shape (groups, cells): 1 where a cell is in the group, so that its product with the cells sums them."""
    return csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), (groups, len(codes)))


def _total(groups: csr_array, block: Block) -> Floats:
    """Sums per group, shape (groups, genes)."""
    total = groups @ block
    return total if isinstance(total, np.ndarray) else np.asarray(total.toarray())


def _squares(codes: NDArray[np.int64], block: Block, mean: Floats) -> Floats:
    """Sums of squared distances from the mean of the condition, shape (conditions, genes)."""
    groups = _grouped(codes, len(mean))
    if isinstance(block, np.ndarray):
        return _total(groups, (block - mean[codes]) ** 2)
    squared, stored = block.copy(), block.copy()
    of_row = np.repeat(codes, np.diff(block.indptr))
    squared.data = (block.data - mean[of_row, block.indices]) ** 2
    stored.data = np.ones_like(block.data)
    cells = np.bincount(codes, minlength=len(mean))[:, None]
    # Of what is not stored, a zero each, the distance is the mean itself.
    return _total(groups, squared) + (cells - _total(groups, stored)) * mean**2
