"""Any bytes as what is done to a whole file of cells: HDF5 still takes it, and what it holds is anything."""

from __future__ import annotations

import tempfile
from pathlib import Path

import atheris

from tests.fuzzing.harness.guided import start

# Only our own lines are watched: NumPy, pandas and h5py would drown them.
with atheris.instrument_imports(
    include=["engine.singlecell.reading", "engine.singlecell.pseudobulk", "engine.singlecell.preprocessing"]
):
    from tests.fuzzing.cells import Choices, changed, good, good_before_07, read_whole

PATH = Path(tempfile.mkdtemp(prefix="vledger-fuzz-")) / "cells.h5ad"
GOOD = (good(PATH), good_before_07(PATH))


def one(content: bytes) -> None:
    """Whatever was done to it, each step of reading it is a value or one sentence."""
    choices = Choices(content)
    PATH.write_bytes(choices.of(GOOD))
    changed(PATH, choices)
    read_whole(PATH)


if __name__ == "__main__":
    start(one)
