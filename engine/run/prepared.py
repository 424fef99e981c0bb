"""Data sets on this machine as rows of the store: items with labels, and the per-item scores that came with them.

They are read once and kept as Parquet in the user's cache, never in the repository: they are other people's data.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from engine.datasets.directions import DIRECTIONS
from engine.errors import NotHereError
from engine.names import slug
from engine.records import Bundle
from engine.registry.tasks import TASKS
from engine.datasets.fetch import located
from engine.run.data import load_task
from engine.run.provenance import code_hash
from engine.store.location import cache_dir
from engine.store.manifest import content_hash
from engine.store.parquet import write_frame
from engine.store.results import write_results
from engine.tables import sha256_of

if TYPE_CHECKING:
    from engine.variants import VariantTask

PUBLISHED_RUN = "published"
"""`run_id` of scores that no run of this engine made."""


def prepared_folders() -> list[Path]:
    """One results folder for each task whose data are here, made now where it is missing.

    Raises:
        TableError: data are damaged.
    """
    found = []
    code = code_hash()
    for task_id in TASKS:
        try:
            paths = located(task_id, cache_dir())
        except NotHereError:
            continue
        key = content_hash({name: sha256_of(path) for name, path in paths.items()} | {"code": code})[:16]
        folder = cache_dir() / "prepared" / f"{slug(task_id)}-{key}"
        if not folder.is_dir():
            _prepare(folder, load_task(task_id))
        found.append(folder)
    return found


def _prepare(folder: Path, data: VariantTask) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        bulk = {"item": Path(scratch) / "item.parquet"}
        write_frame(bulk["item"], data.items.assign(task_id=data.task.task_id))
        if len(data.measured.columns):
            bulk["prediction"] = Path(scratch) / "prediction.parquet"
            write_frame(bulk["prediction"], _published_scores(data))
        write_results(folder, Bundle(tasks=[data.task], strata=data.strata), bulk)
    for old in folder.parent.glob(f"{folder.name[:-16]}*"):
        if old != folder:
            _remove(old)


def _remove(folder: Path) -> None:
    """Drop what an earlier version of the code or of the data left."""
    for path in folder.glob("*.parquet"):
        path.unlink(missing_ok=True)
    folder.rmdir()


def _published_scores(data: VariantTask) -> pd.DataFrame:
    """Rows of `prediction`, shape (scores there are, 6)."""
    wide = data.measured.set_axis(data.items["item_id"], axis=0)
    rows = wide.melt(ignore_index=False, var_name="model_id", value_name="score").dropna(subset=["score"])
    return pd.DataFrame(
        {
            "run_id": PUBLISHED_RUN,
            "model_id": rows["model_id"].to_numpy(),
            "task_id": data.task.task_id,
            "item_id": rows.index.to_numpy(),
            "score": rows["score"].to_numpy(),
            "higher_is": rows["model_id"].map(DIRECTIONS).to_numpy(str),
        }
    )
