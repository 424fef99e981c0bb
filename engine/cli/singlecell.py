"""Carrying out specs of single-cell tasks: what is printed before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from engine.cli.carrying_out import Way, carry_out
from engine.cli.printing import Format, print_rows, with_interval
from engine.cli.progress import subject
from engine.cli.sites import HERE, Executor
from engine.errors import SpecError
from engine.redaction import redacted

if TYPE_CHECKING:
    from engine.cli.sites import Where
    from engine.places import Folder
    from engine.singlecell_spec import SingleCellSpec

_STOPPED = "stopped; what is answered so far is kept, and the same command goes on from there"
_PLAN_COLUMNS = ("system", "role", "tasks", "no value because")
_COLUMNS = (
    "task", "system", "role", "metric", "value", "ci_low", "ci_high", "n", "baseline", "difference", "difference_low",
    "difference_high", "p", "q", "verdict_article", "verdict", "undefined_reason",
)  # fmt: skip


def run_singlecell(
    spec: SingleCellSpec,
    *,
    results: Folder | None,
    plan: bool,
    publish: bool,
    output: Format,
    where: Where = HERE,
) -> Any:
    """Carry out a single-cell spec and print what came of it.

    Raises:
        SpecError: it is to be carried out on a cluster.
    """
    from engine.run.singlecell import execute

    if where.executor is not Executor.LOCAL:
        raise SpecError(f"{spec.where}: single-cell tasks are small enough for one machine: leave --executor ray out")
    way = Way(stage=execute, print_plan=_print_plan, print_summary=_print_summary, stopped=_STOPPED)
    return carry_out(spec, way, results=results, plan=plan, publish=publish, output=output, where=where)


def _print_plan(asked: Any, output: Format) -> None:
    from engine.run.singlecell.execute import no_value

    rows = []
    for system in asked.systems:
        on = [task for task in asked.tasks.values() if task.card.suite == system.suite]
        reasons = dict.fromkeys(reason for task in on if (reason := no_value(system, task)))
        rows.append(
            [system.model_id, system.role.value, " ".join(task.card.task_id for task in on), "; ".join(reasons)]
        )
    print_rows(_PLAN_COLUMNS, rows, output)


def _print_summary(summary: Any, asked: Any, output: Format) -> None:
    compared = {(row.task_id, row.model_id, row.metric): row for row in summary.comparisons if row.registered}
    if output is Format.TABLE:
        _print_table(summary, compared, asked)
    else:
        roles = {system.model_id: system.role.value for system in asked.systems}
        print_rows(_COLUMNS, [_full_row(row, compared, roles) for row in summary.scores], output)
    for failure in summary.failures:
        typer.echo(f"not done: {subject(failure)}: {failure.message}", err=True)
    typer.echo(f"results in {redacted(str(summary.folder))}", err=True)


def _print_table(summary: Any, compared: dict[Any, Any], asked: Any) -> None:
    """The primary metric of each task, best first, next to the registered baseline; then why others have no value."""
    primary = {task_id: task.card.primary for task_id, task in asked.tasks.items()}
    rows = [row for row in summary.scores if row.metric == primary[row.task_id]]
    known = sorted((row for row in rows if row.value is not None), key=lambda row: (row.task_id, -row.value))
    lines = [_short_row(row, compared.get((row.task_id, row.model_id, row.metric))) for row in known]
    print_rows(["task", "system", "metric", "value", "next to", "difference", "article", "paired"], lines, Format.TABLE)
    for row in rows:
        if row.value is None:
            typer.echo(f"no value: {row.model_id} on {row.task_id}: {row.undefined_reason}", err=True)
    _print_claims(asked)


def _print_claims(asked: Any) -> None:
    """What the literature found on such tasks, for comparison with what was measured here."""
    from engine.published.ledger import read
    from engine.store.location import precomputed_dir

    claims = {claim.claim_id: claim for claim in read(precomputed_dir() / "published").claims}
    for task_id, task in asked.tasks.items():
        for claim in (claims[name] for name in task.card.claims if name in claims):
            typer.echo(f"published, on {task_id}: {claim.statement} ({claim.source_id})", err=True)


def _short_row(row: Any, pair: Any) -> list[Any]:
    own = [row.task_id, row.model_id, row.metric, with_interval(row.value, row.ci_low, row.ci_high)]
    if pair is None:
        return [*own, None, None, None, None]
    difference = with_interval(pair.delta, pair.ci_low, pair.ci_high)
    return [*own, pair.baseline_id, difference, pair.verdict_article, pair.verdict]


def _full_row(row: Any, compared: dict[Any, Any], roles: dict[str, str]) -> list[Any]:
    pair = compared.get((row.task_id, row.model_id, row.metric))
    against = [None] * 8
    if pair is not None:
        against = [
            pair.baseline_id, pair.delta, pair.ci_low, pair.ci_high, pair.p, pair.q, pair.verdict_article, pair.verdict,
        ]  # fmt: skip
    return [
        row.task_id, row.model_id, roles[row.model_id], row.metric, row.value, row.ci_low, row.ci_high, row.n, *against,
        row.undefined_reason,
    ]  # fmt: skip
