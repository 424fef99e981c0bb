"""Commands around GENEB's submission files: writing them, checking them, taking them in."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.options import BATCH_TOKENS, DEVICE, DTYPE, PICKLE, REMOTE_CODE, WEIGHTS, Dtype
from engine.cli.printing import FORMAT, Format, print_rows
from engine.protocols import Pooling
from engine.store.location import precomputed_dir

_FILES = typer.Argument(help="Submissions as the harness or `vledger geneb submit` writes them.")
_FOLDER = typer.Argument(exists=True, file_okay=False, help="A folder with *.json or submissions/*.json in it.")
_PUBLISH = typer.Option(help="Put the results into the store afterwards.")
_WIDTH = 120
_NOT_POSSIBLE = 2

geneb_app = typer.Typer(help="Write and check GENEB's submission files.", no_args_is_help=True)
import_app = typer.Typer(help="Take other people's results in.", no_args_is_help=True)


@geneb_app.command("check")
def check(
    files: Annotated[list[Path], _FILES],
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Say everything that is wrong with GENEB submissions; exit code 2 where anything is."""
    from engine.published.geneb_submissions import check as check_file
    from engine.published.geneb_submissions import read_benchmark

    benchmark = read_benchmark(precomputed_dir() / "published")
    found = {path: check_file(path, benchmark) for path in dict.fromkeys(files)}
    if output is Format.TABLE:
        shown = [[mark, path.name, fault] for path, faults in found.items() for mark, fault in _marked(faults)]
        print_rows(["", "file", "problem"], shown, output, width=_WIDTH)
    else:
        rows = [[str(path), fault] for path, faults in found.items() for _, fault in _marked(faults)]
        print_rows(["file", "problem"], rows, output)
    if any(found.values()):
        raise typer.Exit(_NOT_POSSIBLE)


def _marked(faults: list[str]) -> list[tuple[str, str | None]]:
    return [("--", fault) for fault in faults] or [("ok", None)]


@geneb_app.command("submit")
def submit(
    model: Annotated[str, typer.Option(help="Id of the registry, a local folder, or a baseline such as kmer-4.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the file.")] = Path("submissions"),
    model_id: Annotated[str | None, typer.Option(help="Id in the file; default: the model's.")] = None,
    display: Annotated[str | None, typer.Option(help="Name in the file; default: the model's.")] = None,
    submitted_by: Annotated[str, typer.Option(help="Who submits.")] = "",
    weights: Annotated[Path | None, WEIGHTS] = None,
    pooling: Annotated[Pooling | None, typer.Option(help="How tokens become one vector; default: GENEB's own.")] = None,
    device: Annotated[str, DEVICE] = "auto",
    dtype: Annotated[Dtype, DTYPE] = "auto",
    batch_tokens: Annotated[int | None, BATCH_TOKENS] = None,
    allow_remote_code: Annotated[bool, REMOTE_CODE] = False,
    allow_pickle: Annotated[bool, PICKLE] = False,
) -> None:
    """Probe all of GENEB's tasks under its own protocol and write the submission; a killed run goes on where it was."""
    from engine.cli.probing import label, run_probing
    from engine.cli.runs import run_name
    from engine.probe_spec import make_probe_spec
    from engine.registry.features import FEATURES
    from engine.run.probing.submission import write_geneb
    from engine.run.probing.systems import SHUFFLED

    is_baseline = model.removeprefix(SHUFFLED) in FEATURES
    shared = {"id": model, "weights": weights, "pooling": pooling}
    options = {
        "device": device,
        "dtype": dtype,
        "batch_tokens": batch_tokens,
        # The file holds GENEB's five seeds only.
        "few_shot_draws": 20,
        "allow_remote_code": allow_remote_code,
        "allow_pickle": allow_pickle,
    }
    content = {
        "name": run_name(label(model), ["geneb"], None),
        "tasks": "all",
        "protocol": "geneb-exact",
        "baselines": [model] if is_baseline else [],
        "models": [] if is_baseline else [shared],
        "options": options,
    }
    spec = make_probe_spec(content, where="geneb submit")
    summary = run_probing(spec, results=None, plan=False, publish=False, output=Format.TABLE)
    path = write_geneb(summary, out, model_id=model_id, display=display, submitted_by=submitted_by)
    typer.echo(f"wrote {path}", err=True)


@import_app.command("geneb")
def import_geneb(
    folder: Annotated[Path, _FOLDER],
    publish: Annotated[bool, _PUBLISH] = True,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Take GENEB submissions in, beside the published models; models that are shipped are compared and left out."""
    from engine.run.geneb_import import import_submissions

    taken = import_submissions(folder, command=shlex.join(["vledger", *sys.argv[1:]]))
    rows = [[one.file, one.outcome, remark] for one in taken for remark in one.remarks]
    print_rows(["file", "outcome", "remark"], rows, output, width=_WIDTH if output is Format.TABLE else None)
    outcomes = {one.outcome for one in taken}
    if publish and outcomes & {"imported", "unchanged"}:
        from engine.run.publishing import publish as publish_store

        typer.echo(f"published {publish_store()[0]}", err=True)
    if "refused" in outcomes:
        raise typer.Exit(_NOT_POSSIBLE)
