"""25 times killed: a run, what `make precompute` does, and a publish; and what a fault of the machine comes to."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.datasets.fetch import MIRROR
from engine.store import manifest
from engine.store.location import current_store
from engine.store.parquet import read_frame
from engine.store.reader import open_read_only
from tests.pipeline.killing import (
    Command,
    content_of_store,
    differing,
    keys_of,
    kill_at_moments,
    lost_and_doubled,
    seconds_of,
)
from tests.pipeline.probing_runs import own_task
from tests.pipeline.real_runs import TASK, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Record = Callable[[str, object], None]

RUN = """
name = "a"
tasks = ["{task}"]
baselines = ["blosum62"]
published = false
models = {models}
[options]
shard = {shard}
draws = 100
device = "cpu"
"""
PROBE = """
name = "p"
tasks = ["{task}"]
protocol = "fair-v1"
regimes = ["full"]
baselines = ["kmer-4", "gc", "shuffled:kmer-4", "majority"]
"""
ITEMS = 4996


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """The process that all others are forked from reads it when it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


def _run(folder: Path, cache: str, mirror: Path, *, shard: int = 200, models: tuple[Path, ...] = ()) -> Command:
    folder.mkdir(exist_ok=True)
    path = folder / f"{cache}.toml"
    listed = ", ".join(f'{{ id = "{model}" }}' for model in models or [tiny("esm2")])
    path.write_text(RUN.format(task=TASK, models=f"[{listed}]", shard=shard), "utf-8")
    line = ["run", str(path), "--no-publish"]
    return Command([line], folder / cache, folder / f"{cache}.txt", {MIRROR: str(mirror)})


@pytest.fixture(scope="module")
def undisturbed(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """Results of a run that nothing happened to, and how long such a run takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    first, again = (_run(folder, name, mirror) for name in ("first", "again"))
    # The first one pays for what the operating system has not read yet.
    seconds = min(seconds_of(first), seconds_of(again))
    assert differing(folder / "first" / "results" / "a", folder / "again" / "results" / "a") == []
    return folder / "first" / "results" / "a", seconds


def _parts(cache: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in cache.glob("runs/*/parts/*.parquet")}


def _settle(record: Record, what: str, times: int, found: Path, expected: Path) -> None:
    """No prediction lost, none doubled, and every table equal to the bit."""
    assert differing(found, expected) == []
    keys = [keys_of(read_frame(folder / "prediction.parquet")) for folder in (found, expected)]
    lost, doubled = lost_and_doubled(*keys)
    record("killed", {"what": what, "times": times, "lost": lost, "doubled": doubled})
    assert (lost, doubled) == (0, 0)


# ---- killed ----


def test_a_run_killed_thirteen_times_ends_as_if_nothing_had_happened(
    undisturbed: tuple[Path, float], mirror: Path, tmp_path: Path, record_property: Record
) -> None:
    expected, seconds = undisturbed
    command = _run(tmp_path, "cache", mirror)
    results, kept = command.cache / "results" / "a", dict[str, int]()

    def look(*, ended: bool) -> None:
        parts = _parts(command.cache)
        assert kept.items() <= parts.items(), "a finished part was lost or made twice"
        kept.update(parts)
        if ended:
            assert differing(results, expected) == []
            shutil.rmtree(command.cache)
            kept.clear()

    times = kill_at_moments(command, seconds, 13, seed=1, look=look)
    assert command.finish() == 0, command.told()
    look(ended=False)
    _settle(record_property, "run", times, results, expected)


def test_what_is_precomputed_is_whole_after_it_was_killed_seven_times(
    tmp_path: Path, precomputed: Path, record_property: Record
) -> None:
    task = own_task(tmp_path / "own.csv", each=60, length=60)
    (tmp_path / "p.toml").write_text(PROBE.format(task=task), "utf-8")
    shipped = json.loads((precomputed / "MANIFEST.json").read_text("utf-8"))

    def precompute(name: str) -> Command:
        folder = shutil.copytree(precomputed, tmp_path / name)
        lines = [
            ["run", str(tmp_path / "p.toml"), "--results", str(folder / "results"), "--no-publish"],
            ["manifest", "--precomputed", str(folder)],
        ]
        return Command(lines, tmp_path / f"cache of {name}", tmp_path / f"{name}.txt")

    first, again, command = (precompute(name) for name in ("first", "again", "killed"))
    seconds = min(seconds_of(first), seconds_of(again))
    killed, expected = tmp_path / "killed", tmp_path / "first"

    def look(*, ended: bool) -> None:
        listed = json.loads((killed / "MANIFEST.json").read_text("utf-8"))
        assert shipped.items() <= listed.items()
        if ended:
            assert differing(killed / "results" / "p", expected / "results" / "p") == []
            shutil.rmtree(command.cache)
            shutil.rmtree(killed)
            shutil.copytree(precomputed, killed)

    times = kill_at_moments(command, seconds, 7, seed=2, look=look)
    assert command.finish() == 0, command.told()
    assert manifest.check(killed).keys() == manifest.check(expected).keys()
    _settle(record_property, "precompute", times, killed / "results" / "p", expected / "results" / "p")


def test_a_publish_killed_five_times_leaves_a_readable_store_at_every_moment(
    undisturbed: tuple[Path, float],
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Record,
) -> None:
    cache, results = tmp_path / "cache", undisturbed[0]
    shutil.copytree(store.parent, cache / "store")
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))
    before = _predictions()
    shutil.copytree(results, cache / "results" / "a")
    after = before + len(read_frame(results / "prediction.parquet"))
    command = Command([["publish", "--force"]], cache, tmp_path / "publish.txt")
    first = replace(command, cache=tmp_path / "first")
    shutil.copytree(results, first.cache / "results" / "a")
    seconds = seconds_of(first)

    def look(*, ended: bool) -> None:
        assert _predictions() in ({after} if ended else {before, after})

    with _reader() as seen:
        times = kill_at_moments(command, seconds, 5, seed=3, look=look)
        assert command.finish() == 0, command.told()
    assert set(seen) <= {before, after}
    assert len(seen) > 10, "the reader hardly read"
    found = content_of_store()
    monkeypatch.setenv("VLEDGER_CACHE", str(first.cache))
    expected = content_of_store()
    # These two say when a store was made.
    assert {name for name in expected if found[name] != expected[name]} <= {"meta", "migration"}
    lost, doubled = max(0, after - _predictions()), max(0, _predictions() - after)
    record_property("killed", {"what": "publish", "times": times, "lost": lost, "doubled": doubled})
    assert (lost, doubled) == (0, 0)


def _predictions() -> int:
    with open_read_only(current_store()[0]) as con:
        row = con.execute("SELECT count(*) FROM prediction").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _reader() -> Iterator[list[int]]:
    """Somebody who opens the store in service again and again; what failed there fails here."""
    seen: list[int] = []
    failed: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.05):
            try:
                seen.append(_predictions())
            except BaseException as error:  # noqa: BLE001 - whatever a reader meets is the test's result
                failed.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
    assert failed == []
