"""Any bytes as a deck: as what its word unfolds to, and as its file."""

from __future__ import annotations

import base64
import zlib

import atheris

from tests.fuzzing.harness.guided import start
from tests.fuzzing.sentences import value_or_sentence

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(
    include=["dashboard.export.deck", "dashboard.export.private", "dashboard.export.figure_check"]
):
    from dashboard.export.deck import from_file, packed, unpacked
    from dashboard.export.private import exhibit_from_json


def one(content: bytes) -> None:
    """A deck and its private slides, or one sentence; a deck that was read is the same from its own word."""
    word = base64.urlsafe_b64encode(zlib.compress(content, 1)).rstrip(b"=").decode()
    deck = value_or_sentence(lambda: unpacked(word))
    assert deck is None or unpacked(packed(deck)) == deck
    found = value_or_sentence(lambda: from_file(content))
    for slide in found[1].values() if found else ():
        value_or_sentence(lambda slide=slide: exhibit_from_json(slide))


if __name__ == "__main__":
    start(one)
