"""Names of columns as a table needs them: on one line, not too long, not empty, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.exchange import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NAME = 80
"""Letters of a column's name."""


def one_line(text: str) -> str:
    """Text without control and direction characters, runs of blanks made one."""
    # A byte-order mark and the signs that turn the reading direction are unseen, and as such no part of a name.
    return " ".join("".join(letter if letter.isprintable() else _blank(letter) for letter in text).split())


def _blank(letter: str) -> str:
    return " " if letter.isspace() else ""


def mended(header: Sequence[str], *, row: int | None) -> tuple[list[str], list[Problem]]:
    """Names that are unique, not empty and fit for a page, and a problem for each that had to be changed.

    Args:
        header: Names as they were read, in the order of the columns.
        row: Where they stand.
    """
    names: list[str] = []
    taken: set[str] = set()
    problems: list[Problem] = []
    for number, given in enumerate(header, start=1):
        plain = one_line(given)[:LONGEST_NAME].strip() or f"column {number}"
        name = _free(plain, taken)
        if name != " ".join(given.split()):
            problems.append(_renamed(given, name, row=row, twice=name != plain))
        names.append(name)
        taken.add(name)
    return names, problems


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _renamed(given: str, name: str, *, row: int | None, twice: bool) -> Problem:
    if twice:
        problem = f"the name stands above another column too; this one is called '{name}'"
    elif not given.strip():
        problem = f"the column has no name; it is called '{name}'"
    else:
        problem = f"the name is too long or has unprintable characters; the column is called '{name}'"
    return Problem(
        kind="column-renamed",
        severity="warning" if twice else "note",
        problem=problem,
        remedy="Give each column a short name of its own.",
        row=row,
        column=name,
        value=given[:LONGEST_NAME],
    )
