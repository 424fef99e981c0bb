"""What the store promises: how long a build takes, and how long many predictions."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rows import at_most, timed

from engine.datasets.fetch import MIRROR
from engine.names import Direction
from engine.records import Bundle
from engine.store.parquet import write_frame
from engine.store.reader import open_read_only
from engine.store.writer import write_store

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
VLEDGER = [sys.executable, "-m", "engine"]
PREDICTIONS = 1_000_000
_MODELS, _TASKS = 10, 5


@contextmanager
def own_cache() -> Iterator[None]:
    """A cache in which nothing was published or prepared yet."""
    before = os.environ.get("VLEDGER_CACHE")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["VLEDGER_CACHE"] = cache
        try:
            yield
        finally:
            os.environ.pop("VLEDGER_CACHE")
            if before is not None:
                os.environ["VLEDGER_CACHE"] = before


def publish() -> None:
    """One build in a process of its own."""
    subprocess.run([*VLEDGER, "publish", "--force"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def predictions(count: int) -> pd.DataFrame:
    """Rows of the table `prediction`: every model on every task, random scores."""
    number = np.arange(count)
    block = -(-count // (_MODELS * _TASKS))
    model, task = np.divmod(number // block, _TASKS)
    return pd.DataFrame(
        {
            "run_id": "benchmark",
            "model_id": np.char.add("model-", model.astype(str)),
            "task_id": np.char.add("task-", task.astype(str)),
            "item_id": np.char.add("item-", (number % block).astype(str)),
            "score": np.random.default_rng(0).normal(size=count),
            "higher_is": str(Direction.FIT),
        }
    )


def fill(folder: Path, rows: pd.DataFrame, number: int) -> Path:
    """From a frame in memory to a store file with its rows, by way of a results file."""
    part, store = folder / "prediction.parquet", folder / f"{number}.duckdb"
    write_frame(part, rows)
    write_store(store, Bundle(), {"content_hash": "benchmark"}, {"prediction": [part]})
    return store


def predictions_row(count: int = PREDICTIONS, repeats: int = 3) -> dict[str, Any]:
    """Many predictions from memory into a store; all of them must be in it with their scores."""
    rows = predictions(count)
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(repeats))
        store, seconds = timed(lambda: fill(Path(folder), rows, next(numbers)), repeats)
        with open_read_only(store) as con:
            found = con.execute("SELECT count(*), sum(score) FROM prediction").fetchone()
    assert found is not None
    assert found[0] == count
    assert abs(found[1] - rows["score"].sum()) < 1e-6 * count
    return at_most(f"{count:,} predictions into the store", seconds, "s", 5)


def build_rows(repeats: int = 5) -> list[dict[str, Any]]:
    """Builds of the real store: the first, which reads the data sets, and later ones, which find them prepared."""
    with own_cache():
        _, first = timed(publish)
        _, later = timed(publish, repeats)
    has_data = Path(os.environ.get(MIRROR, "no mirror")).is_dir()
    with_data = [at_most("store build, first time with data", first, "s", 15)] if has_data else []
    return [at_most("store build", later, "s", 5), *with_data]


def measure() -> list[dict[str, Any]]:
    """All rows."""
    return [*build_rows(), predictions_row()]
