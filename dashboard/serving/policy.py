"""The content security policy: what a page of ours may load, run and be framed by, and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.file_util import get_static_dir

from dashboard.export.deck_scripts import deck_scripts, script_source

if TYPE_CHECKING:
    from collections.abc import Sequence


def policy(ancestors: Sequence[str] = ()) -> str:
    """The policy's text, of the installed frontend and the scripts of a presented deck.

    Args:
        ancestors: origins whose pages may frame the dashboard.
    """
    # A presented deck is a frame without an address of its own, so it is held to this policy besides its own.
    scripts = [script_source(script) for script in (*_inline_scripts(), *deck_scripts())]
    directives = {
        "default-src": "'none'",
        # Streamlit loads the small scripts of our components as blobs, and its protobuf asks for WebAssembly.
        "script-src": f"'self' blob: 'wasm-unsafe-eval' {' '.join(scripts)}",
        # Emotion and Plotly write style elements and attributes.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(ancestors) or "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _inline_scripts() -> list[str]:
    """Scripts that stand in Streamlit's own page."""
    reader = _Scripts()
    reader.feed((Path(get_static_dir()) / "index.html").read_text(encoding="utf-8"))
    return reader.found


class _Scripts(HTMLParser):
    """Collects what stands between the tags of scripts without a source."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
