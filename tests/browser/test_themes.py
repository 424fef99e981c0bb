from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Literal

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

Colour = tuple[int, int, int]
READABLE = 4.5
"""WCAG 2.2, success criterion 1.4.3: contrast of text of this size."""
NUMBERS = """() => [...document.querySelectorAll('.js-plotly-plot .textpoint text')]
  .filter(text => /^−?(\\.\\d\\d|1\\.0)$/.test(text.textContent))
  .map(text => ({text: text.textContent, ink: getComputedStyle(text).fill, box: text.getBoundingClientRect()}))
  .filter(({box}) => box.top > 0 && box.bottom < innerHeight)
  .map(({text, ink, box}) => [text, ink, Math.round(box.left - 4), Math.round(box.top + box.height / 2)])"""


def _luminance(colour: Colour) -> float:
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _colour(css: str) -> Colour:
    red, green, blue = (int(number) for number in re.findall(r"\d+", css)[:3])
    return red, green, blue


def _ground(screen: Screen) -> Colour:
    style = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    return _colour(screen.page.evaluate(style))


def test_the_page_follows_the_colour_scheme_of_the_system(new_screen: Callable[..., Screen]) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        screen = new_screen(scheme=scheme)
        screen.open("leaderboard")
        grounds[scheme] = _ground(screen)
        label = screen.page.locator(".ytick text").first.evaluate("text => getComputedStyle(text).fill")
        assert _contrast(_colour(label), grounds[scheme]) >= READABLE, scheme
    assert _luminance(grounds["light"]) > 0.9
    assert _luminance(grounds["dark"]) < 0.02


@pytest.mark.parametrize(
    ("scheme", "suite"), [("light", "geneb"), ("dark", "geneb"), ("light", "clinvar"), ("dark", "proteingym")]
)
def test_every_number_of_the_heatmap_is_readable_on_its_cell(
    new_screen: Callable[..., Screen], scheme: Literal["light", "dark"], suite: str
) -> None:
    screen = new_screen(scheme=scheme)
    screen.open("leaderboard", suite=suite)
    screen.charts(1)
    painted = Image.open(io.BytesIO(screen.page.screenshot())).convert("RGB")
    numbers = screen.page.evaluate(NUMBERS)
    assert len(numbers) > 80
    faint = {}
    for text, ink, x, y in numbers:
        red, green, blue = painted.getpixel((x, y))
        contrast = _contrast(_colour(ink), (red, green, blue))
        if contrast < READABLE:
            faint[text, ink, f"#{red:02X}{green:02X}{blue:02X}"] = round(contrast, 2)
    assert not faint
