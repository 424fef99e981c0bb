"""Results behind a URL, as one machine leaves them and another takes them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import StoreError
from engine.places import place_of
from engine.store import sharing
from engine.store.sharing import results_at, send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(params=["local", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    pytest.importorskip("fsspec")
    return f"{request.param}://{tmp_path}/shared"


def _results(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    return folder


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_results_come_back_as_they_were_sent(url: str, tmp_path: Path) -> None:
    files = {"run.parquet": "a run", "score.parquet": "scores"}
    send(_results(tmp_path / "here", files), f"{url}/a")
    send(_results(tmp_path / "there", {"run.parquet": "another"}), f"{url}/b")
    with results_at(url) as found:
        assert {folder.name: _read(folder) for folder in found} == {"a": files, "b": {"run.parquet": "another"}}
    assert not any(folder.exists() for folder in found)


def test_what_an_earlier_run_left_is_replaced(url: str, tmp_path: Path) -> None:
    send(_results(tmp_path / "old", {"run.parquet": "old", "failure.parquet": "failures"}), f"{url}/a")
    send(_results(tmp_path / "new", {"run.parquet": "new"}), f"{url}/a")
    with results_at(url) as (folder,):
        assert _read(folder) == {"run.parquet": "new"}


def test_the_run_goes_first_and_comes_last(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(_results(tmp_path / "old", {"run.parquet": "old", "score.parquet": "old"}), f"{url}/a")

    def fail(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", f"{source} {target}")

    monkeypatch.setattr(sharing.shutil, "copyfile", fail)
    with pytest.raises(StoreError, match=r"/a cannot be written \(No space left on device\)"):
        send(_results(tmp_path / "new", {"run.parquet": "new", "score.parquet": "new"}), f"{url}/a")
    assert "run.parquet" not in place_of(f"{url}/a").names()
    with pytest.raises(StoreError, match="there are no results in "), results_at(url):
        pass


def test_results_that_change_while_they_are_read_are_not_taken_in(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(_results(tmp_path / "old", {"run.parquet": "old", "score.parquet": "old"}), f"{url}/a")
    read, fresh = sharing._content, _results(tmp_path / "new", {"run.parquet": "new", "score.parquet": "new"})

    def meanwhile(where: str, name: str) -> bytes:
        content = read(where, name)
        if name == "score.parquet":
            send(fresh, f"{url}/a")
        return content

    monkeypatch.setattr(sharing, "_content", meanwhile)
    with pytest.raises(StoreError, match=r"the results in .*/a are being written: try again"), results_at(url):
        pass


def test_a_folder_of_this_machine_is_read_where_it_is(tmp_path: Path) -> None:
    own = _results(tmp_path / "a", {"run.parquet": "a run"})
    with results_at(tmp_path) as found:
        assert found == [own]
    with results_at(None) as none:
        assert none == []


def test_no_results_are_told_with_what_to_give(tmp_path: Path) -> None:
    sentence = rf"^there are no results in {tmp_path}: give the folder that `vledger run --results` was given$"
    with pytest.raises(StoreError, match=sentence), results_at(tmp_path):
        pass
