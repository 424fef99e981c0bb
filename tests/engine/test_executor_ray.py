"""Units on real Ray clusters of this machine: two nodes, each a raylet with a CPU, that can be killed."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import NotHereError, StoreError
from engine.executors.local import Outcome, Task
from engine.executors.needs import Need
from engine.executors.on_ray import Cluster, connected
from tests.engine.ray_nodes import NODES, add_one, kill_one, two_nodes
from tests.engine.workers import Sum, add, die_always, die_once, refuse, software, wait_for, wait_for_a_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UNITS = [Sum((number, 10)) for number in range(6)]
CPUS = ["cpu", "cpu"]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    with two_nodes() as found:
        yield found


@pytest.fixture
def cluster(nodes: Any) -> Iterator[Cluster]:
    assert len(nodes.worker_nodes) == len(CPUS) == NODES
    with connected(None, software) as found:
        yield found


def _task(work: Callable[[Sum, str], Outcome], **others: Any) -> Task[Sum, Sum]:
    return Task(prepare=lambda unit: unit, work=work, **others)


def _gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def test_every_unit_is_done_once_by_workers_that_stay_and_end_with_the_run(cluster: Cluster) -> None:
    found = list(cluster.run_units(UNITS, _task(add), CPUS))
    assert sorted(unit.numbers for unit, _ in found) == [unit.numbers for unit in UNITS]
    assert all(outcome.result[:2] == (sum(unit.numbers), "cpu") for unit, outcome in found)
    workers = {outcome.result[2] for _, outcome in found}
    assert 1 <= len(workers) <= 2
    assert os.getpid() not in workers
    assert _within(10, lambda: all(map(_gone, workers))), "a worker is left over"


def test_a_cluster_of_cpus_has_a_worker_for_each_unless_told_otherwise(cluster: Cluster) -> None:
    assert cluster.devices("auto", None) == cluster.devices("cpu", None) == CPUS
    assert cluster.devices("cpu", 5) == ["cpu"] * 5
    assert cluster.devices("cuda:1", 3) == ["cuda"] * 3
    with pytest.raises(NotHereError, match=r"the cluster has no GPU now: give options\.workers"):
        cluster.devices("cuda", None)


def test_a_worker_that_is_killed_is_replaced_and_its_unit_done(cluster: Cluster, tmp_path: Path) -> None:
    units = [Sum((1, 2), tmp_path / "first"), Sum((3, 4)), Sum((5, 6), tmp_path / "third")]
    found = dict(cluster.run_units(units, _task(die_once), CPUS))
    assert {unit: outcome.result[0] for unit, outcome in found.items()} == {units[0]: 3, units[1]: 7, units[2]: 11}
    assert (tmp_path / "first").exists()


def test_a_unit_that_kills_three_workers_is_given_up_and_the_others_are_done(cluster: Cluster, tmp_path: Path) -> None:
    units = [Sum((1,)), Sum((2,), tmp_path / "tries"), Sum((3,)), Sum((4,))]
    found = dict(cluster.run_units(units, _task(die_always), CPUS))
    assert found.keys() == set(units)
    lost = found.pop(units[1])
    assert (lost.result, lost.stage, lost.error_type) == (None, "score", "WorkerDied")
    assert lost.message is not None
    assert lost.message.startswith("its worker died 3 times on one unit, the last time on ")
    assert (tmp_path / "tries").read_text("utf-8") == "xxx"
    assert sorted(outcome.result[0] for outcome in found.values()) == [1, 3, 4]


def test_a_node_that_dies_costs_only_a_second_try_of_its_unit(nodes: Any, cluster: Cluster, tmp_path: Path) -> None:
    units = [Sum((number,), tmp_path / f"go-{number}") for number in range(6)]
    cut: list[Sum] = []

    def prepare(unit: Sum) -> Sum:
        cut.append(unit)
        if len(cut) == len(CPUS):
            # Both nodes have a unit that does not end by itself; one of them goes.
            kill_one(nodes)
            for one in units:
                assert one.marker is not None
                one.marker.touch()
        return unit

    found = list(cluster.run_units(units, Task(prepare=prepare, work=wait_for), CPUS))
    add_one(nodes)
    assert sorted(unit.numbers for unit, _ in found) == [unit.numbers for unit in units]
    assert {unit.numbers[0]: outcome.result[0] for unit, outcome in found} == {number: number for number in range(6)}
    assert 0 <= len(cut) - len(units) <= 1


def test_units_of_two_models_never_share_a_worker(cluster: Cluster) -> None:
    task = _task(add, need=lambda unit: Need(str(unit.numbers[0] % 2), 1000))
    found = list(cluster.run_units(UNITS, task, CPUS))
    odd, even = ({outcome.result[2] for unit, outcome in found if unit.numbers[0] % 2 == rest} for rest in (1, 0))
    assert len(found) == len(UNITS)
    assert odd
    assert even
    assert odd.isdisjoint(even)


def test_a_payload_is_cut_when_a_worker_is_free_for_it(cluster: Cluster) -> None:
    cut, come = 0, 0

    def prepare(unit: Sum) -> Sum:
        nonlocal cut
        cut += 1
        assert cut - come <= len(CPUS)
        return unit

    for _ in cluster.run_units(UNITS, Task(prepare=prepare, work=add), CPUS):
        come += 1
    assert cut == come == len(UNITS)


def test_a_unit_that_is_no_longer_wanted_is_not_begun(cluster: Cluster) -> None:
    done: list[Sum] = []
    for unit, _ in cluster.run_units(UNITS, _task(add, wanted=lambda _: not done), CPUS):
        done.append(unit)
    assert 1 <= len(done) <= len(CPUS)


def test_nothing_to_do_is_nothing_done(cluster: Cluster) -> None:
    assert list(cluster.run_units([], _task(add), CPUS)) == []
    assert list(cluster.run_units(UNITS, _task(add, wanted=lambda _: False), CPUS)) == []


def test_stopping_early_leaves_no_worker_behind(cluster: Cluster, tmp_path: Path) -> None:
    units = [Sum((number,), tmp_path / str(number)) for number in range(4)]
    running = cluster.run_units(units, _task(wait_for_a_note), CPUS)
    unit, _ = next(running)
    assert unit == units[0]
    workers = [int(path.name.removeprefix("worker-")) for path in tmp_path.glob("worker-*")]
    assert workers
    running.close()
    assert _within(10, lambda: all(map(_gone, workers)))


def test_what_no_node_has_room_for_is_not_done_and_says_why(cluster: Cluster) -> None:
    small = Cluster(cluster.ray, software, patience=1)
    found = dict(small.run_units(UNITS, _task(add, need=lambda _: Need("huge", 10**12)), CPUS))
    sentence = "no node of the cluster had room for a worker (1 CPU and 8001.0 GB of memory) within 1 s"
    assert found == dict.fromkeys(UNITS, Outcome(stage="load", error_type="NoRoom", message=sentence))


def test_a_fault_that_a_unit_raises_ends_the_run_with_its_sentence(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match=r"^the disk of \(\d, 10\) on cpu is full$"):
        list(cluster.run_units(UNITS, _task(refuse), CPUS))


def test_workers_with_other_versions_are_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTED_VERSION", "2")
    here = r"other versions \(engine 1 there and 2 here\): install the same on every node"
    with pytest.raises(NotHereError, match=here):
        list(cluster.run_units(UNITS, _task(add), CPUS))
