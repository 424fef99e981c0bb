"""Tasks of labelled sequences by id or by file."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.datasets.geneb_tasks import read_geneb
from engine.datasets.sequence_split import read_sequence_split
from engine.errors import SpecError
from engine.published import geneb
from engine.store.location import cache_dir, precomputed_dir

if TYPE_CHECKING:
    from engine.records import Task
    from engine.sequences import SequenceTask


def geneb_rows() -> dict[str, Task]:
    """The rows of GENEB's tasks by id, in its order."""
    return {row.task_id: row for row in _geneb_rows(precomputed_dir() / "published")}


@lru_cache(maxsize=2)
def _geneb_rows(folder: Path) -> tuple[Task, ...]:
    return tuple(geneb.read(folder).tasks)


def load_sequence_task(name: str) -> SequenceTask:
    """A task of GENEB's by its id, or anyone's own by the path of its file or folder.

    Raises:
        SpecError: there is no such task and no such file.
        NotHereError: the task's data are not on this machine.
        TableError: they are damaged.
    """
    rows = geneb_rows()
    if name in rows:
        return with_row(read_geneb(name, cache_dir()), rows[name])
    if Path(name).exists():
        return read_sequence_split(Path(name))
    near = difflib.get_close_matches(name, rows, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else "`vledger list tasks --suite geneb` names GENEB's."
    raise SpecError(f"there is no task '{name}' and no such file; {hint}")


def with_row(data: SequenceTask, row: Task) -> SequenceTask:
    """The task with what the published tables say of it, and the sizes that were read."""
    counted = {name: getattr(data.task, name) for name in ("n_train", "n_test", "n_classes", "prevalence")}
    return replace(data, task=replace(row, **counted))
