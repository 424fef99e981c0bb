"""Commands that score: a spec, one model on one task, the quickstart, a comparison, and what they need."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from engine.cli.printing import FORMAT, Format, print_rows
from engine.cli.progress import ConsoleReporter
from engine.errors import SpecError
from engine.names import Metric, Protocol
from engine.store.location import cache_dir

_DEVICE = typer.Option(help="auto, cpu, cuda or cuda:0; auto takes the GPUs that are there.")
_DTYPE = typer.Option(help="auto, float32, bfloat16 or float16.")
_WORKERS = typer.Option(min=1, help="Processes at once; default: one for each GPU, or one on the CPU.")
_RESULTS = typer.Option(help="Folder for the results; default: this machine's, which `publish` takes in.")
_PLAN = typer.Option("--plan", help="Only say what would be done, and how long it would take.")
_WEIGHTS = typer.Option(help="Folder with the weights in place of the pinned download.")
_CODE = typer.Option("--allow-remote-code", help="Run Python code that comes with the weights, at its pinned revision.")
_PICKLE = typer.Option("--allow-pickle", help="Read .bin weights where there are no safetensors.")
_NOT_HERE = 3


def run(
    spec: Annotated[Path, typer.Argument(help="A TOML file: name, tasks, baselines, models, options.")],
    results: Annotated[Path | None, _RESULTS] = None,
    plan: Annotated[bool, _PLAN] = False,
    publish: Annotated[bool, typer.Option(help="Put the results into the store afterwards.")] = True,
) -> None:
    """Carry out a spec: plan, score, compare, write the results; a killed run goes on where it was."""
    from engine.spec import read_spec

    _execute(read_spec(spec), results=results, plan=plan, publish=publish)


def score(
    model: Annotated[str, typer.Option(help="Id of the registry, or a local folder with weights and tokenizer.")],
    task: Annotated[list[str], typer.Option(help="Task to score; may be repeated.")],
    scorer: Annotated[Protocol | None, typer.Option(help="Zero-shot score; default: the model's own.")] = None,
    option: Annotated[list[str], typer.Option(help="Option of the scorer, name=value; may be repeated.")] = [],  # noqa: B006
    weights: Annotated[Path | None, _WEIGHTS] = None,
    device: Annotated[str, _DEVICE] = "auto",
    dtype: Annotated[str, _DTYPE] = "auto",
    workers: Annotated[int | None, _WORKERS] = None,
    batch_tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens in one batch.")] = None,
    shard: Annotated[int, typer.Option(min=1, help="Variants between two entries of the journal.")] = 2000,
    allow_remote_code: Annotated[bool, _CODE] = False,
    allow_pickle: Annotated[bool, _PICKLE] = False,
    results: Annotated[Path | None, _RESULTS] = None,
    plan: Annotated[bool, _PLAN] = False,
    publish: Annotated[bool, typer.Option(help="Put the results into the store afterwards.")] = True,
) -> None:
    """Score tasks with one model, next to the tasks' baselines."""
    from engine.names import slug
    from engine.spec import make_spec

    wanted = {"id": model, "weights": weights, "scorer": scorer, "options": dict(map(_option, option))}
    options = {
        "device": device,
        "dtype": dtype,
        "workers": workers,
        "batch_tokens": batch_tokens,
        "shard": shard,
        "allow_remote_code": allow_remote_code,
        "allow_pickle": allow_pickle,
    }
    name = slug(f"{Path(model).name}-{'-'.join(task)}" + (f"-{scorer}" if scorer else ""))[:60].rstrip("-")
    # Other groups' scores are compared already in the shipped results; here it is about this model.
    content = {"name": name, "tasks": task, "models": [wanted], "published": False, "options": options}
    _execute(make_spec(content, where="vledger score"), results=results, plan=plan, publish=publish)


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SpecError(f"--option {text}: give name=value")
    if value.lower() in {"true", "false"}:
        return name, value.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _execute(spec: Any, *, results: Path | None, plan: bool, publish: bool) -> None:
    from engine.run import execute

    devices = execute.devices_for(spec.options) if spec.models else ["cpu"]
    asked = execute.prepare(spec, devices=devices)
    reporter = ConsoleReporter()
    if plan:
        reporter.planned(asked.jobs, asked.refused)
        raise typer.Exit(_NOT_HERE if asked.refused else 0)
    command = shlex.join(["vledger", *sys.argv[1:]])
    try:
        summary = execute.execute(asked, command=command, devices=devices, reporter=reporter, results=results)
    except KeyboardInterrupt:
        reporter.close()
        typer.echo("stopped; finished shards are kept, and the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    _print_summary(summary)
    if publish and results is None:
        from engine.run import publish as publish_store

        typer.echo(f"published {publish_store()[0]}")
    if summary.failures:
        raise typer.Exit(_NOT_HERE)


def _print_summary(summary: Any) -> None:
    """Models next to the registered baseline, on whole tasks."""
    values = {(row.task_id, row.stratum, row.model_id, row.metric): row for row in summary.scores}
    rows = []
    for row in summary.comparisons:
        if not row.registered or row.stratum != "all":
            continue
        pair = [values[row.task_id, row.stratum, name, row.metric] for name in (row.model_id, row.baseline_id)]
        if row.undefined_reason:
            rows.append([row.task_id, row.metric, row.model_id, "", row.baseline_id, "", "", "", row.undefined_reason])
        else:
            rows.append(_verdict_row(row, pair))
    names = ["task", "metric", "model", "value", "baseline", "value", "difference", "article", "paired"]
    if rows:
        print_rows(names, rows, Format.TABLE)
    for failure in summary.failures:
        what = " on ".join(filter(None, (failure.model_id, failure.task_id)))
        typer.echo(f"not scored: {what}: {failure.message}", err=True)
    typer.echo(f"results in {summary.folder}")


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A value for people: '0.762 [0.747, 0.777]'."""
    if value is None:
        return ""
    return f"{value:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else "")


def _verdict_row(row: Any, pair: list[Any]) -> list[str]:
    model, baseline = (with_interval(one.value, one.ci_low, one.ci_high) for one in pair)
    delta = with_interval(row.delta, row.ci_low, row.ci_high)
    return [
        row.task_id,
        row.metric,
        row.model_id,
        model,
        row.baseline_id,
        baseline,
        delta,
        row.verdict_article,
        row.verdict,
    ]


def quickstart(
    split: Annotated[Path, typer.Argument(help="CSV or TSV: sequence, position, wt_aa, mut_aa (or variant), label.")],
    model: Annotated[str, typer.Option(help="Protein model of the registry, a local folder, or 'none'.")] = "esm-2-35m",
    weights: Annotated[Path | None, _WEIGHTS] = None,
    device: Annotated[str, _DEVICE] = "auto",
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Score labelled missense variants with a model and with BLOSUM62, side by side, with both verdicts."""
    from engine.run.quickstart import quickstart as answer_for

    answer = answer_for(
        split,
        model=None if model == "none" else model,
        weights=weights,
        device=None if device == "auto" else device,
    )
    verdicts = {row.baseline_id: row for row in answer.comparisons}
    rows = [
        [row.model_id, row.protocol, row.n, row.value, row.ci_low, row.ci_high, row.undefined_reason]
        for row in answer.scores
    ]
    names = ["system", "score", "n", "AUROC", "low", "high", "why not"]
    if output is not Format.TABLE:
        names += ["against", "difference", "difference_low", "difference_high", "verdict_article", "verdict"]
        first = answer.comparisons[0].model_id if answer.comparisons else None
        print_rows(names, [*_with_verdicts(rows, first, verdicts)], output)
    else:
        shown = [[row[0], row[1], f"{row[2]:,}", with_interval(*row[3:6]) or row[6]] for row in rows]
        print_rows(["system", "score", "n", "AUROC [95 % interval]"], shown, output)
        _say_verdicts(answer)
    if answer.problem:
        Console(stderr=True, soft_wrap=True).print(f"[bold]vledger:[/bold] {escape(answer.problem)}", highlight=False)
        raise typer.Exit(_NOT_HERE)


def _with_verdicts(rows: list[list[Any]], model: str | None, verdicts: dict[str, Any]) -> list[list[Any]]:
    found = []
    for row in rows:
        other = verdicts.get(row[0])
        extra = (
            [model, other.delta, other.ci_low, other.ci_high, other.verdict_article, other.verdict]
            if other
            else [None] * 6
        )
        found.append([*row, *extra])
    return found


def _say_verdicts(answer: Any) -> None:
    if answer.identity:
        typer.echo(f"\n{answer.identity}")
    for row in answer.comparisons:
        if row.undefined_reason:
            typer.echo(f"{row.model_id} against {row.baseline_id}: no verdict, {row.undefined_reason}")
        else:
            delta = with_interval(row.delta, row.ci_low, row.ci_high)
            typer.echo(
                f"{row.model_id} against {row.baseline_id}: {row.verdict_article} by the article's rule, "
                f"{row.verdict} paired; difference {delta}, q {row.q:.2g}"
            )


def compare(
    model: Annotated[str, typer.Argument(help="Any system with scores of single items in the store.")],
    baseline: Annotated[str, typer.Argument(help="The system to compare it with.")],
    task: Annotated[str, typer.Option(help="Task on which both were scored.")],
    metric: Annotated[Metric | None, typer.Option(help="Default: the task's primary metric.")] = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Compare any two systems item by item on every stratum of a task, from the store's predictions."""
    from engine.run.compare import compare as compare_systems

    rows = compare_systems(model, baseline, task, metric)
    names = ["stratum", "metric", "n", model, baseline, "difference", "p", "article", "paired", "why not"]
    if output is Format.TABLE:
        print_rows(names, [_comparison_row(row) for row in rows], output)
    else:
        print_rows(list(rows[0].as_dict()), [list(row.as_dict().values()) for row in rows], output)


def _comparison_row(row: Any) -> list[Any]:
    return [
        row.stratum,
        row.metric,
        row.n,
        with_interval(row.first, row.first_low, row.first_high),
        with_interval(row.second, row.second_low, row.second_high),
        with_interval(row.difference, row.difference_low, row.difference_high),
        None if row.p is None else f"{row.p:.2g}",
        row.verdict_article,
        row.verdict,
        row.undefined_reason,
    ]


def doctor(output: Annotated[Format, FORMAT] = Format.TABLE) -> None:
    """Say what this machine can run, and the command that brings what is missing."""
    from engine.run.doctor import examine

    rows = [["ok" if one.ok else "--", one.topic, one.found, one.remedy] for one in examine()]
    print_rows(
        ["", "topic", "found", "to do"] if output is Format.TABLE else ["state", "topic", "found", "to_do"],
        rows,
        output,
    )


def fetch(
    datasets: Annotated[list[str] | None, typer.Argument(help="Tasks, or proteingym-assays; default: all.")] = None,
    optional: Annotated[
        bool, typer.Option("--optional", help="Where the network does not answer, say so and go on.")
    ] = False,
) -> None:
    """Bring data sets to this machine, from the mirror or by download at pinned commits."""
    from engine.datasets.fetch import fetch as fetch_files
    from engine.errors import NotHereError
    from engine.registry.tasks import PROTEINGYM_ASSAYS, TASKS, dataset_files

    names = dict.fromkeys(name for one in datasets or [*TASKS, PROTEINGYM_ASSAYS] for name in dataset_files(one))
    try:
        paths = fetch_files(
            names, cache_dir(), progress=lambda file: typer.echo(f"downloading {file.name} ({file.size / 1e6:.1f} MB)")
        )
    except NotHereError as error:
        if not optional:
            raise
        typer.echo(f"data sets stay away: {error}", err=True)
        return
    typer.echo(f"{len(paths)} files are here")
