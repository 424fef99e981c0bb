"""Commands around scoring: what is here, what can be brought, and two systems of the store side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import local_split, split_cells
from engine.cli.printing import FORMAT, Format, print_rows, with_interval
from engine.local_split.cells.exchange import CellOptions
from engine.local_split.command import group_of, meaning, score_columns
from engine.local_split.exchange import Options
from engine.names import Metric, Protocol, Regime
from engine.store.location import cache_dir

if TYPE_CHECKING:
    from engine.registry.files import InputFile

_DOCTOR_WIDTH = 120


def compare(
    ctx: typer.Context,
    model: Annotated[
        str | None, typer.Argument(help="Any system of the store; with --task, one with scores of single items.")
    ] = None,
    baseline: Annotated[str | None, typer.Argument(help="The system to compare it with.")] = None,
    task: Annotated[str | None, typer.Option(help="Task on which both were scored, to compare item by item.")] = None,
    suite: Annotated[str | None, typer.Option(help="Suite of tasks, such as geneb, to compare task by task.")] = None,
    metric: Annotated[Metric | None, typer.Option(help="Default: the primary metric of the task or suite.")] = None,
    regime: Annotated[Regime | None, typer.Option(help="With --suite; default: full, or the only one.")] = None,
    protocol: Annotated[Protocol | None, typer.Option(help="With --suite; default: what both have most of.")] = None,
    margin: Annotated[
        float | None, typer.Option(min=0, help="With --suite: smaller differences are ties; default: the metric's.")
    ] = None,
    split: local_split.Split = None,
    sequences: local_split.Sequences = None,
    labels: local_split.Labels = None,
    shape: local_split.ShapeOption = None,
    column: local_split.Columns = [],  # noqa: B006
    score: local_split.Scores = [],  # noqa: B006
    judged_by: local_split.Baselines = [],  # noqa: B006
    threshold: local_split.Thresholds = [],  # noqa: B006
    group: local_split.Group = None,
    by: local_split.By = [],  # noqa: B006
    positive: local_split.Positive = None,
    assembly: local_split.Assembly = None,
    header: local_split.Header = None,
    sheet: local_split.Sheet = None,
    label: split_cells.Label = None,
    batch: split_cells.Batch = None,
    embedding: split_cells.Embeddings = [],  # noqa: B006
    layer: split_cells.Layer = None,
    draws: local_split.Draws = 2000,
    seed: local_split.Seed = 0,
    own_model: local_split.Model = None,
    weights: local_split.Weights = None,
    device: local_split.Device = "auto",
    check: local_split.Check = False,
    html: local_split.Html = None,
    json: local_split.Json = None,
    csv: local_split.Csv = None,
    problems: local_split.Problems = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Compare two systems of the store, on a task or over a suite; or data of your own with their baselines."""
    local_split.refuse_mixed(ctx)
    if split is None:
        _compare_stored(model, baseline, task, suite, metric, regime, protocol, margin, output)
        return
    cells = split_cells.is_cells(split)
    split_cells.refuse_foreign(ctx, cells=cells)
    if cells:
        of_cells = CellOptions(
            label=label, batch=batch, embeddings=tuple(embedding), layer=layer, draws=draws, seed=seed
        )
        reports = {"--html": html, "--json": json, "--csv": csv}
        split_cells.answer(
            split_cells.SaidOfCells(split=split, options=of_cells, check=check, reports=reports, output=output)
        )
        return
    options = Options(
        shape=shape,
        columns=tuple(map(meaning, column)),
        scores=score_columns(score, judged_by, threshold),
        group=group_of(group),
        strata=tuple(by),
        positive=positive,
        assembly=assembly,
        header=header,
        sheet=sheet,
        draws=draws,
        seed=seed,
        model=local_split.model_of(own_model, weights, device),
    )
    said = local_split.Said(
        split=split,
        sequences=sequences,
        labels=labels,
        options=options,
        check=check,
        reports={"--html": html, "--json": json, "--csv": csv, "--problems": problems},
        output=output,
    )
    local_split.answer(said)


def _compare_stored(
    model: str | None,
    baseline: str | None,
    task: str | None,
    suite: str | None,
    metric: Metric | None,
    regime: Regime | None,
    protocol: Protocol | None,
    margin: float | None,
    output: Format,
) -> None:
    if model is None or baseline is None:
        raise typer.BadParameter("name two systems of the store, or a split of your own with --split FILE.")
    if (task is None) == (suite is None):
        raise typer.BadParameter("give one of --task and --suite.")
    if suite is not None:
        from engine.cli.comparing import print_suite
        from engine.run.compare_suite import Asked

        asked = Asked(suite=suite, regime=regime, metric=metric, protocol=protocol)
        print_suite(model, baseline, asked, margin=margin, output=output)
        return
    if regime is not None or protocol is not None or margin is not None:
        raise typer.BadParameter("--regime, --protocol and --margin go with --suite.")
    _compare_items(model, baseline, str(task), metric, output)


def _compare_items(model: str, baseline: str, task: str, metric: Metric | None, output: Format) -> None:
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
    from engine.run.doctor import examine, shortened

    if output is Format.TABLE:
        shown = [["ok" if one.ok else "--", one.topic, one.found, one.remedy] for one in shortened(examine())]
        print_rows(["", "topic", "found", "to do"], shown, output, width=_DOCTOR_WIDTH)
    else:
        rows = [[one.topic, one.ok, one.found, one.remedy] for one in examine()]
        print_rows(["topic", "ok", "found", "remedy"], rows, output)


def fetch(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Tasks, proteingym-assays, perturbench, pbmc68k, geneb for all of GENEB's tasks, or some of these; "
            "default: all but GENEB's."
        ),
    ] = None,
    optional: Annotated[
        bool, typer.Option("--optional", help="Where the network does not answer, say so and go on.")
    ] = False,
) -> None:
    """Bring data sets to this machine, from the mirror or by download at pinned commits."""
    from engine.datasets.fetch import fetch as fetch_files
    from engine.datasets.geneb_tasks import fetch_geneb
    from engine.errors import NotHereError
    from engine.registry.geneb import members
    from engine.registry.tasks import OTHER_FILES, TASKS, dataset_files

    asked = {one: dataset_files(one) for one in datasets or [*TASKS, *OTHER_FILES]}
    names = dict.fromkeys(name for one, files in asked.items() if not members(one) for name in files)
    tasks = dict.fromkeys(task_id for one in asked for task_id in members(one))
    try:
        paths = fetch_files(names, cache_dir(), progress=_say_download)
        paths += fetch_geneb(tasks, cache_dir(), progress=_say_download)
    except NotHereError as error:
        if not optional:
            raise
        typer.echo(f"going on without these data: {error}", err=True)
        return
    typer.echo(f"{len(paths)} files are here")


def _say_download(file: InputFile) -> None:
    size = "" if file.size is None else f" ({file.size / 1e6:.1f} MB)"
    typer.echo(f"downloading {file.name}{size}", err=True)
