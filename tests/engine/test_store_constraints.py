from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from engine.errors import VerificationError
from engine.names import Direction, Metric
from engine.records import Bundle, Claim, ItemMeasure, Leakage, Model, ProbeFit, Run, Score, Source, Task
from engine.store.migrations import migrate
from engine.store.parquet import write_rows
from engine.store.verify import verify_references
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
        "flags": '[{"flag": "MAJORITY_COLLAPSE"}]',
    },
    "probe_fit": {
        "run_id": "r",
        "model_id": "m",
        "task_id": "t",
        "regime": "full",
        "protocol": "fair-v1",
        "features": "4-mer frequencies",
        "width": 256,
        "truncated": 0.1,
        "c": 0.01,
        "inner_score": 0.5,
        "draws": 100,
        "seconds": 1.5,
    },
    "leakage": {
        "task_id": "t",
        "k": 21,
        "n_test": 10,
        "exact": 3,
        "reverse_complement": 1,
        "label_conflicts": 2,
        "train_duplicates": 5,
        "near_from": 0.5,
        "near": 4,
        "containment": "{}",
        "method": "all pairs",
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
    "item_value": {
        "run_id": "r",
        "model_id": "m",
        "task_id": "t",
        "protocol": "perturbation-v1",
        "item_id": "KLF1+MAP2K6",
        "metric": "L2",
        "value": 3.5,
        "n": 3,
    },
    "numbered_item": {"task_id": "t", "item_no": 0, "file_no": 0, "item_id": "i", "value": 0.5},
    "scored": {
        "task_id": "t",
        "model_id": "m",
        "run_id": "r",
        "higher_is": "damaging",
        "sign": 1,
        "n": 2,
        "positives": 1,
        "negatives": 1,
        "threshold": 0.5,
        "threshold_source": "s",
    },
    "standing": {
        "task_id": "t",
        "model_id": "m",
        "item_no": 0,
        "score": 0.5,
        "percentile": 50.0,
        "among_negative": 75.0,
        "among_positive": 25.0,
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
        ("probe_fit", {"regime": "zero_shot"}),
        ("probe_fit", {"width": -1}),
        ("probe_fit", {"truncated": 1.1}),
        ("probe_fit", {"c": 0.0}),
        ("probe_fit", {"inner_score": -1.1}),
        ("probe_fit", {"strands": "reverse"}),
        ("probe_fit", {"draws": 0}),
        ("probe_fit", {"seconds": -0.1}),
        ("leakage", {"k": 0}),
        ("leakage", {"exact": 10}),  # with the reverse complements more than there are
        ("leakage", {"label_conflicts": 5}),
        ("leakage", {"near": 11}),
        ("leakage", {"near_from": 1.1}),
        ("comparison", {"p": 1.1}),
        ("comparison", {"delta": 2.1}),
        ("comparison", {"ci_high": 2.1}),
        ("score", {"metric": "NMI", "value": -0.1, "ci_low": -0.2}),
        ("score", {"metric": "PearsonDelta", "ci_low": -1.1}),
        ("score", {"metric": "AvgBIO", "ci_high": 1.1}),
        ("score", {"metric": "L2Skill", "ci_high": 1.1}),
        ("score", {"metric": "L2", "ci_low": -0.1}),
        ("item_value", {"n": 0}),
        ("item_value", {"value": None}),
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


@pytest.mark.parametrize(
    "damage",
    [
        {"metric": "L2", "value": 12.5, "ci_low": 9.0, "ci_high": 20.0},
        {"metric": "L2Skill", "value": -7.5, "ci_low": -12.0, "ci_high": 0.5},
        {"metric": "L2SkillOverMean", "value": 1.0, "ci_low": -12.0, "ci_high": 1.0},
        {"metric": "PCR", "value": -2.5, "ci_low": -3.0, "ci_high": 0.5},
        {"metric": "ARI", "value": -0.1, "ci_low": -0.2, "ci_high": 0.5},
    ],
    ids=lambda damage: damage["metric"],
)
def test_a_value_as_large_or_small_as_its_metric_allows_is_accepted(
    con: duckdb.DuckDBPyConnection, damage: dict[str, Any]
) -> None:
    _insert(con, "score", ROWS["score"] | damage)
    assert con.execute("SELECT value FROM score").fetchone() == (damage["value"],)


def test_every_metric_of_the_engine_has_its_place_in_the_store(con: duckdb.DuckDBPyConnection) -> None:
    for metric in Metric:
        _insert(con, "score", ROWS["score"] | {"metric": metric.value})


def test_the_difference_of_two_skills_may_be_large(con: duckdb.DuckDBPyConnection) -> None:
    large = {"metric": "L2Skill", "delta": -40.0, "ci_low": -60.0, "ci_high": -20.0}
    _insert(con, "comparison", ROWS["comparison"] | large)


@pytest.mark.parametrize("word", ["damaging", "fit", "label 1", "class"])
def test_every_direction_of_a_prediction_is_accepted(con: duckdb.DuckDBPyConnection, word: str) -> None:
    assert word in set(Direction)
    _insert(con, "prediction", ROWS["prediction"] | {"higher_is": word})


def test_an_undefined_value_with_its_reason_is_accepted(con: duckdb.DuckDBPyConnection) -> None:
    undefined = {"value": None, "ci_low": None, "ci_high": None, "ci_method": None}
    _insert(con, "score", ROWS["score"] | undefined | {"undefined_reason": "one class only"})
    assert con.execute("SELECT value, undefined_reason FROM score").fetchone() == (None, "one class only")


@pytest.mark.parametrize(
    "table", ["model", "task", "stratum", "score", "comparison", "probe_fit", "leakage", "item_value"]
)
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


PROBE_FIT = ProbeFit(
    run_id="r", model_id="m", task_id="t", regime="full", protocol="fair-v1", features="4-mer", width=256
)
LEAKAGE = Leakage(
    task_id="t",
    k=21,
    n_test=10,
    exact=0,
    reverse_complement=0,
    label_conflicts=0,
    train_duplicates=0,
    near_from=0.5,
    near=0,
    containment="{}",
    method="all pairs",
    run_id="r",
)
ITEM_VALUE = ItemMeasure(
    run_id="r",
    model_id="m",
    task_id="t",
    protocol="perturbation-v1",
    item_id="KLF1+MAP2K6",
    metric="L2",
    value=3.5,
    n=3,
    undefined_reason=None,
)
RUN = Run(
    run_id="r",
    started_at="2026-01-01T00:00:00+00:00",
    finished_at=None,
    status="finished",
    command="vledger probe own.toml",
    spec_hash="0" * 64,
    spec_json="{}",
    engine_version="0.0.1",
    git_commit=None,
    git_dirty=None,
    packages_json="{}",
    device=None,
    dtype=None,
    seed=0,
)
PROBED = Bundle(
    sources=[Source(source_id="s", citation="By hand")],
    models=[Model(model_id="m", name="M", role="baseline", source_id="s")],
    tasks=[TASK],
    runs=[RUN],
    probe_fits=[PROBE_FIT],
    leakages=[LEAKAGE],
    item_values=[ITEM_VALUE],
)


def test_probe_fits_and_leakage_reports_are_written_and_verified(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    write_store(path, PROBED, META)
    with duckdb.connect(path, read_only=True) as con:
        verify_references(con)
        assert con.execute("SELECT width, c, converged FROM probe_fit").fetchall() == [(256, None, None)]
        assert con.execute("SELECT near_from, run_id FROM leakage").fetchall() == [(0.5, "r")]
        assert con.execute("SELECT item_id, value, n FROM item_value").fetchall() == [("KLF1+MAP2K6", 3.5, 3)]


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        (replace(PROBED, probe_fits=[replace(PROBE_FIT, model_id="x")]), "a probe fit without its model: x"),
        (replace(PROBED, probe_fits=[replace(PROBE_FIT, task_id="x")]), "a probe fit without its task: x"),
        (replace(PROBED, probe_fits=[replace(PROBE_FIT, run_id="x")]), "a probe fit without its run: x"),
        (replace(PROBED, leakages=[replace(LEAKAGE, task_id="x")]), "a leakage report without its task: x"),
        (
            replace(PROBED, leakages=[replace(LEAKAGE, run_id="x")]),
            "a leakage report of a run that it does not have: x",
        ),
        (replace(PROBED, item_values=[replace(ITEM_VALUE, model_id="x")]), "a value of an item without its model: x"),
        (replace(PROBED, item_values=[replace(ITEM_VALUE, task_id="x")]), "a value of an item without its task: x"),
        (replace(PROBED, item_values=[replace(ITEM_VALUE, run_id="x")]), "a value of an item without its run: x"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_leads_nowhere_is_refused(tmp_path: Path, bundle: Bundle, words: str) -> None:
    path = tmp_path / "new.duckdb"
    write_store(path, bundle, META)
    with duckdb.connect(path, read_only=True) as con, pytest.raises(VerificationError, match=words):
        verify_references(con)


def test_of_two_leakage_reports_on_one_task_the_first_stands(tmp_path: Path) -> None:
    files = [tmp_path / "late.parquet", tmp_path / "early.parquet"]
    for file, near in zip(files, (3, 7), strict=True):
        write_rows(file, [replace(LEAKAGE, near=near)], Leakage)
    write_store(tmp_path / "new.duckdb", Bundle(), META, {"leakage": files})
    with duckdb.connect(tmp_path / "new.duckdb", read_only=True) as con:
        assert con.execute("SELECT near FROM leakage").fetchall() == [(3,)]
