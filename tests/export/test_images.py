from __future__ import annotations

import io
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pytest
from PIL import Image

from dashboard.exhibits import ExhibitError
from dashboard.export import chromium, images
from dashboard.export.figures import for_slide

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Ground
    from dashboard.export.show import Show

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chromium_path")]
GENEB = ("leaderboard", "suite=geneb", "heat")
SIZE = ("size", "suite=geneb", "size")


@pytest.mark.parametrize(("ground", "corner"), [("light", (255, 255, 255)), ("dark", (0x12, 0x16, 0x1C))])
def test_a_png_has_twice_its_size_and_a_solid_ground(
    shown: Callable[..., Show], ground: Ground, corner: tuple[int, int, int]
) -> None:
    exhibit = shown(SIZE, ground=ground).leaves[0].exhibit
    assert exhibit
    figure = for_slide(exhibit.figure, ground, width=600, height=400, smallest=12)
    picture = Image.open(io.BytesIO(images.png(figure, 600, 400))).convert("RGBA")
    assert picture.size == (1200, 800)
    assert picture.getpixel((0, 0)) == picture.getpixel((1199, 799)) == (*corner, 255)
    assert len(picture.getcolors(1_000_000) or []) > 20


@pytest.mark.parametrize("wanted", [GENEB, SIZE], ids=["map", "chart"])
def test_an_svg_has_headline_rows_and_stamp_as_text(shown: Callable[..., Show], wanted: tuple[str, str, str]) -> None:
    leaf = shown(wanted).leaves[0]
    found = images.figure_file(leaf, "light", "svg").decode()
    words = re.sub(r"\s+", " ", " ".join(re.findall(r">([^<>]+)</t(?:ext|span)>", found)))
    assert f"<title>{leaf.headline}</title>" in found
    assert leaf.headline in words
    assert "Suite: GENEB · Labels used: Full · Metric: MCC" in words
    assert leaf.stamp
    assert leaf.stamp.link.replace("&", "&amp;") in words
    assert leaf.stamp.data in words
    assert "NaN" not in found
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", found).replace(leaf.stamp.link.replace("&", "&amp;"), "")


def test_a_picture_of_a_map_has_every_row_within_it(shown: Callable[..., Show]) -> None:
    leaf = shown(GENEB).leaves[0]
    picture = Image.open(io.BytesIO(images.figure_file(leaf, "light", "png"))).convert("L")
    assert picture.width == 2400
    assert picture.height > 2 * 41 * 28
    # Ink that touches an edge is a label that is cut.
    edges = [picture.crop(box) for box in ((0, 0, 2400, 6), (0, 0, 6, picture.height), (2394, 0, 2400, picture.height))]
    assert all(edge.getextrema() == (255, 255) for edge in edges)


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="pdffonts (poppler-utils) is not installed")
def test_a_pdf_is_one_page_with_its_fonts(shown: Callable[..., Show], tmp_path: object) -> None:
    path = f"{tmp_path}/figure.pdf"
    with open(path, "wb") as file:  # noqa: PTH123 - a path as text for the tools below
        file.write(images.figure_file(shown(SIZE).leaves[0], "light", "pdf"))
    pages = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout  # noqa: S607
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert re.search(r"Pages:\s+1\n", pages)
    assert fonts.splitlines()[2:]
    assert all(re.search(r" yes (yes|no)  ?(yes|no)", line) for line in fonts.splitlines()[2:])


def test_a_slide_without_a_figure_is_refused_with_a_sentence(shown: Callable[..., Show]) -> None:
    leaf = shown(("size", "suite=geneb", "worth")).leaves[0]
    with pytest.raises(ExhibitError, match="has no figure: take its rows as CSV"):
        images.figure_file(leaf, "light", "png")


def test_without_a_browser_there_is_a_sentence_and_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "no-such-browser")
    assert images.unavailable() == f"Pictures need a Chromium: {chromium.INSTALL}"
    with pytest.raises(ExhibitError, match="need a Chromium"):
        images.png(go.Figure(), 100, 100)


def test_without_kaleido_there_is_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images.importlib.util, "find_spec", lambda _: None)
    assert images.unavailable() == "Pictures need the extra `export`: pip install 'validity-ledger[export]'"
