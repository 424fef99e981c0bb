"""What a file of cells holds, and which of its columns may be types and batches."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import SpecError, TableError, one_line
from engine.local_split.cells.exchange import Embedded, FoundCells
from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_CELL_BYTES, MOST_SINGLE_CELLS
from engine.singlecell.reading.cells import open_cells
from engine.singlecell.reading.columns import MOST_CLASSES
from engine.singlecell.reading.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from engine.singlecell.contract import ObsColumn
    from engine.singlecell.reading.cells import Cells

_CLUSTERS = ("cluster", "leiden", "louvain")
_LABELS = ("celltype", "type", "label", "annotation", "annot", "class", *_CLUSTERS)
_BATCHES = (
    "batch",
    "donor",
    "patient",
    "individual",
    "sample",
    "library",
    "plate",
    "assay",
    "tech",
    "dataset",
    "study",
)
_SUGGESTED = 8


@contextmanager
def opened(path: Path) -> Iterator[Cells]:
    """A file of cells that is within the limits.

    Raises:
        SpecError: a folder, not there, larger than 2 GB, or of more than 200,000 cells.
        TableError: not such a file, or damaged.
        NotHereError: the extra for reading is not installed.
    """
    _check_size(path)
    with open_cells(path) as cells:
        if cells.n_cells > MOST_SINGLE_CELLS:
            raise SpecError(
                f"{path.name}: {cells.n_cells:,} cells, and at most {MOST_SINGLE_CELLS:,} are compared: write a file "
                "with a sample of them, drawn within their types."
            )
        yield cells


def inspect_cells(path: Path, *, layer: str | None = None) -> FoundCells:
    """What a file of cells holds, without its matrix in memory.

    Args:
        path: an .h5ad, or a zipped zarr.
        layer: matrix that genes would be read from; X where None.

    Raises:
        SpecError: a folder, not there, larger than 2 GB, or of more than 200,000 cells.
        TableError: not such a file, or damaged.
        NotHereError: the extra for reading is not installed.
    """
    with opened(path) as cells:
        return look(cells, layer=layer)


def look(cells: Cells, *, layer: str | None = None) -> FoundCells:
    """What an open file of cells holds; arguments and errors as `inspect_cells`."""
    state = cells.state_of(layer)
    columns, unread = _columns(cells)
    embeddings = tuple(Embedded(name=name, width=width) for name, width in cells.embeddings.items())
    with cells.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FoundCells(
        name=cells.path.name,
        sha256=digest,
        n_cells=cells.n_cells,
        n_genes=len(cells.genes_of(layer)),
        layer=layer,
        state=state.value,
        columns=columns,
        embeddings=embeddings,
        layers=cells.layers,
        labels=_labels(columns, cells.n_cells),
        batches=tuple(one.name for one in columns if _is_named(one, _BATCHES) and _groups(one, cells.n_cells)),
        problems=(*unread, *_problems(cells, layer, state, embeddings)),
    )


def ask_for_label(found: FoundCells) -> SpecError:
    """The sentence for a question without a column of types."""
    distinct = {one.name: one.distinct for one in found.columns}
    shown = [f"'{one_line(name, 30)}' ({distinct[name]} values)" for name in found.labels[:_SUGGESTED]]
    if not shown:
        return SpecError(
            f"{found.name}: name the column of obs with the type of each cell with --label; none of its "
            f"{len(found.columns)} columns has 2 to {MOST_CLASSES} different values, so write one first."
        )
    more = f" and {len(found.labels) - _SUGGESTED} more" if len(found.labels) > _SUGGESTED else ""
    batches = ", ".join(f"'{one_line(name, 30)}'" for name in found.batches[:_SUGGESTED])
    mixing = f"; a batch, with --batch, may be {batches}" if batches else ""
    return SpecError(
        f"{found.name}: name the column of obs with the type of each cell with --label; it may be {', '.join(shown)}"
        f"{more}{mixing}."
    )


def _check_size(path: Path) -> None:
    if path.is_dir():
        raise SpecError(f"--split {path}: it is a folder; give an .h5ad file, or a zipped zarr.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SpecError(f"--split {path}: it cannot be read ({error.strerror}); give a file that is there.") from error
    if size > MOST_CELL_BYTES:
        raise SpecError(
            f"{path.name}: {size / 1e9:.1f} GB, and a file of cells is taken up to {MOST_CELL_BYTES / 1e9:.0f} GB: "
            "write one with fewer cells, or without the layers that are not needed."
        )


def _columns(cells: Cells) -> tuple[tuple[ObsColumn, ...], list[Problem]]:
    """Columns that can be read, and problems of the others: one of those is no reason to refuse the file."""
    found, problems = [], []
    for name in cells.obs_names:
        try:
            found.append(cells.described(name))
        except TableError as error:
            problems.append(
                Problem(
                    kind="unread-column",
                    severity="note",
                    problem=str(error).rstrip("."),
                    remedy="it can be neither label nor batch",
                    column=name,
                )
            )
    return tuple(found), problems


def _labels(columns: Sequence[ObsColumn], n: int) -> tuple[str, ...]:
    """Columns that many cells share a value of: named like types, like clusters, like neither; fewer values first."""
    shared = [one for one in columns if _groups(one, n) and not _is_named(one, _BATCHES)]
    return tuple(
        one.name
        for one in sorted(
            shared, key=lambda one: (not _is_named(one, _LABELS), _is_named(one, _CLUSTERS), one.distinct)
        )
    )


def _groups(column: ObsColumn, n: int) -> bool:
    return column.kind != "number" and 2 <= column.distinct <= min(MOST_CLASSES, n // 2)


def _is_named(column: ObsColumn, words: Sequence[str]) -> bool:
    plain = "".join(letter for letter in column.name.casefold() if letter.isalnum())
    return any(word in plain for word in words)


def _problems(cells: Cells, layer: str | None, state: State, embeddings: Sequence[Embedded]) -> Iterator[Problem]:
    if state is State.SCALED:
        yield Problem(
            kind="scaled",
            severity="note",
            problem=f"the matrix has {state.meaning}: variable genes cannot be chosen, all "
            f"{len(cells.genes_of(layer)):,} are used as they are",
            remedy=f"name a layer with counts or logs with --layer{_there(cells.layers)}",
        )
    if state is State.NORMALISED:
        yield Problem(
            kind="no-logs",
            severity="note",
            problem=f"the matrix has {state.meaning}: the baselines take log(1 + x) of it",
            remedy=f"where that is not what it is, name another layer with --layer{_there(cells.layers)}",
        )
    if not embeddings:
        yield Problem(
            kind="no-embedding",
            severity="warning",
            problem="no embedding in obsm has a row of numbers for each cell: only the baselines are measured",
            remedy="write the embedding of your model into obsm, a row of numbers for each cell",
        )


def _there(layers: Sequence[str]) -> str:
    return f" (it has {', '.join(one_line(name, 30) for name in layers[:_SUGGESTED])})" if layers else ""
