"""Commands that keep what this machine cannot make again, and take it back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.printing import FORMAT, Format, print_rows
from engine.cli.progress import ConsoleReporter, stopped

if TYPE_CHECKING:
    from collections.abc import Callable

_QUIET_SECONDS = 2.0
_MEGABYTE = 1_000_000


def backup(path: Annotated[Path, typer.Argument(help="File to write: *.tar, or *.tar.gz for a packed one.")]) -> None:
    """Keep this machine's results, imports, journals and short links in one file, which only you may read."""
    from engine.store.keeping.backup import backup as make

    reporter = ConsoleReporter()
    with stopped(reporter, "stopped; no backup was written"):
        found = make(path, _telling(reporter))
    size = path.stat().st_size / _MEGABYTE
    typer.echo(f"kept {len(found):,} files in {path} ({size:,.1f} MB)")


def restore(
    path: Annotated[Path, typer.Argument(help="File that `vledger backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Where other content is here, put that aside and take the backup's.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Only check the file and say what is in it.")] = False,
    publish: Annotated[bool, typer.Option(help="Put what was restored into the store afterwards.")] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Check a backup, take back what is not here, and publish; what is here with other content stays, unless told."""
    from engine.store.keeping.restore import restore as take

    if listed:
        _list(path, output)
        return
    reporter = ConsoleReporter()
    with stopped(reporter, "stopped; what was here before is as it was, and the same command begins anew"):
        found = take(path, replace=replace, progress=_telling(reporter))
        rows = [[name, "added"] for name in found.added] + [[name, "there already"] for name in found.same]
        rows += [[name, "replaced"] for name in found.aside] + [["short links", f"{found.links:,} added"]]
        print_rows(["what", "outcome"], rows, output)
        if found.kept_in:
            typer.echo(f"what was replaced is in {found.kept_in}", err=True)
        if publish:
            from engine.run.publishing import publish as publish_store

            reporter.stage("publishing")
            typer.echo(f"published {publish_store()[0]}", err=True)


def _list(path: Path, output: Format) -> None:
    from engine.store.keeping.archive import manifest_of

    manifest = manifest_of(path)
    rows = [
        [unit, len(names), sum(manifest.files[name].bytes for name in names)]
        for unit, names in manifest.units().items()
    ]
    print_rows(["what", "files", "bytes"], rows, output)
    typer.echo(f"made {manifest.made_at} by version {manifest.engine_version} ({manifest.schema})", err=True)


def _telling(reporter: ConsoleReporter) -> Callable[[int, int], None]:
    """Who is told only of what takes longer than a moment."""
    start = time.monotonic()
    reporter.count("MB")

    def tell(done: int, total: int) -> None:
        seconds = time.monotonic() - start
        if seconds > _QUIET_SECONDS:
            reporter.progress(done // _MEGABYTE, max(total // _MEGABYTE, 1), 0, seconds)

    return tell
