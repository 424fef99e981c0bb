"""Which columns make groups, strata and scores of rows: those that were asked for, and those that could be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.errors import SpecError
from engine.local_split.columns import is_missing, objects
from engine.local_split.exchange import Field, Shape
from engine.local_split.fields import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns
    from engine.local_split.exchange import Column, Options

    Names = NDArray[np.str_]

_MOST_OFFERED = 200
_FEW_NUMBERS = 20
# Names that people give to what sequences share; a field of its own is not needed for it.
_GROUPS = frozenset({"group", "groups", "cluster"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Columns in force.

    Attributes:
        group: None where rows count as independent.
    """

    group: str | None
    strata: tuple[str, ...]
    scores: tuple[str, ...]


def chosen_of(columns: Columns, shape: Shape, fields: Mapping[Field, str], options: Options) -> Chosen:
    """What the options ask for, the group by default.

    Raises:
        SpecError: a column is not there, is asked for twice, or is the label.
    """
    scores = [columns.checked(one.column, "score column") for one in options.scores]
    if len(set(scores)) < len(scores):
        raise SpecError("a score column was named twice: name each once.")
    for name in scores:
        if name == fields.get(Field.LABEL):
            raise SpecError(f"the column '{name[:SHOWN]}' is the label and cannot be a score: choose another column.")
    strata = [columns.checked(name, "column of strata") for name in dict.fromkeys(options.strata)]
    group = columns.checked(options.group, "column of groups") if options.group else options.group
    return Chosen(
        _default_group(columns, shape, fields) if group is None else group or None, tuple(strata), tuple(scores)
    )


def score_columns(told: Sequence[Column]) -> tuple[str, ...]:
    """Numeric columns that mean nothing else."""
    return tuple(column.name for column in told if column.numeric and column.field is None)


def strata_columns(told: Sequence[Column]) -> tuple[str, ...]:
    """Columns of genes, and others with 2 to 200 values that are not all different; of numbers those with few."""
    return tuple(column.name for column in told if _makes_strata(column))


def group_names(columns: Columns, name: str | None) -> Names | None:
    """What rows share, shape (n,); a row without a value is a group of its own."""
    if name is None:
        return None
    words = columns.words(name)
    names = objects([_short(str(word)) for word in words.words])[words.codes]
    alone = np.flatnonzero(words.flags(is_missing(words.words)))
    names[alone] = [f"row {columns.table.rows[row]}" for row in alone.tolist()]
    return names.astype(str)


def stratum_names(columns: Columns, name: str) -> Names:
    """Values of a column, shape (n,), "" where there is none."""
    words = columns.words(name)
    none = is_missing(words.words)
    texts = ["" if out else _short(str(word)) for word, out in zip(words.words, none, strict=True)]
    return np.array([*texts, ""], dtype=np.str_)[:-1][words.codes]


def _short(word: str) -> str:
    """A name of at most 60 letters, as an array is as wide as its longest: a sequence by its start and hash."""
    if len(word) <= SHOWN:
        return word
    return f"{word[: SHOWN - 13]}…{hashlib.sha256(word.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _default_group(columns: Columns, shape: Shape, fields: Mapping[Field, str]) -> str | None:
    named = [fields[one] for one in (Field.GENE, Field.PROTEIN) if one in fields]
    if shape is Shape.SEQUENCES:
        named += [name for name in columns.names if plain(name) in _GROUPS and name not in fields.values()]
    return next((name for name in named if len(columns.words(name).words) > 1), None)


def _makes_strata(column: Column) -> bool:
    if column.field in {Field.LABEL, Field.SPLIT, Field.ID, Field.SEQUENCE} or column.distinct < 2:
        return False
    if column.field in {Field.GENE, Field.PROTEIN}:
        return True
    most = _FEW_NUMBERS if column.numeric else _MOST_OFFERED
    return column.distinct <= most and 2 * column.distinct <= column.filled
