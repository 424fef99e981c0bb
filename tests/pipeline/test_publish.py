from __future__ import annotations

import csv
import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from engine.errors import StoreError, TableError, VerificationError, VledgerError
from engine.run import publishing
from engine.store import manifest
from engine.store.location import Pointer, current_store, read_pointer, switch_pointer
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

TABLES = "published/vep_eval_clinvar_auroc_by_class.csv"


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _remove(path: Path) -> None:
    path.unlink()


def _rewrite(path: Path, column: str, values: dict[int, str]) -> None:
    """Put other values into a column, by line number."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for line, value in values.items():
        rows[line - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _reword(precomputed: Path) -> None:
    """An edit that changes a sentence and no number, taken in by the manifest."""
    _rewrite(precomputed / "published" / "traps.csv", "name", {2: "Another name"})
    publishing.write_manifest(precomputed)


def _in_service() -> tuple[Pointer | None, bytes]:
    path, pointer = current_store()
    return pointer, path.read_bytes()


def test_a_store_is_built_and_put_in_service(store: Path) -> None:
    assert current_store()[0] == store
    with open_read_only(store) as con:
        assert con.execute(
            "SELECT suite, count(*) FROM score JOIN task USING (task_id) WHERE origin = 'published' GROUP BY ALL "
            "ORDER BY 1"
        ).fetchall() == [
            ("clinvar", 210),
            ("geneb", 20_500),
            ("proteingym", 5_251),
        ]
        measured = con.execute(
            "SELECT DISTINCT suite FROM score JOIN task USING (task_id) WHERE origin = 'engine' ORDER BY 1"
        ).fetchall()
        assert [suite for (suite,) in measured] == [
            "brca1_sge", "cells", "clinvar_items", "dms", "geneb", "networks", "perturbation",
        ]  # fmt: skip


def test_the_pointer_says_what_is_in_the_store(store: Path) -> None:
    pointer = read_pointer()
    assert pointer is not None
    with open_read_only(store) as con:
        meta = dict(con.execute("SELECT key, value FROM meta WHERE NOT starts_with(key, 'rows.')").fetchall())
    assert meta == {
        "content_hash": pointer.content_hash,
        "schema": pointer.schema,
        "engine_version": pointer.engine_version,
    }
    assert pointer.content_hash.startswith(store.stem.removeprefix("vledger-"))


def test_a_second_time_builds_nothing(served_store: Path) -> None:
    before = served_store.stat().st_mtime_ns, read_pointer()
    assert publishing.publish() == (served_store, False)
    assert (served_store.stat().st_mtime_ns, read_pointer()) == before


def test_force_builds_the_same_content_again(served_store: Path) -> None:
    inode = served_store.stat().st_ino
    assert publishing.publish(force=True) == (served_store, True)
    assert served_store.stat().st_ino != inode
    with open_read_only(served_store) as con:
        assert con.execute("SELECT count(*) FROM score WHERE origin = 'published'").fetchone() == (25_961,)


def test_two_builds_of_one_content_hold_the_same_rows(served_store: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.duckdb"
    served_store.replace(first)
    publishing.publish()
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{first}' AS a (READ_ONLY)")
        con.execute(f"ATTACH '{served_store}' AS b (READ_ONLY)")
        names = [
            name
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'a'").fetchall()
            if name != "migration"
        ]
        assert "score" in names
        for name in names:
            for one, other in (("a", "b"), ("b", "a")):
                query = f"SELECT count(*) FROM (FROM {one}.{name} EXCEPT ALL FROM {other}.{name})"
                assert con.execute(query).fetchone() == (0,), name


def test_a_store_lost_from_the_cache_is_built_again(served_store: Path) -> None:
    served_store.unlink()
    with pytest.raises(StoreError, match="is gone: run `vledger publish`"):
        current_store()
    assert publishing.publish() == (served_store, True)


@pytest.mark.parametrize("damage", [_flip_a_byte, _truncate, _remove])
@pytest.mark.parametrize("name", [TABLES, "published/geneb_task_mcc.csv", "published/sources.csv"])
@pytest.mark.parametrize("force", [False, True])
def test_a_damaged_file_is_named_and_the_store_stays_in_service(
    served_store: Path, precomputed_copy: Path, damage: object, name: str, *, force: bool
) -> None:
    before = _in_service()
    assert callable(damage)
    damage(precomputed_copy / name)
    with pytest.raises(TableError) as caught:
        publishing.publish(precomputed_copy, force=force)
    assert caught.value.path == precomputed_copy / name
    assert _in_service() == before
    assert {path.name for path in served_store.parent.iterdir()} == {served_store.name, "current.json"}


def test_a_file_that_is_not_listed_is_named(served_store: Path, precomputed_copy: Path) -> None:
    before = _in_service()
    (precomputed_copy / "results" / "stray.csv").write_text("a,b\n", "utf-8")
    with pytest.raises(
        TableError, match=r"stray\.csv: the file is not listed in MANIFEST\.json: run `vledger manifest`"
    ):
        publishing.publish(precomputed_copy)
    assert _in_service() == before
    assert served_store.is_file()


@pytest.mark.parametrize("damage", [_truncate, _remove])
def test_a_damaged_manifest_leaves_the_store_in_service(
    served_store: Path, precomputed_copy: Path, damage: object
) -> None:
    before = _in_service()
    path = precomputed_copy / "MANIFEST.json"
    path.write_bytes(path.read_bytes().rstrip())
    assert callable(damage)
    damage(path)
    with pytest.raises(TableError, match=r"MANIFEST\.json"):
        publishing.publish(precomputed_copy)
    assert _in_service() == before
    assert served_store.is_file()


def test_a_wrong_figure_is_caught_though_the_manifest_agrees_with_it(
    served_store: Path, precomputed_copy: Path
) -> None:
    before = _in_service()
    path = precomputed_copy / "published" / "geneb_task_mcc.csv"
    _rewrite(path, "mcc", {2: "0.21660"})  # 0.71660 as published
    manifest.write(precomputed_copy)
    with pytest.raises(VerificationError, match=r"macro MCC of agro-nucleotide-transformer-1b .* Nothing was switched"):
        publishing.publish(precomputed_copy)
    assert _in_service() == before
    assert {path.name for path in served_store.parent.iterdir()} == {served_store.name, "current.json"}


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("claims.csv", "source_id", "nowhere_2026"),
        ("context_windows.csv", "source_id", "nowhere_2026"),
        ("model_facts.csv", "source_id", "nowhere_2026"),
        ("parameter_statements.csv", "source_id", "nowhere_2026"),
        ("parameter_statements.csv", "model_id", "nobody"),
        ("decision_matrix.csv", "source_ids", "evo2_2026;nowhere_2026"),
        ("traps.csv", "source_ids", "nowhere_2026"),
        ("unfair.csv", "source_ids", "nowhere_2026"),
        ("not_claimed.csv", "source_ids", "nowhere_2026"),
        ("sources.csv", "retrieved_at", "2026-02-30"),
        ("parameter_statements.csv", "parameters", "1" + "0" * 20),
        ("system_aliases.csv", "model_id", "nobody"),
        ("ledger_systems.csv", "model_id", "nobody"),
        ("ledger_systems.csv", "system", "Nobody"),
    ],
)
def test_a_key_or_value_that_leads_nowhere_is_refused_before_the_switch(
    served_store: Path, precomputed_copy: Path, name: str, column: str, value: str
) -> None:
    before = _in_service()
    _rewrite(precomputed_copy / "published" / name, column, {2: value})
    manifest.write(precomputed_copy)
    with pytest.raises(VledgerError):
        publishing.publish(precomputed_copy)
    assert _in_service() == before
    assert served_store.is_file()


def test_a_model_taken_out_of_all_tables_is_missed(served_store: Path, precomputed_copy: Path) -> None:
    before = _in_service()
    for name in ("geneb_models.csv", "geneb_task_mcc.csv", "geneb_task_acc_f1_full.csv"):
        path = precomputed_copy / "published" / name
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "GROVER," not in line), "utf-8")
    manifest.write(precomputed_copy)
    with pytest.raises(VledgerError, match="GROVER"):
        publishing.publish(precomputed_copy)
    assert _in_service() == before
    assert served_store.is_file()


def test_an_edit_taken_in_by_the_manifest_is_published_under_another_name(
    served_store: Path, precomputed_copy: Path
) -> None:
    _reword(precomputed_copy)
    path, built = publishing.publish(precomputed_copy)
    assert built
    assert path != served_store
    assert current_store()[0] == path
    assert served_store.is_file()


def test_going_back_to_earlier_content_builds_nothing(served_store: Path, precomputed_copy: Path) -> None:
    _reword(precomputed_copy)
    publishing.publish(precomputed_copy)
    assert publishing.publish() == (served_store, False)
    assert current_store()[0] == served_store


def test_what_a_killed_precomputation_left_is_not_published(served_store: Path, precomputed_copy: Path) -> None:
    results = precomputed_copy / "results"
    shutil.copytree(results / "cnn", results / ".cnn.0123456789abcdef")
    assert publishing.publish(precomputed_copy) == (served_store, False)


def test_the_manifest_is_not_rewritten_over_a_damaged_table(precomputed_copy: Path) -> None:
    before = (precomputed_copy / "MANIFEST.json").read_bytes()
    _rewrite(precomputed_copy / TABLES, "auroc", {2: "1.5"})
    with pytest.raises(TableError, match="line 2, column 'auroc'"):
        publishing.write_manifest(precomputed_copy)
    assert (precomputed_copy / "MANIFEST.json").read_bytes() == before


def test_a_reader_of_the_old_store_goes_on_reading(served_store: Path, precomputed_copy: Path) -> None:
    with open_read_only(served_store) as old:
        assert old.execute("SELECT count(*) FROM trap WHERE name = 'Another name'").fetchone() == (0,)
        _reword(precomputed_copy)
        path, _ = publishing.publish(precomputed_copy)
        query = "SELECT count(*), count(value) FROM score WHERE origin = 'published'"
        assert old.execute(query).fetchone() == (25_961, 25_961)
        with open_read_only(path) as new:
            assert new.execute("SELECT count(*) FROM trap WHERE name = 'Another name'").fetchone() == (1,)


def test_a_reader_goes_on_reading_when_its_store_is_swept(served_store: Path) -> None:
    with open_read_only(served_store) as con:
        served_store.unlink()
        assert con.execute("SELECT count(DISTINCT provenance) FROM score").fetchone() == (4,)


def test_no_more_than_three_stores_are_kept_and_the_newest_of_them(served_store: Path) -> None:
    for age in range(1, 6):
        old = served_store.with_name(f"vledger-{age}.duckdb")
        old.write_bytes(b"")
        os.utime(old, (1_700_000_000 - age, 1_700_000_000 - age))
    publishing.publish()
    names = {path.name for path in served_store.parent.glob("vledger-*.duckdb")}
    assert names == {served_store.name, "vledger-1.duckdb", "vledger-2.duckdb"}


def test_the_store_in_service_is_kept_however_old_it_is(served_store: Path) -> None:
    os.utime(served_store, (1, 1))
    for number in range(5):
        served_store.with_name(f"vledger-{number}.duckdb").write_bytes(b"")
    publishing.publish()
    assert served_store.is_file()
    assert len(list(served_store.parent.glob("vledger-*.duckdb"))) == 3


@pytest.mark.parametrize("name", [".building-other.duckdb", "vledger-other.duckdb"])
def test_a_file_that_another_process_takes_away_during_the_sweep_harms_nobody(served_store: Path, name: str) -> None:
    # A link to nothing is listed and cannot be looked at: what a sweep meets when another process was faster.
    served_store.with_name(name).symlink_to(served_store.with_name("gone"))
    assert publishing.publish() == (served_store, False)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"file": "x"}'])
def test_a_damaged_pointer_says_what_to_do(served_store: Path, content: str) -> None:
    served_store.with_name("current.json").write_text(content, "utf-8")
    with pytest.raises(StoreError, match=r"current\.json is damaged: delete it and run `vledger publish`"):
        current_store()


def test_a_pointer_is_switched_whole(empty_cache: Path) -> None:
    (empty_cache / "store").mkdir(parents=True)
    pointer = Pointer("vledger-x.duckdb", "x" * 64, "0001_schema", "0.1.0", "2026-01-01T00:00:00+00:00")
    switch_pointer(pointer)
    assert read_pointer() == pointer
    assert [path.name for path in (empty_cache / "store").iterdir()] == ["current.json"]
    assert json.loads((empty_cache / "store" / "current.json").read_text("utf-8"))["file"] == "vledger-x.duckdb"


def test_nothing_published_says_what_to_do(empty_cache: Path) -> None:
    assert read_pointer() is None
    with pytest.raises(StoreError, match=re.escape(f"no store in {empty_cache / 'store'} yet: run `vledger publish`")):
        current_store()
