"""Commands that score tasks: a spec, or one model on some tasks."""

from __future__ import annotations

import hashlib
import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.carrying_out import publish_now
from engine.cli.options import (
    BATCH_TOKENS,
    DEVICE,
    DTYPE,
    NOT_HERE,
    PICKLE,
    REMOTE_CODE,
    WEIGHTS,
    Dtype,
    Scorer,
)
from engine.cli.printing import FORMAT, Format, print_rows, with_interval
from engine.cli.progress import PLAN_COLUMNS, ConsoleReporter, plan_rows, stopped, subject
from engine.cli.sites import ADDRESS, EXECUTOR, HERE, JOURNAL, Executor, Where
from engine.errors import SpecError, one_line
from engine.names import ALL_STRATA, Protocol
from engine.places import Folder, folder_of
from engine.redaction import redacted

_RESULTS = typer.Option(help="Folder for the results; default: this machine's, which `vledger publish` takes in.")
_PLAN = typer.Option("--plan", help="Only say what would be done, and how long it would take.")
_PUBLISH = typer.Option(help="Put the results into the store afterwards.")
_LONGEST_NAME = 60
_STOPPED = "stopped; what is scored so far is kept, and the same command goes on from there"
_COLUMNS = (
    "task", "metric", "model", "value", "ci_low", "ci_high", "baseline", "baseline_value", "baseline_ci_low",
    "baseline_ci_high", "n", "difference", "difference_low", "difference_high", "p", "q", "verdict_article", "verdict",
    "undefined_reason",
)  # fmt: skip


def run(
    spec: Annotated[
        Path,
        typer.Argument(
            dir_okay=False,
            help="A TOML file: name, tasks, baselines, models, options; with protocol, it probes; with kind, it is on "
            "single-cell tasks.",
        ),
    ],
    executor: Annotated[Executor, EXECUTOR] = Executor.LOCAL,
    address: Annotated[str | None, ADDRESS] = None,
    journal: Annotated[str | None, JOURNAL] = None,
    results: Annotated[
        str | None,
        typer.Option(help="Folder or URL for the results; default: this machine's, which `vledger publish` takes in."),
    ] = None,
    plan: Annotated[bool, _PLAN] = False,
    publish: Annotated[bool, _PUBLISH] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Carry out a spec, one that scores, one that probes or one on single cells; a killed run goes on where it was."""
    from engine.spec import content_of, read_spec

    where = Where(executor, address, journal)
    folder = folder_of(results) if results else None
    content = content_of(spec)
    if "kind" in content:
        from engine.cli.singlecell import run_singlecell
        from engine.singlecell_spec import read_singlecell_spec

        of_cells = read_singlecell_spec(spec)
        run_singlecell(of_cells, results=folder, plan=plan, publish=publish, output=output, where=where)
    elif "protocol" in content:
        from engine.cli.probing import run_probing
        from engine.probe_spec import read_probe_spec

        found = read_probe_spec(spec)
        run_probing(found, results=folder, plan=plan, publish=publish, output=output, where=where)
    else:
        _execute(read_spec(spec), results=folder, plan=plan, publish=publish, output=output, where=where)


def score(
    model: Annotated[str, typer.Option(help="Id of the registry, or a local folder with weights and tokenizer.")],
    task: Annotated[
        list[str],
        typer.Option(
            help="brca1_sge, clinvar_sample, clinvar_missense, dms:BLAT_ECOLX, or all; may be repeated.",
        ),
    ],
    scorer: Annotated[Scorer | None, typer.Option(help="Zero-shot score; default: the model's own.")] = None,
    option: Annotated[list[str], typer.Option(help="Option of the scorer, name=value; may be repeated.")] = [],  # noqa: B006
    baseline: Annotated[
        list[str], typer.Option(help="Baseline to compare with; may be repeated; default: all of the task.")
    ] = [],  # noqa: B006
    published: Annotated[
        bool, typer.Option("--published", help="Evaluate other groups' scores of the same variants too.")
    ] = False,
    weights: Annotated[Path | None, WEIGHTS] = None,
    revision: Annotated[str | None, typer.Option(help="Commit of the weights, 40 characters; default: pinned.")] = None,
    device: Annotated[str, DEVICE] = "auto",
    dtype: Annotated[Dtype, DTYPE] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at once; default: one for each GPU, or one on the CPU.")
    ] = None,
    batch_tokens: Annotated[int | None, BATCH_TOKENS] = None,
    shard: Annotated[int, typer.Option(min=1, help="Variants between two entries of the journal.")] = 2000,
    draws: Annotated[int, typer.Option(min=100, help="Resamples behind each interval.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resamples.")] = 0,
    allow_remote_code: Annotated[bool, REMOTE_CODE] = False,
    allow_pickle: Annotated[bool, PICKLE] = False,
    results: Annotated[Path | None, _RESULTS] = None,
    plan: Annotated[bool, _PLAN] = False,
    publish: Annotated[bool, _PUBLISH] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Score tasks with one model, next to the tasks' baselines; a killed run goes on where it was."""
    from engine.spec import make_spec

    wanted = {
        "id": model,
        "weights": weights,
        "revision": revision,
        "scorer": scorer,
        "options": dict(map(_option, option)),
    }
    options = {
        "device": device,
        "dtype": dtype,
        "batch_tokens": batch_tokens,
        "shard": shard,
        "draws": draws,
        "seed": seed,
        "allow_remote_code": allow_remote_code,
        "allow_pickle": allow_pickle,
    } | ({} if workers is None else {"workers": workers})
    # Other groups' scores are compared already in the shipped results; here it is about this model.
    content = {
        "name": run_name(model, task, scorer),
        "tasks": "all" if task == ["all"] else task,
        "baselines": baseline or "all",
        "published": published,
        "models": [wanted],
        "options": options,
    }
    _execute(make_spec(content, where="score"), results=results, plan=plan, publish=publish, output=output)


def run_name(model: str, tasks: list[str], scorer: str | None) -> str:
    """Name of the results' folder: model, tasks and scorer; a long one ends in a digest and stays one of its own."""
    from engine.names import slug

    parts = [Path(model).resolve().name if Path(model).is_dir() else model, *tasks, *([scorer] if scorer else [])]
    name = slug("-".join(parts)).strip("-.")
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME - 9].rstrip('-.')}-{digest}"


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SpecError(f"--option {one_line(text)}: give name=value, such as window=512.")
    if value.lower() in {"true", "false"}:
        return name, value.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _execute(
    spec: Any, *, results: Folder | None, plan: bool, publish: bool, output: Format, where: Where = HERE
) -> None:
    from engine.run import execute

    reporter = ConsoleReporter()
    # Rules alone need no worker and no device.
    place = where.opened(spec.options) if spec.models else nullcontext((["cpu"], where.here()))
    with stopped(reporter, _STOPPED), place as (devices, site):
        asked = execute.prepare(spec, devices=devices)
        if plan:
            _print_plan(asked, reporter, output)
            raise typer.Exit(NOT_HERE if asked.refused else 0)
        command = shlex.join(["vledger", *sys.argv[1:]])
        summary = execute.execute(
            asked, command=command, devices=devices, reporter=reporter, results=results, site=site
        )
        _print_summary(summary, asked, output)
        if publish and results is None:
            publish_now(reporter)
    if summary.failures:
        raise typer.Exit(NOT_HERE)


def _print_plan(asked: Any, reporter: ConsoleReporter, output: Format) -> None:
    """Rules cost next to nothing; they stand there so that the plan shows every task."""
    rules = []
    for task_id, data in asked.tasks.items():
        n = f"{len(data.items):,}"
        rules.append([f"{_rules_of(asked.spec, task_id)} baselines", task_id, Protocol.RULE.value, n, "0", "seconds"])
    print_rows(PLAN_COLUMNS, [*rules, *plan_rows(asked.jobs)], output)
    reporter.planned([], asked.refused)


def _rules_of(spec: Any, task_id: str) -> int:
    from engine.registry.tasks import find_task

    card = find_task(task_id)
    return len([*card.baselines, *card.comparators]) if spec.baselines == "all" else len(spec.baselines)


def _print_summary(summary: Any, asked: Any, output: Format) -> None:
    """Models next to the baseline to beat, or to those asked for; all models where none was.

    On whole tasks; a model that reads only some kinds of variants is shown on the parts that it reads.
    """
    whole = {
        (row.task_id, row.model_id) for row in summary.scores if row.stratum == ALL_STRATA and row.value is not None
    }
    primary = {task_id: data.task.primary_metric for task_id, data in asked.tasks.items()}
    own = {job.card.model_id for job in asked.jobs}
    rows = [
        row
        for row in summary.comparisons
        if (row.stratum == ALL_STRATA or (row.delta is not None and (row.task_id, row.model_id) not in whole))
        and (row.registered or asked.spec.baselines != "all")
        and (row.model_id in own or not asked.spec.models)
    ]
    rows.sort(
        key=lambda row: (
            row.task_id,
            row.stratum != ALL_STRATA,
            row.stratum,
            row.metric != primary[row.task_id],
            row.metric,
            row.model_id,
        )
    )
    values = {(row.task_id, row.stratum, row.model_id, row.metric): row for row in summary.scores}
    pairs = [
        (row, *(values[row.task_id, row.stratum, name, row.metric] for name in (row.model_id, row.baseline_id)))
        for row in rows
    ]
    if output is not Format.TABLE:
        print_rows(_COLUMNS, [_full_row(*pair) for pair in pairs], output)
    elif pairs:
        names = ["task", "metric", "model", "value", "baseline", "value", "difference", "article", "paired"]
        print_rows(names, [_short_row(*pair) for pair in pairs], output)
    for failure in summary.failures:
        typer.echo(f"not scored: {subject(failure)}: {failure.message}", err=True)
    typer.echo(f"results in {redacted(str(summary.folder))}", err=True)


def _short_row(row: Any, model: Any, baseline: Any) -> list[Any]:
    first, second = (with_interval(one.value, one.ci_low, one.ci_high) for one in (model, baseline))
    pair = [_place(row), row.metric, row.model_id, first, row.baseline_id, second]
    if row.undefined_reason:
        return [*pair, None, None, f"none: {row.undefined_reason}"]
    return [*pair, with_interval(row.delta, row.ci_low, row.ci_high), row.verdict_article, row.verdict]


def _place(row: Any) -> str:
    return str(row.task_id) if row.stratum == ALL_STRATA else f"{row.task_id} / {row.stratum}"


def _full_row(row: Any, model: Any, baseline: Any) -> list[Any]:
    return [
        _place(row), row.metric, row.model_id, model.value, model.ci_low, model.ci_high,
        row.baseline_id, baseline.value, baseline.ci_low, baseline.ci_high, row.n,
        row.delta, row.ci_low, row.ci_high, row.p, row.q, row.verdict_article, row.verdict, row.undefined_reason,
    ]  # fmt: skip
