"""`vledger`: the command line."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape

from engine.cli import runs, store
from engine.errors import VledgerError

app = typer.Typer(
    name="vledger",
    help="Which genomic foundation model earns its place, next to the baseline it has to beat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for _command in (
    runs.quickstart,
    runs.score,
    runs.run,
    runs.compare,
    runs.doctor,
    runs.fetch,
    store.publish,
    store.manifest,
    store.where,
    store.sql,
    store.dashboard,
):
    app.command()(_command)
app.add_typer(store.list_app, name="list")


def main() -> None:
    """Run the command line; an error written for the user is one line and an exit code."""
    try:
        app()
    except VledgerError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold]vledger:[/bold] {escape(str(error))}", highlight=False)
        raise SystemExit(error.exit_code) from None
