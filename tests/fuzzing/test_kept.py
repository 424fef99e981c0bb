"""What lies on disk between two runs: whole and as it was written, or told as damaged in one sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from engine.errors import TableError
from engine.executors.journal import Journal
from engine.published.geneb import MccRow, ModelRow, SizeRow, TaskRow
from engine.published.geneb_submissions import (
    RANGES,
    Meta,
    check,
    file_stem,
    read_benchmark,
    read_submission,
    submission,
)
from engine.registry.gpus import Gpu
from engine.registry.systems import SystemRow
from engine.run.sealing import is_sealed, sealed
from engine.store import manifest
from engine.store.location import Pointer, read_pointer, store_dir, switch_pointer
from engine.store.parquet import read_frame, write_frame
from engine.tables import Row, read_table
from tests.fuzzing.inputs import damaged, damaged_json, json_values, texts
from tests.fuzzing.sentences import check_sentence, value_or_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

_ROWS = pd.DataFrame({"item_id": [f"chr17-{at}" for at in range(40)], "score": np.linspace(-3, 3, 40)})
_COST: dict[str, Any] = {"seconds": 1.5, "details": {"device": "cpu"}, "tokens": 900}
_JSON = st.one_of(json_values, st.just(None)).map(lambda one: json.dumps(one).encode())
_DEEP = b"[" * 100_000


def test_any_change_of_a_journal_s_part_is_noticed(fuzzed: Fuzzed, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open({"run_id": "one"})
    journal.write("a", sealed(_COST, _ROWS), lambda path: write_frame(path, _ROWS))
    paths = [tmp_path / "parts" / name for name in ("a.json", "a.parquet")]
    before = [path.read_bytes() for path in paths]

    def opened() -> tuple[dict[str, Any], pd.DataFrame] | None:
        """As a run that goes on opens it."""
        try:
            rows = value_or_sentence(lambda: read_frame(paths[1]))
            cost = journal.cost("a")
        except ValueError:
            return None
        return (cost, rows) if rows is not None and is_sealed(cost, rows) else None

    def check_part(one: tuple[int, bytes]) -> None:
        at, content = one
        for path, good in zip(paths, before, strict=True):
            path.write_bytes(good)
        paths[at].write_bytes(content)
        found = opened()
        if found is not None:
            assert {name: value for name, value in found[0].items() if name != "sha256"} == _COST
            pd.testing.assert_frame_equal(found[1], _ROWS, check_dtype=False)

    parts = st.one_of(
        st.tuples(st.just(0), st.one_of(damaged([before[0]]), _JSON, st.just(_DEEP))),
        st.tuples(st.just(1), damaged([before[1]])),
    )
    fuzzed("journals and sealed Parquet", parts, check_part, examples=200)


def test_any_head_of_a_journal_is_opened_or_told_as_damaged_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    Journal(tmp_path).open({"run_id": "one", "started_at": "monday"})
    path = tmp_path / "journal.json"

    def check_head(content: bytes) -> None:
        path.write_bytes(content)
        found = value_or_sentence(lambda: Journal(tmp_path).open({"run_id": "two"}))
        assert found is None or isinstance(found, dict)

    fuzzed("heads of journals", st.one_of(damaged([path.read_bytes()]), _JSON, st.just(_DEEP)), check_head)


def test_any_pointer_to_a_store_is_one_or_told_as_damaged_in_one_sentence(fuzzed: Fuzzed, empty_cache: Path) -> None:
    pointer = Pointer("store-1.duckdb", "0" * 64, "0001", "0.1.0", "2026-11-22")
    store_dir().mkdir(parents=True)
    switch_pointer(pointer)
    path = empty_cache / "store" / "current.json"
    good = path.read_bytes()
    assert read_pointer() == pointer

    def check_pointer(content: bytes) -> None:
        path.write_bytes(content)
        found = value_or_sentence(read_pointer)
        assert found is None or all(
            isinstance(getattr(found, name), str) for name in ("file", "content_hash", "schema")
        )

    values = damaged_json(json.loads(good)).map(lambda one: json.dumps(one).encode())
    fuzzed("pointers", st.one_of(damaged([good]), values, _JSON, st.just(_DEEP)), check_pointer, examples=100)


def test_any_manifest_is_whole_or_told_as_damaged_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "a.csv").write_text("x\n1\n")
    path = manifest.write(tmp_path)
    good = path.read_bytes()
    whole = manifest.check(tmp_path)

    def check_manifest(content: bytes) -> None:
        path.write_bytes(content)
        found = value_or_sentence(lambda: manifest.check(tmp_path))
        assert found is None or found == whole

    values = damaged_json(json.loads(good)).map(lambda one: json.dumps(one).encode())
    fuzzed("manifests", st.one_of(damaged([good]), values, _JSON, st.just(_DEEP)), check_manifest, examples=100)


@pytest.fixture(scope="module")
def good_submission(published: Path) -> dict[str, Any]:
    tasks = read_benchmark(published).tasks
    values = {metric.value: 0.5 for metric in RANGES}
    results = {regime: {task: dict(values) for task in tasks} for regime in ("full", "10shot", "1shot")}
    return submission("mine", Meta(display="Mine", params=1000), results)


def test_any_submission_is_taken_or_refused_in_sentences(
    fuzzed: Fuzzed, published: Path, tmp_path: Path, good_submission: dict[str, Any]
) -> None:
    benchmark = read_benchmark(published)
    path = tmp_path / f"{file_stem('mine')}.json"
    good = json.dumps(good_submission).encode()
    path.write_bytes(good)
    assert check(path, benchmark) == []
    named = {name: good_submission[name] for name in ("schema_version", "model_id", "harness_version", "meta")}

    def check_submission(content: bytes) -> None:
        path.write_bytes(content)
        found = check(path, benchmark)
        for fault in found:
            assert fault.isprintable()
            assert len(fault) < 6000  # a hundred missing tasks are named, and stand in files of GENEB's making
        if not found:
            read = read_submission(path, benchmark)
            assert read.model_id == "mine"
            again = json.loads(json.dumps(submission(read.model_id, read.meta, read.results)))
            path.write_text(json.dumps(again))
            assert read_submission(path, benchmark) == read

    values = damaged_json(good_submission).map(lambda one: json.dumps(one).encode())
    heads = damaged_json(named).map(lambda one: json.dumps(one).encode())
    deep = st.integers(100, 990).map(lambda depth: b'{"model_id":' + b"[" * depth + b"]" * depth + b"}")
    fuzzed("GENEB submissions", st.one_of(values, heads, damaged([good]), deep, _JSON), check_submission, examples=80)


def test_a_submission_of_a_key_a_hundred_thousand_times_is_refused_in_one_go(
    published: Path, tmp_path: Path, tried: Callable[[str, int], None]
) -> None:
    path = tmp_path / "mine.json"
    keys = [f'"k{number}":1' for number in range(100_000)]
    path.write_text("{" + ",".join([*keys, '"k0":2']) + "}")
    assert any("stands twice" in fault for fault in check(path, read_benchmark(published)))
    tried("GENEB submissions", 1)


TABLES: dict[str, type[Row]] = {
    "published/geneb_models.csv": ModelRow,
    "published/geneb_tasks.csv": TaskRow,
    "published/geneb_task_sizes.csv": SizeRow,
    "published/geneb_task_mcc.csv": MccRow,
    "registry/gpus.csv": Gpu,
    "registry/models.csv": SystemRow,
}


@pytest.mark.parametrize("name", TABLES)
def test_any_shipped_table_is_read_or_refused_in_one_sentence(
    name: str, fuzzed: Fuzzed, published: Path, tmp_path: Path
) -> None:
    folder = published if name.startswith("published") else published.parents[1] / "engine" / "registry"
    lines = (folder / name.partition("/")[2]).read_bytes().splitlines(keepends=True)
    path = tmp_path / "table.csv"

    def check_table(content: bytes) -> None:
        path.write_bytes(content)
        value_or_sentence(lambda: read_table(path, TABLES[name], unique=(next(iter(TABLES[name].model_fields)),)))

    path.write_bytes(b"".join(lines))
    assert read_table(path, TABLES[name])
    good = b"".join(lines[:6])
    cells = texts.map(lambda text: lines[0] + b",".join([text.encode("utf-8", "replace")] * len(lines[0].split(b","))))
    fuzzed(f"{name}", st.one_of(damaged([good]), cells), check_table, examples=50)


def test_a_header_of_a_stranger_is_told_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('"' + "a\n" * 3000 + '"\n1\n', "utf-8")
    with pytest.raises(TableError) as caught:
        read_table(path, SizeRow)
    check_sentence(str(caught.value))
