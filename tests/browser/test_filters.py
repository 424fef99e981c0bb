from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Screen


def test_a_filter_goes_by_its_chip_from_widget_address_and_rows(screen: Screen) -> None:
    screen.open("leaderboard", search="caduceus", family=["State space"])
    assert len(screen.rows()) == 3
    screen.chip("“caduceus”").click()
    screen.until_address("leaderboard", family=["State space"])
    rows = screen.until_rows(lambda rows: len(rows) > 3)
    expect(screen.page.get_by_role("textbox", name="Find a model")).to_have_value("")
    expect(screen.chip("“caduceus”")).to_have_count(0)
    expect(screen.page.get_by_text(f"{len(rows)} of 41 models")).to_be_visible()

    screen.chip("Architecture: State space").click()
    screen.until_address("leaderboard")
    screen.until_rows(lambda rows: len(rows) == 41)
    expect(screen.page.get_by_text("of 41 models")).to_have_count(0)


def test_every_chip_goes_with_clear_all(screen: Screen) -> None:
    screen.open("leaderboard", search="nt", tokenizer=["k-mer"], sizes=["10000000", "5000000000"], unsupervised="yes")
    assert 0 < len(screen.rows()) < 41
    screen.page.locator("[data-testid=stMain]").get_by_role("button", name="Clear all").click()
    screen.until_address("leaderboard")
    screen.until_rows(lambda rows: len(rows) == 41)


def test_an_empty_result_says_so_and_clear_filters_brings_the_rows_back(screen: Screen) -> None:
    screen.open("leaderboard")
    field = screen.page.get_by_role("textbox", name="Find a model")
    field.fill("no such model")
    field.press("Enter")
    expect(screen.page.get_by_text("No model matches these filters")).to_be_visible()
    expect(screen.page.locator(".js-plotly-plot")).to_have_count(0)
    screen.page.get_by_role("button", name="Clear filters").click()
    screen.until_address("leaderboard")
    screen.until_rows(lambda rows: len(rows) == 41)
    expect(screen.page.get_by_text("No model matches these filters")).to_have_count(0)
    expect(field).to_have_value("")


def test_an_empty_result_keeps_the_baselines_where_the_suite_has_some(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar", search="no such model")
    expect(screen.page.get_by_text("No model matches these filters")).to_be_visible()
    assert screen.rows() == ["Rule-based (variant class)", "PhyloP"]


def test_an_empty_size_page_has_the_same_way_out(screen: Screen) -> None:
    screen.open("size", search="no such model")
    expect(screen.page.get_by_text("No model with a stated size matches")).to_be_visible()
    expect(screen.page.get_by_text("Validity Ledger 0.")).to_be_visible()
    screen.page.get_by_role("button", name="Clear filters").click()
    screen.until_address("size")
    screen.charts(1)
