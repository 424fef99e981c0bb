"""A stranger's file is first opened in a process of its own: damaged bytes can make HDF5's library hang or die.

Run as `python -m engine.singlecell.reading.trial FILE`.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from engine.errors import TableError, VledgerError
from engine.singlecell.reading.cells import open_cells

SECONDS = 120.0
"""More than the columns of a million cells take to read."""


def try_out(path: Path, *, seconds: float = SECONDS) -> None:
    """Read columns, embeddings and some cells of a file elsewhere, before this process touches it.

    What is wrong in a way that has its own sentence is not said here: opening the file says it.

    Args:
        path: an .h5ad or zarr.
        seconds: after which the other process is ended.

    Raises:
        TableError: the other process died of it, or had to be ended.
    """
    command = [sys.executable, "-m", __spec__.name, str(path)]
    try:
        ended = subprocess.run(command, check=False, capture_output=True, timeout=seconds)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as error:
        problem = f"reading it did not end within {seconds:g} seconds, so it is damaged or lies on a very slow disk"
        raise TableError(path, problem, expected="a complete file on a local disk") from error
    if ended.returncode:
        problem = "the process that tried to read it died of it, so it is damaged"
        raise TableError(path, problem, expected="a complete file: copy or download it again")


def read_all(path: Path) -> None:
    """Touch what a reader touches: all columns, all embeddings, some cells of every layer.

    Raises:
        TableError: the file is damaged, or no AnnData.
        NotHereError: no such file, or the extra is not installed.
    """
    with open_cells(path) as cells:
        for name in cells.obs_names:
            with suppress(TableError):
                cells.column(name)
        for name in cells.embeddings:
            with suppress(TableError):
                cells.embedding(name)
        for layer in (None, *cells.layers):
            with suppress(TableError):
                cells.values(layer)


if __name__ == "__main__":
    with suppress(VledgerError):
        read_all(Path(sys.argv[1]))
