"""Dates of a workbook: numbers of days whose format, and nothing else, says that they are one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

# Formats that have a number and no code in the file (ECMA-376, part 1, 18.8.30), East Asian ones included.
_BUILT_IN = frozenset(map(str, (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))))
# Quoted words, escaped letters, colours and currencies are no part of a date.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_DATE = re.compile(r"[dmyhs]", re.IGNORECASE)
# Excel's own limit for a format's code.
_LONGEST_CODE = 255
# Excel counts a 29th February 1900 that never was, as day 60.
_DAY_0, _DAY_0_EARLY, _DAY_0_OF_1904 = (
    datetime(1899, 12, 30),  # noqa: DTZ001 - a workbook has no time zones
    datetime(1899, 12, 31),  # noqa: DTZ001
    datetime(1904, 1, 1),  # noqa: DTZ001
)
_NEVER_WAS = 60


def is_date(number: str, code: str | None) -> bool:
    """Whether a format shows a date or a time.

    Args:
        number: Of the format.
        code: Its code where the workbook defines it.
    """
    if code is None:
        return number in _BUILT_IN
    first = _LITERAL.sub("", code[:_LONGEST_CODE].partition(";")[0])
    return "general" not in first.lower() and _DATE.search(first) is not None


def date_text(days: float, *, from_1904: bool) -> str | None:
    """A number of days as ISO date, with the time where it has one; None where it is no day of the calendar."""
    start = _DAY_0_OF_1904 if from_1904 else _DAY_0_EARLY if days < _NEVER_WAS else _DAY_0
    try:
        moment = start + timedelta(seconds=round(days * 86_400))
    except (OverflowError, ValueError):
        return None
    if days < 0:
        return None
    return str(moment.time() if days < 1 else moment).removesuffix(" 00:00:00")
