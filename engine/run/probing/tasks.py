"""Tasks of labelled sequences by id or by file."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.datasets.fetch import MIRROR
from engine.datasets.geneb_tasks import present, read_geneb
from engine.datasets.sequence_split import read_sequence_split
from engine.errors import NotHereError, SpecError
from engine.published import geneb
from engine.registry.geneb import GENEB
from engine.registry.tasks import TASKS
from engine.store.location import cache_dir, precomputed_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.records import Task
    from engine.sequences import SequenceTask

_LISTED = 3
"""Missing tasks that a message names; more are counted."""


def geneb_rows() -> dict[str, Task]:
    """The rows of GENEB's tasks by id, in its order."""
    return {row.task_id: row for row in _geneb_rows(precomputed_dir() / "published")}


@lru_cache(maxsize=2)
def _geneb_rows(folder: Path) -> tuple[Task, ...]:
    return tuple(geneb.read(folder).tasks)


def load_sequence_task(name: str) -> SequenceTask:
    """A task of GENEB's by its id, or anyone's own by the path of its file or folder.

    Raises:
        SpecError: there is no such task and no such file, or the file is called like a task that is known here.
        NotHereError: the task's data are not on this machine.
        TableError: they are damaged.
    """
    rows = geneb_rows()
    if name in rows:
        return with_row(read_geneb(name, cache_dir()), rows[name])
    if Path(name).exists():
        return _own(Path(name))
    near = difflib.get_close_matches(name, rows, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else "`vledger list tasks --suite geneb` names GENEB's."
    raise SpecError(f"there is no task '{name}' and no such file; {hint}")


def _own(path: Path) -> SequenceTask:
    data = read_sequence_split(path)
    if data.task.task_id in geneb_rows() or data.task.task_id in TASKS:
        raise SpecError(f"{path} is called like a task that is known here, for which it would be taken: rename it")
    return data


def check_present(names: Sequence[str]) -> None:
    """Pass where every task of GENEB's among these is on this machine, before the first one is read.

    Raises:
        NotHereError: some are not; the message names them and the command that brings them.
    """
    missing = [name for name in names if name in geneb_rows() and not present(name, cache_dir())]
    if not missing:
        return
    listed = ", ".join(missing[:_LISTED]) + (f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else "")
    what = GENEB if len(missing) > _LISTED else " ".join(missing)
    verb = "is" if len(missing) == 1 else "are"
    raise NotHereError(
        f"{len(missing)} of {len(names)} tasks {verb} not on this machine ({listed}): run `vledger fetch {what}`, or "
        f"set {MIRROR} to a folder that has them"
    )


def with_row(data: SequenceTask, row: Task) -> SequenceTask:
    """The task with what the published tables say of it, and the sizes that were read."""
    counted = {name: getattr(data.task, name) for name in ("n_train", "n_test", "n_classes", "prevalence")}
    return replace(data, task=replace(row, **counted))
