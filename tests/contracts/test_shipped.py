from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest

from engine.registry import published_systems, read_systems

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def described(precomputed: Path) -> dict[str, int]:
    """Rows per file, as precomputed/README.md states them."""
    found: dict[str, int] = {}
    for line in (precomputed / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and ".csv" in cells[1]:
            counts = [int(count.replace(",", "")) for count in re.split(r",\s+", cells[2])]
            found |= dict(zip(re.split(r",\s*", cells[1]), counts, strict=True))
    return found


def test_the_readme_describes_every_table_and_no_other(precomputed: Path, described: dict[str, int]) -> None:
    assert {path.name for path in (precomputed / "published").glob("*.csv")} == described.keys()


def test_the_readme_states_the_number_of_rows(precomputed: Path, described: dict[str, int]) -> None:
    found = {}
    for path in (precomputed / "published").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.name] = sum(1 for _ in csv.reader(file)) - 1
    assert found == described


def test_the_registry_and_geneb_name_the_same_models(published: Path) -> None:
    with (published / "geneb_models.csv").open(encoding="utf-8", newline="") as file:
        named = {row["model_id"]: int(row["params"]) for row in csv.DictReader(file)}
    registered = {row.geneb_model_id: row.params for row in read_systems() if row.geneb_model_id}
    assert registered == named


def test_an_alias_leads_to_the_registry_or_describes_its_system(published: Path) -> None:
    registered = {row.model_id for row in read_systems()} | {row.model_id for row in published_systems.as_models()}
    with (published / "system_aliases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    astray = [row["published_name"] for row in rows if (row["model_id"] in registered) == bool(row["display_name"])]
    assert astray == []
