from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

SETTINGS = """() => {
  const sidebar = document.querySelector('[data-testid=stSidebar]');
  const read = selector => [...sidebar.querySelectorAll(selector)];
  return {
    chosen: read('[role=radio][aria-checked=true]').map(option => option.textContent.trim()),
    fields: read('input[type=text]').map(field => `${field.ariaLabel}: ${field.value}`),
    tags: read('[data-tag]').filter(tag => !tag.closest('template')).map(tag => tag.textContent.trim()),
    range: read('[data-testid=stSlider] input').map(thumb => thumb.getAttribute('aria-valuetext')),
  };
}"""


def _settings(screen: Screen) -> dict[str, Any]:
    found: dict[str, Any] = screen.page.evaluate(SETTINGS)
    return found


def _add(screen: Screen, label: str, *options: str) -> None:
    """Choose options of a list that takes several."""
    for option in options:
        screen.drop_down(label)
        screen.page.get_by_role("option", name=option, exact=True).click()
        screen.page.keyboard.press("Escape")
        expect(screen.chip(f"{label}: {option}")).to_be_visible()


def _narrow(screen: Screen, right: int, left: int) -> None:
    """Move the ends of the size range inwards by so many marks."""
    thumbs = screen.page.get_by_role("slider")
    for thumb, key, steps in ((thumbs.first, "ArrowRight", right), (thumbs.last, "ArrowLeft", left)):
        thumb.focus()
        for _ in range(steps):
            thumb.press(key)


def _search(screen: Screen, text: str) -> None:
    field = screen.page.get_by_role("textbox", name="Find a model")
    field.fill(text)
    field.press("Enter")


def test_a_view_made_by_hand_is_the_same_for_whoever_gets_its_address(new_screen: Callable[..., Screen]) -> None:
    screen = new_screen()
    screen.open("leaderboard")
    screen.option("Labels used", "10-shot").click()
    screen.until_address("leaderboard", regime=["10shot"])
    _add(screen, "Architecture", "State space", "Transformer encoder")
    family = ["State space", "Transformer encoder"]
    screen.until_address("leaderboard", regime=["10shot"], family=family)
    _narrow(screen, 2, 4)
    sizes = ["5000000", "5000000000"]
    screen.until_address("leaderboard", regime=["10shot"], family=family, sizes=sizes)
    _search(screen, "n")
    screen.until_address("leaderboard", regime=["10shot"], family=family, sizes=sizes, search=["n"])
    screen.choose("Sort by", "Splice Sites")
    query = {"regime": ["10shot"], "family": family, "sizes": sizes, "search": ["n"], "sort": ["Splice Sites"]}
    screen.until_address("leaderboard", **query)
    screen.at_rest()
    rows, settings = screen.rows(), _settings(screen)
    assert 5 < len(rows) < 41

    other = new_screen(stranger=True)
    other.page.goto(screen.page.evaluate("location.href"))
    other.at_rest()
    assert other.rows() == rows
    assert _settings(other) == settings
    assert other.address() == ("leaderboard", query)
    assert settings["chosen"] == ["10-shot", "Heatmap", "Values"]
    assert "Suite: GENEB" in settings["fields"]
    assert "Sort by: Splice Sites" in settings["fields"]
    assert "Find a model: n" in settings["fields"]
    assert settings["tags"] == family
    assert settings["range"] == ["5M", "5B"]


def test_another_suite_with_other_columns_comes_back_from_its_address(new_screen: Callable[..., Screen]) -> None:
    screen = new_screen()
    screen.open("leaderboard")
    screen.choose("Suite", "ProteinGym")
    expect(screen.combobox("Columns")).to_be_visible()
    screen.choose("Columns", "Taxon")
    screen.page.wait_for_function("() => new URLSearchParams(location.search).get('kind') === 'taxon'")
    screen.option("Metric", "AUROC").click()
    screen.until_address("leaderboard", suite=["proteingym"], kind=["taxon"], metric=["AUROC"])
    screen.choose("Sort by", "Virus")
    screen.page.wait_for_function("() => new URLSearchParams(location.search).has('sort')")
    screen.at_rest()
    address, rows, settings = screen.address(), screen.rows(), _settings(screen)

    other = new_screen(stranger=True)
    other.page.goto(screen.page.evaluate("location.href"))
    other.at_rest()
    assert other.address() == address
    assert other.rows() == rows
    assert _settings(other) == settings


def test_a_change_of_suite_shows_the_metric_that_the_suite_is_judged_by(screen: Screen) -> None:
    screen.open("leaderboard")
    screen.choose("Suite", "ProteinGym")
    expect(screen.combobox("Columns")).to_be_visible()
    screen.until_address("leaderboard", suite=["proteingym"])
    expect(screen.option("Metric", "Spearman's ρ")).to_have_attribute("aria-checked", "true")


def test_back_undoes_filters_one_by_one_and_forward_redoes_them(screen: Screen) -> None:
    screen.open("leaderboard")
    steps: list[tuple[dict[str, list[str]], list[str]]] = [({}, screen.rows())]

    def done(**query: list[str]) -> None:
        screen.until_address("leaderboard", **query)
        rows = screen.until_rows(lambda rows: rows != steps[-1][1])
        steps.append((query, rows))

    screen.option("Labels used", "10-shot").click()
    done(regime=["10shot"])
    screen.choose("Sort by", "Name")
    done(regime=["10shot"], sort=["name"])
    _search(screen, "caduceus")
    done(regime=["10shot"], sort=["name"], search=["caduceus"])
    assert len(steps[-1][1]) == 3

    for query, rows in reversed(steps[:-1]):
        screen.page.go_back()
        screen.until_address("leaderboard", **query)
        screen.until_rows(rows.__eq__)
    assert _settings(screen)["chosen"] == ["Full", "MCC", "Heatmap", "Values"]
    for query, rows in steps[1:]:
        screen.page.go_forward()
        screen.until_address("leaderboard", **query)
        screen.until_rows(rows.__eq__)
    assert "Find a model: caduceus" in _settings(screen)["fields"]


def test_after_clicks_in_quick_succession_address_widget_and_title_agree(screen: Screen) -> None:
    screen.open("leaderboard")
    screen.charts(1)
    last = screen.option("Labels used", "1-shot")
    took = screen.page.evaluate(
        """() => {
          const begun = performance.now();
          const options = [...document.querySelectorAll('[role=radiogroup][aria-label="Labels used"] [role=radio]')];
          for (const option of [options[1], options[0], options[1], options[2]]) option.click();
          return performance.now() - begun;
        }"""
    )
    assert took < 500
    screen.until_address("leaderboard", regime=["1shot"])
    expect(last).to_have_attribute("aria-checked", "true")
    rows = screen.until_rows(lambda rows: len(rows) == 41 and rows[0] != "GENERator-Eukaryote-3B")
    screen.until_address("leaderboard", regime=["1shot"])
    expect(last).to_have_attribute("aria-checked", "true")

    lede = screen.page.locator("[data-testid=stMain] h1 >> xpath=following::p[1]").inner_text()
    screen.open("leaderboard", regime="1shot")
    assert screen.rows() == rows
    expect(screen.page.locator("[data-testid=stMain] h1 >> xpath=following::p[1]")).to_have_text(lede)


HOSTILE = [
    {"suite": "'; DROP TABLE score; --"},
    {"suite": "<script>window.__pwned = 1</script>"},
    {"sort": "<img src=x onerror=window.__pwned=1>"},
    {"cell": "evo~<script>window.__pwned=1</script>"},
    {"sizes": ["1000000", "<b>1</b>"]},
    {"family": "javascript:window.__pwned=1"},
    {"nonsense": "[x](javascript:window.__pwned=1)"},
    {"<script>window.__pwned=1</script>": "1"},
    {"regime": "\u202e\u0000zero"},
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: next(iter(query))[:12])
def test_a_hostile_address_gives_a_notice_and_the_default_view(screen: Screen, query: dict[str, Any]) -> None:
    screen.open("leaderboard", **query)
    notice = screen.page.get_by_role("alert")
    expect(notice).to_be_visible()
    known = {"suite", "sort", "cell", "sizes", "family", "regime"}
    expect(notice).to_contain_text("is not a known value of" if query.keys() <= known else "has no setting")
    assert len(screen.rows()) == 41
    expect(screen.title).to_have_text("No model leads everywhere")
    assert screen.page.evaluate("window.__pwned") is None
    assert screen.page.locator("[data-testid=stMain] script, [data-testid=stMain] img").count() == 0


MARKUP = [
    "<img src=x onerror=window.__pwned=1>",
    "![x](http://elsewhere.invalid/x.png)",
    "[link](javascript:window.__pwned=1)",
    "**bold** :red[x] $x$ `y`",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_a_search_is_shown_as_text(screen: Screen, text: str) -> None:
    screen.open("leaderboard", search=text)
    expect(screen.page.get_by_text("No model matches these filters")).to_be_visible()
    assert screen.page.evaluate("window.__pwned") is None
    assert screen.page.locator("[data-testid=stMain] img").count() == 0
    expect(screen.chip(f"“{text}”")).to_be_visible()


def test_two_readers_do_not_see_each_others_filters(new_screen: Callable[..., Screen]) -> None:
    one, other = new_screen(), new_screen(stranger=True)
    one.open("leaderboard")
    other.open("leaderboard")
    _search(one, "caduceus")
    one.until_rows(lambda rows: len(rows) == 3)
    other.option("Labels used", "10-shot").click()
    other.until_address("leaderboard", regime=["10shot"])
    other.at_rest()
    assert len(other.rows()) == 41
    expect(other.page.get_by_role("textbox", name="Find a model")).to_have_value("")
    one.until_address("leaderboard", search=["caduceus"])
    one.page.reload()
    one.at_rest()
    assert len(one.rows()) == 3
    expect(one.option("Labels used", "Full")).to_have_attribute("aria-checked", "true")


def test_a_view_survives_a_walk_to_another_page_and_back(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar", search="evo")
    rows = screen.rows()
    screen.page.get_by_role("link", name="Size and performance").click()
    screen.until_address("size", suite=["clinvar"], search=["evo"])
    screen.page.get_by_role("link", name="Methods and provenance").first.click()
    expect(screen.title).to_contain_text("names its source")
    screen.page.get_by_role("link", name="Leaderboard", exact=True).click()
    screen.until_address("leaderboard", suite=["clinvar"], search=["evo"])
    assert screen.until_rows(rows.__eq__)
