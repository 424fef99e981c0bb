from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Screen

SUITE = {"suite": ["brca1_sge"]}
CELL = SUITE | {"cell": ["evo2-1b~missense"]}
TASK = SUITE | {"task": ["brca1_sge"]}


def filtered(screen: Screen) -> dict[str, list[str]]:
    """What the address says of the list, whatever systems it names."""
    path, query = screen.address()
    assert path == "variants"
    return {name: query[name] for name in query if name not in {"system", "rival"}}


def test_from_the_map_to_one_variant_and_back_each_step_has_its_address(item_screen: Screen) -> None:
    screen = item_screen
    screen.open("leaderboard", suite="brca1_sge")
    screen.click_cell("evo2-1b", "missense")
    screen.until_address("leaderboard", **CELL)
    screen.drawer.get_by_role("link", name="All systems on Missense").click()
    screen.until_address("task", **TASK, stratum=["missense"])
    screen.at_rest()
    whole = screen.title.inner_text()

    screen.page.get_by_role("link", name="Single variants").click()
    expect(screen.title).to_contain_text("variants of BRCA1")
    screen.at_rest()
    listed = filtered(screen)
    assert listed == TASK | {"part": ["missense"]}
    frame = screen.page.locator("[data-testid=stDataFrame]").first
    frame.scroll_into_view_if_needed()
    # The table is painted: the box at the left of its first row.
    frame.click(position={"x": 20, "y": 35 + 17})
    expect(screen.page.get_by_text("HGVS, genome")).to_be_visible()
    screen.at_rest()
    (item,) = filtered(screen)["item"]
    assert item.startswith("17-4119772")

    screen.page.reload()
    screen.at_rest()
    expect(screen.page.get_by_text("HGVS, genome")).to_be_visible()
    assert filtered(screen)["item"] == [item]
    screen.page.go_back()
    expect(screen.page.get_by_text("HGVS, genome")).to_have_count(0)
    screen.at_rest()
    assert filtered(screen) == listed
    screen.page.go_back()
    expect(screen.title).to_have_text(whole)
    screen.until_address("task", **TASK, stratum=["missense"])
    screen.page.go_back()
    expect(screen.drawer_title).to_have_text("Evo 2 1B (published deltas) · Missense")
    screen.until_address("leaderboard", **CELL)


def test_the_same_way_without_a_mouse(item_screen: Screen) -> None:
    screen = item_screen
    keys = screen.page.keyboard
    screen.open("leaderboard", suite="brca1_sge")
    screen.page.get_by_role("button", name="Show what is behind it").focus()
    keys.press("Enter")
    expect(screen.drawer_title).to_be_visible()
    link = screen.drawer.get_by_role("link", name="All systems on")
    link.focus()
    keys.press("Enter")
    expect(screen.page.get_by_role("link", name="Single variants")).to_be_visible()
    screen.at_rest()
    screen.page.get_by_role("link", name="Single variants").focus()
    keys.press("Enter")
    expect(screen.title).to_contain_text("3,893 variants of BRCA1")
    screen.at_rest()
    opening = screen.combobox("Open a variant of this sheet")
    opening.focus()
    screen.down(opening)
    screen.down(opening)
    keys.press("Enter")
    expect(screen.page.get_by_text("HGVS, genome")).to_be_visible()
    screen.at_rest()
    (first,) = filtered(screen)["item"]
    screen.page.evaluate("document.activeElement.blur()")
    keys.press("j")
    screen.page.wait_for_function("first => !location.search.includes(first)", arg=first)
    screen.at_rest()
    assert filtered(screen)["item"] != [first]
    screen.page.go_back()
    screen.page.wait_for_function("first => location.search.includes(first)", arg=first)
