"""HTML and SVG from plain text: whatever a user named passes through `text`; what `element` takes is safe already."""

from __future__ import annotations

import html
import re

# Controls, surrogates, and marks that turn the direction of the text after them.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONGEST = 400


def plain(value: object) -> str:
    """A text of one line that shows every character it has; at most 400 of them."""
    shown = _visible(value)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def text(value: object) -> str:
    """A text as markup."""
    return html.escape(plain(value))


def whole(value: object) -> str:
    """A text as markup, however long."""
    return html.escape(_visible(value))


def element(name: str, *content: str, **attributes: object) -> str:
    """An element: `content` is markup; of attributes `_` is a hyphen, one at the end is left out, and None is none."""
    words = [
        f' {key.rstrip("_").replace("_", "-")}="{whole(value)}"'
        for key, value in attributes.items()
        if value is not None
    ]
    return f"<{name}{''.join(words)}>{''.join(content)}</{name}>"


def shortened(value: object, letters: int) -> str:
    """A text that fits, with an ellipsis in its middle where it does not."""
    shown = plain(value)
    if len(shown) <= letters:
        return shown
    head = (letters - 1) * 2 // 3
    return f"{shown[:head]}…{shown[len(shown) - (letters - 1 - head) :]}"


def _visible(value: object) -> str:
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value))
