"""VCF: a row for each alternate allele, a column for each key of INFO."""

from __future__ import annotations

import io
import re
from array import array
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_LETTERS
from engine.local_split.reading.frames import Column, check_columns, check_size, table_of, too_long
from engine.local_split.reading.source import SHOWN
from engine.local_split.reading.text import utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.local_split.reading.frames import Strings
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table

_FIXED = ("chrom", "pos", "id", "ref", "alt", "qual", "filter")
_IN_ORDER = ("chrom", "pos", "ref", "alt", "id", "qual", "filter")
_NEEDED = 5
_INFO_AT = 7
_GENOTYPES_FROM = 8
_PER_ALLELE = re.compile(r"##INFO=<ID=([^,>]+),Number=A\b")
_A_VCF = "a line '#CHROM POS ID REF ALT ...' with tabs between the names, and the variants below it"
_AT_ONCE = 20_000
# Equal values share one string while a key has no more different ones than this.
_SHARED = 50_000
_NO_BASES = (
    ("*", "spanning-deletion", "the alternate '*' is a deletion that another line describes"),
    (".", "no-alternate", "there is no alternate allele"),
    ("<", "symbolic-allele", "the alternate is a symbol, not bases"),
    ("[", "symbolic-allele", "the alternate is a breakpoint, not bases"),
    ("]", "symbolic-allele", "the alternate is a breakpoint, not bases"),
)


def read_vcf(source: Source) -> Table:
    """The variants of a VCF file; genotypes are left out.

    Columns are chrom, pos, ref, alt, id, qual, filter, then each key of INFO under its own name ("true" for flags) and
    gene and consequence, where GENEINFO and MC of ClinVar name them.

    Raises:
        TableError: it is not text in UTF-8, has no header line, is too large, or has no variant that can be used.
    """
    lines = enumerate(io.TextIOWrapper(io.BytesIO(utf8(source)), encoding="utf-8"), start=1)
    header, width, per_allele = _header(source, lines)
    body = _Body(source, width, per_allele)
    for number, line in lines:
        if line.strip():
            body.take(number, line.rstrip("\n").split("\t"))
    return body.table(header)


def _header(source: Source, lines: Iterator[tuple[int, str]]) -> tuple[int, int, frozenset[str]]:
    """Line of the header, its number of columns, and the keys of INFO with a value for each alternate."""
    per_allele: set[str] = set()
    for number, line in lines:
        if not line.startswith("##"):
            names = line.rstrip().lstrip("#").lower().split("\t")
            if names[:_NEEDED] != list(_FIXED[:_NEEDED]):
                raise source.fault("the header of the variants is missing", line=number, value=line, expected=_A_VCF)
            return number, len(names), frozenset(per_allele)
        per_allele.update(_PER_ALLELE.findall(line))
    raise source.fault("it has only lines about itself and no variants", expected=_A_VCF)


class _Key:
    """A key of INFO: the rows that have it, and its values."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._values: list[str] = []
        self._known: dict[str, str] = {}

    def put(self, row: int, value: str) -> None:
        self._rows.append(row)
        self._values.append(self._known.setdefault(value, value) if len(self._known) < _SHARED else value)

    def cells(self, count: int) -> Strings:
        cells = np.full(count, "", dtype=object)
        cells[np.asarray(self._rows, dtype=np.int64)] = [value.strip() for value in self._values]
        return cells


class _Body:
    """Variants as they come, one row for each alternate."""

    def __init__(self, source: Source, width: int, per_allele: frozenset[str]) -> None:
        self._source = source
        self._width = width
        self._per_allele = per_allele
        self._lines: list[int] = []
        self._fixed: list[tuple[str, ...]] = []
        self._columns = [Column() for _ in _FIXED]
        self._info: dict[str, _Key] = {}
        self._problems: list[Problem] = []

    def take(self, line: int, cells: list[str]) -> None:
        """Add the rows of a line, or its problems."""
        fixed = cells[: len(_FIXED)]
        if len(cells) != self._width:
            self._problems.append(_ragged(line, cells, self._width))
        elif max(map(len, fixed)) > MOST_LETTERS:
            at = max(range(len(fixed)), key=lambda each: len(fixed[each]))
            self._problems.append(too_long(line, _FIXED[at], fixed[at]))
        else:
            # Counted before they are taken apart: one line can hold more keys than there is memory for.
            check_columns(
                self._source,
                len(_FIXED) + sum(cell.count(";") + 1 for cell in cells[_INFO_AT : _INFO_AT + 1]),
                line=line,
            )
            self._add_alternates(line, fixed, _info(cells))
            check_columns(self._source, len(_FIXED) + len(self._info), line=line)
        if not line % _AT_ONCE:
            self._flush()

    def _add_alternates(self, line: int, fixed: list[str], info: Mapping[str, str]) -> None:
        alternates = [alternate.strip() for alternate in fixed[4].split(",")]
        if len(alternates) > 1:
            self._problems.append(_several(line, fixed[4]))
        # Checked here already: a single line can have as many alternates as a file has lines.
        rows = len(self._lines) + len(alternates)
        check_size(self._source, rows, rows * (len(_FIXED) + len(info)))
        own = self._own(line, info, len(alternates))
        for index, alternate in enumerate(alternates):
            if not alternate.isalpha() and (problem := _no_bases(line, alternate)):
                self._problems.append(problem)
                continue
            row = len(self._lines)
            self._lines.append(line)
            self._fixed.append((*fixed[:4], alternate, *fixed[5:], *[""] * (len(_FIXED) - len(fixed))))
            for key, value in info.items():
                if (column := self._info.get(key)) is None:
                    column = self._info[key] = _Key()
                column.put(row, own[key][index] if key in own else value)

    def _own(self, line: int, info: Mapping[str, str], count: int) -> dict[str, list[str]]:
        """Values that each of the alternates has for itself."""
        own: dict[str, list[str]] = {}
        for key in self._per_allele & info.keys():
            values = info[key].split(",")
            if len(values) != count:
                self._problems.append(_uneven(line, key, info[key], count))
                values = [""] * count
            own[key] = ["" if value == "." else value for value in values]
        return own

    def _flush(self) -> None:
        count = len(self._lines)
        check_size(self._source, max(count, len(self._problems)), count * (len(_FIXED) + len(self._info)))
        for column, cells in zip(self._columns, zip(*self._fixed, strict=True), strict=False):
            column.extend("" if cell == "." else cell for cell in cells)
        self._fixed.clear()

    def table(self, header: int) -> Table:
        """All of it."""
        self._flush()
        if not self._lines and self._problems:
            first = self._problems[0]
            raise self._source.fault(
                f"no variant can be used, and of the first {first.problem}",
                line=first.row,
                value=first.value,
                expected="alternate alleles as bases",
            )
        count = len(self._lines)
        fixed = dict(zip(_FIXED, self._columns, strict=True))
        info = {key: found.cells(count) for key, found in self._info.items()}
        columns = [(name, fixed[name].cells) for name in _IN_ORDER]
        # A list of arrays in hand, though `table_of` asks for each when it needs it.
        columns += [(key, partial(_given, cells)) for key, cells in (info | _of_clinvar(info)).items()]
        genotypes = [_genotypes(header, self._width - _GENOTYPES_FROM - 1)] if self._width > _GENOTYPES_FROM + 1 else []
        return table_of(
            self._source,
            "VCF",
            columns=columns,
            rows=np.array(self._lines, dtype=np.int64),
            header=header,
            problems=[*genotypes, *self._problems],
        )


def _given(cells: Strings) -> Strings:
    return cells


def _info(cells: list[str]) -> dict[str, str]:
    text = cells[_INFO_AT].strip() if len(cells) > _INFO_AT else ""
    found: dict[str, str] = {}
    for entry in text.split(";"):
        key, equals, value = entry.partition("=")
        if key and key != ".":
            found[key] = ("" if value == "." else value) if equals else "true"
    return found


def _of_clinvar(info: Mapping[str, Strings]) -> dict[str, Strings]:
    """Gene and consequence, where ClinVar's keys say them and no key is called so."""
    taken = {key.lower() for key in info}
    found: dict[str, Strings] = {}
    if "GENEINFO" in info and "gene" not in taken:
        # BRCA1:672|NBR2:10230
        found["gene"] = _each(info["GENEINFO"], lambda value: value.partition(":")[0])
    if "MC" in info and "consequence" not in taken:
        # SO:0001583|missense_variant,SO:0001627|intron_variant
        found["consequence"] = _each(info["MC"], lambda value: value.partition(",")[0].rpartition("|")[2])
    return found


def _each(cells: Strings, of: Callable[[str], str]) -> Strings:
    return np.array([of(cell) for cell in cells], dtype=object)


def _ragged(line: int, cells: list[str], width: int) -> Problem:
    return Problem(
        kind="ragged-row",
        severity="left out",
        problem=f"the line has {len(cells):,} column{'' if len(cells) == 1 else 's'} where the header has {width:,}",
        remedy="Write the line with tabs between its columns, as many as the header names.",
        row=line,
        value="\t".join(cells)[:SHOWN],
    )


def _no_bases(line: int, alternate: str) -> Problem | None:
    for sign, kind, problem in _NO_BASES:
        if alternate == sign or (sign in "<[]" and sign in alternate):
            return Problem(
                kind=kind,
                severity="left out",
                problem=problem,
                remedy="Leave the variant out, or write reference and alternate as bases.",
                row=line,
                column="alt",
                value=alternate[:SHOWN],
            )
    return None


def _several(line: int, alternates: str) -> Problem:
    return Problem(
        kind="several-alternates",
        severity="note",
        problem="the line has several alternates; each is a row of its own, and they share what INFO says once",
        remedy="Where the label is not that of each alternate, write one line for each (bcftools norm -m -any).",
        row=line,
        column="alt",
        value=alternates[:SHOWN],
    )


def _uneven(line: int, key: str, value: str, count: int) -> Problem:
    return Problem(
        kind="uneven-info",
        severity="warning",
        problem=f"the key should have a value for each alternate, of which there are {count:,}; it counts as empty",
        remedy="Write as many values as alternates, separated by commas.",
        row=line,
        column=key,
        value=value[:SHOWN],
    )


def _genotypes(header: int, count: int) -> Problem:
    return Problem(
        kind="genotypes-ignored",
        severity="note",
        problem=f"genotypes of {count:,} sample{'' if count == 1 else 's'} are not read",
        remedy="Nothing has to be done; labels belong into INFO or into a table beside the file.",
        row=header,
    )
