"""What was made of the rows of a table, faulty ones included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.local_split.columns import is_missing
from engine.local_split.fields import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns
    from engine.local_split.exchange import Check, Field
    from engine.local_split.faults import Fault
    from engine.variants import Region

    Cells = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """All n rows of a table as variants.

    Attributes:
        items: columns of the store's item table, shape (n,) each, None where a row has no value.
        identity: shape (n,), a number that rows of the same variant share; -1 where the row is none.
        faults: rows that are left out, and notes.
        checks: what was found of the split as a whole.
        proteins: sequence by the items' gene; regions: by chromosome.
        of: what a duplicate is one of: "variant".
    """

    items: Mapping[str, Cells]
    identity: NDArray[np.int64]
    faults: tuple[Fault, ...]
    checks: tuple[Check, ...] = ()
    proteins: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, Region] = field(default_factory=dict)
    of: str = "variant"


def names_of(columns: Columns, fields: Mapping[Field, str], *wanted: Field) -> Cells:
    """The first of the wanted columns that is there, shape (n,), None where a row has no name."""
    column = next((fields[one] for one in wanted if one in fields), None)
    if column is None:
        return np.full(len(columns), None, dtype=object)
    words = columns.words(column)
    names = words.words.copy()
    if plain(column) == "geneinfo":
        # VCF's GENEINFO is BRCA1:672|NBR2:10230.
        names[:] = [text.partition(":")[0] for text in names]
    names[is_missing(words.words)] = None
    return words.of(names)


def identity_of(*parts: Cells | NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each row that rows share where all parts are equal, shape (n,); None is a value too."""
    number = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        codes, words = pd.factorize(part)
        number = pd.factorize(number * (len(words) + 1) + codes + 1)[0].astype(np.int64)
    return number


def joined(*parts: Cells | str) -> Cells:
    """Texts of each row one after the other, shape (n,)."""
    result: Cells = parts[0]  # type: ignore[assignment]
    for part in parts[1:]:
        result = result + part
    return result


def texts_of(numbers: NDArray[np.int64]) -> Cells:
    """Whole numbers as texts, shape (n,)."""
    different, codes = np.unique(numbers, return_inverse=True)
    texts: Cells = np.array([*map(str, different.tolist()), ""], dtype=object)[codes]
    return texts


def row_ids(columns: Columns) -> Cells:
    """A name for each row by its number, shape (n,)."""
    return joined(np.full(len(columns), "row ", dtype=object), texts_of(columns.table.rows))
