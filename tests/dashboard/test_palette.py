from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dashboard
from dashboard.charts.palette import (
    BASELINE,
    CONTROL,
    DARK,
    LIGHT,
    MARKS,
    OUTCOMES,
    Palette,
    fill,
    mark,
    outcome_mark,
    palette,
    readable_on,
)
from dashboard.queries.suites import SUITES
from engine.names import SINGLE_CELL

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear(colour: str) -> np.ndarray:
    assert re.fullmatch("#[0-9A-Fa-f]{6}", colour)
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str, vision: str = "full") -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ np.clip(VISION[vision] @ linear(colour), 0, 1))


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_here_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert luminance("#FF0000", "protanopia") < luminance("#FF0000") / 1.5


@PALETTES
def test_a_number_is_readable_on_every_possible_fill(colours: Palette) -> None:
    fills = [fill(colours.sequential, share) for share in np.linspace(0, 1, 2001)]
    worst = min(fills, key=lambda colour: contrast(colour, readable_on(colour)))
    assert contrast(worst, readable_on(worst)) >= 4.4, worst


@PALETTES
def test_the_ink_on_a_fill_is_the_better_of_the_two(colours: Palette) -> None:
    inks = {readable_on(fill(colours.sequential, share)) for share in np.linspace(0, 1, 2001)}
    assert len(inks) == 2
    for share in np.linspace(0, 1, 2001):
        colour = fill(colours.sequential, share)
        (other,) = inks - {readable_on(colour)}
        assert contrast(colour, readable_on(colour)) >= contrast(colour, other) - 0.05, colour


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_the_scale_keeps_its_order_under_every_colour_vision(colours: Palette, vision: str) -> None:
    stops = np.diff([luminance(colour, vision) for colour in colours.sequential])
    assert (stops > 0).all() or (stops < 0).all()
    between = np.diff([luminance(fill(colours.sequential, share), vision) for share in np.linspace(0, 1, 257)])
    assert (between * np.sign(stops[0]) > -1e-3).all()


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_the_ends_of_the_scale_are_far_apart(colours: Palette, vision: str) -> None:
    first, last = sorted(luminance(colour, vision) for colour in (colours.sequential[0], colours.sequential[-1]))
    assert (last + 0.05) / (first + 0.05) > 7


def lab(colour: str, vision: str = "full") -> np.ndarray:
    """CIE L*a*b* under D65."""
    rgb = np.clip(VISION[vision] @ linear(colour), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (to_xyz @ rgb) / np.array([0.95047, 1, 1.08883])
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(first: str, second: str, vision: str) -> float:
    """Distance of two colours (CIE 1976)."""
    return float(np.linalg.norm(lab(first, vision) - lab(second, vision)))


def test_the_distance_here_is_that_of_cie_1976() -> None:
    assert apart("#000000", "#FFFFFF", "full") == pytest.approx(100, abs=0.1)
    assert lab("#FF0000") == pytest.approx([53.24, 80.09, 67.2], abs=0.1)


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_equal_differences_of_either_sign_are_told_apart_under_every_colour_vision(
    colours: Palette, vision: str
) -> None:
    for distance, least in ((0.05, 5), (0.125, 14), (0.25, 28), (0.375, 34), (0.5, 34)):
        below, above = fill(colours.diverging, 0.5 - distance), fill(colours.diverging, 0.5 + distance)
        assert apart(below, above, vision) >= least, (distance, below, above)


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_lightness_grows_or_falls_from_zero_to_either_side(colours: Palette, vision: str) -> None:
    stops = [luminance(colour, vision) for colour in colours.diverging]
    middle = len(stops) // 2
    steps = np.diff([stops[middle:], stops[middle::-1]])
    assert (steps < 0).all() if colours is LIGHT else (steps > 0).all()
    assert contrast(colours.diverging[middle], colours.ground) < 1.2


@PALETTES
def test_a_difference_is_readable_on_every_possible_fill(colours: Palette) -> None:
    fills = [fill(colours.diverging, share) for share in np.linspace(0, 1, 2001)]
    worst = min(fills, key=lambda colour: contrast(colour, readable_on(colour)))
    assert contrast(worst, readable_on(worst)) >= 4.4, worst


@PALETTES
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_verdict_stands_out_from_its_ground(colours: Palette, outcome: str) -> None:
    assert contrast(outcome_mark(outcome, colours).colour, colours.ground) >= 3


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_verdicts_differ_in_glyph_and_colour(colours: Palette, vision: str) -> None:
    for four in (("PASS", "PASS_PAIRED", "INCONCLUSIVE", "FAIL"), ("above", "level", "below")):
        marks = [outcome_mark(outcome, colours) for outcome in four]
        assert len({shown.glyph for shown in marks}) == len({shown.symbol for shown in marks}) == len(four)
        for first in marks:
            assert all(apart(first.colour, other.colour, vision) > 10 for other in marks if other is not first)


@PALETTES
def test_words_are_readable_on_their_ground(colours: Palette) -> None:
    for word in (colours.ink, colours.muted, colours.accent):
        assert contrast(word, colours.ground) >= 4.5


@PALETTES
@pytest.mark.parametrize("group", MARKS)
def test_a_mark_stands_out_from_its_ground(colours: Palette, group: str) -> None:
    assert contrast(mark(group, colours).colour, colours.ground) >= 2.2


def groups(ask: Ask, suite: str) -> list[str | None]:
    """Every group of models that a legend of this suite can name; None where it is not known."""
    found = ask(
        f"SELECT DISTINCT m.{SUITES[suite].group_by} AS value FROM score JOIN task USING (task_id) "
        "JOIN model m USING (model_id) WHERE suite = $suite AND role = 'model' ORDER BY 1",
        {"suite": suite},
    )["value"]
    return [value if isinstance(value, str) else None for value in found]


@pytest.mark.parametrize("suite", SUITES)
def test_all_groups_of_a_suite_differ_in_shape(suite: str, ask: Ask) -> None:
    marks = [mark(group, LIGHT) for group in groups(ask, suite)] + [BASELINE, CONTROL]
    assert len(marks) > 2 or suite in SINGLE_CELL  # on single cells no model was run yet
    symbols, glyphs = [shown.symbol for shown in marks], [shown.glyph for shown in marks]
    assert sorted(symbols) == sorted(set(symbols))
    assert sorted(glyphs) == sorted(set(glyphs))


@pytest.mark.parametrize("suite", SUITES)
def test_every_group_in_the_store_has_a_mark(suite: str, ask: Ask) -> None:
    assert [group for group in groups(ask, suite) if group is not None and group not in MARKS] == []


@PALETTES
def test_a_group_that_is_not_known_is_a_dot_of_its_own_colour(colours: Palette) -> None:
    assert mark(None, colours) == mark("never heard of", colours)
    assert mark(None, colours).colour not in {mark(group, colours).colour for group in MARKS if "rule" not in group}


def test_a_colour_means_the_same_group_in_every_place(ask: Ask) -> None:
    for suite in SUITES:
        named = [group for group in groups(ask, suite) if group in MARKS]
        colours = [MARKS[group].colour for group in named]
        assert len(colours) == len(set(colours))


@given(st.floats(-5, 5), st.sampled_from([LIGHT, DARK]))
def test_shares_outside_the_scale_take_its_ends(share: float, colours: Palette) -> None:
    assert re.fullmatch("#[0-9A-F]{6}", fill(colours.sequential, share))
    if not 0 < share < 1:
        assert fill(colours.sequential, share) == colours.sequential[0 if share <= 0 else -1]


@PALETTES
def test_the_scale_passes_through_its_stops(colours: Palette) -> None:
    steps = len(colours.sequential) - 1
    assert [fill(colours.sequential, stop / steps) for stop in range(steps + 1)] == list(colours.sequential)


def test_the_palette_follows_the_theme_and_is_light_where_none_is_known() -> None:
    assert (palette("dark"), palette("light"), palette(None)) == (DARK, LIGHT, LIGHT)


@PALETTES
def test_charts_and_page_share_ground_ink_and_accent(colours: Palette) -> None:
    config = Path(dashboard.__file__).resolve().parents[1] / ".streamlit" / "config.toml"
    theme = tomllib.loads(config.read_text("utf-8"))["theme"]["dark" if colours is DARK else "light"]
    assert (theme["backgroundColor"], theme["textColor"], theme["primaryColor"]) == (
        colours.ground,
        colours.ink,
        colours.accent,
    )
