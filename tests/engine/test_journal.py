from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.errors import StoreError
from engine.executors.journal import Journal, write_json
from engine.places import place_of
from engine.store.parquet import read_frame, write_frame

if TYPE_CHECKING:
    from pathlib import Path

    from engine.places import Folder


@pytest.fixture(params=["path", "local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder of this machine, and two behind URLs: fsspec's way to a disk, and its object store in memory."""
    if request.param == "path":
        return tmp_path / "runs" / "one"
    pytest.importorskip("fsspec")
    return f"{request.param}://{tmp_path}/runs/one"


@pytest.fixture
def journal(folder: Folder) -> Journal:
    found = Journal(folder)
    found.open({"run_id": "one"})
    return found


def _one_row(path: Path) -> None:
    write_frame(path, pd.DataFrame({"score": [1.0]}))


def test_a_journal_keeps_the_identity_of_its_first_start(folder: Folder) -> None:
    first = Journal(folder).open({"run_id": "one", "started_at": "monday"})
    second = Journal(folder).open({"run_id": "one", "started_at": "tuesday"})
    assert first == second == {"run_id": "one", "started_at": "monday"}


def test_a_unit_is_done_when_both_its_cost_and_its_rows_are_there(journal: Journal) -> None:
    assert journal.finished() == frozenset()
    journal.write_cost("a", {"tokens": 3})
    assert journal.finished() == frozenset()
    journal.write("a", {"tokens": 4}, _one_row)
    journal.write("b", {}, _one_row)
    assert journal.finished() == {"a", "b"}
    assert journal.cost("a") == {"tokens": 4}
    with journal.rows("a") as path:
        assert read_frame(path)["score"].tolist() == [1.0]


def test_rows_alone_are_not_done(folder: Folder, journal: Journal) -> None:
    place_of(folder).put("parts/a.parquet", _one_row)
    assert journal.finished() == frozenset()


def test_a_unit_that_is_dropped_is_to_be_done_again(journal: Journal) -> None:
    journal.write("a", {}, _one_row)
    journal.drop("a")
    journal.drop("b")
    assert journal.finished() == frozenset()


def test_what_is_written_half_is_not_there(journal: Journal) -> None:
    def fail(path: Path) -> None:
        raise StoreError(f"{path.name}: the disk is full")

    with pytest.raises(StoreError, match=r"a\.parquet: the disk is full"):
        journal.write("a", {}, fail)
    assert journal.finished() == frozenset()


def test_scratch_is_a_folder_of_this_machine_and_is_swept(journal: Journal) -> None:
    with journal.scratch() as scratch:
        (scratch / "a").touch()
        assert journal.open({}) == {"run_id": "one"}
    assert not scratch.exists()


def test_a_worker_that_does_not_see_the_folder_says_what_to_give(tmp_path: Path) -> None:
    lonely = Journal(tmp_path / "elsewhere")
    with pytest.raises(
        StoreError, match=r"elsewhere cannot be written on .+ \(No such file or directory\): .*--journal"
    ):
        lonely.write("a", {}, _one_row)


def test_a_damaged_header_says_what_to_delete(folder: Folder, journal: Journal) -> None:
    place_of(folder).put("journal.json", lambda path: path.write_text('{"run_id": "o', "utf-8"))
    with pytest.raises(StoreError, match=rf"journal\.json is damaged: delete {folder} to start the run anew"):
        journal.open({"run_id": "one"})


def test_a_folder_that_cannot_be_made_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file", "utf-8")
    with pytest.raises(StoreError, match=r"cannot be written \(Not a directory\): free it or set VLEDGER_CACHE"):
        Journal(tmp_path / "runs" / "one").open({})


def test_a_json_file_appears_whole_and_alone(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": 2})
    write_json(tmp_path / "a.json", {"b": 1, "a": 3})
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n "a": 3,\n "b": 1\n}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
