"""Any bytes as what lies on disk: a submission of GENEB, a table with a header, a file of labelled rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import atheris

from tests.fuzzing.harness.guided import start
from tests.fuzzing.sentences import value_or_sentence

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(
    include=["engine.published.geneb_submissions", "engine.tables", "engine.datasets", "engine.sheets"]
):
    from engine.datasets.sequence_split import read_sequence_split
    from engine.datasets.split import read_split
    from engine.published.geneb import TaskRow
    from engine.published.geneb_submissions import check, read_benchmark
    from engine.sheets import read_csv
    from engine.tables import read_table
from engine.store.location import precomputed_dir

BENCHMARK = read_benchmark(precomputed_dir() / "published")
PATH = Path(tempfile.mkdtemp(prefix="vledger-fuzz-")) / "mine.json"


def one(content: bytes) -> None:
    """Whatever it is, a value or one sentence."""
    PATH.write_bytes(content)
    check(PATH, BENCHMARK)
    for read in (read_split, read_sequence_split, read_csv, lambda path: read_table(path, TaskRow)):
        value_or_sentence(lambda read=read: read(PATH))


if __name__ == "__main__":
    start(one)
