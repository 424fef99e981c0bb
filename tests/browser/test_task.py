from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

# Where a mark of a chart is on the screen, after it was scrolled into the window.
_MARK = """([number, part]) => {
  const plot = document.querySelectorAll('.js-plotly-plot')[number];
  const trace = plot._fullData.find(trace => trace.customdata);
  const index = trace.customdata.findIndex(card => card[0] === part);
  plot.scrollIntoView({block: 'center'});
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  return {x: box.left + xaxis._offset + xaxis.l2p(trace.x[index]),
          y: box.top + yaxis._offset + yaxis.l2p(trace.y[index])};
}"""
# Text at the right of the chart must neither overlap its neighbours nor leave the chart.
_RIGHT = """() => {
  const plot = document.querySelector('.js-plotly-plot').getBoundingClientRect();
  const columns = ['y2', 'y3', 'y4'].map(axis =>
    [...document.querySelectorAll(`.js-plotly-plot .${axis}tick text`)].map(text => text.getBoundingClientRect())
      .filter(box => box.width));
  return columns.filter(boxes => boxes.length).map(boxes => ({
    left: Math.min(...boxes.map(box => box.left)) - plot.left,
    right: Math.max(...boxes.map(box => box.right)) - plot.left, width: plot.width}));
}"""

_LINK = """name => {
  const link = [...document.querySelectorAll('.js-plotly-plot .ytick a')].find(a => a.textContent.includes(name));
  const box = link.getBoundingClientRect();
  return {x: box.left + box.width / 2, y: box.top + box.height / 2};
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_difference_and_verdicts_stand_side_by_side_within_the_chart(
    width: int, height: int, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(width=width, height=height)
    screen.open("task", task="clinvar_sample")
    columns = screen.page.evaluate(_RIGHT)
    assert len(columns) == 3
    for one, following in pairwise(columns):
        assert one["right"] < following["left"]
    assert columns[-1]["right"] <= columns[-1]["width"]
    # What is left of the chart for the marks themselves.
    assert columns[0]["left"] > 0.5 * columns[0]["width"]


def test_a_part_is_opened_by_tab_or_by_its_mark_and_back_undoes_it(screen: Screen) -> None:
    screen.open("task", suite="clinvar")
    whole = screen.title.inner_text()
    screen.option("Part of the task", "Missense").click()
    screen.until_address("task", suite=["clinvar"], task=["clinvar_vep_eval"], stratum=["missense"])
    expect(screen.title).not_to_have_text(whole)
    screen.page.go_back()
    expect(screen.title).to_have_text(whole)
    screen.at_rest()

    place = screen.page.evaluate(_MARK, [1, "splice"])
    screen.page.mouse.move(place["x"] - 4, place["y"])
    screen.page.mouse.move(place["x"], place["y"])
    expect(screen.page.locator(".js-plotly-plot .hoverlayer .hovertext").first).to_be_attached()
    screen.page.mouse.down()
    screen.page.mouse.up()
    screen.until_address("task", suite=["clinvar"], task=["clinvar_vep_eval"], stratum=["splice"])
    expect(screen.option("Part of the task", "Splice")).to_have_attribute("aria-checked", "true")


def test_a_mean_is_taken_apart_by_a_click_on_a_cell_and_by_the_keyboard(screen: Screen) -> None:
    screen.open("task", task="perturbench:doubles")
    place = screen.page.evaluate(_MARK, [1, "MAP2K3+SLC38A2"])
    screen.page.mouse.move(place["x"] - 4, place["y"])
    screen.page.mouse.move(place["x"], place["y"])
    expect(screen.page.locator(".js-plotly-plot .hoverlayer .hovertext").first).to_be_attached()
    screen.page.mouse.down()
    screen.page.mouse.up()
    here = {"suite": ["perturbation"], "task": ["perturbench:doubles"]}
    screen.until_address("task", **here, unit=["MAP2K3+SLC38A2"])
    expect(screen.page.get_by_text("MAP2K3+SLC38A2, held out in 2 splits")).to_be_visible()
    screen.at_rest()

    box = screen.page.get_by_role("combobox", name="Perturbation", exact=False).last
    box.focus()
    screen.down(box)
    screen.down(box)
    box.press("Enter")
    screen.until_address("task", **here, unit=["MAPK1+TGFBR2"])
    expect(screen.page.get_by_text("MAPK1+TGFBR2, held out in")).to_be_visible()
    expect(screen.page.get_by_text("MAP2K3+SLC38A2, held out in 2 splits")).to_have_count(0)


def test_the_name_of_a_row_leads_to_the_page_of_its_system(screen: Screen) -> None:
    screen.open("task", task="clinvar_sample")
    # Playwright aims beside a link inside SVG text.
    place = screen.page.evaluate(_LINK, "GPN-Star")
    screen.page.mouse.click(place["x"], place["y"])
    screen.page.wait_for_url("**/model?model=vep-eval:gpn-star")
    screen.at_rest()
    expect(screen.title).to_contain_text("GPN-Star")
    expect(screen.page.get_by_test_id("stAlert")).to_have_count(0)


def test_curves_of_two_systems_are_reached_by_the_switch_and_shared_by_the_address(item_screen: Screen) -> None:
    screen = item_screen
    screen.open("task", task="brca1_sge")
    screen.option("Figure", "ROC and precision–recall").click()
    screen.until_address("task", suite=["brca1_sge"], task=["brca1_sge"], figure=["curves"])
    legend = screen.page.locator(".vl-legend")
    expect(legend).to_contain_text("AUROC 0.729")
    screen.choose("Held against", "Consequence")
    expect(legend).to_contain_text("AUROC 0.762")
    shown = {"suite": ["brca1_sge"], "task": ["brca1_sge"], "figure": ["curves"]}
    screen.until_address("task", **shown, rival=["consequence"])
    screen.page.reload()
    screen.at_rest()
    expect(legend).to_contain_text("AUROC 0.762")
