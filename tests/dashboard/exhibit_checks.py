"""What holds of every recording of a page, whichever page it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashboard.exhibits import Recording

MARKDOWN = re.compile(r"\*\*|\]\(|:material/|\\[*_\[]")
_SURE = re.compile(r"95 %|percentile|one score|no intervals\b.+")


def check_keys(found: Recording, wanted: set[str]) -> None:
    """It offers what it shows, each under a key of its own."""
    keys = [exhibit.key for exhibit in found.exhibits]
    assert len(keys) == len(set(keys))
    assert set(keys) == wanted


def check_about(found: Recording, known: Collection[str], *, without_source: Collection[str] = ()) -> None:
    """Every exhibit says how many, how sure, and whose numbers they are."""
    for exhibit in found.exhibits:
        about = exhibit.about
        assert re.search(r"\d|not stated", about.n), exhibit.key
        assert _SURE.search(about.interval), exhibit.key
        assert bool(about.sources) == (exhibit.key not in without_source), exhibit.key
        assert set(about.sources) <= set(known)
        assert len(about.sources) == len(set(about.sources))
        assert set(about.sources) <= found.sources.keys()


def check_words(found: Recording) -> None:
    """Titles and notes are sentences as plain text."""
    for exhibit in found.exhibits:
        assert len(exhibit.title.split()) >= 3, exhibit.title
        assert not exhibit.title.endswith(".")
        for text in (exhibit.title, *exhibit.notes):
            assert text == text.strip()
            assert not MARKDOWN.search(text), text
            assert "nan" not in text.lower().split(), text
