"""Commands that probe frozen embeddings: one model on some tasks, next to the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.carrying_out import Way, carry_out
from engine.cli.options import BATCH_TOKENS, DEVICE, DTYPE, PICKLE, REMOTE_CODE, WEIGHTS, Dtype
from engine.cli.printing import FORMAT, Format, print_rows, with_interval
from engine.cli.progress import duration, subject
from engine.cli.runs import run_name
from engine.cli.sites import HERE, Where
from engine.names import ALL_STRATA, Metric, Regime
from engine.places import Folder
from engine.protocols import Pooling, Strands
from engine.redaction import redacted

_STOPPED = "stopped; what is embedded and fitted so far is kept, and the same command goes on from there"
_PLAN_COLUMNS = ("system", "role", "tasks", "train sequences", "test sequences")
_COLUMNS = (
    "task", "part", "regime", "system", "role", "mcc", "ci_low", "ci_high", "accuracy", "macro_f1", "baseline",
    "difference", "difference_low", "difference_high", "q", "verdict_article", "verdict", "flags", "undefined_reason",
)  # fmt: skip


def probe(
    task: Annotated[
        list[str],
        typer.Option(help="Id of a GENEB task, a file or folder of labelled sequences, or all; may be repeated."),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            help="Id of the registry or a local folder; random-init: or shuffled: before it makes it a control; "
            "may be repeated; default: baselines only."
        ),
    ] = [],  # noqa: B006
    protocol: Annotated[str, typer.Option(help="fair-v1, geneb-exact, knn-v1 or mlp-v1.")] = "fair-v1",
    regime: Annotated[list[str], typer.Option(help="full, 10shot, 1shot; may be repeated; default: all.")] = [],  # noqa: B006
    baseline: Annotated[
        list[str], typer.Option(help="Baseline or control; may be repeated; default: all of the registry.")
    ] = [],  # noqa: B006
    pooling: Annotated[
        Pooling | None, typer.Option(help="How tokens become one vector; default: the protocol's.")
    ] = None,
    layer: Annotated[
        list[int], typer.Option(help="Hidden layer, -1 the last; of several the probe chooses on train.")
    ] = [],  # noqa: B006
    strands: Annotated[Strands, typer.Option(help="forward, or both: mean with the reverse complement.")] = "forward",
    letters: Annotated[int | None, typer.Option(min=1, help="Cut sequences to this many letters first.")] = None,
    trained_on: Annotated[
        list[str], typer.Option(help="Task whose labels the weights have seen; may be repeated.")
    ] = [],  # noqa: B006
    weights: Annotated[Path | None, WEIGHTS] = None,
    revision: Annotated[str | None, typer.Option(help="Commit of the weights, 40 characters; default: pinned.")] = None,
    device: Annotated[str, DEVICE] = "auto",
    dtype: Annotated[Dtype, DTYPE] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at once; default: one for each GPU, or one on the CPU.")
    ] = None,
    batch_tokens: Annotated[int | None, BATCH_TOKENS] = None,
    unit: Annotated[int, typer.Option(min=1, help="Sequences between two entries of the cache.")] = 2000,
    few_shot_draws: Annotated[int, typer.Option(min=20, max=1000, help="Draws of training examples.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and resamples.")] = 0,
    allow_remote_code: Annotated[bool, REMOTE_CODE] = False,
    allow_pickle: Annotated[bool, PICKLE] = False,
    name: Annotated[str | None, typer.Option(help="Name of the results; default: from models and tasks.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="Folder for the results; default: this machine's, which publish takes in.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    publish: Annotated[bool, typer.Option(help="Put the results into the store afterwards.")] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Probe labelled sequences with baselines and models under one protocol; a killed run goes on where it was."""
    from engine.probe_spec import make_probe_spec

    shared = {
        "weights": weights,
        "revision": revision,
        "pooling": pooling,
        "layers": layer or [-1],
        "strands": strands,
        "letters": letters,
        "trained_on": trained_on,
    }
    options = {
        "device": device,
        "dtype": dtype,
        "batch_tokens": batch_tokens,
        "unit": unit,
        "few_shot_draws": few_shot_draws,
        "seed": seed,
        "allow_remote_code": allow_remote_code,
        "allow_pickle": allow_pickle,
    } | ({} if workers is None else {"workers": workers})
    tasks = [str(Path(one).resolve()) if Path(one).exists() else one for one in task]
    content = {
        "name": name or run_name("-".join(map(label, model)) or "baselines", _names(task), protocol),
        "tasks": "all" if task == ["all"] else tasks,
        "protocol": protocol,
        "regimes": regime or ["full", "10shot", "1shot"],
        "baselines": baseline or "all",
        "models": [{"id": one, **shared} for one in model],
        "options": options,
    }
    run_probing(make_probe_spec(content, where="probe"), results=results, plan=plan, publish=publish, output=output)


def label(model: str) -> str:
    """What a system is called in the name of its results: of a folder its own name, behind the prefixes."""
    from engine.run.probing.systems import without_prefixes

    prefix, base = without_prefixes(model)
    return prefix + (Path(base).resolve().name if Path(base).is_dir() else base)


def _names(tasks: list[str]) -> list[str]:
    return [Path(one).name.partition(".")[0] for one in tasks]


def run_probing(
    spec: Any, *, results: Folder | None, plan: bool, publish: bool, output: Format, where: Where = HERE
) -> Any:
    """Carry out a probing spec and print what came of it."""
    from engine.run.probing import execute

    way = Way(stage=execute, print_plan=_print_plan, print_summary=_print_summary, stopped=_STOPPED)
    return carry_out(spec, way, results=results, plan=plan, publish=publish, output=output, where=where)


def _print_plan(asked: Any, output: Format) -> None:
    print_rows(_PLAN_COLUMNS, _plan_rows(asked), output)


def _plan_rows(asked: Any) -> list[list[Any]]:
    train = sum(len(data.train) for data in asked.tasks.values())
    test = sum(len(data.test) for data in asked.tasks.values())
    return [
        [system.model_id, system.role.value, len(asked.tasks), f"{train:,}", f"{test:,}"] for system in asked.systems
    ]


def _print_summary(summary: Any, asked: Any, output: Format) -> None:
    values = {(row.task_id, row.stratum, row.regime, row.model_id, row.metric): row for row in summary.scores}
    compared = {(row.task_id, row.stratum, row.model_id): row for row in summary.comparisons if row.registered}
    rows = [row for row in summary.scores if row.metric == Metric.MCC]
    if output is Format.TABLE:
        _print_table(rows, compared, asked)
    else:
        print_rows(_COLUMNS, [_full_row(row, values, compared, asked) for row in rows], output)
    for failure in summary.failures:
        typer.echo(f"not done: {subject(failure)}: {failure.message}", err=True)
    seconds = sum(fit.seconds or 0 for fit in summary.fits)
    typer.echo(f"results in {redacted(str(summary.folder))}; probes took {duration(seconds)}", err=True)


def _print_table(rows: list[Any], compared: dict[Any, Any], asked: Any) -> None:
    """Whole test splits only, best first; the parts are on the pages and in csv and json."""
    regimes = [Regime(name) for name in asked.spec.regimes]
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.stratum == ALL_STRATA:
            cells.setdefault((row.task_id, row.model_id), {})[row.regime] = row
    first = regimes[0]
    ordered = sorted(cells, key=lambda key: (key[0], -_value(cells[key][first])))
    lines = []
    for task_id, model_id in ordered:
        own = [cells[task_id, model_id][regime] for regime in regimes]
        comparison = compared.get((task_id, ALL_STRATA, model_id))
        verdicts = [comparison.verdict_article, comparison.verdict] if comparison else [None, None]
        shown = [with_interval(one.value, one.ci_low, one.ci_high) for one in own]
        lines.append([task_id, model_id, *shown, *verdicts])
    names = ["task", "system", *[f"MCC, {regime.value}" for regime in regimes], "article", "paired"]
    print_rows(names, lines, Format.TABLE)
    reasons = {
        (row.model_id, row.undefined_reason): row for row in rows if row.undefined_reason and row.stratum == ALL_STRATA
    }
    for model_id, reason in reasons:
        typer.echo(f"no value: {model_id}: {reason}", err=True)


def _value(row: Any) -> float:
    return -2 if row.value is None else float(row.value)


def _full_row(row: Any, values: dict[Any, Any], compared: dict[Any, Any], asked: Any) -> list[Any]:
    place = (row.task_id, row.stratum, row.regime, row.model_id)
    roles = {system.model_id: system.role.value for system in asked.systems}
    pair = compared.get((row.task_id, row.stratum, row.model_id)) if row.regime == Regime.FULL else None
    against = [None] * 7
    if pair is not None:
        against = [
            pair.baseline_id, pair.delta, pair.ci_low, pair.ci_high, pair.q, pair.verdict_article, pair.verdict,
        ]  # fmt: skip
    return [
        row.task_id, row.stratum, row.regime, row.model_id, roles[row.model_id], row.value, row.ci_low, row.ci_high,
        values[*place, Metric.ACC].value, values[*place, Metric.F1].value, *against, row.flags, row.undefined_reason,
    ]  # fmt: skip
