"""`vledger compare --split`: a labelled split of one's own, next to the baselines it has, with what the page shows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.options import DEVICE
from engine.cli.printing import Format
from engine.cli.progress import ConsoleReporter, stopped
from engine.cli.split_tables import print_inspection, print_result
from engine.errors import SpecError
from engine.local_split.exchange import Files, Options, OwnModel, Shape, Upload
from engine.local_split.report.markup import plain

if TYPE_CHECKING:
    from engine.local_split.exchange import Inspection, Result

_OF_THE_STORE = frozenset({"model", "baseline", "task", "suite", "metric", "regime", "protocol", "margin"})
"""Parameters of `vledger compare` that are about systems of the store."""

_PANEL = "A split of your own"

Split = Annotated[
    Path | None,
    typer.Option(
        "--split",
        rich_help_panel=_PANEL,
        help="Labelled split of your own: CSV, TSV, Parquet, XLSX, VCF, FASTA or .h5ad.",
    ),
]
Sequences = Annotated[
    Path | None,
    typer.Option("--sequences", rich_help_panel=_PANEL, help="FASTA of the proteins or chromosomes its rows name."),
]
Labels = Annotated[
    Path | None,
    typer.Option("--labels", rich_help_panel=_PANEL, help="Table with a label for each id of a FASTA or VCF file."),
]
ShapeOption = Annotated[
    Shape | None, typer.Option("--shape", rich_help_panel=_PANEL, help="What a row is; default: recognised.")
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--column", rich_help_panel=_PANEL, help="field=NAME, what a column means; field= for none. May be repeated."
    ),
]
Scores = Annotated[
    list[str],
    typer.Option(
        "--score",
        rich_help_panel=_PANEL,
        help="NAME=1 or NAME=0, a column to judge and the label that a high value speaks for. May be repeated.",
    ),
]
Baselines = Annotated[
    list[str],
    typer.Option("--baseline", rich_help_panel=_PANEL, help="As --score, a column to judge by. May be repeated."),
]
Thresholds = Annotated[
    list[str],
    typer.Option(
        "--threshold", rich_help_panel=_PANEL, help="NAME=NUMBER, from which score on MCC counts. May be repeated."
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        rich_help_panel=_PANEL,
        help="Column whose values rows share, for the cluster bootstrap, or none; default: the gene.",
    ),
]
By = Annotated[
    list[str], typer.Option("--by", rich_help_panel=_PANEL, help="Column to split the result up by. May be repeated.")
]
Positive = Annotated[
    str | None, typer.Option("--positive", rich_help_panel=_PANEL, help="Word of the label column that is label 1.")
]
Assembly = Annotated[
    str | None, typer.Option("--assembly", rich_help_panel=_PANEL, help="GRCh37 or GRCh38, where no column says it.")
]
Header = Annotated[
    int | None, typer.Option("--header", rich_help_panel=_PANEL, min=1, help="Row of the header; default: found.")
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", rich_help_panel=_PANEL, help="Sheet of a workbook; default: the first.")
]
Draws = Annotated[
    int, typer.Option("--draws", rich_help_panel=_PANEL, min=100, max=100_000, help="Resamples behind an interval.")
]
Seed = Annotated[int, typer.Option("--seed", rich_help_panel=_PANEL, min=0, help="Of everything that is drawn.")]
Model = Annotated[
    str | None,
    typer.Option("--model", rich_help_panel=_PANEL, help="Model of the registry, or a local folder, to run on it."),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights", rich_help_panel=_PANEL, help="Of --model: folder with the weights, in place of the download."
    ),
]
Device = Annotated[str, DEVICE]
Check = Annotated[
    bool, typer.Option("--check", rich_help_panel=_PANEL, help="Only what was recognised, the checks and the problems.")
]
Html = Annotated[
    Path | None, typer.Option("--html", rich_help_panel=_PANEL, dir_okay=False, help="File for the report, one page.")
]
Json = Annotated[
    Path | None,
    typer.Option("--json", rich_help_panel=_PANEL, dir_okay=False, help="File for everything that was found."),
]
Csv = Annotated[
    Path | None, typer.Option("--csv", rich_help_panel=_PANEL, dir_okay=False, help="File for values and differences.")
]
Problems = Annotated[
    Path | None,
    typer.Option("--problems", rich_help_panel=_PANEL, dir_okay=False, help="File for every problem of a row."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was typed after `vledger compare --split`.

    Attributes:
        reports: files to write by option, None where it was not given.
    """

    split: Path
    sequences: Path | None
    labels: Path | None
    options: Options
    check: bool
    reports: dict[str, Path | None]
    output: Format


def refuse_mixed(ctx: typer.Context) -> None:
    """Refuse words about systems of the store beside a split, and options of a split without one.

    Raises:
        typer.BadParameter: with the first of them that was typed.
    """
    said = typed(ctx)
    if any(one.name == "split" for one in said):
        for one in said:
            if one.name in _OF_THE_STORE:
                name = one.opts[0] if one.opts[0].startswith("-") else one.opts[0].upper()
                raise typer.BadParameter(f"{name} is about systems of the store: leave it out, or leave out --split.")
        return
    for one in said:
        if one.name not in {*_OF_THE_STORE, "output"}:
            raise typer.BadParameter(f"{one.opts[0]} goes with --split FILE, a split of your own.")


def typed(ctx: typer.Context) -> list[Any]:
    """The parameters that stood on the command line."""
    return [one for one in ctx.command.params if _was_typed(ctx, one.name)]


def _was_typed(ctx: typer.Context, name: str | None) -> bool:
    source = ctx.get_parameter_source(name) if name else None
    return source is not None and source.name == "COMMANDLINE"


def model_of(model: str | None, weights: str | None, device: str) -> OwnModel | None:
    """The model to run, None where none was named.

    Raises:
        SpecError: weights or a device for no model.
    """
    if model is not None:
        return OwnModel(model=model, weights=weights, device=device)
    if weights is not None or device != "auto":
        raise SpecError("--weights and --device go with --model: name the model to run on the split.")
    return None


def answer(said: Said) -> None:
    """Inspect or compare, write what was asked for, and print.

    Raises:
        VledgerError: a file cannot be read or written, or nothing in the split can be evaluated.
    """
    for option, path in said.reports.items():
        writable(option, path)
    if said.check and any(said.reports[name] for name in ("--html", "--json", "--csv")):
        raise SpecError("--check compares nothing: leave out --html, --json and --csv, or leave out --check.")
    files = Files(
        table=_upload("--split", said.split),
        sequences=_upload("--sequences", said.sequences) if said.sequences else None,
        labels=_upload("--labels", said.labels) if said.labels else None,
    )
    reporter = ConsoleReporter()
    with stopped(reporter, "stopped; nothing of the split is kept, so the same command begins anew"):
        if said.check:
            _inspect(said, files, reporter)
        else:
            _compare(said, files, reporter)


def _inspect(said: Said, files: Files, reporter: ConsoleReporter) -> None:
    from engine.local_split.inspect import inspect

    inspection, _ = inspect(files, said.options, Told(reporter))
    reporter.close()
    _write_problems(said, inspection)
    print_inspection(inspection, said.output)


def _compare(said: Said, files: Files, reporter: ConsoleReporter) -> None:
    from engine.local_split.compare import compare

    result = compare(files, said.options, Told(reporter))
    reporter.close()
    _write_reports(said, result)
    _write_problems(said, result.inspection)
    print_result(result, said.output)


class Told:
    """Tells a person at the terminal how far a comparison is."""

    def __init__(self, reporter: ConsoleReporter) -> None:
        """Nothing was told yet."""
        self._reporter, self._what, self._done, self._total, self._began = reporter, "", 0, -1, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say what begins, then move a bar: an `exchange.Progress`, whose words may change with every step."""
        if total != self._total or done < self._done:
            self._total, self._began = total, time.monotonic()
            if what != self._what:
                self._reporter.stage(plain(what))
            self._reporter.count("steps", rated=True)
            if total > 1:
                self._reporter.progress(0, total, 0, 0.0)
        elif total > 1:
            self._reporter.progress(done, total, 0, time.monotonic() - self._began)
        self._what, self._done = what, done


def _write_reports(said: Said, result: Result) -> None:
    from engine.local_split import report

    for option, made in (("--html", report.as_html), ("--json", report.as_json), ("--csv", report.as_csv)):
        path = said.reports[option]
        if path:
            write_file(option, path, made(result))


def _write_problems(said: Said, inspection: Inspection) -> None:
    path = said.reports["--problems"]
    if path:
        write_file("--problems", path, inspection.problem_table)


def _upload(option: str, path: Path) -> Upload:
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise SpecError(f"{option} {path}: it cannot be read ({error.strerror}); give a file that is there.") from error


def writable(option: str, path: Path | None) -> None:
    """Refuse a place that has no folder, before anything is computed.

    Raises:
        SpecError: there is none.
    """
    if path and not path.parent.is_dir():
        raise SpecError(f"{option} {path}: there is no folder {path.parent}; give another place.")


def write_file(option: str, path: Path, content: bytes) -> None:
    """Write what an option asked for.

    Raises:
        SpecError: it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SpecError(f"{option} {path}: it cannot be written ({error.strerror}); give another place.") from error
