"""README.md's claims of what holds under load and fault: each names tests that are there."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(precomputed: Path) -> Path:
    return precomputed.parent


@pytest.fixture(scope="module")
def claims(root: Path) -> dict[str, list[str]]:
    """Each claim with the files of its tests."""
    section = (root / "README.md").read_text("utf-8").partition("## For a team")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!it holds|---)(.+?) \| (.+) \|$", section, re.MULTILINE)
    return {claim: re.findall(r"\]\((tests/[\w/]+\.py)\)", tests) for claim, tests in rows}


def test_every_claim_has_tests_that_are_there(root: Path, claims: dict[str, list[str]]) -> None:
    assert len(claims) > 15
    for claim, files in claims.items():
        assert files, claim
        for file in files:
            found = ast.parse((root / file).read_text("utf-8"))
            tests = [node for node in ast.walk(found) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"]
            assert tests, (claim, file)


def test_the_counts_that_the_report_ends_with_are_recorded_by_these_tests(
    root: Path, claims: dict[str, list[str]]
) -> None:
    told = "".join((root / file).read_text("utf-8") for files in claims.values() for file in files)
    for name in ("fault", "killed", "readers"):
        assert re.search(rf'record_property\(\s*"{name}"', told), name
    report = (root / "tests" / "conftest.py").read_text("utf-8")
    for name in ("fault", "killed", "readers", "inputs tried"):
        assert f'name == "{name}"' in report
