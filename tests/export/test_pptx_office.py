from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dashboard.charts.palette import palette
from dashboard.export.pptx import deck_pptx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.export.show import Show

VIEWS = (
    ("leaderboard", "suite=clinvar", "heat"),
    ("size", "suite=geneb", "size"),
    ("size", "suite=geneb", "worth"),
)


@pytest.fixture(scope="module")
def office() -> str:
    """LibreOffice; `make test` installs it where it may."""
    missing = [name for name in ("soffice", "pdftoppm", "pdffonts") if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} is not installed, although CI=true")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed (Debian: libreoffice-impress, poppler-utils)")
    return str(shutil.which("soffice"))


@pytest.mark.parametrize(("ground", "shape"), [("light", "16:9"), ("dark", "4:3")])
def test_libreoffice_draws_every_slide_with_embedded_fonts_and_nothing_beyond_its_edges(
    shown: Callable[..., Show], office: str, tmp_path: Path, ground: str, shape: str
) -> None:
    file = tmp_path / "deck.pptx"
    file.write_bytes(deck_pptx(shown(*VIEWS, ground=ground, shape=shape), None))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    run([office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)])
    pdf = tmp_path / "deck.pdf"
    fonts = run(["pdffonts", str(pdf)]).splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)
    run(["pdftoppm", "-r", "50", "-png", str(pdf), str(tmp_path / "page")])
    pages = sorted(tmp_path.glob("page-*.png"))
    assert len(pages) == 1 + len(VIEWS) + 2
    for page in pages:
        check(page, palette(ground).ground)


def check(page: Path, ground: str) -> None:
    """The slide's ground along all of its edges, and something drawn inside."""
    found = np.asarray(Image.open(page).convert("RGB"), dtype=int)
    expected = [int(ground[place : place + 2], 16) for place in (1, 3, 5)]
    away = np.abs(found - expected).max(axis=2) > 24
    edge = 6
    assert not away[:edge].any(), page.name
    assert not away[-edge:].any(), page.name
    assert not away[:, :edge].any(), page.name
    assert not away[:, -edge:].any(), page.name
    assert away.mean() > 0.002


def run(command: list[Any]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
