from __future__ import annotations

import dataclasses
import types
import typing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from engine.records import BULK_TABLES, BUNDLE_FIELD_OF, TABLE_OF, Bundle
from engine.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

SQL_TYPE_OF = {str: {"VARCHAR", "DATE", "TIMESTAMP"}, int: {"BIGINT"}, float: {"DOUBLE"}, bool: {"BOOLEAN"}}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        migrate(connection)
        yield connection


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, bool]]:
    query = """
        SELECT column_name, data_type, is_nullable FROM duckdb_columns()
        WHERE table_name = ? ORDER BY column_index
    """
    return {name: (kind, nullable) for name, kind, nullable in con.execute(query, [table]).fetchall()}


def _plain(hint: Any) -> tuple[type, bool]:
    """The type of a field and whether it may be None."""
    if isinstance(hint, types.UnionType):
        (kind,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
        return kind, True
    return hint, False


@pytest.mark.parametrize("table", TABLE_OF)
def test_fields_are_columns_in_the_same_order(con: duckdb.DuckDBPyConnection, table: str) -> None:
    assert [field.name for field in dataclasses.fields(TABLE_OF[table])] == list(_columns(con, table))


@pytest.mark.parametrize("table", TABLE_OF)
def test_a_column_has_the_type_of_its_field(con: duckdb.DuckDBPyConnection, table: str) -> None:
    hints = typing.get_type_hints(TABLE_OF[table])
    wrong = {
        name: kind
        for name, (kind, _) in _columns(con, table).items()
        if kind not in SQL_TYPE_OF[_plain(hints[name])[0]]
    }
    assert wrong == {}


@pytest.mark.parametrize("table", TABLE_OF)
def test_a_column_may_be_null_where_its_field_may_be_none(con: duckdb.DuckDBPyConnection, table: str) -> None:
    hints = typing.get_type_hints(TABLE_OF[table])
    found = {name: nullable for name, (_, nullable) in _columns(con, table).items()}
    assert found == {name: _plain(hint)[1] for name, hint in hints.items()}


def test_every_table_of_records_has_its_place_in_a_bundle() -> None:
    assert {*BUNDLE_FIELD_OF, *BULK_TABLES} == TABLE_OF.keys()
    assert not BUNDLE_FIELD_OF.keys() & {*BULK_TABLES}
    assert {field.name for field in dataclasses.fields(Bundle)} == set(BUNDLE_FIELD_OF.values())


@pytest.mark.parametrize("record", TABLE_OF.values(), ids=lambda record: record.__name__)
def test_records_are_frozen(record: Any) -> None:
    assert record.__dataclass_params__.frozen
    assert not hasattr(record(**dict.fromkeys(typing.get_type_hints(record))), "__dict__")


# Names that the design promises to other tools.
PROMISED = {
    "source": "source_id citation url licence retrieved_at",
    "model": """
        model_id name role modality family architecture tokenizer bp_per_token context_value context_unit
        context_bp parameters parameters_note pretraining_data licence access hf_id revision loader
        trust_remote_code contamination known_defects source_id
    """,
    "task": """
        task_id label suite category collection redundancy_group kind primary_metric n_train n_test
        n_classes prevalence organism assembly source_id
    """,
    "run": """
        run_id started_at finished_at status command spec_hash spec_json engine_version git_commit
        git_dirty packages_json device dtype seed
    """,
    "score": """
        model_id task_id stratum regime protocol metric value ci_low ci_high ci_method n undefined_reason
        origin run_id source_id flags
    """,
    "item": """
        task_id item_id split label chrom pos ref alt assembly gene protein_variant consequence groups
    """,
    "prediction": "run_id model_id task_id item_id score higher_is",
    "comparison": """
        task_id stratum regime protocol metric model_id baseline_id delta ci_low ci_high p q
        verdict_article verdict flags run_id
    """,
    "probe_fit": "run_id model_id task_id regime protocol c class_weight c_at_edge converged fold_hash",
    "leakage": "task_id k exact reverse_complement label_conflicts containment near_from near",
    "failure": "run_id stage model_id task_id error_type message",
    "claim": "claim_id",
    "decision": "task",
    "trap": "trap_id",
    "objection": "objection_id",
    "context_window": "model value unit",
}


@pytest.mark.parametrize("table", PROMISED)
def test_a_promised_column_exists(con: duckdb.DuckDBPyConnection, table: str) -> None:
    assert set(PROMISED[table].split()) <= _columns(con, table).keys()
