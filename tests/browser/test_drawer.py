from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Screen

LEADER, SECOND = "GENERator-eukaryote-3b-base", "LucaOne-default-step36M"


def test_a_click_on_a_cell_shows_its_tasks_and_back_from_a_task_opens_them_again(screen: Screen) -> None:
    screen.open("leaderboard")
    screen.click_cell(LEADER, "Promoters")
    expect(screen.drawer_title).to_have_text("GENERator-Eukaryote-3B · Promoters")
    screen.until_address("leaderboard", cell=[f"{LEADER}~Promoters"])
    tasks = screen.drawer.get_by_role("link").filter(has_text="rank")
    stated = screen.drawer.get_by_text("tasks, each opens its page").inner_text()
    expect(tasks).to_have_count(int(stated.split()[0]))
    assert tasks.count() > 1
    label = re.fullmatch(
        r"([01]\.\d{3}) (.+), rank \d+ of \d+ \(best [01]\.\d{3}(; to beat: .+)?\)", tasks.nth(1).inner_text()
    )
    assert label, tasks.nth(1).inner_text()

    tasks.nth(1).click()
    expect(screen.page.locator("[data-testid=stMain]")).to_contain_text(f"Task · GENEB · Promoters · {label[2]}")
    assert screen.address()[0] == "task"
    expect(screen.drawer).to_have_count(0)

    screen.page.go_back()
    expect(screen.drawer_title).to_have_text("GENERator-Eukaryote-3B · Promoters")
    screen.until_address("leaderboard", cell=[f"{LEADER}~Promoters"])


def test_a_closed_drawer_leaves_the_address_and_the_same_cell_opens_it_again(screen: Screen) -> None:
    screen.open("leaderboard")
    for _ in range(3):
        screen.click_cell(SECOND, "macro")
        expect(screen.drawer_title).to_have_text("LucaOne · Macro")
        screen.until_address("leaderboard", cell=[f"{SECOND}~macro"])
        screen.page.keyboard.press("Escape")
        expect(screen.drawer).to_have_count(0)
        screen.until_address("leaderboard")
        screen.at_rest()
    assert len(screen.rows()) == 41


AGREE = """() => {
  const cell = new URLSearchParams(location.search).get('cell');
  const title = document.querySelector('[role=dialog] h2')?.textContent.trim() ?? null;
  const names = {'%s~Enhancers': 'GENERator-Eukaryote-3B · Enhancers', '%s~Splice Sites': 'LucaOne · Splice Sites'};
  return title === (cell === null ? null : names[cell]);
}""" % (LEADER, SECOND)  # noqa: UP031 - braces are JavaScript's


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_after_two_quick_clicks_address_and_drawer_agree(screen: Screen, steps: int) -> None:
    # A second click may find the drawer of the first one open: outside a drawer, a click closes it.
    screen.open("leaderboard")
    second = screen.place(SECOND, "Splice Sites")
    screen.click_cell(LEADER, "Enhancers")
    screen.page.mouse.move(*second, steps=steps)
    screen.page.mouse.down()
    screen.page.mouse.up()
    for _ in range(3):
        screen.at_rest()
        screen.page.wait_for_function(AGREE)
    screen.at_rest()
    assert screen.page.evaluate(AGREE), screen.address()


def test_an_address_with_a_cell_opens_the_drawer_and_says_where_the_cell_stands(screen: Screen) -> None:
    screen.open("leaderboard", suite="clinvar", cell="evo-2-40b~missense")
    expect(screen.drawer_title).to_have_text("Evo 2 40B · Missense")
    expect(screen.drawer).to_contain_text("Rank 11 of 17 shown")
    screen.drawer.get_by_role("link", name="All systems on Missense").click()
    expect(screen.page.locator("[data-testid=stMain]")).to_contain_text("Task · ClinVar")
    assert screen.address() == ("task", {"suite": ["clinvar"], "task": ["clinvar_vep_eval"], "stratum": ["missense"]})


def test_a_changed_filter_does_not_bring_back_a_drawer_that_was_closed(screen: Screen) -> None:
    screen.open("leaderboard")
    screen.click_cell(LEADER, "macro")
    expect(screen.drawer).to_be_visible()
    screen.page.keyboard.press("Escape")
    screen.until_address("leaderboard")
    screen.option("Labels used", "10-shot").click()
    screen.until_address("leaderboard", regime=["10shot"])
    screen.at_rest()
    expect(screen.drawer).to_have_count(0)


def test_a_click_still_works_after_the_figure_has_changed(screen: Screen) -> None:
    screen.open("leaderboard")
    screen.click_cell(LEADER, "macro")
    expect(screen.drawer).to_be_visible()
    screen.page.keyboard.press("Escape")
    screen.until_address("leaderboard")
    before = screen.rows()
    screen.option("Labels used", "1-shot").click()
    screen.until_rows(lambda rows: rows != before)
    screen.at_rest()
    screen.click_cell(SECOND, "TF Binding")
    expect(screen.drawer_title).to_have_text("LucaOne · TF Binding")
    screen.until_address("leaderboard", regime=["1shot"], cell=[f"{SECOND}~TF Binding"])


def test_the_switch_turns_the_cells_to_the_baseline_and_a_cell_tells_its_verdict(screen: Screen) -> None:
    screen.open("leaderboard")
    before = screen.rows()
    screen.option("In the cells", "Against the baseline").click()
    expect(screen.title).to_have_text("Only one of 41 models beats the baseline on at least one of twelve tasks")
    screen.until_address("leaderboard", against=["yes"])
    screen.until_rows(lambda rows: rows != before)
    screen.at_rest()
    screen.click_cell(SECOND, "TF Binding")
    expect(screen.drawer_title).to_have_text("LucaOne · TF Binding")
    expect(screen.drawer).to_contain_text("0 above, 4 not told apart, 0 below")
    expect(screen.drawer.get_by_role("link").filter(has_text="● not told apart")).to_have_count(4)
    screen.until_address("leaderboard", against=["yes"], cell=[f"{SECOND}~TF Binding"])
    screen.page.keyboard.press("Escape")
    screen.until_address("leaderboard", against=["yes"])


def test_a_cell_without_a_baseline_opens_and_says_so(screen: Screen) -> None:
    screen.open("leaderboard", against="yes")
    screen.click_cell(SECOND, "lncRNA")
    expect(screen.drawer).to_contain_text("No baseline was probed on any of its 6 tasks yet.")


def test_a_long_board_has_a_second_sheet_that_the_address_keeps(screen: Screen) -> None:
    screen.open("leaderboard", suite="proteingym")
    main = screen.page.locator("[data-testid=stMain]")
    expect(main).to_contain_text("1–60 of 94 models")
    first = screen.rows()
    screen.page.get_by_role("button", name="Next page").click()
    expect(main).to_contain_text("61–94 of 94 models")
    screen.until_address("leaderboard", suite=["proteingym"], sheet=["2"])
    second = screen.until_rows(lambda rows: rows != first)
    assert (len(first), len(second)) == (63, 37)
    screen.page.reload()
    expect(main).to_contain_text("61–94 of 94 models")


def test_a_task_of_the_overview_opens_by_its_name_and_back_returns(screen: Screen) -> None:
    screen.open()
    screen.at_rest()
    link = screen.page.locator(".js-plotly-plot a", has_text="GUE human tf 0").first
    # Playwright looks for a link within a line of SVG text in the wrong place.
    x, y, width, height = link.evaluate("link => Object.values(link.getBoundingClientRect().toJSON()).slice(0, 4)")
    screen.page.mouse.click(x + width / 2, y + height / 2)
    expect(screen.page.locator("[data-testid=stMain]")).to_contain_text("Task · GENEB")
    assert screen.address() == ("task", {"task": ["leannmlindsey_GUE_human_tf_0"]})
    screen.page.go_back()
    expect(screen.title).to_have_text("No genomic model earns its place everywhere")
