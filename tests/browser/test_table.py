from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as Late
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Screen

# The table is painted; beside the paint it keeps the cells in sight as a grid for screen readers.
GRID = """() => {
  const grid = document.querySelector('[data-testid=stDataFrame] [role=grid]');
  const text = cell => cell.textContent.trim();
  const column = cell => +cell.getAttribute('aria-colindex');
  return {
    headers: [...grid.querySelectorAll('[role=columnheader]')].map(cell => [column(cell), text(cell)]),
    rows: [...grid.querySelectorAll('tbody [role=row]')].map(row =>
      [+row.getAttribute('aria-rowindex'), [...row.querySelectorAll('[role=gridcell]')].map(
        cell => [column(cell), text(cell)])]),
  };
}"""


def _cells(page: Page) -> list[dict[str, str]]:
    """Rows in sight, each cell under its heading."""
    found = page.evaluate(GRID)
    headers = dict(found["headers"])
    return [
        {headers[column]: text for column, text in cells if column in headers} for _, cells in sorted(found["rows"])
    ]


NAMES = """() => [...document.querySelectorAll('[data-testid=stDataFrame] [role=grid] tbody [role=row]')]
  .map(row => [+row.getAttribute('aria-rowindex'), row.querySelector('[aria-colindex="1"]')?.textContent.trim()])
  .sort((one, other) => one[0] - other[0]).map(([, name]) => name)"""


def _until_names(screen: Screen, names: list[str]) -> None:
    """Wait for these names at the top of the table."""
    script = f"names => JSON.stringify(({NAMES})().slice(0, names.length)) === JSON.stringify(names)"
    try:
        screen.page.wait_for_function(script, arg=names)
    except Late as error:
        raise AssertionError(f"names {screen.page.evaluate(NAMES)}, expected {names}") from error


def _show_table(screen: Screen) -> None:
    screen.open("leaderboard", show="table")
    expect(screen.page.locator("[data-testid=stDataFrame] canvas").first).to_be_visible()
    _until_names(screen, ["GENERator-Eukaryote-3B", "LucaOne", "GENERator-Eukaryote-1.2B"])


def test_the_download_holds_the_rows_shown_in_the_order_shown(screen: Screen) -> None:
    _show_table(screen)
    screen.choose("Sort by", "Enhancers")
    screen.until_address("leaderboard", show=["table"], sort=["Enhancers"])
    screen.at_rest()
    with screen.page.expect_download() as waiting:
        screen.page.get_by_role("button", name="Download CSV").click()
    assert waiting.value.suggested_filename == "leaderboard-geneb-full-MCC.csv"
    path = waiting.value.path()
    rows = list(csv.DictReader(io.StringIO(Path(path).read_text("utf-8"))))
    assert len(rows) == 41
    values = [float(row["Enhancers"]) for row in rows]
    assert values == sorted(values, reverse=True)

    _until_names(screen, [row["Model"] for row in rows[:10]])
    shown = _cells(screen.page)
    assert len(shown) > 10
    figures = 0
    for seen, written in zip(shown, rows, strict=False):
        for heading, text in seen.items():
            if heading == "Parameters":
                continue
            if heading in {"Macro", "Micro", "Histone Mod.", "Promoters", "Enhancers"}:
                assert f"{float(text):.3f}" == f"{float(written[heading]):.3f}", (written["Model"], heading)
                figures += 1
            else:
                assert text == written[heading], (written["Model"], heading)
    assert figures > 40


def test_a_click_on_a_heading_sorts_the_table(screen: Screen) -> None:
    _show_table(screen)
    box = screen.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box
    in_order = screen.page.evaluate(NAMES)
    assert len(in_order) == 41
    by_name = sorted(in_order, key=str.lower)
    for names in (by_name, by_name[::-1], in_order):
        screen.page.mouse.click(box["x"] + 40, box["y"] + 16)
        _until_names(screen, names)
    assert screen.address() == ("leaderboard", {"show": ["table"]})
