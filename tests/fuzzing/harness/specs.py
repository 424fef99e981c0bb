"""Any bytes as the TOML of a run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import atheris

from tests.fuzzing.harness.guided import start
from tests.fuzzing.sentences import value_or_sentence

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(include=["engine.spec", "engine.probe_spec"]):
    from engine.probe_spec import make_probe_spec
    from engine.spec import content_of, make_spec

FOLDER = Path(tempfile.mkdtemp(prefix="vledger-fuzz-"))


def one(content: bytes) -> None:
    """A spec of either kind, or one sentence."""
    path = FOLDER / "mine.toml"
    path.write_bytes(content)
    found = value_or_sentence(lambda: content_of(path))
    for make in (make_spec, make_probe_spec) if found is not None else ():
        spec = value_or_sentence(lambda make=make: make(found, where="mine.toml", base=FOLDER))
        assert spec is None or len(spec.hash()) == 64


if __name__ == "__main__":
    start(one)
