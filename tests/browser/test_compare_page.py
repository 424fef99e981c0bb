"""Compare two models as a reader has it: a click opens a category, the swap turns everything, nothing is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

LUCA, NT = "LucaOne-default-step36M", "nucleotide-transformer-2.5b-multi-species"
WIDER_THAN_THE_WINDOW = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
  .some(element => element.scrollWidth > element.clientWidth)"""


def test_a_click_on_a_category_opens_its_tasks_and_a_swap_keeps_them(
    screen: Screen, picture: Callable[[Screen], None]
) -> None:
    screen.open("compare", first=LUCA, second=NT)
    screen.charts(1)
    expect(screen.title).to_have_text("LucaOne is ahead of NT-2.5B-MS by 0.017 macro MCC: not told apart")
    assert not screen.page.evaluate(WIDER_THAN_THE_WINDOW)
    picture(screen)
    screen.click_cell("lncRNA", "lncRNA")
    screen.until_address("compare", first=[LUCA], second=[NT], level=["task"], column=["lncRNA"])
    screen.until_rows(lambda rows: sum(row.startswith("PGB lncrna") for row in rows) == 6)
    screen.page.get_by_role("button", name="⇄ Swap").click()
    screen.until_address("compare", first=[NT], second=[LUCA], level=["task"], column=["lncRNA"])
    expect(screen.title).to_have_text("NT-2.5B-MS is behind LucaOne by 0.017 macro MCC: not told apart")
