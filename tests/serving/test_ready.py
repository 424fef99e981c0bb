"""Is the store that is in service looked at, and is every fault of it told in one sentence?"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dashboard.observing import readiness
from dashboard.observing.readiness import Watch
from engine.store.location import read_pointer, store_dir, switch_pointer
from engine.store.migrations import available
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving.conftest import Serve


def _pointed(**changes: Any) -> None:
    pointer = read_pointer()
    assert pointer
    switch_pointer(dataclasses.replace(pointer, **changes))


def _gone(store: Path) -> None:
    store.unlink()


def _no_pointer(store: Path) -> None:
    (store.parent / "current.json").unlink()


def _damaged_pointer(store: Path) -> None:
    (store.parent / "current.json").write_text("{", "utf-8")


def _cut(share: float) -> Callable[[Path], None]:
    def cut(store: Path) -> None:
        with store.open("r+b") as file:
            file.truncate(int(store.stat().st_size * share))

    return cut


def _no_database(store: Path) -> None:
    store.write_bytes(b"no database" * (store.stat().st_size // 11 + 1))
    _pointed(bytes=store.stat().st_size)


def _of_before(store: Path) -> None:
    """The middle is lost, and the pointer is of a version that did not say the size."""
    _cut(0.5)(store)
    _pointed(bytes=None)


def _old(_store: Path) -> None:
    _pointed(schema="0003_probes")


def _new(_store: Path) -> None:
    _pointed(schema="0099_later")


def _other(store: Path) -> None:
    _changed(store, "UPDATE meta SET value = repeat('0', 64) WHERE key = 'content_hash'")


def _empty(store: Path) -> None:
    _changed(store, "DELETE FROM score")


def _fewer(store: Path) -> None:
    _changed(store, "DELETE FROM claim WHERE rowid = 0")


def _changed(store: Path, statement: str) -> None:
    with duckdb.connect(store) as con:
        con.execute(statement)
    _pointed(bytes=store.stat().st_size)


FAULTS = {
    "gone": (_gone, "file", "the store's file is gone: run `vledger publish`"),
    "no pointer": (_no_pointer, "pointer", "no store was published yet: run `vledger publish`"),
    "damaged pointer": (_damaged_pointer, "pointer", "which store is in service is damaged"),
    "cut off in the middle": (_cut(0.5), "file", "it is cut off: run `vledger publish --force`"),
    "cut off at its end": (_cut(0.98), "file", "it is cut off: run `vledger publish --force`"),
    "cut off, size not told": (_of_before, "query", "damaged or cut off: run `vledger publish --force`"),
    "no database": (_no_database, "opens", "damaged or cut off: run `vledger publish --force`"),
    "older": (_old, "schema", "is of an older version (0003_probes, this one is "),
    "newer": (_new, "schema", "is of a newer version (0099_later) than this server"),
    "other content": (_other, "content", "other content than was published: run `vledger publish --force`"),
    "no rows": (_empty, "rows", "no rows in 'score': run `vledger publish --force`"),
    "fewer rows": (_fewer, "rows", "other rows in 'claim' than were written: run `vledger publish --force`"),
}


def test_a_store_as_it_was_published_is_ready(served_store: Path) -> None:
    found = Watch().look()
    pointer = read_pointer()
    assert pointer
    assert (found.ready, found.reason, found.data_version) == (True, None, pointer.content_hash)
    assert [check.name for check in found.checks] == [
        "pointer", "schema", "file", "unchanged", "opens", "content", "rows", "query",
    ]  # fmt: skip
    assert all(check.ok and check.milliseconds > 0 for check in found.checks)
    assert found.age_seconds is not None
    assert found.age_seconds > 0
    assert served_store.name.startswith(f"vledger-{pointer.content_hash[:16]}")


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_store_has_its_sentence(fault: str, served_store: Path) -> None:
    damage, check, sentence = FAULTS[fault]
    damage(served_store)
    found = Watch().look()
    assert not found.ready
    assert found.reason is not None
    assert sentence in found.reason
    assert (found.checks[-1].name, found.checks[-1].ok) == (check, False)
    assert str(store_dir()) not in json.dumps(found.as_json())


def test_another_file_under_the_name_of_an_open_one_is_noticed_until_it_is_published(
    served_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", -1)
    watch = Watch()
    with closing(open_read_only(served_store)):
        assert watch.look().ready
        copy = Path(shutil.copy(served_store, tmp_path / "copy"))
        copy.replace(served_store)
        reason = watch.look().reason
        assert reason is not None
        assert "not the one that was published" in reason
        _pointed(published_at="2026-01-01T00:00:00+00:00")
        assert watch.look().ready


def test_a_probe_every_moment_costs_one_look(served_store: Path) -> None:
    watch = Watch()
    first = watch.look()
    served_store.unlink()
    assert watch.look() is first


def _answer(base: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{base}/api/ready", timeout=30) as answer:  # noqa: S310 - our own address
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def _until(base: str, status: int) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        found, content = _answer(base)
        if found == status:
            return content
        assert time.monotonic() < deadline, content
        time.sleep(0.2)


def test_a_server_says_that_its_store_is_gone_and_when_one_is_published_again(served_store: Path, serve: Serve) -> None:
    cache = served_store.parent.parent
    served = serve(cache=cache, prefix="lab/ledger")
    before = _until(served.base, 200)
    assert before["ready"] is True
    assert before["data_version"].startswith(served_store.stem.removeprefix("vledger-"))
    served_store.unlink()
    without = _until(served.base, 503)
    assert without["reason"] == "the store's file is gone: run `vledger publish`"
    assert str(cache) not in json.dumps(without)
    with urllib.request.urlopen(f"{served.base}/api/live", timeout=30) as answer:  # noqa: S310 - same
        assert json.loads(answer.read()) == {"live": True}
    subprocess.run([sys.executable, "-m", "engine", "publish"], check=True, capture_output=True)
    after = _until(served.base, 200)
    assert after["published_at"] > before["published_at"]
    assert after["data_version"] == before["data_version"]
    assert list(available())[-1] in served_store.parent.joinpath("current.json").read_text("utf-8")
