from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from engine.errors import VerificationError
from engine.records import Bundle, Claim, Model, Score, Stratum, Task
from engine.store.migrations import migrate
from engine.store.writer import write_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCORE = Score(
    model_id="m",
    task_id="t",
    stratum="all",
    regime="full",
    protocol="geneb-published",
    metric="MCC",
    value=0.5,
    origin="published",
    provenance="official",
    source_id="s",
)
TASK = Task(
    task_id="t",
    label="T",
    suite="geneb",
    category="C",
    kind="sequence_classification",
    primary_metric="MCC",
    position=0,
    source_id="s",
)
META = {"schema": "x"}
# One acceptable row per table that has a DOUBLE column; a test then damages one value of it.
ROWS: dict[str, dict[str, Any]] = {
    "model": {"model_id": "m", "name": "M", "role": "model", "source_id": "s", "bp_per_token": 1.0},
    "task": {
        "task_id": "t",
        "label": "T",
        "suite": "geneb",
        "category": "C",
        "kind": "fitness",
        "primary_metric": "MCC",
        "prevalence": 0.5,
        "sentinel": False,
        "position": 0,
        "source_id": "s",
    },
    "stratum": {
        "task_id": "t",
        "stratum": "all",
        "label": "All",
        "kind": "all",
        "prevalence": 0.5,
        "position": 0,
    },
    "score": {
        "model_id": "m",
        "task_id": "t",
        "stratum": "all",
        "regime": "full",
        "protocol": "p",
        "metric": "AUROC",
        "value": 0.5,
        "ci_low": 0.4,
        "ci_high": 0.6,
        "ci_method": "by hand",
        "se_to_best": 0.1,
        "origin": "published",
        "provenance": "official",
        "source_id": "s",
        "threshold": 0.5,
        "threshold_source": "stated by hand",
    },
    "item": {"task_id": "t", "item_id": "i", "value": -1.5},
    "throughput": {
        "run_id": "r",
        "model_id": "m",
        "task_id": "t",
        "protocol": "p",
        "device": "cpu",
        "dtype": "float32",
        "n_items": 10,
        "tokens": 100,
        "seconds": 0.5,
        "tokens_per_second": 200.0,
        "halvings": 0,
        "peak_bytes": 1,
    },
    "prediction": {
        "run_id": "r",
        "model_id": "m",
        "task_id": "t",
        "item_id": "i",
        "score": 0.5,
        "higher_is": "damaging",
    },
    "comparison": {
        "task_id": "t",
        "stratum": "all",
        "regime": "full",
        "protocol": "p",
        "metric": "MCC",
        "model_id": "m",
        "baseline_id": "b",
        "delta": 0.1,
        "ci_low": 0.0,
        "ci_high": 0.2,
        "p": 0.01,
        "q": 0.02,
        "minimum_effect": 0.03,
    },
}
DOUBLES = [(table, column) for table, row in ROWS.items() for column, value in row.items() if isinstance(value, float)]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        migrate(connection)
        yield connection


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${name}" for name in row)
    con.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", row)


@pytest.mark.parametrize("table", ROWS)
def test_an_acceptable_row_is_accepted(con: duckdb.DuckDBPyConnection, table: str) -> None:
    _insert(con, table, ROWS[table])
    assert con.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


def test_every_column_of_real_numbers_is_tested_here(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid)
        WHERE c.data_type IN ('DOUBLE', 'FLOAT')
    """
    assert set(con.execute(query).fetchall()) == set(DOUBLES)


@pytest.mark.parametrize(("table", "column"), DOUBLES)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_refused_in_every_column(
    con: duckdb.DuckDBPyConnection, table: str, column: str, value: float
) -> None:
    with pytest.raises(duckdb.ConstraintException, match="CHECK constraint failed"):
        _insert(con, table, ROWS[table] | {column: value})


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("score", {"value": 1.01}),
        ("score", {"value": -0.01, "ci_low": -0.02}),  # an AUROC
        ("score", {"metric": "MCC", "value": -1.01, "ci_low": -1.02}),
        ("score", {"value": None, "ci_low": None, "ci_high": None}),
        ("score", {"value": 0.7}),  # outside its own interval
        ("score", {"ci_low": 0.55}),
        ("score", {"ci_method": None}),
        ("score", {"se_to_best": -0.1}),
        ("score", {"n": 0}),
        ("score", {"metric": "Accuracy"}),
        ("score", {"regime": "2shot"}),
        ("score", {"origin": "hearsay"}),
        ("model", {"role": "champion"}),
        ("model", {"parameters": 0}),
        ("model", {"bp_per_token": 0.0}),
        ("task", {"prevalence": 1.1}),
        ("task", {"n_test": 0}),
        ("task", {"n_classes": 1}),
        ("stratum", {"n": 0}),
        ("prediction", {"higher_is": "better"}),
        ("comparison", {"p": 1.1}),
        ("comparison", {"delta": 2.1}),
    ],
)
def test_a_value_out_of_range_is_refused(con: duckdb.DuckDBPyConnection, table: str, damage: dict[str, Any]) -> None:
    with pytest.raises(duckdb.ConstraintException, match="CHECK constraint failed"):
        _insert(con, table, ROWS[table] | damage)


@pytest.mark.parametrize(
    "damage",
    [
        {"ci_low": None},
        {"ci_high": None},
        {"value": None, "undefined_reason": "one class only"},
    ],
)
def test_half_an_interval_or_one_around_nothing_is_refused(
    con: duckdb.DuckDBPyConnection, damage: dict[str, Any]
) -> None:
    with pytest.raises(duckdb.ConstraintException, match="CHECK constraint failed"):
        _insert(con, "score", ROWS["score"] | damage)


def test_an_undefined_value_with_its_reason_is_accepted(con: duckdb.DuckDBPyConnection) -> None:
    undefined = {"value": None, "ci_low": None, "ci_high": None, "ci_method": None}
    _insert(con, "score", ROWS["score"] | undefined | {"undefined_reason": "one class only"})
    assert con.execute("SELECT value, undefined_reason FROM score").fetchone() == (None, "one class only")


@pytest.mark.parametrize("table", ["model", "task", "stratum", "score", "comparison"])
def test_a_repeated_key_is_refused(con: duckdb.DuckDBPyConnection, table: str) -> None:
    _insert(con, table, ROWS[table])
    with pytest.raises(duckdb.ConstraintException, match="uplicate key"):
        _insert(con, table, ROWS[table])


@pytest.mark.parametrize(
    "bundle",
    [
        Bundle(scores=[replace(SCORE, value=1.5)]),
        Bundle(scores=[replace(SCORE, value=math.nan)]),
        Bundle(scores=[replace(SCORE, value=None)]),
        Bundle(scores=[SCORE, SCORE]),
        Bundle(models=[Model(model_id="m", name="M", role="champion", source_id="s")]),
        Bundle(tasks=[replace(TASK, n_test=-1)]),
    ],
    ids=["range", "nan", "no reason", "twice", "role", "negative"],
)
def test_the_writer_says_which_table_was_refused(tmp_path: Path, bundle: Bundle) -> None:
    with pytest.raises(VerificationError, match=r"table '(score|model|task)' was refused: .*Nothing was switched"):
        write_store(tmp_path / "new.duckdb", bundle, META)


def test_none_is_written_as_null_and_never_as_nan(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    undefined = replace(SCORE, task_id="u", value=None, undefined_reason="one class only")
    write_store(path, Bundle(scores=[SCORE, undefined]), META)
    with duckdb.connect(path, read_only=True) as con:
        rows = con.execute("SELECT task_id, value, ci_low, n, run_id FROM score ORDER BY task_id").fetchall()
        assert rows == [("t", 0.5, None, None, None), ("u", None, None, None, None)]
        assert con.execute("SELECT * FROM meta").fetchall() == [("schema", "x")]


def test_text_survives_writing(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    words = '3\'UTR; "quoted", κ ≥ 0.5\nnext line'
    claim = Claim(
        claim_id="c",
        system="S",
        task_family="F",
        ledger="validity",
        statement=words,
        metric=None,
        value=None,
        unit=None,
        comparator=None,
        comparator_value=None,
        outcome="mixed",
        evidence="E",
        caveat=None,
        source_id="s",
    )
    write_store(path, Bundle(claims=[claim]), META)
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("SELECT statement, caveat FROM claim").fetchone() == (words, None)


def _two_tasks(*scores: Score) -> Bundle:
    tasks = [TASK, replace(TASK, task_id="u", position=1)]
    strata = [Stratum(task_id=task.task_id, stratum="all", label="All", kind="all", position=0) for task in tasks]
    return Bundle(tasks=tasks, strata=strata, scores=scores)


def test_a_category_is_the_mean_of_its_tasks(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    write_store(path, _two_tasks(SCORE, replace(SCORE, task_id="u", value=0.1)), META)
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("SELECT value, n_tasks FROM category_score").fetchall() == [(pytest.approx(0.3), 2)]
        assert con.execute("SELECT macro, micro FROM suite_score").fetchall() == [(pytest.approx(0.3),) * 2]


def test_a_task_without_value_leaves_its_category_and_suite_without_one(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    undefined = replace(SCORE, task_id="u", value=None, undefined_reason="one class only")
    write_store(path, _two_tasks(SCORE, undefined), META)
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("SELECT value FROM category_score").fetchall() == [(None,)]
        assert con.execute("SELECT macro, micro FROM suite_score").fetchall() == [(None, None)]


def test_a_task_never_scored_leaves_its_category_without_a_value(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    other = replace(SCORE, model_id="n")
    write_store(path, _two_tasks(SCORE, replace(SCORE, task_id="u"), other), META)
    with duckdb.connect(path, read_only=True) as con:
        query = "SELECT model_id, value FROM category_score ORDER BY model_id"
        assert con.execute(query).fetchall() == [("m", pytest.approx(0.5)), ("n", None)]
