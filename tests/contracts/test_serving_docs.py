"""docs/serving.md says what the code does: options and their environment; nginx runs its text in another test."""

from __future__ import annotations

import configparser
import inspect
import re
import shlex
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from engine.cli import app, serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "serving.md").read_text("utf-8")


def _options() -> dict[str, str]:
    """Every option of the command with its environment variable."""
    hints = get_type_hints(serving.dashboard, include_extras=True)
    found = {}
    for name in inspect.signature(serving.dashboard).parameters:
        (said,) = (one for one in get_args(hints[name])[1:] if hasattr(one, "envvar"))
        found[f"--{name.replace('_', '-')}"] = said.envvar
    return found


def test_the_table_has_every_option_with_its_environment_variable(text: str) -> None:
    assert dict(re.findall(r"^\| `(--[a-z-]+)` \| `([A-Z_]+)` \|", text, re.MULTILINE)) == _options()


def test_every_command_uses_options_that_there_are(text: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    (found,) = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    unit.read_string(found)
    commands = [*re.findall(r"^`?(vledger dashboard [^`\n]*)", text, re.MULTILINE), unit["Service"]["ExecStart"]]
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command)
        assert words[0].endswith("vledger")
        assert words[1] == "dashboard"
        used = {word for word in words if word.startswith("--")}
        assert used
        assert used <= set(_options())


def test_every_option_has_help() -> None:
    shown = CliRunner().invoke(app, ["dashboard", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    for option in _options():
        (line,) = (line for line in shown.splitlines() if re.search(rf" {option}\b", line))
        assert re.search(r"[A-Z][a-z]+ .*\.", line), line
