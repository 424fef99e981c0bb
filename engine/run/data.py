"""Tasks of the registry with their data, read once per process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.datasets.fetch import read_task
from engine.store.location import cache_dir

if TYPE_CHECKING:
    from engine.variants import VariantTask


@lru_cache(maxsize=8)
def load_task(task_id: str) -> VariantTask:
    """A task with its items, labels and sequences.

    Raises:
        SpecError: there is no such task.
        NotHereError: its data are not on this machine.
        TableError: its data are damaged.
    """
    return read_task(task_id, cache_dir())
