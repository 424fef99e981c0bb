"""`vledger report`: decks and files without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dashboard.export.deck import Deck, Slide, as_file
from engine.cli import app
from engine.errors import NotHereError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Asked = Callable[..., subprocess.CompletedProcess[str]]

SIZE = ("--view", "/size?suite=geneb")


@pytest.fixture
def asked(store: Path, tmp_path: Path) -> Asked:
    """Runs the command in a process of its own, where no Chromium is found."""
    bare = os.environ | {"VLEDGER_CACHE": str(store.parents[1]), "PATH": str(tmp_path), "BROWSER_PATH": ""}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "engine", "report", *arguments]
        return subprocess.run(command, env=bare, cwd=tmp_path, check=False, capture_output=True, text=True)

    return run


def test_one_exhibit_as_csv_json_and_bibtex(asked: Asked, tmp_path: Path) -> None:
    for ending in ("csv", "json"):
        done = asked(*SIZE, "--exhibit", "size", "--out", f"x.{ending}")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert len((tmp_path / "x.csv").read_text("utf-8").splitlines()) == 42
    found = json.loads((tmp_path / "x.json").read_bytes())
    assert found["link"] == "http://localhost:8501/size?suite=geneb"


def test_a_view_is_written_whole_and_an_old_file_is_replaced(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("old")
    done = asked(*SIZE, "--out", "x.json", "--title", "Mine", "--dark", "--shape", "4:3", "--base-url", "https://h/v/")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "x.json").read_bytes())
    assert (found["title"], found["ground"], found["shape"], len(found["slides"])) == ("Mine", "dark", "4:3", 2)
    assert found["slides"][0]["link"] == "https://h/v/size?suite=geneb"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_slides_and_pages_need_no_chromium(asked: Asked, tmp_path: Path) -> None:
    for ending, begins in (("pptx", b"PK"), ("html", b"<!")):
        done = asked(*SIZE, "--exhibit", "worth", "--out", f"x.{ending}")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / f"x.{ending}").read_bytes().startswith(begins)


def test_a_slide_that_fails_is_told_and_does_not_lose_the_deck(asked: Asked, tmp_path: Path) -> None:
    slides = tuple(Slide(page="size", query="suite=geneb", key=key) for key in ("size", "gone"))
    absent = Slide(page="your-split", key="k", private="ab")
    (tmp_path / "d.json").write_bytes(as_file(Deck(slides=(*slides, absent)), {}, "h"))
    done = asked("--deck", "d.json", "--out", "x.md", "--strict")
    assert done.returncode == 1
    assert "slide 2: /size?suite=geneb shows no “gone” (it shows size, worth)" in done.stderr
    assert "slide 3: " in done.stderr
    assert (tmp_path / "x.md").read_text("utf-8").count("\n## ") == 4


def test_the_presets_and_the_exhibits_of_a_view_are_listed(asked: Asked) -> None:
    names = [row["preset"] for row in json.loads(asked("--list", "--format", "json").stdout)]
    assert names[:2] == ["leaderboard", "task"]
    shown = json.loads(asked("--list", *SIZE, "--format", "json").stdout)
    assert [row["exhibit"] for row in shown] == ["size", "worth"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--view", "/nothing", "--out", "x.csv"), "there is no page “/nothing”"),
        (("--view", "/your-split", "--out", "x.csv"), "shows a file of yours"),
        (("--view", "/size?s=aaaaaaaaaa", "--out", "x.csv"), "is not known on this machine"),
        ((*SIZE, "--exhibit", "no", "--out", "x.csv"), "shows no “no” (it shows size, worth)"),
        ((*SIZE, "--out", "x.doc"), "the ending says the format; a deck can be pptx"),
        ((*SIZE, "--out", "no/x.csv"), "there is no folder"),
        (("--preset", "task", "--out", "x.md"), "needs --task"),
        (("--preset", "leaderboard", "--suite", "no", "--out", "x.md"), "there is no suite “no”"),
        (("--deck", "no.json", "--out", "x.md"), "cannot be read"),
    ],
    ids=["page", "private", "short", "exhibit", "ending", "folder", "option", "suite", "deck"],
)
def test_what_cannot_be_made_is_one_sentence_and_no_file(
    asked: Asked, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = asked(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_the_page_has_not_is_told(asked: Asked) -> None:
    done = asked("--view", "http://host/size?suit=geneb&deck=x&present=yes", "--out", "x.csv")
    assert done.returncode == 0
    assert "This page has no setting “suit”; it was ignored." in done.stderr
    assert "deck" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--preset", "overview"),
        ("--preset", "overview", "--view", "/size", "--out", "x.md"),
        ("--preset", "overview", "--exhibit", "x", "--out", "x.md"),
        ("--view", "/size", "--suite", "geneb", "--out", "x.md"),
        ("--list", "--preset", "overview"),
    ],
    ids=["nothing", "no-out", "two", "exhibit", "option", "list"],
)
def test_options_that_do_not_go_together_are_refused_at_once(arguments: tuple[str, ...]) -> None:
    found = CliRunner().invoke(app, ["report", *arguments])
    assert isinstance(found.exception, SpecError)


def test_without_the_dashboard_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cli.report.find_spec", lambda _name: None)
    found = CliRunner().invoke(app, ["report", *SIZE, "--out", "x.md"])
    assert isinstance(found.exception, NotHereError)
    assert "pip install 'validity-ledger[dashboard,export]'" in str(found.exception)
