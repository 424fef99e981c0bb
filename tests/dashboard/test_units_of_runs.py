"""A store with two runs of the same systems: single values are those of the run whose value stands for the task."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboard.queries import single_cells
from dashboard.queries.compare import Pair
from dashboard.queries.compare_whole import read_on_units
from dashboard.queries.suites import SUITES
from dashboard.queries.task_units import read_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from dashboard.queries.ask import Ask

DOUBLES = "perturbench:doubles"
PROTOCOLS = SUITES["perturbation"].protocols


@pytest.fixture(scope="module")
def ask_two(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """The shipped store with every single value once more, 10 larger, from a run of one's own that does not stand."""
    path = shutil.copy(store, tmp_path_factory.mktemp("two runs"))
    with duckdb.connect(path) as con:
        con.execute(
            "INSERT INTO item_value BY NAME SELECT * REPLACE ('own' AS run_id, value + 10 AS value) FROM item_value"
        )

        def asked(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
            return con.execute(sql, dict(parameters or {})).df()

        yield asked


def test_a_task_has_the_values_of_the_run_that_stands(ask: Ask, ask_two: Ask) -> None:
    assert len(ask_two("SELECT DISTINCT run_id FROM item_value")) == 2
    one, two = (read_units(which, DOUBLES, "L2", PROTOCOLS) for which in (ask, ask_two))
    assert one is not None
    assert two is not None
    assert one.values.equals(two.values)
    assert one.reasons.equals(two.reasons)


def test_a_comparison_has_them_too(ask: Ask, ask_two: Ask) -> None:
    pair = Pair("perturbation", "full", "L2Skill", "linear", "additive")
    one, two = (read_on_units(which, pair, DOUBLES, PROTOCOLS) for which in (ask, ask_two))
    assert one is not None
    assert two is not None
    assert one.rows.equals(two.rows)


def test_so_does_the_evidence(ask: Ask, ask_two: Ask) -> None:
    models = ["linear", "additive", "no-change"]
    one, two = (single_cells.read_units(which, DOUBLES, "L2", models) for which in (ask, ask_two))
    assert len(one) == 5
    assert one.equals(two)
