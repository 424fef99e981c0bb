"""`vledger compare --split cells.h5ad`: embeddings of one's own cells, next to what their genes say without a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.local_split import Told, typed, writable, write_file
from engine.cli.printing import Format
from engine.cli.progress import ConsoleReporter, stopped
from engine.cli.split_tables import print_judged, say, sentences, table, write
from engine.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.cells.exchange import CellOptions, CellsResult, FoundCells
    from engine.local_split.exchange import Problem

_PANEL = "Cells of your own, in an .h5ad"
_SUFFIXES = (".h5ad", ".zarr", ".zarr.zip")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_OF_CELLS = frozenset({"label", "batch", "embedding", "layer"})
_SHARED = frozenset({"split", "draws", "seed", "check", "html", "json", "csv", "output"})
"""Parameters of `vledger compare` that are about cells alone, and those that cells share with tables."""

Label = Annotated[
    str | None, typer.Option("--label", rich_help_panel=_PANEL, help="Column of obs with the type of each cell.")
]
Batch = Annotated[
    str | None, typer.Option("--batch", rich_help_panel=_PANEL, help="Column of obs with the batch of each cell.")
]
Embeddings = Annotated[
    list[str],
    typer.Option(
        "--embedding", rich_help_panel=_PANEL, help="Name in obsm to judge; default: all of them. May be repeated."
    ),
]
Layer = Annotated[
    str | None, typer.Option("--layer", rich_help_panel=_PANEL, help="Layer with counts or logs, or raw.X; default: X.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfCells:
    """What was typed after `vledger compare --split cells.h5ad`; reports by option, None where not given."""

    split: Path
    options: CellOptions
    check: bool
    reports: dict[str, Path | None]
    output: Format


def is_cells(path: Path) -> bool:
    """Whether a file is one of cells, by its name or its first bytes."""
    if path.name.lower().endswith(_SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_HDF5)) == _HDF5
    except OSError:
        return False  # whoever reads it says so


def refuse_foreign(ctx: typer.Context, *, cells: bool) -> None:
    """Refuse options of tables for a file of cells, and options of cells for a table.

    Raises:
        typer.BadParameter: with the first of them that was typed.
    """
    for one in typed(ctx):
        if cells and one.name not in _OF_CELLS | _SHARED:
            raise typer.BadParameter(
                f"{one.opts[0]} is about tables of variants, sequences or scores: leave it out for a file of cells."
            )
        if not cells and one.name in _OF_CELLS:
            raise typer.BadParameter(f"{one.opts[0]} is about a file of cells, an .h5ad: leave it out for a table.")


def answer(said: SaidOfCells) -> None:
    """Inspect or compare, write what was asked for, and print.

    Raises:
        VledgerError: the file cannot be read, a report cannot be written, or nothing can be compared.
    """
    for option, path in said.reports.items():
        writable(option, path)
    if said.check and any(said.reports.values()):
        raise SpecError("--check compares nothing: leave out --html, --json and --csv, or leave out --check.")
    reporter = ConsoleReporter()
    with stopped(reporter, "stopped; nothing of the cells is kept, so the same command begins anew"):
        _tried_out(said.split, reporter)
        if said.check:
            _inspect(said)
        else:
            _compare(said, reporter)


def _tried_out(path: Path, reporter: ConsoleReporter) -> None:
    from engine.singlecell.reading.trial import try_out

    reporter.stage("trying out whether the file can be read")
    try_out(path)


def _inspect(said: SaidOfCells) -> None:
    from engine.local_split.cells.inspect import inspect_cells

    _print_found(inspect_cells(said.split, layer=said.options.layer), said.output)


def _compare(said: SaidOfCells, reporter: ConsoleReporter) -> None:
    from engine.local_split.cells import report
    from engine.local_split.cells.compare import compare_cells
    from engine.local_split.report import as_json

    result = compare_cells(said.split, said.options, Told(reporter))
    reporter.close()
    for option, made in (("--html", report.as_html), ("--json", as_json), ("--csv", report.as_csv)):
        path = said.reports[option]
        if path:
            write_file(option, path, made(result))
    if said.output is Format.TABLE:
        _print_result(result)
    else:
        write(as_json(result) if said.output is Format.JSON else report.as_csv(result))


def _print_found(found: FoundCells, output: Format) -> None:
    if output is Format.JSON:
        from engine.local_split.report import as_json

        write(as_json(found))
        return
    if output is Format.CSV:
        raise SpecError("--check --format csv: what a file of cells holds is no table; give --format table or json.")
    say(f"{found.name}: {found.n_cells:,} cells, {found.n_genes:,} genes, {found.state} in {found.layer or 'X'}")
    may_be = dict.fromkeys(found.labels, "a type") | dict.fromkeys(found.batches, "a batch")
    table(
        ["column", "kind", "values", "missing", "may be"],
        [[one.name, one.kind, one.distinct, one.missing, may_be.get(one.name)] for one in found.columns],
    )
    table(["embedding", "width"], [[one.name, one.width] for one in found.embeddings])
    table(["layer"], [[name] for name in found.layers])
    sentences(_told(one) for one in found.problems)


def _print_result(result: CellsResult) -> None:
    from engine.local_split.cells.report import described, finding

    say(f"{result.found.name}: {described(result)}; {result.primary} decides")
    sentences(_told(one) for one in (*result.problems, *result.failed))
    print_judged(result)
    found = {(one.system_id, one.cell_type): one for one in result.items}
    measured = [one for one in result.systems if any(key[0] == one.system_id for key in found)]
    rows = []
    for one in result.types:
        values = (found[system.system_id, one.name].value for system in measured)
        rows.append([one.name, one.cells, *("none" if value is None else f"{value:.3f}" for value in values)])
    table(["ASW of a cell type", "cells", *(system.name for system in measured)], rows)
    sentences([f"{finding(result)}."])


def _told(problem: Problem) -> str:
    return f"{problem.severity}: {problem.problem}; {problem.remedy}"
