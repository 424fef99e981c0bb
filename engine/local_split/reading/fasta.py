"""FASTA: labelled sequences with what is known of each in its header, and sequences that rows name."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_LETTERS
from engine.local_split.reading.frames import Column, check_columns, check_size, table_of, too_long
from engine.local_split.reading.source import SHOWN, open_upload
from engine.local_split.reading.text import utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.local_split.exchange import Upload
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table

_PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation", "dev"})
# What databases write before an accession: what follows the bar is no label.
_DATABASES = frozenset({"sp", "tr", "up", "gi", "ref", "gb", "emb", "dbj", "pdb", "pir", "prf", "lcl", "gnl"})
_WORD = re.compile(r"\S+")
_A_FASTA = "FASTA: for each sequence a line with '>' and its name, and below it the letters"


class _Record(NamedTuple):
    line: int
    title: str
    sequence: str


def read_fasta_table(source: Source) -> Table:
    """Sequences with the values of their headers: `>id label=1 split=test`, `>id|1|test` or `>id 1`.

    Raises:
        TableError: it is not text in UTF-8, too large, or has not a single sequence.
    """
    rows: list[int] = []
    values: list[Mapping[str, str]] = []
    problems: list[Problem] = []
    names: dict[str, None] = {"id": None, "sequence": None}
    for number, record in enumerate(_records(source), start=1):
        # Counted before it is taken apart: one header can hold more keys than there is memory for.
        check_columns(source, record.title.count("="), line=record.line)
        if problem := _unusable(number, record):
            problems.append(problem)
        else:
            rows.append(number)
            values.append(_values(record))
            names.update(dict.fromkeys(values[-1]))
            check_columns(source, len(names), line=record.line)
        check_size(source, number, len(rows) * len(names))
    if not rows:
        raise source.fault("not one header has a sequence below it", expected=_A_FASTA)
    columns = {name: Column() for name in names}
    for name, column in columns.items():
        column.extend(each.get(name, "") for each in values)
    return table_of(
        source,
        "FASTA",
        # Of the key of a header only the name can be in the way of our own two columns; `table_of` mends that.
        columns=[(name.removeprefix("="), column.cells) for name, column in columns.items()],
        rows=np.array(rows, dtype=np.int64),
        problems=problems,
    )


def read_fasta(upload: Upload) -> dict[str, str]:
    """Sequences by name, in upper case.

    A name is what stands behind '>' up to a blank; of `sp|P38398|BRCA1_HUMAN` each of the two names will do as well.

    Raises:
        TableError: it is not FASTA, a sequence is missing, or two of one name differ.
    """
    source = open_upload(upload)
    found: dict[str, str] = {}
    for record in _records(source):
        words = record.title.split()
        if not words or not record.sequence:
            problem = "the sequence is missing" if words else "the name is missing"
            raise source.fault(problem, line=record.line, value=record.title, expected=_A_FASTA)
        sequence = record.sequence.upper()
        for name in _names(words[0]):
            if found.setdefault(name, sequence) != sequence:
                problem = "two different sequences have this name"
                raise source.fault(problem, line=record.line, value=name, expected="each name once")
    return found


def _names(word: str) -> list[str]:
    parts = word.split("|")
    return [word, *filter(None, parts[1:])] if parts[0].lower() in _DATABASES else [word]


def _records(source: Source) -> Iterator[_Record]:
    content = utf8(source)
    if not content.lstrip().startswith(b">"):
        raise source.fault("it does not begin with '>'", line=1, expected=_A_FASTA)
    line, title, letters = 0, "", list[str]()
    for number, text in enumerate(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"), start=1):
        if text.startswith(">"):
            if line:
                yield _Record(line, title, "".join(letters))
            line, title, letters = number, text[1:].strip(), []
        else:
            letters.extend(text.split())
    yield _Record(line, title, "".join(letters))


def _unusable(number: int, record: _Record) -> Problem | None:
    if len(record.sequence) > MOST_LETTERS:
        return too_long(number, "sequence", record.sequence)
    if record.sequence and record.title:
        return None
    what = "sequence" if record.title else "name"
    return Problem(
        kind=f"no-{what}",
        severity="left out",
        problem=f"the record in line {record.line:,} has no {what}",
        remedy="Write '>' and a name on one line, and the letters of the sequence below it.",
        row=number,
        column="id" if what == "name" else "sequence",
        value=record.title[:SHOWN],
    )


def _values(record: _Record) -> dict[str, str]:
    """What a header says; a key that is called as one of our columns gets a sign that `table_of` has taken off."""
    name, *more = record.title.split(maxsplit=1)
    rest = "".join(more)
    bars = name.split("|")
    barred = len(bars) > 1 and bars[0].lower() not in _DATABASES
    values = {"id": bars[0] if barred else name, "sequence": record.sequence}
    loose = bars[1:] if barred else []
    plain, pairs = _pairs(rest)
    for key, value in pairs:
        values[f"={key}" if key.lower() in {"id", "sequence"} else key] = value
    # One word alone is a label; several are a description, as databases write it.
    words = plain.split()
    if len(words) == 1 or (words and all(word.lower() in _PARTS for word in words[1:])):
        loose += words
    elif plain:
        values.setdefault("description", plain)
    return values | _loose(loose, values)


def _pairs(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first `key=value`, and all of them; a value goes on to the next word that begins one."""
    begins = [
        (word.start(), at) for word in _WORD.finditer(text) if (at := text.find("=", word.start() + 1, word.end())) > 0
    ]
    ends = [start for start, _ in begins[1:]] + [len(text)]
    pairs = [(text[start:at], text[at + 1 : end].strip()) for (start, at), end in zip(begins, ends, strict=False)]
    return (text[: begins[0][0]] if begins else text).strip(), pairs


def _loose(words: list[str], taken: Mapping[str, str]) -> dict[str, str]:
    """Words without a key: the part of the split by its name, the first other is the label."""
    found: dict[str, str] = {}
    for word in filter(None, words):
        key = "split" if word.lower() in _PARTS else "label"
        if key in taken or key in found:
            key = "description"
            word = f"{found[key]} {word}" if key in found else word  # noqa: PLW2901 - the words are joined
        found[key] = word
    return found
