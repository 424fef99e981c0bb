from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Screen

BRCA1 = {"suite": "brca1_sge", "task": "brca1_sge"}
BLAT = {"suite": "dms", "task": "dms:BLAT_ECOLX"}

# Where the mark that opens an item is on the screen, after it was scrolled into the window.
PLACE = """([chart, item]) => {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`);
  for (const trace of plot._fullData) {
    const index = (trace.customdata ?? []).findIndex(card => card[0] === item);
    if (index < 0) continue;
    const layout = plot._fullLayout;
    const [xaxis, yaxis] = [layout[trace.xaxis.replace('x', 'xaxis')], layout[trace.yaxis.replace('y', 'yaxis')]];
    const [across, down] = [xaxis._offset + xaxis.d2p(trace.x[index]), yaxis._offset + yaxis.d2p(trace.y[index])];
    const main = document.querySelector('[data-testid=stMain]');
    const place = plot.getBoundingClientRect().top + down;
    if (place < 40 || place > innerHeight - 40) main.scrollBy(0, place - innerHeight / 2);
    const box = plot.getBoundingClientRect();
    return {x: box.left + across, y: box.top + down};
  }
  return null;
}"""


def listed(query: dict[str, str], **more: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in (query | more).items()}


def click_mark(screen: Screen, chart: str, item: str, *, shown: str) -> None:
    """Move to a mark until the chart shows its card, then click."""
    card = screen.page.locator(f".st-key-{chart} .hoverlayer .hovertext").filter(has_text=shown)
    for _ in range(10):
        found = screen.page.evaluate(PLACE, [chart, item])
        assert found, f"no mark for {item}"
        screen.page.mouse.move(found["x"] - 5, found["y"] - 5)
        screen.page.mouse.move(found["x"], found["y"])
        try:
            expect(card.first).to_be_attached(timeout=1_000)
            break
        except AssertionError:
            continue
    expect(card.first).to_be_attached(timeout=1_000)
    screen.page.mouse.down()
    screen.page.mouse.up()


def test_a_mark_on_the_track_opens_its_variant_and_back_closes_it(item_screen: Screen) -> None:
    item = "17-41258504-A-C"
    item_screen.open("variants", **BRCA1, label="1", find="41258504")
    expect(item_screen.title).to_contain_text("of 3,893 variants of BRCA1")
    click_mark(item_screen, "track", item, shown="C61G")
    item_screen.until_address("variants", **listed(BRCA1, label="1", find="41258504", item=item))
    item_screen.at_rest()
    expect(item_screen.page.get_by_role("heading", name="Cys61")).to_be_visible()
    item_screen.page.go_back()
    item_screen.until_address("variants", **listed(BRCA1, label="1", find="41258504"))
    expect(item_screen.page.get_by_role("heading", name="Cys61")).to_have_count(0)


def test_a_cell_of_the_map_opens_its_variant(item_screen: Screen) -> None:
    item_screen.open("variants", **BLAT)
    for item in ("N173I", "H24C", "W286Y"):
        click_mark(item_screen, "substitutions", item, shown=item)
        item_screen.until_address("variants", **listed(BLAT, item=item))
        item_screen.at_rest()


def test_a_row_opens_its_variant_and_the_sheets_go_on(item_screen: Screen) -> None:
    item_screen.open("variants", **BRCA1, consequence="nonsense")
    frame = item_screen.page.locator("[data-testid=stDataFrame]").first
    frame.scroll_into_view_if_needed()
    # The table is painted: the box at the left of its second row.
    frame.click(position={"x": 20, "y": 35 + 35 + 17})
    item_screen.page.wait_for_function("() => new URLSearchParams(location.search).get('item')")
    item_screen.at_rest()
    chosen = item_screen.address()[1]["item"][0]
    item_screen.page.get_by_role("button", name="Next →").first.click()
    item_screen.until_address("variants", **listed(BRCA1, consequence="nonsense", sheet="2", item=chosen))
    expect(item_screen.page.get_by_text("51–100 of 138")).to_be_visible()
    item_screen.chip("nonsense").click()
    item_screen.until_address("variants", **listed(BRCA1, item=chosen))
    expect(item_screen.page.get_by_text("1–50 of 3,893")).to_be_visible()


def test_without_a_mouse_an_item_is_opened_from_the_list_of_names(item_screen: Screen) -> None:
    item_screen.open("variants", **BRCA1, consequence="nonsense")
    box = item_screen.combobox("Open a variant of this sheet")
    box.focus()
    item_screen.page.keyboard.type("17-41197728-G-T")
    item_screen.page.keyboard.press("Enter")
    item_screen.until_address("variants", **listed(BRCA1, consequence="nonsense", item="17-41197728-G-T"))
