from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.errors import StoreError
from engine.executors.journal import Journal, write_json
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    found = Journal(tmp_path / "runs" / "one")
    found.open({"run_id": "one"})
    return found


def test_a_journal_keeps_the_identity_of_its_first_start(tmp_path: Path) -> None:
    first = Journal(tmp_path / "runs" / "one").open({"run_id": "one", "started_at": "monday"})
    second = Journal(tmp_path / "runs" / "one").open({"run_id": "one", "started_at": "tuesday"})
    assert first == second == {"run_id": "one", "started_at": "monday"}


def test_a_unit_is_done_when_both_its_cost_and_its_rows_are_there(journal: Journal) -> None:
    assert not journal.done("a")
    journal.write_cost("a", {"tokens": 3})
    assert not journal.done("a")
    write_frame(journal.part("a"), pd.DataFrame({"score": [1.0]}))
    assert journal.done("a")
    assert journal.cost("a") == {"tokens": 3}
    assert not journal.done("b")


def test_rows_alone_are_not_done(journal: Journal) -> None:
    write_frame(journal.part("a"), pd.DataFrame({"score": [1.0]}))
    assert not journal.done("a")


def test_a_damaged_header_says_what_to_delete(journal: Journal) -> None:
    (journal.folder / "journal.json").write_text('{"run_id": "o', "utf-8")
    with pytest.raises(StoreError, match=rf"journal\.json is damaged: delete {journal.folder} to start the run anew"):
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
