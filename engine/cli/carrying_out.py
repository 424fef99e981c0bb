"""What commands that carry out a spec have in common: prepare, plan or execute, print, publish, and how that ends."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.options import NOT_HERE
from engine.cli.progress import ConsoleReporter, stopped
from engine.cli.sites import HERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from engine.cli.printing import Format
    from engine.cli.sites import Where
    from engine.places import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one kind of spec is carried out and shown.

    Attributes:
        stage: module with `prepare(spec)`, and `execute(asked, ...)` for what that gives.
        print_plan: of what was prepared.
        print_summary: of what came of it.
        stopped: what is said when the command is interrupted.
    """

    stage: ModuleType
    print_plan: Callable[[Any, Format], None]
    print_summary: Callable[[Any, Any, Format], None]
    stopped: str


def carry_out(
    spec: Any,
    way: Way,
    *,
    results: Folder | None,
    plan: bool,
    publish: bool,
    output: Format,
    where: Where = HERE,
) -> Any:
    """Carry out a spec and print what came of it, or only say what would be done.

    Returns:
        The summary.

    Raises:
        Exit: after a plan; where something could not be done; where the user interrupts.
        VledgerError: what the stage raises.
    """
    reporter = ConsoleReporter()
    with stopped(reporter, way.stopped):
        asked = way.stage.prepare(spec)
        if plan:
            way.print_plan(asked, output)
            reporter.refused(asked.refused)
            raise typer.Exit(NOT_HERE if asked.refused else 0)
        command = shlex.join(["vledger", *sys.argv[1:]])
        with where.opened(spec.options) as (devices, site):
            summary = way.stage.execute(
                asked, command=command, reporter=reporter, devices=devices, results=results, site=site
            )
        way.print_summary(summary, asked, output)
        if publish and results is None:
            publish_now(reporter)
    if summary.failures:
        raise typer.Exit(NOT_HERE)
    return summary


def publish_now(reporter: ConsoleReporter) -> None:
    """Put this machine's results into the store, and say which file it is."""
    from engine.run.publishing import publish

    reporter.stage("publishing")
    typer.echo(f"published {publish()[0]}", err=True)
