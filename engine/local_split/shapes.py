"""What a row of a split is, as far as its columns can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.exchange import Field, Shape
from engine.local_split.fields import MEANINGS, recognise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.local_split.columns import Columns

_CHANGE = (Field.POSITION, Field.REFERENCE, Field.ALTERNATE)
_NEEDED: dict[Shape, tuple[tuple[Field, ...], ...]] = {
    Shape.DNA: ((Field.CHROM, *_CHANGE),),
    Shape.PROTEIN: ((Field.VARIANT,), _CHANGE),
    Shape.SEQUENCES: ((Field.SEQUENCE,),),
    Shape.SCORES: ((),),
}
"""Fields that a shape needs besides the label: one of these sets whole. The first shape that has them is taken."""

NAMES: dict[Shape, str] = {
    Shape.PROTEIN: "protein variants",
    Shape.DNA: "DNA variants",
    Shape.SEQUENCES: "labelled sequences",
    Shape.SCORES: "a table of scores",
}
"""Each shape in a message."""


def understand(
    columns: Columns, shape: Shape | None, by_hand: Sequence[tuple[Field, str]]
) -> tuple[Shape, dict[Field, str]]:
    """The shape that was asked for, or the first that the columns can have, and what they mean in it.

    Raises:
        SpecError: a column named by hand is not there, or was given two meanings.
    """
    if shape is not None:
        return shape, recognise(columns, shape, by_hand)
    tried = ((one, recognise(columns, one, by_hand)) for one in _NEEDED)
    return next((one, fields) for one, fields in tried if is_possible(one, fields))


def is_possible(shape: Shape, fields: Mapping[Field, str]) -> bool:
    """Whether the columns can be read as this shape."""
    return any(fields.keys() >= set(needed) for needed in _NEEDED[shape])


def lacking(shape: Shape, fields: Mapping[Field, str]) -> str | None:
    """Which columns the shape still needs, one sentence; None where it has all."""
    if not is_possible(shape, fields):
        wanted = " or ".join(_listed(needed) for needed in _NEEDED[shape])
        return f"For {NAMES[shape]} there must be a column for {wanted}: say by hand which column it is."
    if Field.LABEL not in fields:
        return "No column is recognised as the label: say by hand which column it is."
    return None


def _listed(needed: Sequence[Field]) -> str:
    words = [MEANINGS[one] for one in needed]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
