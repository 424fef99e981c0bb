from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from engine.run import publishing
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

PUBLISH = [sys.executable, "-m", "engine", "publish"]


def _start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for_a_build(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not list(folder.glob(".building-*")):
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline, "no build within 30 s"
        time.sleep(0.002)


def test_two_processes_may_publish_at_once(empty_cache: Path) -> None:
    processes = [_start([*PUBLISH, "--force"]) for _ in range(2)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in ended] == [0, 0], ended
    assert not list((empty_cache / "store").glob(".*"))
    assert len(list((empty_cache / "store").glob("*.duckdb"))) == 1
    with open_read_only(current_store()[0]) as con:
        assert con.execute("SELECT count(*) FROM score WHERE origin = 'published'").fetchone() == (25_961,)


def test_a_killed_build_is_no_obstacle_and_is_swept_later(empty_cache: Path) -> None:
    folder = empty_cache / "store"
    process = _start(PUBLISH)
    _wait_for_a_build(folder, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "current.json").exists()

    path, built = publishing.publish()
    assert built
    assert current_store()[0] == path
    left = list(folder.glob(".building-*"))
    assert left, "a build that may still be running elsewhere is not taken away"

    for file in left:
        os.utime(file, (1, 1))
    assert publishing.publish() == (path, False)
    assert not list(folder.glob(".*"))
