from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

TASK = "leannmlindsey_GUE_human_tf_0"
COLLAPSED_ON = "deep4mc_E.coli_4mC"


def test_the_switch_of_probes_is_in_the_address_and_back_undoes_it(new_screen: Callable[..., Screen]) -> None:
    screen = new_screen()
    screen.open("task", task=TASK)
    claim = screen.title.inner_text()
    expect(screen.option("Probe", "fair-v1")).to_have_attribute("aria-checked", "true")
    screen.option("Probe", "GENEB-exact").click()
    screen.until_address("task", task=[TASK], probe=["geneb-exact"])
    expect(screen.title).to_contain_text("under GENEB-exact")

    other = new_screen(stranger=True)
    other.page.goto(screen.page.evaluate("location.href"))
    other.at_rest()
    expect(other.option("Probe", "GENEB-exact")).to_have_attribute("aria-checked", "true")
    expect(other.title).to_have_text(screen.title.inner_text())

    screen.page.go_back()
    screen.until_address("task", task=[TASK])
    expect(screen.title).to_have_text(claim)
    expect(screen.option("Probe", "fair-v1")).to_have_attribute("aria-checked", "true")


def test_what_there_is_to_beat_is_a_table_whose_signs_explain_themselves(screen: Screen) -> None:
    screen.open("task", task=TASK)
    table = screen.page.locator(".vl-table")
    expect(table.get_by_role("columnheader")).to_have_text(["Baseline", "fair-v1", "GENEB-exact"])
    chosen = table.get_by_text("to beat")
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_attribute("title", "The baseline to beat: the one with the highest MCC over the inner folds "
                                     "of train under fair-v1; no test value had a part in the choice.")  # fmt: skip
    badge = table.get_by_text("⊘ collapsed").first
    expect(badge).to_have_attribute("title", "predicts one class for every test sequence")


def test_a_collapsed_model_has_its_sign_in_the_chart_and_its_evidence_beside_it(screen: Screen) -> None:
    screen.open("task", task=COLLAPSED_ON)
    assert sum(row.endswith("⊘ collapsed") for row in screen.rows()) == 9
    told = screen.page.get_by_text("The probe gives every sequence the same class")
    expect(told).to_be_visible()
    told.locator("xpath=ancestor::*[@data-testid='stMarkdown']").get_by_test_id("stTooltipIcon").hover()
    expect(screen.page.get_by_text("those of always answering the largest class").first).to_be_visible()


def test_the_part_far_from_train_is_a_tab(screen: Screen) -> None:
    screen.open("task", task=TASK)
    screen.option("Part of the task", "Far from every training sequence").click()
    screen.until_address("task", task=[TASK], stratum=["far"])
    expect(screen.page.get_by_text("only what was probed here stands on this part")).to_be_visible()
    rows = screen.until_rows(lambda rows: len(rows) < 41)
    assert "Tuned k-mers" in rows
