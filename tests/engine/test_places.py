from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import NotHereError, SpecError
from engine.places import below, folder_of, is_shared, place_of

if TYPE_CHECKING:
    from engine.places import Folder


@pytest.fixture(params=["path", "local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder of this machine, and two behind URLs: fsspec's way to a disk, and its object store in memory."""
    if request.param == "path":
        return tmp_path / "shared"
    pytest.importorskip("fsspec")
    return f"{request.param}://{tmp_path}/shared"


def _write(text: str) -> object:
    return lambda path: path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("runs/a", Path("runs/a")),
        ("/mnt/a", Path("/mnt/a")),
        ("file:///mnt/a%20b", Path("/mnt/a b")),
        ("s3://bucket/a/", "s3://bucket/a"),
        ("memory://a", "memory://a"),
    ],
)
def test_a_typed_folder_is_a_path_or_a_url(text: str, expected: Folder) -> None:
    assert folder_of(text) == expected


def test_a_folder_below_is_of_the_same_kind() -> None:
    assert below(Path("/mnt"), "a") == Path("/mnt/a")
    assert below("s3://bucket", "a") == "s3://bucket/a"


def test_only_memory_is_not_shared(tmp_path: Path) -> None:
    assert is_shared(tmp_path)
    assert is_shared("s3://bucket")
    assert not is_shared("memory://a")


def test_files_are_put_listed_read_and_dropped(folder: Folder) -> None:
    place = place_of(folder)
    assert place.names() == place.names("parts") == place.folders() == []
    place.make("parts")
    place.put("a", _write("1"))
    place.put("parts/b", _write("2"))
    place.put("parts/b", _write("3"))
    assert (place.names(), place.names("parts"), place.folders()) == (["a"], ["b"], ["parts"])
    with place.local("parts/b") as path:
        assert (path.name, path.read_text("utf-8")) == ("b", "3")
    place.drop("parts/b")
    place.drop("parts/b")
    assert place.names("parts") == []


def test_a_file_that_is_missing_is_told_as_such(folder: Folder) -> None:
    with pytest.raises(FileNotFoundError), place_of(folder).local("a") as path:
        path.read_bytes()


def test_a_file_that_could_not_be_written_is_not_there(folder: Folder) -> None:
    def fail(_: Path) -> None:
        raise OSError("no space left")

    place = place_of(folder)
    place.make()
    with pytest.raises(OSError, match="no space left"):
        place.put("a", fail)
    assert place.names() == []


def test_an_unknown_kind_of_url_is_refused() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(SpecError, match=r"^nowhere://a cannot be reached: Protocol not known: nowhere"):
        place_of("nowhere://a")


def test_a_url_without_fsspec_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(NotHereError, match=r"^memory://a .* not here: pip install 'validity-ledger\[cluster\]'$"):
        place_of("memory://a")


def test_a_path_needs_no_fsspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    place = place_of(tmp_path)
    place.put("a", _write("1"))
    assert place.names() == ["a"]
