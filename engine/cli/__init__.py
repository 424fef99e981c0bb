"""`vledger`: the command line."""

from __future__ import annotations

import typer

from engine.cli import geneb, keeping, machine, planning, probing, ranks, registry, report, runs, serving, store
from engine.cli.gene_vectors import vectors
from engine.cli.printing import complain
from engine.cli.quickstart import quickstart
from engine.errors import VledgerError

app = typer.Typer(
    name="vledger",
    help="Which genomic foundation model earns its place, next to the baseline it has to beat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
list_app = typer.Typer(help="List what the store and the registry hold.", no_args_is_help=True)
for _command in (
    quickstart,
    runs.score,
    probing.probe,
    runs.run,
    vectors,
    planning.plan,
    machine.compare,
    ranks.ranks,
    machine.doctor,
    machine.fetch,
    store.publish,
    keeping.backup,
    keeping.restore,
    store.manifest,
    store.where,
    store.sql,
    serving.dashboard,
    report.report,
):
    app.command()(_command)
for _name, _command in (
    ("models", store.list_models),
    ("tasks", store.list_tasks),
    ("baselines", registry.list_baselines),
    ("scorers", registry.list_scorers),
    ("probes", registry.list_probes),
    ("adapters", registry.list_adapters),
):
    list_app.command(_name)(_command)
app.add_typer(list_app, name="list")
app.add_typer(geneb.geneb_app, name="geneb")
app.add_typer(geneb.import_app, name="import")


def main() -> None:
    """Run the command line; an error written for the user is one line and an exit code."""
    try:
        app()
    except VledgerError as error:
        complain(str(error))
        raise SystemExit(error.exit_code) from None
