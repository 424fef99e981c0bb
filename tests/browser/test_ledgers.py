from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Screen


def test_claims_are_filtered_searched_followed_to_their_source_and_found_again(screen: Screen) -> None:
    screen.open("ledgers")
    cards = screen.page.locator(".vl-claim:has(.vl-said)")
    expect(cards).to_have_count(100)
    screen.choose("Outcome", "Loses to baseline")
    screen.page.keyboard.press("Tab")
    screen.until_address("ledgers", outcomes=["loses to baseline"])
    expect(cards).to_have_count(12)

    field = screen.page.get_by_role("textbox", name="Find a claim")
    field.fill("Evo 2 specialists")
    field.press("Enter")
    screen.until_address("ledgers", outcomes=["loses to baseline"], search=["Evo 2 specialists"])
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Measured here: ✓ agrees")
    source = cards.get_by_role("link", name="Brixi G")
    expect(source).to_have_attribute("href", "https://www.nature.com/articles/s41586-026-10176-5")

    cards.get_by_role("link", name="Evo 2", exact=True).click()
    screen.until_address("system", who=["Evo 2"])
    screen.page.go_back()
    screen.until_address("ledgers", outcomes=["loses to baseline"], search=["Evo 2 specialists"])
    screen.at_rest()
    expect(cards).to_have_count(1)
    screen.chip("“Evo 2 specialists”").click()
    screen.until_address("ledgers", outcomes=["loses to baseline"])
    expect(cards).to_have_count(12)
