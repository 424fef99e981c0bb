"""Errors a user can meet, each one sentence: what, where, what to do.

VledgerError
├── TableError        a shipped or given table is damaged: file, line, column, value, what was expected
├── VerificationError the numbers of a table do not agree with each other; nothing was switched
├── StoreError        the store is missing, from another version, or cannot be read
├── QueryError        a question put to the store cannot be answered
├── SequenceError     a sequence or a change in it is not what a model or rule can read
├── SpecError         what was asked of a run is not possible as asked
├── StatisticError    a statistic was asked of numbers that cannot have it
└── NotHereError      data, weights, a package or a device is not on this machine
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST_QUOTED = 100


def one_line(text: str, most: int = 60) -> str:
    """A foreign text as it may stand in a sentence: printable, on one line, at most so many letters."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * most]).split())
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def quoted(value: object) -> str:
    """A foreign value as Python writes it, the end of a long one left out."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or nested as deeply
        return f"a very long {type(value).__name__}"
    return text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}..."


class VledgerError(Exception):
    """Base of all errors whose message is written for a user; the command line prints it and exits."""

    exit_code = 2


class TableError(VledgerError):
    """A table cannot be read as what it claims to be."""

    def __init__(
        self,
        path: Path,
        problem: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: object = None,
        expected: str | None = None,
    ) -> None:
        """Compose one sentence from where the fault is and what would have been right.

        Args:
            path: The file.
            problem: What is wrong, in a few words.
            line: 1-based line in the file, the header being line 1.
            column: Name of the column.
            value: The offending value.
            expected: What would have been accepted, and what to do.
        """
        self.path, self.line, self.column, self.value = path, line, column, value
        where = path.name + (f", line {line}" if line is not None else "")
        where += f", column '{one_line(column, _MOST_QUOTED)}'" if column else ""
        shown = f" (found {quoted(value)})" if value is not None else ""
        super().__init__(f"{where}: {problem}{shown}" + (f"; expected {expected}" if expected else "") + ".")


class VerificationError(VledgerError):
    """Tables were read, but their numbers contradict each other."""


class StoreError(VledgerError):
    """The embedded store cannot be opened as it is."""

    exit_code = 3


class QueryError(VledgerError):
    """The store was opened, but the question is not answerable."""


class SequenceError(VledgerError):
    """A letter outside the alphabet, a wrong reference letter, a position outside, or a sequence that is too long."""


class SpecError(VledgerError):
    """A run's specification names something that does not exist or does not fit together."""


class StatisticError(VledgerError):
    """Labels of one class, NaN among the scores, different lengths: there is no honest number to give."""


class NotHereError(VledgerError):
    """Something is missing on this machine; the message names the command that brings it."""

    exit_code = 3
