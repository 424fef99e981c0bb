"""GENEB's tasks as files: the hub's data set at a pinned commit, and the copies that a mirror may hold."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from pydantic import Field

from engine.errors import SpecError
from engine.tables import Optional, Row, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GENEB = "geneb"
"""The data set of all 100 tasks."""

REPOSITORY = "darlednik/geneb-tasks"
"""On the Hugging Face hub; GENEB's older specs name it DeepPavlov/geneb-tasks."""

REVISION = "4edd705be573e48c585c2cf79dc320f9f43c7b04"
LICENCE = "Apache-2.0 on the data set's card; not every source of it states one"
SOURCE_ID = "geneb_2026"
_FOLDER = "geneb_tasks"
_PARTS = ("train", "test")


class TaskRow(Row):
    """A line of `geneb.csv`: a mirror's hash is pinned for the tasks of which a mirror was seen."""

    task_id: str
    mirror_sha256: Optional[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]


@cache
def mirrored() -> Mapping[str, str | None]:
    """SHA-256 of a mirror's copy by task, in GENEB's order; None where none is pinned.

    Raises:
        TableError: `geneb.csv` is damaged.
    """
    rows = read_table(Path(__file__).with_name("geneb.csv"), TaskRow, unique=("task_id",))
    return MappingProxyType({row.task_id: row.mirror_sha256 for row in rows})


def members(dataset: str) -> tuple[str, ...]:
    """The tasks of a data set: all of `GENEB`, a task itself, none of any other name."""
    if dataset == GENEB:
        return tuple(mirrored())
    return (dataset,) if dataset in mirrored() else ()


def check_known(task_id: str) -> None:
    """Pass for the tasks that GENEB has.

    Raises:
        SpecError: there is none of this id; the message names the nearest.
    """
    if task_id not in mirrored():
        near = nearest(task_id, mirrored())
        hint = f"did you mean '{near}'?" if near else "`vledger list tasks --suite geneb` names all."
        raise SpecError(f"GENEB has no task '{task_id}'; {hint}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """What was meant by a word: the one name that ends with it, else the most similar; None where none is."""
    plain = {name.lower(): name for name in known}
    ending = [name for lower, name in plain.items() if lower.endswith(word.lower())]
    if len(ending) == 1:
        return ending[0]
    close = difflib.get_close_matches(word.lower(), plain, n=1, cutoff=0.5)
    return plain[close[0]] if close else None


def mirror_name(task_id: str) -> str:
    """Path below a mirror of a task's one file with the columns text, label and split."""
    return f"{_FOLDER}/{task_id}.csv.gz"


def file_names(task_id: str) -> tuple[str, ...]:
    """Paths of a task's two files, train first, as the hub has them; below a mirror or `data/` in the cache."""
    return tuple(f"{_FOLDER}/{task_id}/{part}.csv" for part in _PARTS)


def task_of(name: str) -> str | None:
    """The task that one of `file_names` belongs to; None for any other file."""
    task_id = Path(name).parent.name
    return task_id if task_id in mirrored() and name in file_names(task_id) else None


def url(name: str) -> str:
    """Address of one of `file_names` at the pinned commit."""
    path = quote(f"tasks/{name.removeprefix(_FOLDER + '/')}")
    return f"https://huggingface.co/datasets/{REPOSITORY}/resolve/{REVISION}/{path}"
