"""The command that writes decks and files of views, for a weekly job: no browser is opened.

The dashboard makes them, in a process of its own: the engine does not know it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.printing import FORMAT, Format, complain, print_rows
from engine.errors import NotHereError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from engine.cli.progress import ConsoleReporter

_OPTIONS = ("suite", "task", "model", "first", "second", "item")


def report(
    preset: Annotated[str | None, typer.Option(help="A deck by name; --list says which there are.")] = None,
    view: Annotated[str | None, typer.Option(help="An address, such as '/leaderboard?suite=geneb'.")] = None,
    deck: Annotated[Path | None, typer.Option(help="A deck's file, saved on the page Deck.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write: pptx, html, pdf, png, svg, csv, json, md, tex or bib.")
    ] = None,
    exhibit: Annotated[str | None, typer.Option(help="Only this exhibit of the view; --list says which.")] = None,
    suite: Annotated[str | None, typer.Option(help="Suite of a preset.")] = None,
    task: Annotated[str | None, typer.Option(help="Task of a preset.")] = None,
    model: Annotated[str | None, typer.Option(help="Model of a preset.")] = None,
    first: Annotated[str | None, typer.Option(help="First system of the preset compare.")] = None,
    second: Annotated[str | None, typer.Option(help="Second system of the preset compare.")] = None,
    item: Annotated[str | None, typer.Option(help="Variant of the preset variant.")] = None,
    title: Annotated[str, typer.Option(help="Title of the deck; default: its own.")] = "",
    dark: Annotated[bool, typer.Option("--dark/--light", help="Ground; default: the deck's own, or light.")] = False,
    shape: Annotated[Literal["16:9", "4:3"] | None, typer.Option(help="Of a slide; default: the deck's own.")] = None,
    base_url: Annotated[
        str, typer.Option(help="Where the dashboard is reached: links begin with it.", envvar="VLEDGER_BASE_URL")
    ] = "http://localhost:8501",
    listing: Annotated[bool, typer.Option("--list", help="List the presets, or the exhibits of --view.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit with 1 where a slide has no content.")] = False,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Write a deck, or a file of a view: slides, pages, pictures, numbers, tables, citations."""
    given = dict(zip(_OPTIONS, (suite, task, model, first, second, item), strict=True))
    request = {
        "preset": preset,
        "options": {name: value for name, value in given.items() if value is not None},
        "view": view,
        "exhibit": exhibit,
        "deck": None if deck is None else str(deck.absolute()),
        "listing": listing,
        "out": "" if out is None else str(out.absolute()),
        "title": title,
        "ground": "dark" if dark else None,
        "shape": shape,
        "base": base_url,
        "strict": strict,
    }
    _check(request)
    _need_dashboard()
    status = _run(request, output)
    if status:
        raise typer.Exit(status)


def _check(request: dict[str, Any]) -> None:
    """Refuse what does not go together before anything starts."""
    ways = [name for name in ("preset", "view", "deck") if request[name] is not None]
    if request["listing"]:
        if ways not in ([], ["view"]):
            raise SpecError("--list goes alone, for the presets, or with --view, for its exhibits")
        return
    if len(ways) != 1:
        raise SpecError("say what to write with one of --preset, --view and --deck; --list names the presets")
    if not request["out"]:
        raise SpecError("say where to write it: --out deck.pptx")
    if request["exhibit"] is not None and ways != ["view"]:
        raise SpecError("--exhibit names one of a view: give --view, too")
    if request["options"] and ways != ["preset"]:
        raise SpecError(f"--{next(iter(request['options']))} is of a preset: give --preset, too")


def _need_dashboard() -> None:
    if any(find_spec(name) is None for name in ("streamlit", "plotly", "dashboard")):
        raise NotHereError("reports are made by the dashboard: pip install 'validity-ledger[dashboard,export]'")


def _run(request: dict[str, Any], output: Format) -> int:
    """Start the dashboard's process, hand on what it tells, and give its exit status."""
    from engine.cli.progress import ConsoleReporter, stopped

    reporter = ConsoleReporter()
    reporter.count("views")
    with tempfile.TemporaryFile() as noise, stopped(reporter, "stopped; nothing was written"), _started(noise) as child:
        try:
            ended = _followed(child, request, reporter, output)
        except KeyboardInterrupt:
            child.terminate()
            raise
        status = child.wait()
        if status and not ended:
            raise SpecError(f"the report could not be made: {_last_line(noise)}")
    return status


def _started(noise: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.report"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=noise,
        text=True,
        encoding="utf-8",
    )


def _followed(child: subprocess.Popen[str], request: dict[str, Any], reporter: ConsoleReporter, output: Format) -> bool:
    """Show what the child tells until it ends; whether it came to an end of its own, good or bad."""
    began, ended = time.monotonic(), False
    for said in _lines(child, request):
        if "step" in said:
            reporter.progress(said["step"], said["of"], 0, time.monotonic() - began)
        elif "say" in said:
            reporter.close()
            complain(said["say"])
        elif "listed" in said:
            _print_list(request, said["listed"], output)
        ended = ended or bool(said.keys() & {"listed", "wrote", "error"})
        if "wrote" in said:
            reporter.close()
            slides = said["slides"]
            typer.echo(
                f"{said['wrote']}: {slides} slide{'' if slides == 1 else 's'}, {said['bytes'] / 1000:,.0f} kB", err=True
            )
        elif "error" in said:
            reporter.close()
            complain(said["error"])
    return ended


def _lines(child: subprocess.Popen[str], request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if child.stdin is None or child.stdout is None:
        return
    try:
        child.stdin.write(json.dumps(request))
        child.stdin.close()
    except BrokenPipeError:  # it ended before it read; its last words say why
        return
    for line in child.stdout:
        if line.startswith("{"):
            yield json.loads(line)


def _print_list(request: dict[str, Any], rows: list[list[str]], output: Format) -> None:
    names = ("preset", "options", "shows") if request["view"] is None else ("exhibit", "kind", "title")
    print_rows(names, rows, output)


def _last_line(noise: IO[bytes]) -> str:
    noise.seek(0)
    lines = [line.strip() for line in noise.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "its process ended without a word"
