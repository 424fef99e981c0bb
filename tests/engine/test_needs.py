from __future__ import annotations

import pytest

from engine.executors.needs import MOST_PER_GPU, Need, Resources, resources


@pytest.mark.parametrize(
    ("parameters", "gpus"),
    [(8_000_000, 0.25), (100_000_000, 0.25), (650_000_000, 0.5), (7_000_000_000, 1.0), (None, 0.5)],
)
def test_a_larger_model_gets_a_larger_share_of_a_gpu(parameters: int | None, gpus: float) -> None:
    assert resources(Need("a", parameters), "cuda").gpus == gpus


def test_as_many_workers_share_a_gpu_as_the_smallest_share_allows() -> None:
    assert resources(Need("a", 1), "cuda").gpus * MOST_PER_GPU == 1


def test_what_holds_no_model_or_runs_on_a_cpu_needs_no_gpu() -> None:
    assert resources(Need(), "cuda") == Resources(cpus=1, gpus=0, memory=10**9)
    assert resources(Need("a", 650_000_000), "cpu") == Resources(cpus=1, gpus=0, memory=6_200_000_000)


def test_room_is_counted_in_processors_gpus_and_memory() -> None:
    node = Resources(cpus=2, gpus=1, memory=8)
    one = Resources(cpus=1, gpus=0.5, memory=3)
    assert (one + one).fits(node)
    assert not (one + one + one).fits(node)
    assert (one + one + one - one).fits(node)
    for more in (Resources(3, 0, 0), Resources(0, 2, 0), Resources(0, 0, 9)):
        assert not more.fits(node)


def test_a_person_reads_what_is_asked_for() -> None:
    assert str(Resources(1, 0.25, 1_400_000_000)) == "1 CPU, 0.25 GPU and 1.4 GB of memory"
    assert str(Resources(1, 0, 10**9)) == "1 CPU and 1.0 GB of memory"
