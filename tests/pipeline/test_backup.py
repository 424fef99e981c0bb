"""`vledger backup` and `vledger restore` on real results: nothing is lost, nothing touched unasked."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dashboard.export import kept_links
from engine.errors import StoreError
from engine.store.keeping import archive, contents
from engine.store.keeping.archive import manifest_of
from engine.store.keeping.backup import backup
from engine.store.keeping.contents import LINKS, MANIFEST
from engine.store.keeping.restore import restore
from engine.tables import sha256_of
from tests.pipeline.killing import Command, kill_at_moments, seconds_of
from tests.pipeline.probing_runs import own_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PROBE = ("--protocol", "fair-v1", "--regime", "full", "--baseline", "gc", "--baseline", "majority", "--no-publish")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with two runs, their journals and two short links."""
    folder = tmp_path_factory.mktemp("made")
    cache = folder / "cache"
    task = own_task(folder / "mine.csv")
    lines = [
        ["probe", "--task", str(task), "--name", name, "--seed", seed, *PROBE]
        for name, seed in (("a", "0"), ("b", "1"))
    ]
    command = Command(lines, cache, folder / "log.txt", {"OMP_NUM_THREADS": "1"})
    assert command.finish() == 0, command.told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(cache))
        assert kept_links.keep("page=task&model=a")
        assert kept_links.keep("page=task&model=b")
    return cache


@pytest.fixture(scope="module")
def saved(made: Path) -> Path:
    path = made.parent / "saved.tar.gz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(made))
        backup(path)
    return path


def _content(cache: Path) -> dict[str, str]:
    """Files that a backup is about, without the links, by name and SHA-256."""
    found = [path for part in ("results", "runs") for path in (cache / part).rglob("*") if path.is_file()]
    return {path.relative_to(cache).as_posix(): sha256_of(path) for path in found}


def test_everything_comes_back_as_it_was(made: Path, saved: Path, empty_cache: Path) -> None:
    found = restore(saved)
    assert set(found.added) >= {"results/a", "results/b"}
    assert len([name for name in found.added if name.startswith("runs/")]) == 2
    assert (found.same, found.aside, found.links) == ((), (), 2)
    assert _content(empty_cache) == _content(made)
    assert kept_links.find(kept_links.word_of("page=task&model=a")) == "page=task&model=a"
    assert [path for path in empty_cache.iterdir() if path.name.startswith(".restoring")] == []


def test_links_have_the_file_that_the_pages_use() -> None:
    assert LINKS == kept_links.FILE


@pytest.mark.usefixtures("empty_cache")
def test_a_second_restore_changes_nothing(saved: Path) -> None:
    first = restore(saved)
    again = restore(saved)
    assert again.same == first.added
    assert (again.added, again.aside, again.links) == ((), (), 0)


def test_the_order_in_which_runs_were_made_survives(made: Path, saved: Path, empty_cache: Path) -> None:
    restore(saved)
    for name in ("a", "b"):
        before, after = (cache / "results" / name / "run.parquet" for cache in (made, empty_cache))
        assert after.stat().st_mtime == pytest.approx(before.stat().st_mtime, abs=1e-3)


def test_other_content_stays_until_replacing_is_asked_for(saved: Path, empty_cache: Path) -> None:
    restore(saved)
    changed = empty_cache / "results" / "a" / "extra.parquet"
    changed.write_bytes((empty_cache / "results" / "a" / "run.parquet").read_bytes())
    before = _content(empty_cache)
    with pytest.raises(StoreError, match="results/a is there with other content: nothing was changed"):
        restore(saved)
    assert _content(empty_cache) == before
    found = restore(saved, replace=True)
    assert found.aside == ("results/a",)
    assert found.kept_in is not None
    assert (found.kept_in / "results" / "a" / "extra.parquet").is_file()
    assert not changed.exists()


def test_links_of_both_sides_stay(saved: Path, empty_cache: Path) -> None:
    assert kept_links.keep("page=model&model=mine")
    assert restore(saved).links == 2
    for text in ("page=model&model=mine", "page=task&model=b"):
        assert kept_links.find(kept_links.word_of(text)) == text
    assert (empty_cache / LINKS).is_file()


def test_links_are_saved_whole_while_somebody_writes(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(made))
    with closing(sqlite3.connect(made / LINKS, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO link (word, text) VALUES ('unfinished', 'x')")
        backup(tmp_path / "meanwhile.tar")
        writer.execute("ROLLBACK")
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    assert restore(tmp_path / "meanwhile.tar").links == 2


def test_only_its_owner_may_read_a_backup_and_none_is_overwritten(
    saved: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("VLEDGER_CACHE", str(made))
    with pytest.raises(StoreError, match="is there already, and a backup replaces none"):
        backup(saved)
    with pytest.raises(StoreError, match=r"name it \*\.tar or \*\.tar\.gz"):
        backup(saved.with_name("saved.zip"))


@pytest.mark.usefixtures("empty_cache")
def test_a_cache_without_results_has_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nothing in .* that could not be made again"):
        backup(tmp_path / "empty.tar")


# ---- archives of strangers ----


def _member(name: str, content: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def _special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def _archive(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for info, content in members:
            file.addfile(info, io.BytesIO(content))
    return path


def _manifest(**changes: object) -> tuple[tarfile.TarInfo, bytes]:
    text = json.loads(contents.written({}, "2026-01-01T00:00:00+00:00")) | changes
    return _member(MANIFEST, json.dumps(text).encode())


HOSTILE = {
    "a folder above": [_member("../evil.parquet")],
    "a folder above within a name": [_member("results/../../evil.parquet")],
    "an absolute path": [_member("/etc/evil.parquet")],
    "a hidden file": [_member("results/.a/run.parquet")],
    "an unknown file": [_member("store/current.json")],
    "a symbolic link": [_special("results/a/run.parquet", tarfile.SYMTYPE, "/etc/passwd")],
    "a hard link": [_special("results/a/run.parquet", tarfile.LNKTYPE, "results/a/score.parquet")],
    "a device": [_special("results/a/run.parquet", tarfile.CHRTYPE)],
    "a pipe": [_special("results/a/run.parquet", tarfile.FIFOTYPE)],
    "a folder": [_special("results/a", tarfile.DIRTYPE)],
    "a file twice": [_member("results/a/run.parquet"), _member("results/a/run.parquet"), _manifest()],
    "a file that the manifest lacks": [_member("results/a/run.parquet"), _manifest()],
    "a file that is missing": [_manifest(files={"results/a/run.parquet": {"bytes": 1, "sha256": "0" * 64}})],
    "another SHA-256": [
        _member("results/a/run.parquet"),
        _manifest(files={"results/a/run.parquet": {"bytes": 1, "sha256": "0" * 64}}),
    ],
    "a newer format": [_manifest(format=99)],
    "a newer schema": [_manifest(schema="0099_later")],
    "no manifest": [_member("results/a/run.parquet")],
    "a manifest of another kind": [_member(MANIFEST, b"[1, 2]")],
    "no table": [
        _member("results/a/run.parquet"),
        _manifest(
            files={
                "results/a/run.parquet": {
                    "bytes": 1,
                    "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
                }
            }
        ),
    ],
}


def _refuses(path: Path, cache: Path) -> str:
    before = sorted(cache.parent.rglob("*"))
    with pytest.raises(StoreError) as refused:
        restore(path)
    after = [one for one in sorted(cache.parent.rglob("*")) if one.name not in {"cache", ".restore.lock"}]
    assert after == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("fault", HOSTILE)
def test_an_archive_that_is_no_honest_backup_is_refused_before_anything_is_touched(
    fault: str, tmp_path: Path, empty_cache: Path
) -> None:
    assert "hostile.tar.gz" in _refuses(_archive(tmp_path / "hostile.tar.gz", HOSTILE[fault]), empty_cache)


def test_a_newer_backup_says_what_to_do(tmp_path: Path, empty_cache: Path) -> None:
    said = _refuses(_archive(tmp_path / "newer.tar.gz", HOSTILE["a newer schema"]), empty_cache)
    assert said == "newer.tar.gz was made by a newer version (0.1.0): update validity-ledger"


def _zeros(path: Path, name: str, size: int) -> Path:
    """An archive of one file of zeros, some hundred times smaller than that."""
    info = tarfile.TarInfo(name)
    info.size = size
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        block = bytes(1 << 20)
        for _ in range(size >> 20):
            file.write(block)
    return path


def test_a_bomb_is_refused_before_it_has_grown(
    tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_ALWAYS_ALLOWED", 1 << 20)
    path = _zeros(tmp_path / "bomb.tar.gz", "results/a/run.parquet", 64 << 20)
    assert "grows too much" in _refuses(path, empty_cache)


def test_a_header_that_claims_gigabytes_is_refused(tmp_path: Path, empty_cache: Path) -> None:
    info = tarfile.TarInfo("headers")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    path = tmp_path / "header.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16))
    _refuses(path, empty_cache)


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "its last bytes lost": lambda content: content[:-64],
    "a byte changed": lambda content: content[: len(content) // 2] + b"\x00" + content[len(content) // 2 + 1 :],
    "empty": lambda _content: b"",
    "text": lambda _content: b"no archive\n" * 100,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused(damage: str, saved: Path, tmp_path: Path, empty_cache: Path) -> None:
    path = tmp_path / "damaged.tar.gz"
    path.write_bytes(DAMAGES[damage](saved.read_bytes()))
    _refuses(path, empty_cache)


# ---- killed ----


def test_a_killed_restore_leaves_what_was_there_and_goes_through_the_next_time(
    made: Path, saved: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    cache = tmp_path / "cache"
    command = Command([["restore", str(saved), "--no-publish"]], cache, tmp_path / "log.txt")
    seconds = seconds_of(command)
    expected = _content(made)
    assert _content(cache) == expected
    changed = cache / "results" / "a" / "run.parquet"

    def look(*, ended: bool) -> None:
        found = _content(cache)
        # Each run is there whole, as it was or as it is in the backup.
        assert {name for name in found if name.startswith("results/b/")} == {
            name for name in expected if name.startswith("results/b/")
        }
        assert ended or found.keys() == expected.keys()
        changed.write_bytes((cache / "results" / "b" / "run.parquet").read_bytes())

    changed.write_bytes((cache / "results" / "b" / "run.parquet").read_bytes())
    again = Command([["restore", str(saved), "--no-publish", "--replace"]], cache, tmp_path / "log.txt")
    times = kill_at_moments(again, seconds, 5, seed=9, look=look)
    assert again.finish() == 0, again.told()
    found = _content(cache)
    lost, doubled = len(expected.keys() - found.keys()), len(found.keys() - expected.keys())
    record_property("killed", {"what": "restore", "times": times, "lost": lost, "doubled": doubled})
    assert found == expected


# ---- as typed ----


def test_the_commands_keep_list_and_take_back(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "typed.tar"
    keep = Command([["backup", str(path)]], made, tmp_path / "log.txt")
    assert keep.finish() == 0, keep.told()
    assert f"files in {path}" in keep.told()
    listed = Command([["restore", str(path), "--list", "--format", "csv"]], tmp_path / "cache", tmp_path / "log.txt")
    assert listed.finish() == 0
    assert "results/a," in listed.told()
    assert not (tmp_path / "cache").exists()
    take = Command([["restore", str(path)]], tmp_path / "cache", tmp_path / "log.txt")
    assert take.finish() == 0, take.told()
    assert "published" in take.told()
    assert manifest_of(path).files.keys() >= _content(made).keys()
