from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboard.export import formats
from dashboard.export.deck import Deck, Slide, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Screen

SLOW = 60_000
HEAT = Slide(page="leaderboard", query="suite=clinvar", key="heat")
WORTH = Slide(page="size", query="suite=clinvar", key="worth")
TWO = packed(Deck(title="Lab meeting", slides=(HEAT, WORTH)))


def add(screen: Screen, page: str, key: str) -> None:
    """Put something of a page on a slide, coming there by the navigation."""
    screen.page.get_by_test_id("stSidebar").get_by_role("link", name=page, exact=True).click()
    screen.at_rest()
    put(screen, key)


def put(screen: Screen, key: str) -> None:
    """Put something of this page on a slide, and wait for the address to tell of it."""
    before = screen.address()[1].get("deck")
    screen.page.locator(f".st-key-deck-{key} button").first.click()
    screen.page.wait_for_function(
        "before => new URLSearchParams(location.search).get('deck') !== before", arg=before[0] if before else None
    )
    screen.at_rest()


def headlines(screen: Screen) -> list[str]:
    return (
        screen.page.locator("[class*='st-key-slide-'] button p")
        .filter(has_text=re.compile(r"^\d+\u2002"))
        .all_inner_texts()
    )


def until_made(screen: Screen) -> None:
    expect(screen.page.get_by_role("button", name="PowerPoint")).to_be_visible(timeout=SLOW)
    screen.at_rest()


def download(screen: Screen, label: str, folder: Path) -> bytes:
    with screen.page.expect_download(timeout=SLOW) as found:
        screen.page.get_by_role("button", name=label, exact=True).click()
    place = folder / found.value.suggested_filename
    found.value.save_as(place)
    return place.read_bytes()


def serious(screen: Screen) -> list[tuple[str, str]]:
    found = Axe().run(screen.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (rule["id"], node["html"][:200])
        for rule in found
        if rule["impact"] in {"critical", "serious"}
        for node in rule["nodes"]
    ]


def test_three_slides_of_three_pages_are_ordered_worded_kept_and_undone(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar")
    put(screen, "heat")
    add(screen, "Size and performance", "worth")
    add(screen, "Two ledgers", "ledgers")
    page = screen.page
    page.get_by_test_id("stSidebar").get_by_role("link", name="Deck · 3").click()
    until_made(screen)
    first = headlines(screen)
    assert len(first) == 3
    page.locator(".st-key-slide-0 button").first.click()
    screen.at_rest()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".st-key-slide-1 button").first).to_contain_text(first[0].partition("\u2002")[2])
    screen.at_rest()
    page.get_by_role("textbox", name="Headline").fill("What we found")
    page.get_by_role("textbox", name="Headline").press("Enter")
    expect(page.locator(".st-key-slide-1 button").first).to_contain_text("What we found")
    screen.at_rest()
    before = screen.address()[1]["deck"][0]
    page.get_by_role("textbox", name="Speaker note").fill("Begin with the baseline.")
    page.get_by_role("textbox", name="Speaker note").blur()
    page.wait_for_function("word => new URLSearchParams(location.search).get('deck') !== word", arg=before)
    page.reload()
    until_made(screen)
    expect(page.get_by_role("textbox", name="Speaker note")).to_have_value("Begin with the baseline.")
    expect(page.locator(".st-key-slide-1 button").first).to_contain_text("What we found")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-slide-2")).to_have_count(0)
    page.go_back()
    expect(page.locator(".st-key-slide-1 button").first).to_contain_text("What we found", timeout=SLOW)
    expect(page.locator(".st-key-slide-2")).to_have_count(1)


@pytest.mark.skipif(formats.unavailable("pptx") is not None, reason=str(formats.unavailable("pptx")))
def test_a_deck_is_taken_along_as_powerpoint_and_html(screen: Screen, tmp_path: Path) -> None:
    screen.open("deck", deck=TWO)
    until_made(screen)
    with zipfile.ZipFile(io.BytesIO(download(screen, "PowerPoint", tmp_path))) as file:
        assert sum(bool(re.fullmatch(r"ppt/slides/slide\d+\.xml", name)) for name in file.namelist()) >= 2
    expect(screen.page.get_by_text("lab-meeting.pptx is made")).to_be_visible()
    assert b"<!doctype html" in download(screen, "HTML", tmp_path)[:200].lower()


def test_a_deck_is_presented_with_the_arrow_keys_and_left_with_escape(screen: Screen) -> None:
    screen.open("deck", deck=TWO)
    until_made(screen)
    screen.page.get_by_role("button", name="Present").click()
    inner = screen.page.frame_locator(".st-key-deck-stage iframe")
    now = inner.locator("[aria-roledescription=slide].here")
    expect(now).to_have_count(1, timeout=SLOW)
    before = now.inner_text()
    screen.page.wait_for_function("() => document.activeElement?.tagName === 'IFRAME'")
    screen.page.keyboard.press("ArrowRight")
    expect(now).not_to_have_text(before)
    expect(screen.page.get_by_test_id("stSidebar")).to_be_hidden()
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator(".st-key-deck-stage")).to_have_count(0)
    assert "present" not in screen.address()[1]


def test_a_page_is_presented_alone_and_left_with_escape(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar", present="yes")
    for gone in ("stSidebar", "stHeader"):
        expect(screen.page.get_by_test_id(gone).locator("visible=true")).to_have_count(0)
    expect(screen.page.get_by_role("button", name="Export")).to_have_count(0)
    plot = screen.page.locator(".js-plotly-plot").first
    expect(plot).to_be_visible()
    assert plot.evaluate("e => e.getBoundingClientRect().right <= innerWidth")
    screen.page.keyboard.press("Escape")
    screen.until_address("leaderboard", suite=["clinvar"])


def test_a_short_link_opens_the_same_view_for_somebody_else(new_screen: Callable[..., Screen]) -> None:
    screen = new_screen()
    screen.open("leaderboard", suite="proteingym", kind="taxon", metric="AUROC", sort="name")
    screen.page.get_by_role("button", name="Share").click()
    code = screen.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").first
    expect(code).to_contain_text("?s=")
    link = code.inner_text().strip()
    other = new_screen(stranger=True)
    other.page.goto(link)
    other.at_rest()
    other.until_address("leaderboard", suite=["proteingym"], kind=["taxon"], metric=["AUROC"], sort=["name"])
    assert other.title.inner_text() == screen.title.inner_text()


SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_in_a_deck_or_in_what_opens(
    new_screen: Callable[..., Screen], scheme: Literal["light", "dark"]
) -> None:
    screen = new_screen(scheme=scheme)
    screen.open("deck", deck=TWO)
    until_made(screen)
    assert serious(screen) == []
    screen.open("leaderboard", suite="clinvar")
    for name in ("Share", "Export"):
        screen.page.get_by_role("button", name=name).first.click()
        expect(screen.page.get_by_test_id("stPopoverBody")).to_be_visible()
        screen.at_rest()
        assert serious(screen) == []
        screen.page.keyboard.press("Escape")
        screen.page.wait_for_timeout(300)


def test_the_right_arrow_leads_from_a_presented_page_into_the_deck_and_back_comes_home(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar", deck=TWO, present="yes")
    expect(screen.page.get_by_role("link", name="Deck →")).to_be_visible()
    screen.page.keyboard.press("ArrowRight")
    screen.page.wait_for_url("**/deck?**")
    screen.page.go_back()
    screen.until_address("leaderboard", suite=["clinvar"], deck=[TWO], present=["yes"])
    expect(screen.title).to_have_text("No model leads everywhere")
