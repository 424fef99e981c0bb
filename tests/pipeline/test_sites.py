"""Where `vledger run` carries out a spec, and results that land where another machine publishes them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import duckdb
import pytest

from engine.cli.sites import Executor, Where
from engine.datasets.fetch import MIRROR
from engine.errors import NotHereError, SpecError
from engine.executors.local import run_units
from engine.executors.on_ray import connected
from engine.run import publishing
from engine.run.provenance import packages, software
from engine.run.site import Site
from engine.spec import Options
from engine.store.parquet import read_frame
from tests.pipeline.real_runs import TASK, carry_out, tiny

ONE, TWO = Options(device="cpu", workers=1), Options(device="cpu", workers=2)


def test_a_run_is_here_unless_something_else_is_said() -> None:
    with Where().opened(TWO) as found:
        assert found == (["cpu", "cpu"], Site(run_units, None))
    with Where(journal="file:///mnt/shared").opened(ONE) as found:
        assert found == (["cpu"], Site(run_units, Path("/mnt/shared")))
    with Where(journal="memory://a").opened(ONE) as found:
        assert found == (["cpu"], Site(run_units, "memory://a"))


def test_a_journal_that_workers_cannot_see_is_refused() -> None:
    sentence = r"^--journal memory://a is seen by one process alone: give one that all workers see$"
    with pytest.raises(SpecError, match=sentence), Where(journal="memory://a").opened(TWO):
        pass


def test_an_address_without_its_executor_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^--address auto is that of a Ray cluster: add --executor ray$"):
        Where(address="auto").here()


def test_a_machine_without_ray_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    sentence = r"^runs on a cluster need Ray: pip install 'validity-ledger\[cluster\]'$"
    with pytest.raises(NotHereError, match=sentence), Where(Executor.RAY).opened(ONE):
        pass


def test_a_cluster_that_is_not_there_is_told_with_its_address() -> None:
    pytest.importorskip("ray")
    with socket.socket() as taken:
        # Bound, but nobody listens.
        taken.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*taken.getsockname())
        sentence = (
            rf"^no Ray cluster answers at {address} \(.*Connection refused\): start one with `ray start --head`, "
        )
        with pytest.raises(NotHereError, match=sentence), connected(address, software):
            pass


def test_what_ray_says_of_a_cluster_stands_in_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")

    def refuse(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.\nMore lines.")

    monkeypatch.setattr(ray, "init", refuse)
    sentence = (
        r"^no Ray cluster answers at auto \(Could not find any running Ray instance\): start one with "
        r"`ray start --head`, set RAY_AUTH_MODE=token if it asks for a token, or leave --address out$"
    )
    with pytest.raises(NotHereError, match=sentence), connected("auto", software):
        pass


def test_the_same_release_for_another_device_is_the_same_software(monkeypatch: pytest.MonkeyPatch) -> None:
    own = software()
    assert {"engine", "code", "python", "numpy"} <= own.keys()
    built = packages().replace('"numpy": "', '"numpy": "9.9+cu130 was ')
    monkeypatch.setattr("engine.run.provenance.packages", lambda: built)
    assert software() == own | {"numpy": "9.9"}


def test_results_behind_a_url_are_published_from_there(
    mirror: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv(MIRROR, str(mirror))
    url = f"local://{tmp_path}/shared"
    summary = carry_out({"name": "shared", "models": [{"id": str(tiny("esm2"))}]}, results=url)
    assert summary.folder == f"{url}/shared"
    assert not (empty_cache / "results").exists()
    scores = read_frame(tmp_path / "shared" / "shared" / "score.parquet", columns="value")
    assert len(scores) == len(summary.scores) > 0
    # What is known of the task is there without its data; and a store is built faster so.
    monkeypatch.setenv(MIRROR, str(tmp_path / "nothing"))
    store, _ = publishing.publish(results=url)
    run_id = summary.run.run_id
    with duckdb.connect(str(store), read_only=True) as con:
        found = con.execute(
            "SELECT task_id, metric, value FROM score WHERE run_id = ? ORDER BY ALL", [run_id]
        ).fetchall()
    own = [row for row in summary.scores if row.model_id == "tiny-esm2"]
    assert found == sorted((TASK, row.metric.value, row.value) for row in own)
