"""Commands around GENEB's submission files: checking them, taking them in."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.printing import FORMAT, Format, print_rows
from engine.store.location import precomputed_dir

_FILES = typer.Argument(help="Submissions as the harness or `vledger geneb submit` writes them.")
_FOLDER = typer.Argument(exists=True, file_okay=False, help="A folder with *.json or submissions/*.json in it.")
_PUBLISH = typer.Option(help="Put the results into the store afterwards.")
_WIDTH = 120
_NOT_POSSIBLE = 2

geneb_app = typer.Typer(help="Check GENEB's submission files.", no_args_is_help=True)
import_app = typer.Typer(help="Take other people's results in.", no_args_is_help=True)


@geneb_app.command("check")
def check(
    files: Annotated[list[Path], _FILES],
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Say everything that is wrong with GENEB submissions; exit code 2 where anything is."""
    from engine.published.geneb_submissions import check as check_file
    from engine.published.geneb_submissions import read_benchmark

    benchmark = read_benchmark(precomputed_dir() / "published")
    found = {path: check_file(path, benchmark) for path in dict.fromkeys(files)}
    if output is Format.TABLE:
        shown = [[mark, path.name, fault] for path, faults in found.items() for mark, fault in _marked(faults)]
        print_rows(["", "file", "problem"], shown, output, width=_WIDTH)
    else:
        rows = [[str(path), fault] for path, faults in found.items() for _, fault in _marked(faults)]
        print_rows(["file", "problem"], rows, output)
    if any(found.values()):
        raise typer.Exit(_NOT_POSSIBLE)


def _marked(faults: list[str]) -> list[tuple[str, str | None]]:
    return [("--", fault) for fault in faults] or [("ok", None)]


@import_app.command("geneb")
def import_geneb(
    folder: Annotated[Path, _FOLDER],
    publish: Annotated[bool, _PUBLISH] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Take GENEB submissions in, beside the published models; models that are shipped are compared and left out."""
    from engine.run.geneb_import import import_submissions

    taken = import_submissions(folder, command=shlex.join(["vledger", *sys.argv[1:]]))
    rows = [[one.file, one.outcome, remark] for one in taken for remark in one.remarks]
    print_rows(["file", "outcome", "remark"], rows, output, width=_WIDTH if output is Format.TABLE else None)
    outcomes = {one.outcome for one in taken}
    if publish and outcomes & {"imported", "unchanged"}:
        from engine.run import publish as publish_store

        typer.echo(f"published {publish_store()[0]}", err=True)
    if "refused" in outcomes:
        raise typer.Exit(_NOT_POSSIBLE)
