"""How far a fit has come, and parts of it side by side."""

from __future__ import annotations

from threading import Event, get_ident
from time import sleep

import numpy as np
import pytest

from engine.probes.fair_v1 import FairV1
from engine.probes.folds import make_folds
from engine.probes.watching import AtOnce, Gauge, Stopped, within
from tests.engine.probe_inputs import blobs


def test_parts_come_to_one_number_that_never_falls() -> None:
    told: list[tuple[int, int]] = []
    gauge = Gauge(lambda done, total: told.append((done, total)), 2)
    for part, share in ((0, 0.5), (1, 0.25), (0, 0.4), (0, 0.5004), (1, 1.0), (0, 1.0)):
        gauge.part(part)(share)
    assert told == [(500, 2000), (750, 2000), (1500, 2000), (2000, 2000)]


def test_a_stretch_is_told_as_its_share_of_the_whole() -> None:
    told: list[float] = []
    watch = within(told.append, 0.25, 0.75)
    assert watch is not None
    for share in (0.0, 0.5, 1.0):
        watch(share)
    assert told == [0.25, 0.5, 0.75]
    assert within(None, 0, 1) is None


@pytest.mark.parametrize("threads", [1, 3])
def test_parts_keep_their_order_however_many_run_at_once(threads: int) -> None:
    def work(number: int) -> tuple[int, int]:
        sleep(0.01 * (3 - number))
        return number, get_ident()

    found = AtOnce(Gauge(None, 4), threads).map(work, 4)
    assert [number for number, _ in found] == [0, 1, 2, 3]
    assert (len({thread for _, thread in found}) > 1) == (threads > 1)


def test_where_one_part_fails_the_others_end_at_the_next_thing_they_tell() -> None:
    gauge, begun, ended = Gauge(None, 2), Event(), []

    def work(number: int) -> None:
        if number == 0:
            begun.wait(10)
            raise ValueError("the first")
        begun.set()
        try:
            for step in range(1000):
                sleep(0.005)
                gauge.part(1)(step / 1000)
        except Stopped:
            ended.append(number)
            raise

    with pytest.raises(ValueError, match="the first"):
        AtOnce(gauge, 2).map(work, 2)
    assert ended == [1]


def test_neither_a_listener_nor_threads_change_what_is_found() -> None:
    train = blobs(300, 6)
    candidates = [train.features, train.features[:, ::-1], train.features[:, :3]]
    folds = make_folds(train.labels)
    told: list[tuple[int, int]] = []
    probes = [FairV1(), FairV1(progress=lambda *now: told.append(now), threads=2)]
    one, other = (probe.fit(candidates, train.labels, classes=2, folds=folds) for probe in probes)
    assert one.choice == other.choice
    np.testing.assert_array_equal(one.weights, other.weights)
    assert told[-1] == (4000, 4000)
    assert len(told) > 20
    done = [step[0] for step in told]
    assert done == sorted(done)
