"""Any bytes as the file of a split."""

from __future__ import annotations

import atheris

from tests.fuzzing.harness.guided import start
from tests.fuzzing.sentences import value_or_sentence

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(include=["engine.local_split.reading"]):
    from engine.local_split.exchange import Upload
    from engine.local_split.reading import read_table


def one(content: bytes) -> None:
    """A table, or one sentence."""
    value_or_sentence(lambda: read_table(Upload("file", content)))


if __name__ == "__main__":
    start(one)
