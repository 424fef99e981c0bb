"""Short words for long addresses, kept by this server in one small file beside the store."""

from __future__ import annotations

LETTERS = 10
"""How long a word is."""


def keep(text: str) -> str | None:
    """The word under which a text is found again; None where this server cannot keep any."""
    raise NotImplementedError


def find(word: str) -> str | None:
    """The text behind a word; None where it is not known here."""
    raise NotImplementedError
