"""The shipped single-cell results are whole, and are what the shipped spec gives today."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from functools import cache
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from engine.datasets.fetch import MIRROR
from engine.records import BUNDLE_FIELD_OF
from engine.registry.cell_systems import CELL_SYSTEMS
from engine.registry.singlecell import CELL_TASKS
from engine.run.singlecell.execute import execute, prepare
from engine.singlecell_spec import read_singlecell_spec
from engine.store.parquet import read_frame
from tests.pipeline.probing_runs import Listener

if TYPE_CHECKING:
    from pathlib import Path

NAME = "single-cell"
SCVI = "scvi"
# What tells one row from another, and what a row says; the run and the version of its words are its own.
KEYS = {
    "score": ["task_id", "model_id", "metric", "stratum", "regime", "protocol"],
    "comparison": ["task_id", "model_id", "baseline_id", "metric", "stratum", "regime", "protocol"],
    "item_value": ["task_id", "model_id", "metric", "item_id", "protocol"],
    "task": ["task_id"],
    "stratum": ["task_id", "stratum"],
}
OWN = ["run_id", "source_id"]


@pytest.fixture(scope="module")
def shipped(precomputed: Path) -> dict[str, pd.DataFrame]:
    """The shipped tables, by name."""
    return _tables(precomputed / "results" / NAME)


@cache
def _again(precomputed: Path, mirror: Path) -> dict[str, pd.DataFrame]:
    """The tables of the shipped spec carried out now."""
    spec = read_singlecell_spec(precomputed / f"{NAME}.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", tempfile.mkdtemp())
        return _tables(execute(prepare(spec), command="vledger run", reporter=Listener(), results=None).folder)


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: read_frame(path) for path in folder.glob("*.parquet")}


def _rows(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in one order, by their keys; without scVI, which rests on a package and on how a machine adds up."""
    columns = frame.columns.intersection(["model_id", "baseline_id"])
    others = frame[~frame[columns].isin([SCVI]).any(axis="columns")]
    kept = others.set_index(KEYS[table]).sort_index()
    # A q is adjusted over all comparisons by a metric, those of scVI too.
    return kept.drop(columns=[*kept.columns.intersection(OWN), *kept.columns.intersection(["q"])])


@pytest.mark.parametrize("table", KEYS)
def test_the_shipped_spec_gives_the_shipped_rows(
    table: str, shipped: dict[str, pd.DataFrame], precomputed: Path, mirror: Path
) -> None:
    before, now = _rows(table, shipped[table]), _rows(table, _again(precomputed, mirror)[table])
    assert len(before) > 0
    pd.testing.assert_frame_equal(now, before, check_dtype=False, rtol=1e-6, atol=1e-9)


def test_no_table_is_shipped_that_a_run_does_not_write(
    shipped: dict[str, pd.DataFrame], precomputed: Path, mirror: Path
) -> None:
    assert shipped.keys() == _again(precomputed, mirror).keys()
    assert shipped.keys() - BUNDLE_FIELD_OF.keys() <= {"item_value"}
    assert set(KEYS) == shipped.keys() - {"run", "model"}


@pytest.mark.skipif(not importlib.util.find_spec("scvi"), reason="scvi-tools is not installed")
def test_scvi_reaches_about_what_is_shipped(shipped: dict[str, pd.DataFrame], precomputed: Path, mirror: Path) -> None:
    keys = KEYS["score"]
    tables = (shipped["score"], _again(precomputed, mirror)["score"])
    before, now = (frame[frame["model_id"] == SCVI].set_index(keys)["value"].sort_index() for frame in tables)
    pd.testing.assert_series_equal(now, before, rtol=0, atol=0.05)


def test_scvi_stands_with_the_value_and_the_package_that_the_docs_name(
    shipped: dict[str, pd.DataFrame], precomputed: Path
) -> None:
    scores = shipped["score"]
    own = scores[scores["model_id"] == SCVI].set_index("metric")["value"]
    assert own.notna().all()
    docs = precomputed.parent / "docs" / "single-cell.md"
    assert f"reaches an AvgBIO of {own['AvgBIO']:.3f} in the shipped results" in docs.read_text("utf-8")
    version = json.loads(shipped["run"]["packages_json"].item())["scvi-tools"]
    assert f"scvi-tools {version} was installed" in (precomputed / "README.md").read_text("utf-8")


def test_every_score_has_an_interval_or_a_reason(shipped: dict[str, pd.DataFrame]) -> None:
    scores = shipped["score"]
    valued = scores["value"].notna()
    assert valued.any()
    assert (~valued).any()
    assert scores.loc[valued, ["ci_low", "ci_high", "ci_method", "n"]].notna().all(axis=None)
    assert scores.loc[valued, "undefined_reason"].isna().all()
    assert scores.loc[~valued, ["ci_low", "ci_high"]].isna().all(axis=None)
    assert scores.loc[~valued, "undefined_reason"].str.len().gt(10).all()
    inside = scores[valued]
    assert inside["value"].between(inside["ci_low"], inside["ci_high"]).all()


def test_every_value_of_a_single_item_stands_or_says_why_not(shipped: dict[str, pd.DataFrame]) -> None:
    items = shipped["item_value"]
    assert (items["value"].notna() ^ items["undefined_reason"].notna()).all()
    assert set(items["task_id"]) == set(CELL_TASKS)


def test_every_registered_baseline_and_control_stands_on_every_task_of_its_suite(store: Path) -> None:
    wanted = {
        (card.task_id, name)
        for card in CELL_TASKS.values()
        for name, system in CELL_SYSTEMS.items()
        if system.suite == card.suite
    }
    with duckdb.connect(str(store), read_only=True) as con:
        query = "SELECT DISTINCT task_id, model_id, metric FROM score WHERE task_id IN (SELECT unnest(?))"
        found = con.execute(query, [list(CELL_TASKS)]).fetchall()
        roles = dict(con.execute("SELECT model_id, role FROM model").fetchall())
    assert {(task, model) for task, model, _ in found} == wanted
    primary = {(task, model) for task, model, metric in found if metric == CELL_TASKS[task].primary}
    assert primary == wanted
    assert {name: roles[name] for name in CELL_SYSTEMS} == {name: card.role for name, card in CELL_SYSTEMS.items()}


def test_everything_with_a_value_is_held_against_the_baseline_to_beat(shipped: dict[str, pd.DataFrame]) -> None:
    scores, compared = shipped["score"], shipped["comparison"]
    registered = compared[compared["registered"]]
    for card in CELL_TASKS.values():
        rows = scores[(scores["task_id"] == card.task_id) & (scores["metric"] == card.primary)]
        beside = registered[(registered["task_id"] == card.task_id) & (registered["metric"] == card.primary)]
        assert set(beside["baseline_id"]) == {card.registered.baseline}
        valued = set(rows.loc[rows["value"].notna(), "model_id"]) - {card.registered.baseline}
        assert set(beside.loc[beside["delta"].notna(), "model_id"]) == valued
        assert beside.loc[beside["delta"].isna(), "undefined_reason"].notna().all()
        assert beside.loc[beside["delta"].notna(), ["ci_low", "ci_high", "q", "verdict"]].notna().all(axis=None)
