"""docs/login.md says what the code does: fields, options, hours."""

from __future__ import annotations

import inspect
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from dashboard import access
from dashboard.access import Login, Provider
from dashboard.serving import signed_in
from engine.cli.serving import dashboard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "login.md").read_text("utf-8")


@pytest.fixture
def example(text: str) -> str:
    (found,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return str(found)


def test_every_option_in_a_command_is_one_of_that_command(text: str) -> None:
    lines = [line for line in text.splitlines() if re.match(r"(\w+=\S+ )?vledger dashboard", line)]
    assert lines
    known = {name.replace("_", "-") for name in inspect.signature(dashboard).parameters}
    assert {option for line in lines for option in re.findall(r" --([a-z-]+)", line)} <= known
    assert {name for line in lines for name in re.findall(r"^(\w+)=", line)} == {access.SECRETS}


def test_the_example_is_a_login_once_it_has_secrets(example: str, tmp_path: Path) -> None:
    filled = example.replace('cookie_secret = "..."', 'cookie_secret = "0123456789abcdefghijklmnopqrstuvwxyz"')
    path = tmp_path / "secrets.toml"
    path.write_text(filled, "utf-8")
    assert access.read((path,)) == Login(
        providers=(Provider("clinic", "the clinic"),),
        redirect_uri="https://ledger.hospital.org/oauth2callback",
        emails=frozenset({"guest@elsewhere.org"}),
        domains=frozenset({"hospital.org"}),
        hours=12.0,
    )


def test_every_field_of_the_example_is_explained(text: str, example: str) -> None:
    rows = "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    explained = set(re.findall(r"`(\w+)`", rows))
    found = tomllib.loads(example)
    fields = {*found["auth"], *found["auth"]["clinic"], *found["access"]} - {"clinic", "label"}
    assert explained == fields | {"everyone"}
    assert explained >= access._OF_ACCESS


def test_hours_and_letters_are_the_codes(text: str) -> None:
    assert f"{access.HOURS:g} if not said" in text
    assert f"at least {access._SECRET_LETTERS} random letters" in text
    assert "half a minute later its connection is closed" in text
    assert signed_in.GRACE == 30
