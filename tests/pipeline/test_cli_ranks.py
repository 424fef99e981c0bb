from __future__ import annotations

import csv
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from engine.cli import app, main
from engine.errors import QueryError, SpecError, StoreError
from engine.names import SINGLE_CELL, Suite
from engine.run.ranks import SOURCES, Asked, matrix, rank, weights_of
from engine.statistics.aggregate import category_means, macro_average
from engine.statistics.rank_rules import Aggregate, Sampling
from engine.store.reader import open_read_only
from tests.pipeline.real_runs import published_with_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OFFICIAL = ("ranks", "--provenance", "official", "--draws", "200")


def _answer(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def _rows(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_answer(*arguments, "--format", "json"))
    return found


@pytest.mark.usefixtures("store")
def test_the_table_starts_with_the_published_leader() -> None:
    lines = [line.split() for line in _answer(*OFFICIAL).splitlines()]
    assert lines[0] == ["rank", "model", "value", "ci", "rank_low", "rank_high", "p_best", "p_top3", "tier"]
    assert lines[1][:3] == ["1", "GENERator-eukaryote-3b-base", "0.605"]
    assert (lines[1][3][0], lines[1][4][-1]) == ("[", "]")
    assert len(lines) == 41


@pytest.mark.usefixtures("store")
def test_values_are_the_macro_averages_of_the_store(store: Path) -> None:
    with open_read_only(store) as con:
        found = matrix(con, Asked(provenance="official"))
    macro = macro_average(category_means(found.values, found.category))
    shown = {row["model"]: row["value"] for row in _rows(*OFFICIAL)}
    assert shown == pytest.approx(macro.to_dict(), abs=1e-11)
    assert found.values.shape == (40, 100)
    assert found.left_out == ()


@pytest.mark.usefixtures("store")
def test_csv_and_json_hold_the_same_rows_with_their_types() -> None:
    as_csv = list(csv.DictReader(io.StringIO(_answer(*OFFICIAL, "--format", "csv"))))
    as_json = _rows(*OFFICIAL)
    assert [{name: str(value) for name, value in row.items()} for row in as_json] == as_csv
    assert {name: type(as_json[0][name]) for name in ("rank", "value", "tier", "separable_from_first")} == {
        "rank": int,
        "value": float,
        "tier": int,
        "separable_from_first": bool,
    }


@pytest.mark.usefixtures("store")
def test_the_same_seed_gives_the_same_table() -> None:
    assert _answer(*OFFICIAL, "--seed", "4") == _answer(*OFFICIAL, "--seed", "4") != _answer(*OFFICIAL, "--seed", "5")


@pytest.mark.usefixtures("store")
def test_all_weight_on_one_category_ranks_by_it_alone(store: Path) -> None:
    with open_read_only(store) as con:
        found = matrix(con, Asked(provenance="official"))
    others = [f"--weight={name}=0" for name in set(found.category.values()) - {"Chromatin Acc."}]
    (task,) = (task for task, name in found.category.items() if name == "Chromatin Acc.")
    rows = _rows(*OFFICIAL, *others)
    assert rows[0]["model"] == found.values[task].idxmax()
    # One task is left, so that no draw differs from another.
    assert all(row["rank_low"] == row["rank"] == row["rank_high"] for row in rows)


@pytest.mark.usefixtures("store")
def test_win_rate_of_few_shot_ranks_all_models() -> None:
    rows = _rows("ranks", "--regime", "10shot", "--aggregate", "winrate", "--units", "categories", "--draws", "100")
    assert len(rows) == 41
    assert sum(row["p_best"] for row in rows) == pytest.approx(1)
    assert sum(row["value"] for row in rows) / 41 == pytest.approx(0.5)


@pytest.mark.usefixtures("store")
def test_what_was_left_out_is_said_beside_the_table() -> None:
    result = CliRunner().invoke(app, ["ranks", "--suite", "clinvar", "--draws", "100"], catch_exceptions=False)
    assert "left out, because scores are missing: alphamissense, " in result.stderr
    assert "alphamissense" not in result.stdout
    assert "11 systems on 13 columns of 13 categories; " in result.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("suite", [suite for suite, source in SOURCES.items() if source.task])
def test_strata_of_one_task_are_categories_of_their_own(suite: Suite) -> None:
    table, ranked = rank(Asked(suite=suite), sampling=Sampling(draws=100))
    assert len(set(ranked.category.values())) == ranked.values.shape[1] == len(table.weights) > 2
    assert table.models["rank"].min() == 1
    assert all(math.isfinite(value) for value in table.models["value"])


def test_assays_are_ranked_within_what_they_select_for(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(published_with_data(mirror)))
    table, ranked = rank(Asked(suite=Suite.DMS), aggregate=Aggregate.MACRO, sampling=Sampling(draws=100))
    assert ranked.values.shape[1] == 217
    assert len(table.weights) == 5
    assert len({name for name in ranked.group.values() if name}) < 217


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--weight", "Promoter=2"], "vledger: there is no category 'Promoter' to weigh: choose among "),
        (["--weight", "Promoters=-1"], "vledger: the weight of 'Promoters' is -1: give a number that is 0 or more."),
        (["--weight", "Promoters"], "vledger: --weight Promoters: give each category once, as name=number"),
        (["--weight", "Promoters=many"], "vledger: --weight Promoters=many: 'many' is no number"),
        (["--provenance", "nobody"], "vledger: the store has no scores of geneb, full, geneb-published, MCC, nobody"),
    ],
)
@pytest.mark.usefixtures("store")
def test_a_wrong_question_is_answered_in_one_sentence(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["vledger", "ranks", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence)
    assert said.count("\n") == 1


@pytest.fixture
def hand_made() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two tasks; `whole` and `other` have both, `half` has one and an undefined one, `shuffled` is a control."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE model AS FROM (VALUES ('whole', 'model'), ('other', 'baseline'), ('half', 'model'),"
            " ('shuffled', 'control')) AS rows (model_id, role)"
        )
        con.execute(
            "CREATE TABLE task AS FROM (VALUES ('t2', 'geneb', 'B', NULL, 2), ('t1', 'geneb', 'A', 'g', 1),"
            " ('t3', 'geneb', 'C', NULL, 3)) AS rows (task_id, suite, category, redundancy_group, position)"
        )
        con.execute(
            "CREATE TABLE score AS SELECT *, 'all' AS stratum, 'full' AS regime,"
            " 'geneb-published' AS protocol, 'MCC' AS metric, 'official' AS provenance FROM (VALUES"
            " ('whole', 't1', 0.5), ('whole', 't2', 0.6), ('other', 't1', 0.1), ('other', 't2', 0.7),"
            " ('half', 't1', 0.9), ('half', 't2', NULL), ('half', 't3', NULL), ('shuffled', 't1', 0.0),"
            " ('shuffled', 't3', 0.0)) AS rows (model_id, task_id, value)"
        )
        yield con


def test_systems_with_every_score_are_ranked_on_tasks_that_some_system_has(
    hand_made: duckdb.DuckDBPyConnection,
) -> None:
    found = matrix(hand_made, Asked())
    expected = pd.DataFrame([[0.1, 0.7], [0.5, 0.6]], index=["other", "whole"], columns=["t1", "t2"])
    pd.testing.assert_frame_equal(found.values, expected, check_names=False)
    assert (found.category, found.left_out) == ({"t1": "A", "t2": "B"}, ("half",))
    assert found.group["t1"] == "g"


def test_one_system_with_every_score_is_not_enough(hand_made: duckdb.DuckDBPyConnection) -> None:
    hand_made.execute("DELETE FROM score WHERE model_id = 'other' AND task_id = 't1'")
    with pytest.raises(QueryError, match="1 of 3 systems have every score of geneb, full, geneb-published, MCC:"):
        matrix(hand_made, Asked())


@pytest.mark.parametrize("suite", SINGLE_CELL)
def test_tasks_on_scales_of_their_own_have_no_rank_over_them(
    hand_made: duckdb.DuckDBPyConnection, suite: Suite
) -> None:
    with pytest.raises(
        QueryError, match=f"each task of {suite} has a scale of its own, so nobody has a rank over them"
    ):
        matrix(hand_made, Asked(suite=suite))


def test_a_weight_may_stand_behind_a_name_with_an_equals_sign() -> None:
    assert weights_of(["stars>=1=2", "x=0.5"]) == {"stars>=1": 2, "x": 0.5}
    with pytest.raises(SpecError, match="each category once"):
        weights_of(["x=1", "x=2"])


@pytest.mark.usefixtures("empty_cache")
def test_without_a_store_the_command_to_make_one_is_named() -> None:
    with pytest.raises(StoreError, match="run `vledger publish`"):
        rank(Asked())
