"""docs/operations.md says what the code does: commands, routes, checks, metrics, limits."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING, get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard.observing import metrics, readiness
from dashboard.observing.readiness import Readiness, Watch
from dashboard.serving import routes
from dashboard.serving.settings import Settings
from engine.cli.keeping import backup, restore
from engine.cli.serving import dashboard
from engine.cli.store import publish
from engine.store.keeping.archive import MOST_GROWTH

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {"backup": backup, "restore": restore, "dashboard": dashboard, "publish": publish}


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "operations.md").read_text("utf-8")


def _rows(text: str, heading: str) -> list[str]:
    """First cells of the first table under a heading."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [name for cell in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(.*?)`", cell)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_in_a_command_is_one_of_that_command(name: str, text: str) -> None:
    lines = [line.partition("#")[0] for line in re.findall(rf"vledger {name}\b[^`\n]*", text)]
    assert lines
    used = {option for line in lines for option in re.findall(r" --([a-z-]+)", line)}
    known = {parameter.replace("_", "-") for parameter in inspect.signature(COMMANDS[name]).parameters}
    assert used <= known | {"list"}
    assert "listed" in inspect.signature(restore).parameters


def test_only_known_commands_are_named(text: str) -> None:
    assert set(re.findall(r"vledger ([a-z]+)", text)) == set(COMMANDS)


def test_the_routes_are_the_servers(text: str) -> None:
    known = {route.path for route in routes.operations(Settings())}
    assert set(re.findall(r"`(/api/[a-z]+)`", text)) == known
    assert routes.operations(Settings(base_path="lab/ledger"))[0].path == "/lab/ledger/api/live"
    assert "`/lab/ledger/api/live`" in text
    assert f"`{routes.TOKEN}`" in text


@pytest.mark.usefixtures("served_store")
def test_the_checks_are_those_that_are_made_in_this_order(text: str) -> None:
    named = [name for name in _rows(text, "Is it well?") if not name.startswith("/")]
    assert named == [check.name for check in Watch().look().checks]
    assert {field.name for field in fields(Readiness)} <= set(re.findall(r"`(\w+)`", text))
    assert f"{readiness.KEPT_SECONDS:.0f} seconds" in text


@pytest.mark.usefixtures("served_store")
def test_every_metric_is_named_and_no_other(text: str) -> None:
    samples = {
        family.name + ("_total" if family.type == "counter" else "_info" if family.name == "vledger_store" else "")
        for family in text_string_to_metric_families(metrics.text().decode())
    }
    named = set(_rows(text, "Metrics"))
    assert {name for name in samples if name.startswith("vledger_")} - {"vledger_store_info_info"} <= named | {
        name.removesuffix("_info") for name in named
    }
    assert {name for name in named if not name.startswith("process_")} <= samples | {"vledger_store_info"}
    for word in (*get_args(metrics.Refusal), *get_args(metrics.Kind)):
        assert word in text


def test_how_much_a_backup_may_grow_is_said(text: str) -> None:
    assert f"more than {MOST_GROWTH} times" in text
