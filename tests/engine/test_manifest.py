from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreError, TableError
from engine.store import manifest


def test_the_shipped_manifest_is_that_of_the_shipped_files(precomputed: Path) -> None:
    assert json.loads((precomputed / "MANIFEST.json").read_text("utf-8")) == manifest.describe(precomputed)


def test_checking_gives_the_checksum_of_every_table(precomputed: Path) -> None:
    found = manifest.check(precomputed)
    assert {f"published/{path.name}" for path in (precomputed / "published").iterdir()} <= found.keys()
    assert all(len(checksum) == 64 for checksum in found.values())


def test_a_rewritten_manifest_takes_an_edit_in(precomputed_copy: Path) -> None:
    path = precomputed_copy / "published" / "traps.csv"
    path.write_text(path.read_text("utf-8").replace("Tokenisation", "Tokenization"), "utf-8")
    manifest.write(precomputed_copy)
    assert "published/traps.csv" in manifest.check(precomputed_copy)


def test_what_a_killed_run_left_half_done_is_not_listed(precomputed_copy: Path) -> None:
    listed = manifest.check(precomputed_copy)
    results = precomputed_copy / "results"
    shutil.copytree(results / "cnn", results / ".cnn.0123456789abcdef")
    assert manifest.check(precomputed_copy) == listed
    manifest.write(precomputed_copy)
    assert manifest.check(precomputed_copy) == listed


def test_a_manifest_that_does_not_fit_leaves_the_old_one(
    precomputed_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (precomputed_copy / "MANIFEST.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError, match=r"MANIFEST\.json cannot be written \(No space left on device\): the old one"):
        manifest.write(precomputed_copy)
    assert (precomputed_copy / "MANIFEST.json").read_bytes() == before
    assert not list(precomputed_copy.glob(".*"))


def test_a_missing_manifest_is_named(precomputed_copy: Path) -> None:
    (precomputed_copy / "MANIFEST.json").unlink()
    with pytest.raises(TableError, match=r"MANIFEST\.json: the manifest is missing"):
        manifest.check(precomputed_copy)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"missing from .*nowhere"):
        manifest.check(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"published/claims.csv": {"bytes"',
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"published/claims.csv": 3}',
        b'{"published/claims.csv": {}}',
    ],
    ids=["empty", "cut off", "not UTF-8", "a list", "null", "a number for a file", "a file without size"],
)
def test_a_damaged_manifest_is_named(precomputed_copy: Path, content: bytes) -> None:
    whole = json.loads((precomputed_copy / "MANIFEST.json").read_text("utf-8"))
    if b"claims" in content and content.endswith(b"}"):
        content = json.dumps(whole | json.loads(content)).encode()
    (precomputed_copy / "MANIFEST.json").write_bytes(content)
    with pytest.raises(TableError):
        manifest.check(precomputed_copy)


@given(
    first=st.dictionaries(st.text(max_size=3), st.text(st.sampled_from("0123456789abcdef"), min_size=4, max_size=4)),
    second=st.dictionaries(st.text(max_size=3), st.text(st.sampled_from("0123456789abcdef"), min_size=4, max_size=4)),
)
def test_the_identity_depends_on_content_and_not_on_order(first: dict[str, str], second: dict[str, str]) -> None:
    same = manifest.content_hash(first) == manifest.content_hash(second)
    assert same == (first == second)
    assert manifest.content_hash(dict(reversed(first.items()))) == manifest.content_hash(first)
