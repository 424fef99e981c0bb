from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Screen

FOCUSED = """() => {
  const focused = document.activeElement;
  return focused?.ariaLabel || focused?.textContent?.trim() || '';
}"""


def _tab_to(page: Page, label: str, *, most: int = 60, key: str = "Tab") -> None:
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press(key)
        passed.append(page.evaluate(FOCUSED))
        if passed[-1] == label:
            return
    raise AssertionError(f"{label!r} was not reached with {key}; passed {passed}")


def _type_into(page: Page, label: str, text: str) -> None:
    _tab_to(page, label)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)


def test_the_whole_way_to_the_tasks_behind_a_cell_works_without_a_mouse(screen: Screen) -> None:
    screen.open("")
    _tab_to(screen.page, "Leaderboard")
    screen.page.keyboard.press("Enter")
    screen.until_address("leaderboard")
    screen.charts(1)
    _type_into(screen.page, "Look behind a cell: model", "LucaOne")
    _type_into(screen.page, "Column", "lncRNA")
    _tab_to(screen.page, "Show what is behind it", most=3)
    screen.page.keyboard.press("Enter")
    expect(screen.drawer_title).to_have_text("LucaOne · lncRNA")
    screen.until_address("leaderboard", cell=["LucaOne-default-step36M~lncRNA"])
    inside = "() => document.querySelector('[role=dialog]').contains(document.activeElement)"
    screen.page.wait_for_function(inside)

    screen.page.keyboard.press("Tab")
    assert screen.page.evaluate(inside)
    screen.page.keyboard.press("Escape")
    expect(screen.drawer).to_have_count(0)
    screen.until_address("leaderboard")


def test_a_task_in_the_drawer_opens_with_enter(screen: Screen) -> None:
    screen.open("leaderboard", cell="LucaOne-default-step36M~lncRNA")
    link = screen.drawer.get_by_role("link").filter(has_text="rank").first
    name = link.inner_text()
    _tab_to(screen.page, name)
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("[data-testid=stMain]")).to_contain_text("Task · GENEB · lncRNA")


def test_n_and_p_step_through_the_tasks(screen: Screen) -> None:
    screen.open("task")
    position = screen.page.get_by_text("of 100 tasks")
    expect(position).to_have_text("1 of 100 tasks")
    for expected in ("2 of 100 tasks", "3 of 100 tasks"):
        screen.page.keyboard.press("n")
        expect(position).to_have_text(expected)
    for expected in ("2 of 100 tasks", "1 of 100 tasks", "100 of 100 tasks"):
        screen.page.keyboard.press("p")
        expect(position).to_have_text(expected)
    screen.page.keyboard.press("n")
    expect(position).to_have_text("1 of 100 tasks")
    screen.until_address("task", task=["InstaDeepAI_nucleotide_transformer_downstream_tasks_H3"])


def test_n_in_a_search_field_is_a_letter(screen: Screen) -> None:
    screen.open("task")
    screen.combobox("Task").click()
    screen.page.keyboard.type("n")
    expect(screen.combobox("Task")).to_have_value("n")
    expect(screen.page.get_by_text("1 of 100 tasks")).to_be_visible()
