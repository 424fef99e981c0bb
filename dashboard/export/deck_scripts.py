"""The scripts inside a deck's HTML file, and how a policy names them: by hash, so that nothing else runs there."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from plotly.offline import get_plotlyjs

_OURS = Path(__file__).parent / "html" / "deck.js"


@cache
def deck_scripts() -> tuple[str, str]:
    """Plotly's script and the one that shows the slides; nothing in them may end the element that holds them."""
    return _one_script(str(get_plotlyjs())), _one_script(_OURS.read_text(encoding="utf-8"))


def script_source(script: str) -> str:
    """How a content security policy names a script in a page: `'sha256-…'`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _one_script(found: str) -> str:
    # A browser reads line ends as \n before it takes the hash.
    return found.replace("\r\n", "\n").replace("\r", "\n").replace("</script", "<\\/script")
