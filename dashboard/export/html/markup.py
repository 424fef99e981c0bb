"""Pieces of HTML: every foreign word goes through here."""

from __future__ import annotations

import json
from html import escape
from typing import Any


def text(words: str) -> str:
    """Foreign words as text or as the value of an attribute."""
    return escape(words, quote=True)


def link(address: str | None, words: str) -> str:
    """Words that lead to an address of the web; only words where it is none."""
    if not address or not address.lower().startswith(("https://", "http://")):
        return text(words)
    return f'<a href="{text(address)}" target="_blank" rel="noopener noreferrer">{text(words)}</a>'


def data(content: Any) -> str:
    """Values as JSON within a page: nothing in it can end the element that holds it."""
    found = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return found.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
