"""Labelled sequences with an official split as anybody may bring them: GENEB's layouts, in one file or in two."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from engine.datasets.delimited import MISSING, decoded, open_table, read_content
from engine.datasets.split import SOURCE_ID
from engine.errors import TableError
from engine.genome import BASES, RESIDUES, to_index, to_position
from engine.names import Kind, Metric, Suite
from engine.records import Task
from engine.sequences import SequenceTask, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.datasets.delimited import Table

    Part = Literal["train", "test"]

Alphabet = Literal["dna", "protein"]

_V = TypeVar("_V")

_NAMES = {
    "text": ("text", "sequence", "seq"),
    "label": ("label", "labels", "y", "class"),
    "split": ("split", "set", "fold"),
    "position": ("position", "pos"),
    "group": ("group", "groups"),
}
_NEEDED = ("text", "label", "split")
_WANTED = "text, label and split, or a folder with train.csv and test.csv of text and label"
_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_LEFT_OUT = frozenset({"dev", "valid", "validation", "val"})
_INTEGER = re.compile(r"([+-]?[0-9]{1,9})(?:\.0+)?")
_POSITION = re.compile(r"0*([1-9][0-9]{0,8})(?:\.0+)?")

_CODES = "RYSWKMBDHV"
"""Letters that stand for several bases each."""

LETTERS: dict[Alphabet, str] = {"dna": BASES + "N", "protein": RESIDUES + "XBZUO"}
"""Letters that a sequence may have, in upper case."""

EXPECTED: dict[Alphabet, str] = {
    "dna": "A, C, G, T or N: write N for any other base, T for U, and leave gaps out",
    "protein": "residues in one letter: leave gaps and stops out",
}
"""What to write instead of another letter."""

# Of all letters: more of others than A, C, G, T and N are no misprints in DNA. In proteins they are three in four.
_MISPRINTS = 0.1
# Of the classes, in a message.
_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The rows of one file that belong to train or test, column by column."""

    table: Table
    sha256: str
    lines: Sequence[int]
    parts: Sequence[Part]
    texts: Sequence[str]
    labels: Sequence[int]
    positions: Sequence[int] | None
    groups: Sequence[str] | None
    left_out: int

    def of(self, part: Part, values: Sequence[_V]) -> list[_V]:
        """The values of a column in rows of this part."""
        return list(compress(values, [one == part for one in self.parts]))


def read_sequence_split(
    path: Path,
    test: Path | None = None,
    *,
    task_id: str | None = None,
    alphabet: Alphabet | None = None,
    codes_as_n: bool = False,
) -> SequenceTask:
    """A classification task from a CSV or TSV file, which may be gzipped, or from one file for each part.

    Columns (usual names are recognised): text, label (whole numbers), split (train or test; rows of a validation split
    are left out and counted); optional position (1-based) and group. A file for each part needs no split.

    Args:
        path: One file with both parts; or the folder of train.csv and test.csv; or, with `test`, the train file.
        test: The test file.
        task_id: Default: the name of the file or folder without its ending.
        alphabet: Default: DNA where all letters but misprints are A, C, G, T and N, else protein.
        codes_as_n: Whether letters for several bases become N instead of being refused.

    Raises:
        TableError: a file cannot be read, a column is missing, a value is not allowed, a part is empty, train has one
            class only, or test has a class that train has not.
    """
    files = [_read(source, part) for source, part in _sources(path, test)]
    _check_parts(files)
    alphabet = alphabet or alphabet_of([text for file in files for text in file.texts])
    files = [_in_upper_case(file, alphabet, codes_as_n=codes_as_n) for file in files]
    classes = _classes(files)
    train, held_out = _split(files, "train", classes), _split(files, "test", classes)
    home = path.absolute().parent if test else path
    return SequenceTask(
        task=_task(task_id or _bare(home.name), home.name, train, held_out, len(classes)),
        alphabet=alphabet,
        classes=tuple(classes),
        train=train,
        test=held_out,
        inputs=_inputs(files),
        left_out=sum(file.left_out for file in files),
    )


def _sources(path: Path, test: Path | None) -> list[tuple[Path, Part | None]]:
    """Files, and the part that each holds; None where a column says so of each row."""
    if test is not None:
        return [(path, "train"), (test, "test")]
    if not path.is_dir():
        return [(path, None)]
    return [(_in_folder(path, "train"), "train"), (_in_folder(path, "test"), "test")]


def _in_folder(folder: Path, part: Part) -> Path:
    there = [path for suffix in _SUFFIXES if (path := folder / f"{part}{suffix}").is_file()]
    if not there:
        raise TableError(
            folder, f"the folder has no {part}.csv", expected="train.csv and test.csv, or the path of a file"
        )
    return there[0]


def _bare(name: str) -> str:
    for suffix in (".gz", ".csv", ".tsv", ".txt"):
        name = name.removesuffix(suffix)
    return name


def _read(path: Path, part: Part | None) -> _File:
    content = read_content(path)
    needed = _NEEDED if part is None else _NEEDED[:2]
    wanted = _WANTED if part is None else " and ".join(needed)
    table = open_table(path, decoded(path, content), known=_NAMES, needed=lambda _: needed, wanted=wanted)
    lines, rows, parts, left_out = _kept(table, part)

    def column(key: str, parse: Callable[[Table, int, str], _V]) -> list[_V]:
        at = table.at[key]
        return [parse(table, line, cells[at].strip()) for line, cells in zip(lines, rows, strict=True)]

    return _File(
        table=table,
        sha256=hashlib.sha256(content).hexdigest(),
        lines=lines,
        parts=parts,
        texts=column("text", _text),
        labels=column("label", _label),
        positions=column("position", _position) if "position" in table.at else None,
        groups=column("group", _group) if "group" in table.at else None,
        left_out=left_out,
    )


def _kept(table: Table, part: Part | None) -> tuple[list[int], list[list[str]], list[Part], int]:
    """Numbers, cells and parts of the lines of train and test, and how many others there are."""
    lines: list[int] = []
    rows: list[list[str]] = []
    parts: list[Part] = []
    left_out = 0
    at = table.at.get("split")
    for line, cells in table.lines:
        found = part if at is None else _part(table, line, cells[at].strip(), part)
        if found is None:
            left_out += 1
            continue
        lines.append(line)
        rows.append(cells)
        parts.append(found)
    return lines, rows, parts, left_out


def _part(table: Table, line: int, word: str, part: Part | None) -> Part | None:
    lower = word.lower()
    if lower in _LEFT_OUT:
        return None
    both: tuple[Part, ...] = ("train", "test")
    allowed: dict[str, Part] = {one: one for one in both if part in {None, one}}
    if lower not in allowed:
        problem = "the split is missing" if lower in MISSING else "this is not a split that the file can hold"
        expected = f"{' or '.join(allowed)}; rows of validation are left out"
        raise table.fault(line, "split", problem, value=word, expected=expected)
    return allowed[lower]


def _text(table: Table, line: int, text: str) -> str:
    if text.lower() in MISSING:
        raise table.fault(line, "text", "the sequence is missing", value=text, expected="a sequence: leave the row out")
    return text


def _label(table: Table, line: int, word: str) -> int:
    found = _INTEGER.fullmatch(word)
    if not found:
        problem = "the label is missing" if word.lower() in MISSING else "the label is no whole number"
        expected = "classes as whole numbers, as in GENEB: number them 0, 1, 2 and so on"
        raise table.fault(line, "label", problem, value=word, expected=expected)
    return int(found[1])


def _position(table: Table, line: int, word: str) -> int:
    found = _POSITION.fullmatch(word)
    if not found:
        expected = "a whole number, counted from 1, in every line: or leave the column out"
        raise table.fault(line, "position", "this is not a position", value=word, expected=expected)
    return int(found[1])


def _group(table: Table, line: int, word: str) -> str:
    if word.lower() in MISSING:
        expected = "a name in every line: or leave the column out"
        raise table.fault(line, "group", "the group is missing", value=word, expected=expected)
    return word


def _check_parts(files: Sequence[_File]) -> None:
    """Both parts have rows, and what one file says of its rows the other says too."""
    first, last = files[0], files[-1]
    for file, part in ((first, "train"), (last, "test")):
        if part not in file.parts:
            column = file.table.names.get("split")
            problem = f"no row belongs to {part}" + f", {file.left_out} to validation" * bool(file.left_out)
            raise TableError(file.table.path, problem, column=column, expected="rows of train and rows of test")
    for key in ("position", "group"):
        without = [file for file in files if key not in file.table.at]
        if without and len(without) < len(files):
            other = next(file for file in files if file not in without)
            expected = f"it in both files or in none: {other.table.path.name} has it"
            raise TableError(without[0].table.path, "the column is missing", line=1, column=key, expected=expected)


def alphabet_of(texts: Sequence[str]) -> Alphabet:
    """DNA where all letters but misprints are A, C, G, T and N, else protein."""
    letters = "".join(texts).upper().encode("ascii", "replace")
    others = letters.translate(None, LETTERS["dna"].encode())
    # Codes of several bases are residues too, but a table of proteins has others beside them; U is RNA's.
    is_dna = len(others) <= _MISPRINTS * len(letters) or set(others) <= set((_CODES + "U").encode())
    return "dna" if is_dna else "protein"


def _in_upper_case(file: _File, alphabet: Alphabet, *, codes_as_n: bool) -> _File:
    """The file with its letters checked, and positions inside its sequences."""
    turned = _CODES if codes_as_n and alphabet == "dna" else ""
    allowed = LETTERS[alphabet] + turned
    other = re.compile(f"[^{allowed}{allowed.lower()}]")
    for line, text in zip(file.lines, file.texts, strict=True):
        if found := other.search(text):
            what = "base" if alphabet == "dna" else "residue"
            problem = f"unknown {what} at position {to_position(found.start())}"
            raise file.table.fault(line, "text", problem, value=found[0], expected=EXPECTED[alphabet])
    for line, text, position in zip(file.lines, file.texts, file.positions or (), strict=False):
        if position > len(text):
            expected = "a position inside the sequence, counted from 1"
            problem = f"the sequence ends at {len(text)}"
            raise file.table.fault(line, "position", problem, value=str(position), expected=expected)
    to_n = str.maketrans(turned, "N" * len(turned))
    return replace(file, texts=[text.upper().translate(to_n) if turned else text.upper() for text in file.texts])


def _classes(files: Sequence[_File]) -> list[int]:
    """Labels of train in rising order."""
    first, last = files[0], files[-1]
    classes = sorted(set(first.of("train", first.labels)))
    if len(classes) == 1:
        problem = "all rows of train have the same label, and one class cannot be told from nothing"
        column, value = first.table.names["label"], str(classes[0])
        expected = "at least two classes in train"
        raise TableError(first.table.path, problem, column=column, value=value, expected=expected)
    known = set(classes)
    for line, label in zip(last.of("test", last.lines), last.of("test", last.labels), strict=True):
        if label not in known:
            listed = ", ".join(map(str, classes[:_LISTED])) + " and so on" * (len(classes) > _LISTED)
            problem = "this class is in test and not in train"
            expected = f"a class of train ({listed}): leave the class out, or add rows of it to train"
            raise last.table.fault(line, "label", problem, value=str(label), expected=expected)
    return classes


def _split(files: Sequence[_File], part: Part, classes: Sequence[int]) -> Split:
    file = files[0] if part == "train" else files[-1]
    positions = None if file.positions is None else [to_index(position) for position in file.of(part, file.positions)]
    return Split(
        sequences=file.of(part, file.texts),
        labels=np.searchsorted(classes, file.of(part, file.labels)),
        positions=None if positions is None else np.array(positions, dtype=np.int64),
        groups=None if file.groups is None else np.array(file.of(part, file.groups)),
    )


def _task(task_id: str, label: str, train: Split, test: Split, classes: int) -> Task:
    return Task(
        task_id=task_id,
        label=label,
        suite=Suite.GENEB,
        category="Your split",
        kind=Kind.SEQUENCE_CLASSIFICATION,
        primary_metric=Metric.MCC,
        n_train=len(train),
        n_test=len(test),
        n_classes=classes,
        prevalence=float(test.labels.mean()) if classes == 2 else None,
        position=0,
        source_id=SOURCE_ID,
    )


def _inputs(files: Sequence[_File]) -> dict[str, str]:
    paths = [file.table.path for file in files]
    alike = len({path.name for path in paths}) < len(paths)
    names = [f"{path.absolute().parent.name}/{path.name}" if alike else path.name for path in paths]
    return {name: file.sha256 for name, file in zip(names, files, strict=True)}
