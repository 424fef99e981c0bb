"""Which formats there are, and what none of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.exhibits import ExhibitError
from dashboard.export import formats
from dashboard.export.deck import Deck
from dashboard.export.show import Show

if TYPE_CHECKING:
    from collections.abc import Callable

WANTED = ("size", "suite=geneb", "size")
WORDS = {
    "json": b"{",
    "md": b"# ",
    "tex": b"\\documentclass",
    "bib": b"@",
    "html": b"<!",
    "pptx": b"PK",
    "pdf": b"%PDF",
}


@pytest.mark.parametrize("ending", [name for name in formats.OF_DECK if name != "pdf"])
def test_a_deck_is_written_in_every_format(shown: Callable[..., Show], ending: str) -> None:
    assert formats.write_deck(shown(WANTED, ("size", "suite=geneb", "worth")), ending).startswith(WORDS[ending])


@pytest.mark.parametrize("ending", ["pptx", "html", "csv", "json", "md", "tex", "bib"])
def test_an_exhibit_is_written_in_every_format_that_needs_no_chromium(shown: Callable[..., Show], ending: str) -> None:
    words = WORDS | {"csv": b"Model,", "md": b"**", "tex": b"% "}
    assert formats.write_exhibit(shown(WANTED), ending).lower().startswith(words[ending].lower())


def test_what_cannot_be_written_is_refused_with_a_sentence(shown: Callable[..., Show]) -> None:
    with pytest.raises(ExhibitError, match="there is no format “doc” here"):
        formats.write_deck(shown(WANTED), "doc")
    with pytest.raises(ExhibitError, match="no slide yet"):
        formats.write_deck(Show(Deck(), (), "", "2026-01-01"), "md")
    with pytest.raises(ExhibitError, match="one exhibit, not 2"):
        formats.write_exhibit(shown(WANTED, WANTED), "csv")
    with pytest.raises(ExhibitError, match="shows no “x”"):
        formats.write_exhibit(shown(("size", "suite=geneb", "x")), "csv")


def test_a_table_is_no_picture(shown: Callable[..., Show], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "unavailable", lambda _ending, **_of: None)
    with pytest.raises(ExhibitError, match="is a table"):
        formats.write_exhibit(shown(("size", "suite=geneb", "worth")), "png")


def test_slides_are_at_most_forty_and_a_file_of_numbers_may_have_more(shown: Callable[..., Show]) -> None:
    ready = shown(WANTED)
    long = Show(ready.deck, ready.leaves * 41, ready.data, ready.date)
    assert formats.write_deck(long, "json").count(b'"headline"') == 41
    with pytest.raises(ExhibitError, match="at most 40 slides and this one has 41"):
        formats.write_deck(long, "html")


def test_without_its_packages_a_format_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats.importlib.util, "find_spec", lambda _name: None)
    assert "pip install 'validity-ledger[export]'" in str(formats.unavailable("pptx"))
    assert formats.unavailable("csv") is None
