"""GENEB's tasks from what is on this machine: a mirror's one file, else the hub's two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.datasets.fetch import fetch, in_mirror, is_here, locate
from engine.datasets.sequence_split import read_sequence_split
from engine.errors import NotHereError
from engine.registry.geneb import check_known, file_names, mirror_name, mirrored
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.datasets.fetch import Progress
    from engine.sequences import SequenceTask


def locate_geneb(task_id: str, cache: Path) -> dict[str, Path]:
    """The checked files of a task by name: one with all its rows, or those of train and of test.

    Args:
        task_id: One of GENEB's.
        cache: The user's cache folder; downloads lie in `data/` below it.

    Raises:
        SpecError: GENEB has no such task; the message names the nearest.
        NotHereError: neither the mirror nor the cache has it; the message names the command.
        TableError: a file has another content than is pinned, or than was downloaded.
    """
    check_known(task_id)
    name = mirror_name(task_id)
    whole = in_mirror(name, mirrored()[task_id])
    if whole is not None:
        return {name: whole}
    return {name: locate(name, cache) for name in file_names(task_id)}


def present(task_id: str, cache: Path) -> bool:
    """Whether a task's files are on this machine; those with another content than pinned count as there."""
    return in_mirror(mirror_name(task_id), None) is not None or all(is_here(one, cache) for one in file_names(task_id))


def read_geneb(task_id: str, cache: Path) -> SequenceTask:
    """A task with its official split; letters for several bases are read as N, since GENEB takes files as they are.

    Raises:
        SpecError: GENEB has no such task.
        NotHereError: it is not on this machine; the message names the command.
        TableError: a file has another content than is pinned, or is damaged.
    """
    files = locate_geneb(task_id, cache)
    task = read_sequence_split(*files.values(), task_id=task_id, alphabet="dna", codes_as_n=True)
    return replace(task, inputs={name: sha256_of(path) for name, path in files.items()})


def fetch_geneb(task_ids: Iterable[str], cache: Path, *, progress: Progress | None = None) -> list[Path]:
    """Bring tasks into the cache; those in the mirror or already in the cache are only checked.

    Args:
        task_ids: Tasks of GENEB's.
        cache: The user's cache folder.
        progress: Called with each file before its download.

    Raises:
        SpecError: GENEB has no such task.
        NotHereError: the network does not give a file.
        TableError: a file has another content than is pinned, or than was downloaded before.
    """
    paths: list[Path] = []
    for task_id in task_ids:
        try:
            paths += locate_geneb(task_id, cache).values()
        except NotHereError:
            paths += fetch(file_names(task_id), cache, progress=progress)
    return paths
