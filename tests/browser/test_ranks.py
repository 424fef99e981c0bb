"""Rank stability in a browser: weights by keyboard, the order they make, the address, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen


def _first_rows(screen: Screen) -> list[str]:
    """The systems of the first chart, best first."""
    chart = screen.page.locator(".js-plotly-plot").first
    rows: list[str] = chart.locator(".ytick text").all_text_contents()
    return [row.strip() for row in rows]


def _computed(screen: Screen) -> None:
    """Wait for everything that the worker still computes, and for the charts of it."""
    expect(screen.page.get_by_text(re.compile("Computing "))).to_have_count(0, timeout=60_000)
    screen.charts(5)


def test_a_weight_moved_by_keyboard_changes_the_order_and_back_undoes_it(
    screen: Screen, picture: Callable[[Screen], None]
) -> None:
    screen.page.goto(f"{screen.base}/ranks")
    # The first work of the session's worker waits until the worker has started.
    firmly = re.compile("is first, but .* cannot be told apart")
    expect(screen.title).to_contain_text(firmly, timeout=90_000)
    _computed(screen)
    before = _first_rows(screen)
    assert len(before) == 41
    picture(screen)

    screen.page.get_by_text("My lab’s mix").click()
    slider = screen.page.get_by_role("slider", name="TF Binding")
    expect(slider).to_have_value("1")
    slider.focus()
    slider.press("End")
    screen.until_address("ranks", weights=["TF Binding~10"])
    expect(screen.title).to_contain_text("With these weights")
    expect(slider).to_have_value("10")
    expect(screen.page.get_by_text("vledger ranks --suite geneb").first).to_contain_text("'TF Binding=10'")
    _computed(screen)
    assert _first_rows(screen) != before

    screen.page.go_back()
    screen.until_address("ranks")
    expect(screen.title).not_to_contain_text("With these weights")
    expect(slider).to_have_value("1")
    screen.at_rest()
    assert _first_rows(screen) == before
