"""A deck as PDF: the HTML of its slides, printed by a Chromium without a window."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from dashboard.exhibits import ExhibitError
from dashboard.export.chromium import INSTALL, found_chromium, sandbox_flags

_SECONDS = 120
_SETTLED_MS = 30_000
"""Time of the page, not of the clock: Chromium skips ahead while nothing happens."""
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
    f"--virtual-time-budget={_SETTLED_MS}",
)


def unavailable() -> str | None:
    """Why no PDF of a deck can be made on this machine, as a sentence; None if it can."""
    return None if found_chromium() else f"A PDF needs a Chromium: {INSTALL}; or take HTML and print it"


def deck_pdf(html: str, inches: tuple[float, float]) -> bytes:
    """A deck's HTML as PDF, one page a slide.

    Args:
        html: as `html.deck_html` writes it.
        inches: width and height of a page.

    Raises:
        ExhibitError: there is no Chromium, it failed, or it took longer than two minutes.
    """
    browser = found_chromium()
    if browser is None:
        raise ExhibitError(unavailable() or INSTALL)
    width, height = inches
    page = f"<style>@page {{ size: {width}in {height}in; margin: 0 }}</style></head>"
    with tempfile.TemporaryDirectory(prefix="vledger-pdf-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        (place / "deck.html").write_text(html.replace("</head>", page, 1), encoding="utf-8")
        made = place / "deck.pdf"
        command = [browser, *_FLAGS, *sandbox_flags(), f"--user-data-dir={place / 'profile'}"]
        # The word after # asks the page to draw every figure at once.
        _run([*command, f"--print-to-pdf={made}", (place / "deck.html").as_uri() + "#print"])
        if not made.is_file():
            raise ExhibitError("Chromium wrote no PDF and said nothing; take HTML and print it")
        return made.read_bytes()


def _run(command: list[str]) -> None:
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired as error:
        raise ExhibitError(
            f"Chromium did not print the deck within {_SECONDS} s; take fewer slides, or HTML"
        ) from error
    except OSError as error:
        raise ExhibitError(f"Chromium could not be started: {error.strerror or error}; {INSTALL}") from error
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise ExhibitError(f"Chromium did not print the deck: {said[-1] if said else f'status {ended.returncode}'}")
