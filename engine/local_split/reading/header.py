"""Where the header stands, above which a file may have a title, notes or comments."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLED = 200
"""Records from which header and separator are found."""

_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*")


def header_index(records: Sequence[Sequence[str]]) -> int:
    """Index of the header: the first record about as full as those of the table, comments left out.

    Args:
        records: Cells of the first records of a file, none of them empty.
    """
    typical = median(map(filled, records))
    for index, cells in enumerate(records):
        count = filled(cells)
        if count >= min(2, typical) and count > typical / 2 and not _is_comment(records, index):
            return index
    return 0


def filled(cells: Sequence[str]) -> int:
    """How many cells have a value."""
    return sum(1 for cell in cells if cell.strip())


def _is_comment(records: Sequence[Sequence[str]], index: int) -> bool:
    first = records[index][0].lstrip()
    if not first.startswith("#") or index + 1 == len(records):
        return False
    # "#CHROM" begins many a header; a comment is known by a second header below it, and numbers only under that.
    below = records[index + 1 : index + 3]
    return first.startswith("##") or (len(below) == 2 and not _has_number(below[0]) and _has_number(below[1]))


def _has_number(cells: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(cell) for cell in cells)
