"""A real Ray cluster on this machine: two nodes with a CPU each, of which one can be killed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES = 2


@contextmanager
def two_nodes() -> Iterator[Any]:
    """The cluster, this process being connected to it; its head has no CPU, so that work is on the two."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - without Ray the tests are skipped

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(NODES):
            found.add_node(num_cpus=1)
        found.wait_for_nodes()
        ray.init(address=found.address, log_to_driver=False, logging_level="ERROR")
        yield found
    finally:
        ray.shutdown()
        found.shutdown()


def kill_one(nodes: Any) -> None:
    """A node dies as a machine does: without a word."""
    nodes.remove_node(next(iter(nodes.worker_nodes)), allow_graceful=False)


def add_one(nodes: Any) -> None:
    """Another node comes in its place."""
    nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
