"""docs/cluster.md says what the code does: options, resources, tries, patience."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from engine.cli.runs import run
from engine.cli.sites import Executor
from engine.cli.store import publish
from engine.executors import on_ray
from engine.executors.needs import Need, resources
from engine.spec import Options

if TYPE_CHECKING:
    from pathlib import Path

_SHARES = {"1/4": 0.25, "1/2": 0.5, "1": 1.0, "0": 0.0}


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "cluster.md").read_text("utf-8")


def test_every_option_in_a_command_is_one_of_that_command(text: str) -> None:
    for name, command in (("run", run), ("publish", publish)):
        lines = [line.partition("#")[0] for line in text.splitlines() if re.match(rf"\s*vledger {name} ", line)]
        used = {option for line in lines for option in re.findall(r" --([a-z-]+)", line)}
        assert used
        assert used <= {parameter.replace("_", "-") for parameter in inspect.signature(command).parameters}
    assert set(re.findall(r"--executor (\w+)", text)) == {Executor.RAY.value}
    assert "`workers`" in text
    assert "workers" in Options.model_fields


@pytest.mark.parametrize(
    ("row", "need"),
    [
        ("up to 100 million parameters", Need("a", 100_000_000)),
        ("up to 1 billion", Need("a", 1_000_000_000)),
        ("larger", Need("a", 1_000_000_001)),
        ("no model: a probe on features or vectors", Need()),
    ],
)
def test_the_table_of_resources_is_the_codes(text: str, row: str, need: Need) -> None:
    (cells,) = re.findall(rf"^\| {row} \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    asked = resources(need, "cuda")
    assert (_SHARES[cells[0]], int(cells[1])) == (asked.gpus, asked.cpus)
    assert "1 GB, and 8 bytes for each parameter" in text
    assert asked.memory == 10**9 + 8 * (need.parameters or 0)


def test_tries_and_patience_are_the_codes(text: str) -> None:
    assert "tried again, at most twice" in text
    assert on_ray._MOST_RETRIES == 2
    assert "within 10 minutes" in text
    (patience,) = (field.default for field in fields(on_ray.Cluster) if field.name == "patience")
    assert patience == 600
