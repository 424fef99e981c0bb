from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from engine.executors.local import Outcome, Task, run_units
from tests.engine.workers import Sum, add, die_afterwards, die_always, die_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNITS = [Sum((number, 10)) for number in range(6)]


def _task(work: Callable[[Sum, str], Outcome]) -> Task[Sum, Sum]:
    return Task(prepare=lambda unit: unit, work=work)


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


def test_one_device_works_in_this_process_and_in_order() -> None:
    found = list(run_units(UNITS, _task(add), ["cpu"]))
    assert [unit for unit, _ in found] == UNITS
    assert [outcome.result for _, outcome in found] == [(number + 10, "cpu", os.getpid()) for number in range(6)]


def test_two_processes_find_the_same_as_one() -> None:
    alone = {unit: outcome.result[0] for unit, outcome in run_units(UNITS, _task(add), ["cpu"])}
    found = list(run_units(UNITS, _task(add), ["one", "other"]))
    assert {unit: outcome.result[0] for unit, outcome in found} == alone
    assert len(found) == len(UNITS)
    assert {outcome.result[1] for _, outcome in found} <= {"one", "other"}
    workers = {outcome.result[2] for _, outcome in found}
    assert os.getpid() not in workers
    assert _within(5, lambda: all(_gone(worker) for worker in workers)), "a worker is left over"


def test_a_worker_that_is_killed_is_replaced_and_its_unit_done(tmp_path: Path) -> None:
    units = [Sum((1, 2), tmp_path / "first"), Sum((3, 4)), Sum((5, 6), tmp_path / "third")]
    found = dict(run_units(units, _task(die_once), ["one", "other"]))
    assert {unit: outcome.result[0] for unit, outcome in found.items()} == {units[0]: 3, units[1]: 7, units[2]: 11}
    assert (tmp_path / "first").exists()


def test_a_unit_that_kills_every_worker_is_given_up_and_the_others_are_done(tmp_path: Path) -> None:
    units = [Sum((1,)), Sum((2,), tmp_path / "tries"), Sum((3,)), Sum((4,))]
    found = dict(run_units(units, _task(die_always), ["one", "other"]))
    assert found.keys() == set(units)
    lost = found.pop(units[1])
    assert (lost.result, lost.stage, lost.error_type) == (None, "score", "WorkerDied")
    assert lost.message is not None
    assert lost.message.endswith("died twice on one unit (killed, or out of memory): use smaller batches")
    assert (tmp_path / "tries").read_text("utf-8") == "xx"
    assert sorted(outcome.result[0] for outcome in found.values()) == [1, 3, 4]


def test_a_worker_that_dies_between_units_is_replaced() -> None:
    units = UNITS[:3]

    def slowly(unit: Sum) -> Sum:
        time.sleep(0.3)
        return unit

    task = Task(prepare=slowly, work=die_afterwards)
    found = dict(run_units(units, task, ["one", "other"]))
    assert [found[unit].result[0] for unit in units] == [10, 11, 12]


@pytest.mark.parametrize("devices", [["cpu"], ["one", "other"]])
def test_a_unit_that_is_no_longer_wanted_is_not_begun(devices: list[str], tmp_path: Path) -> None:
    fine, bad = Sum((1,)), [Sum((number,), tmp_path / str(number)) for number in range(5)]
    failed: list[Sum] = []

    def prepare(unit: Sum) -> Sum:
        assert unit is fine or not failed
        return unit

    task = Task(prepare=prepare, work=add, wanted=lambda unit: unit is fine or not failed)
    done = []
    for unit, outcome in run_units([*bad, fine], task, devices):
        done.append(unit)
        assert outcome.error_type is None
        if unit is not fine:
            failed.append(unit)
    assert fine in done
    # What was running when the first one came back comes back too; nothing after it.
    assert len(failed) <= len(devices)


def test_nothing_to_do_is_nothing_done() -> None:
    assert list(run_units([], _task(add), ["one", "other"])) == []
    never = Task(prepare=lambda unit: unit, work=add, wanted=lambda _: False)
    assert list(run_units(UNITS, never, ["one", "other"])) == []


def test_stopping_early_leaves_no_process_behind() -> None:
    units = run_units(UNITS, _task(add), ["one", "other"])
    _, outcome = next(units)
    units.close()
    assert _within(5, lambda: _gone(outcome.result[2]))


PARENT = """
import sys
from pathlib import Path
from engine.executors.local import Task, run_units
from tests.engine.workers import Sum, note_and_wait

if __name__ == "__main__":
    units = [Sum((number,), Path(sys.argv[1]) / str(number)) for number in range(2)]
    list(run_units(units, Task(prepare=lambda unit: unit, work=note_and_wait), ["one", "other"]))
"""


def test_the_workers_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment)
    assert _within(30, lambda: len(list(tmp_path.glob("worker-*"))) == 2), "the workers did not begin"
    workers = [int(path.name.removeprefix("worker-")) for path in tmp_path.glob("worker-*")]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert _within(10, lambda: all(_gone(worker) for worker in workers)), "workers wait for ever"


def test_workers_do_not_carry_out_the_parents_script_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "page.py"
    marker = tmp_path / "carried-out"
    script.write_text(f"open({str(marker)!r}, 'w').close()\nraise SystemExit(1)\n")
    page = ModuleType("__main__")
    page.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", page)
    outcomes = [outcome for _, outcome in run_units(UNITS, _task(add), ["cpu", "cpu"])]
    assert sorted(outcome.result[0] for outcome in outcomes) == [10 + number for number in range(6)]
    assert not marker.exists()
    assert sys.modules["__main__"] is page
