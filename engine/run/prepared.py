"""Data sets on this machine as rows of the store: items with labels, and the per-item scores that came with them.

They are read once and kept as Parquet in the user's cache, never in the repository: they are other people's data.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.datasets.directions import DIRECTIONS
from engine.datasets.fetch import locate
from engine.datasets.geneb_tasks import locate_geneb, read_geneb
from engine.errors import NotHereError, StoreError
from engine.names import ALL_STRATA, slug
from engine.published import proteingym_assays
from engine.records import Bundle
from engine.registry.geneb import GENEB, members
from engine.registry.tasks import PROTEINGYM_ASSAYS, TASKS, dataset_files
from engine.run.data import load_task
from engine.run.provenance import code_hash
from engine.sequences import item_ids
from engine.store.location import cache_dir, precomputed_dir
from engine.store.manifest import content_hash
from engine.store.parquet import write_frame
from engine.store.results import write_results
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.variants import VariantTask

PUBLISHED_RUN = "published"
"""`run_id` of scores that no run of this engine made."""


def prepared_folders() -> list[Path]:
    """One results folder for each task whose data are here, made now where it is missing.

    Raises:
        TableError: data are damaged.
        StoreError: the cache cannot be written.
    """
    code = code_hash()
    found = []
    for dataset in (*TASKS, PROTEINGYM_ASSAYS, *members(GENEB)):
        try:
            paths = _located(dataset)
        except NotHereError:
            continue
        key = content_hash({name: sha256_of(path) for name, path in paths.items()} | {"code": code})[:16]
        folder = cache_dir() / "prepared" / f"{slug(dataset)}-{key}"
        if not folder.is_dir():
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
                _prepare(folder, dataset, paths)
            except OSError as error:
                raise StoreError(
                    f"{folder.parent} cannot be written ({error.strerror}): free it or set VLEDGER_CACHE"
                ) from error
            _sweep(folder)
        found.append(folder)
    return found


def _located(dataset: str) -> dict[str, Path]:
    if members(dataset):
        return locate_geneb(dataset, cache_dir())
    return {name: locate(name, cache_dir()) for name in dataset_files(dataset, optional=False)}


def _prepare(folder: Path, dataset: str, paths: Mapping[str, Path]) -> None:
    if dataset == PROTEINGYM_ASSAYS:
        write_results(folder, proteingym_assays.read(paths, precomputed_dir() / "published"), {})
    elif members(dataset):
        _prepare_sequences(folder, dataset)
    else:
        _prepare_variants(folder, dataset)


def _prepare_sequences(folder: Path, task_id: str) -> None:
    """Items of the test split alone: the task's own rows, sizes included, are among the published facts."""
    data = read_geneb(task_id, cache_dir())
    items = pd.DataFrame(
        {
            "task_id": task_id,
            "item_id": item_ids(data.test),
            "split": "test",
            "label": np.array(data.classes)[data.test.labels],
        }
    )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        path = Path(scratch) / "item.parquet"
        write_frame(path, items)
        write_results(folder, Bundle(), {"item": path})


def _prepare_variants(folder: Path, task_id: str) -> None:
    data = load_task(task_id)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        bulk = {"item": Path(scratch) / "item.parquet"}
        write_frame(bulk["item"], data.items.assign(task_id=data.task.task_id))
        bulk["membership"] = Path(scratch) / "membership.parquet"
        write_frame(bulk["membership"], _membership(data))
        if len(data.measured.columns):
            bulk["prediction"] = Path(scratch) / "prediction.parquet"
            write_frame(bulk["prediction"], _published_scores(data))
        write_results(folder, Bundle(tasks=[data.task], strata=data.strata), bulk)


def _membership(data: VariantTask) -> pd.DataFrame:
    """Rows of `membership`: the parts of each item, without the whole task, of which every item is one."""
    parts = data.membership.drop(columns=ALL_STRATA).to_numpy(bool)
    rows, columns = parts.nonzero()
    return pd.DataFrame(
        {
            "task_id": data.task.task_id,
            "stratum": data.membership.columns.drop(ALL_STRATA).to_numpy(str)[columns],
            "item_id": data.items["item_id"].to_numpy(str)[rows],
        }
    )


def _sweep(folder: Path) -> None:
    """Drop what an earlier version of the code or of the data left."""
    for old in folder.parent.glob(f"{folder.name[:-16]}*"):
        if old != folder and len(old.name) == len(folder.name):
            shutil.rmtree(old, ignore_errors=True)


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
