"""What is asked of a file of cells: what its owner says, and where nothing is said, what the file suggests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.local_split.cells.exchange import CellOptions
from engine.local_split.limits import MOST_EMBEDDINGS

if TYPE_CHECKING:
    from engine.local_split.cells.exchange import FoundCells

_BASELINES = 3
_QUICK = 8_000
"""Cells times systems, twice with batches, up to which a comparison takes some seconds and begins by itself."""
_NO_TYPES = (
    "No column has values that several cells share: write one with the type of each cell into the file’s obs, and "
    "give it again."
)
_NO_LABEL = "Say which column has the type of each cell, and the comparison begins."
_NONE_CHOSEN = "Choose at least one embedding, and the comparison begins."


def look(options: CellOptions) -> CellOptions:
    """What decides about reading the file."""
    return CellOptions(layer=options.layer)


def label_columns(found: FoundCells) -> tuple[str, ...]:
    """Columns that may be types, the likeliest first; those named like batches last."""
    return tuple(dict.fromkeys((*found.labels, *found.batches)))


def batch_columns(found: FoundCells, label: str | None) -> tuple[str, ...]:
    """Columns that may be batches, those named so first."""
    return tuple(name for name in dict.fromkeys((*found.batches, *found.labels)) if name != label)


def label_of(found: FoundCells, options: CellOptions) -> str | None:
    """The column of types: as it was said, else the likeliest one."""
    return options.label or next(iter(found.labels), None)


def chosen_of(found: FoundCells, chosen: tuple[str, ...] | None) -> tuple[str, ...]:
    """The embeddings to judge: as chosen, else all of them, as many as are compared at once."""
    names = tuple(one.name for one in found.embeddings)
    return names[:MOST_EMBEDDINGS] if chosen is None else tuple(name for name in names if name in chosen)


def missing(found: FoundCells, options: CellOptions, chosen: tuple[str, ...] | None) -> str | None:
    """What has to be said before anything can be compared; None where nothing has."""
    if label_of(found, options) is None:
        return _NO_LABEL if label_columns(found) else _NO_TYPES
    return _NONE_CHOSEN if found.embeddings and not chosen_of(found, chosen) else None


def asked(found: FoundCells, options: CellOptions, chosen: tuple[str, ...] | None) -> CellOptions:
    """The options of the comparison, as short as the command that gives the same numbers."""
    names = chosen_of(found, chosen)
    everything = len(names) == len(found.embeddings)
    label = label_of(found, options)
    batch = options.batch if options.batch != label else None
    return replace(options, label=label, batch=batch, embeddings=() if everything else names)


def quick(found: FoundCells, options: CellOptions) -> bool:
    """Whether a comparison takes a few seconds at most, and so begins by itself."""
    systems = _BASELINES + len(options.embeddings or found.embeddings)
    return found.n_cells * systems * (1 if options.batch is None else 2) <= _QUICK
