"""Any text as a change of a residue, a word of a label or a number of a workbook."""

from __future__ import annotations

from contextlib import suppress

import atheris

from tests.fuzzing.harness.guided import start

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(include=["engine.genome", "engine.local_split.labels", "engine.local_split.reading"]):
    from engine.genome import parse_residue_change
    from engine.local_split.labels import reading
    from engine.local_split.reading.dates import is_date
    from engine.local_split.reading.sheet_cells import shown_number


def one(content: bytes) -> None:
    """A change, or a `ValueError`; the others take any text."""
    text = content.decode("utf-8", "replace")
    with suppress(ValueError):
        assert parse_residue_change(str(parse_residue_change(text))) == parse_residue_change(text)
    assert reading(text) in {"1", "0", "set aside", "missing", "unknown"}
    shown_number(text)
    is_date("200", text)


if __name__ == "__main__":
    start(one)
