from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from dashboard.exhibits import ExhibitError
from dashboard.export import pdf
from dashboard.export.html import deck_html

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.export.show import Show

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chromium_path")]


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="pdffonts (poppler-utils) is not installed")
def test_the_printed_deck_has_a_page_a_slide_with_headline_stamp_and_fonts(seven: Show, tmp_path: Path) -> None:
    html, path = deck_html(seven), tmp_path / "deck.pdf"
    path.write_bytes(pdf.deck_pdf(html, seven.deck.inches))
    told, fonts = _said("pdfinfo", str(path)), _said("pdffonts", str(path)).splitlines()[2:]
    pages = re.sub(r"[ \n]+", " ", _said("pdftotext", "-layout", str(path), "-")).split("\f")[:-1]
    assert f"Pages:           {html.count('<section ')}\n" in told
    assert re.search(r"Page size:\s+960 x 540 pts", told)
    assert fonts
    assert all(line[-30:].split()[-5] == "yes" or " yes " in line[-30:] for line in fonts)
    assert len(path.read_bytes()) < 3_000_000
    for leaf, page in zip(seven.leaves, pages[1:], strict=False):
        assert leaf.headline in page
        assert leaf.stamp
        assert leaf.stamp.data in page
        assert "Open this view" in page
    assert "Sources" in pages[-1]
    # Figures are drawn: their rows stand on the page.
    assert "GENERator-Eukaryote-3B" in pages[1]


def test_without_a_browser_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "no-such-browser")
    assert (pdf.unavailable() or "").startswith("A PDF needs a Chromium: install the package chromium")
    with pytest.raises(ExhibitError, match="take HTML and print it"):
        pdf.deck_pdf("<html></html>", (10, 7.5))


def test_a_browser_that_fails_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", shutil.which("false") or "")
    with pytest.raises(ExhibitError, match="Chromium did not print the deck: status 1"):
        pdf.deck_pdf("<html></html>", (10, 7.5))


def test_a_browser_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(slow))
    monkeypatch.setattr(pdf, "_SECONDS", 0.3)
    with pytest.raises(ExhibitError, match=r"did not print the deck within 0\.3 s"):
        pdf.deck_pdf("<html></html>", (10, 7.5))
