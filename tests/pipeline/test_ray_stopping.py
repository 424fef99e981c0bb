"""One journal under two executors: a run that is interrupted or killed under one goes on under the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.datasets.fetch import MIRROR
from engine.store.parquet import read_frame
from tests.pipeline.real_runs import TASK, carry_out, tiny

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS, SHARD, SHARDS = 4996, 250, 20
SPEC = """
name = "a"
tasks = ["{task}"]
baselines = ["blosum62"]
published = false
models = [{{ id = "{model}" }}]
[options]
device = "cpu"
shard = {shard}
draws = 100
"""
# A shell may start us with SIGINT ignored, and children inherit that; Python's own handler is what a user has.
_PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from engine.cli import main; main()"
)
# Nobody waits that long on a machine with a core to spare; Ray itself gives a node half a minute.
_LEAVING = 120
_AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
ON_RAY = ("--executor", "ray", "--address", "local")


@pytest.fixture
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("ray")
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


def _start(folder: Path, *options: str) -> subprocess.Popen[str]:
    path = folder / "run.toml"
    path.write_text(SPEC.format(task=TASK, model=tiny("esm2"), shard=SHARD), "utf-8")
    journal, results = f"file://{folder}/shared", str(folder / "results")
    own = ["run", str(path), *options, "--journal", journal, "--results", results]
    command = [sys.executable, "-c", _PROGRAM, *own]
    # With a token given, Ray writes none into the home folder.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "RAY_AUTH_TOKEN": "0" * 64}
    # A session of its own, as a terminal gives it: Ctrl-C there reaches the whole group.
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _parts(folder: Path) -> dict[str, int]:
    """Finished shards, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "shared").glob("*/parts/*.parquet")}


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def _of_run(cache: Path) -> list[str]:
    """Commands of the processes that were started with this cache, whoever their parents are now; not this one.

    Nor Ray's two agents: they look every few seconds whether their node lives, and leave half a minute after it.
    """
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and int(process.name) != os.getpid():
                environment = (process / "environ").read_bytes().split(b"\0")
                if f"VLEDGER_CACHE={cache}".encode() in environment:
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return [command for command in found if command and not command.startswith(_AGENTS)]


def _stop_after(count: int, folder: Path, process: subprocess.Popen[str], how: signal.Signals) -> str:
    assert _within(120, lambda: len(_parts(folder)) >= count or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    if how is signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (130 if how is signal.SIGINT else -how)
    return said


def test_a_run_goes_on_under_the_other_executor_and_ends_as_if_nothing_had_happened(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = _stop_after(2, tmp_path, _start(tmp_path, *ON_RAY), signal.SIGINT)
    assert said.endswith("stopped; what is scored so far is kept, and the same command goes on from there\n")
    assert _within(_LEAVING, lambda: not _of_run(machine)), _of_run(machine)
    first = _parts(tmp_path)
    assert 2 <= len(first) < SHARDS

    _stop_after(len(first) + 2, tmp_path, _start(tmp_path), signal.SIGKILL)
    second = _parts(tmp_path)
    assert first.items() <= second.items(), "a shard that Ray had scored was scored again"
    assert len(first) < len(second) < SHARDS

    _stop_after(len(second) + 2, tmp_path, _start(tmp_path, *ON_RAY), signal.SIGKILL)
    # Ray notices by itself that its driver is gone.
    assert _within(_LEAVING, lambda: not _of_run(machine)), _of_run(machine)
    third = _parts(tmp_path)
    assert second.items() <= third.items(), "a shard that this machine had scored was scored again"
    assert len(second) < len(third) < SHARDS

    last = _start(tmp_path, *ON_RAY)
    _, said = last.communicate(timeout=180)
    assert last.returncode == 0, said
    assert f"{ITEMS:,} of {ITEMS:,} variants" in said
    assert third.items() <= _parts(tmp_path).items()
    assert len(_parts(tmp_path)) == SHARDS
    assert _within(_LEAVING, lambda: not _of_run(machine)), _of_run(machine)

    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "undisturbed"))
    alone = carry_out({"models": [{"id": str(tiny("esm2"))}], "options": {"shard": SHARD}})
    assert isinstance(alone.folder, Path)
    ours, expected = (
        read_frame(folder / "prediction.parquet", columns="model_id, item_id, score, higher_is")
        for folder in (tmp_path / "results" / "a", alone.folder)
    )
    assert len(expected) == 2 * ITEMS
    assert ours.equals(expected)
