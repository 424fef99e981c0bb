from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Screen

PAGES = {
    "": 7,
    "leaderboard": 1,
    "size": 1,
    "task": 1,
    "model": 1,
    "your-split": 0,
    "choose": 1,
    "deck": 0,
    "ledgers": 1,
    "system": 0,
    "field": 1,
    "beyond": 3,
    "traps": 0,
    "methods": 0,
}
"""Each page with the number of its charts."""
NOTED = {"beyond": 1}
"""Pages that open with a note in a box, which is no complaint."""

# Text of a chart that leaves the chart, with by how much.
CLIPPED = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
  const frame = plot.querySelector('.main-svg').getBoundingClientRect();
  return [...plot.querySelectorAll('.xtick text, .ytick text, .annotation-text, .xtitle, .ytitle, .textpoint text')]
    .filter(text => text.textContent.trim())
    .map(text => ({text: text.textContent.trim(), box: text.getBoundingClientRect()}))
    .filter(({box}) => box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
    .map(({text, box}) => `${text}: ${Math.round(box.left - frame.left)}, ${Math.round(frame.right - box.right)}, `
      + `${Math.round(box.top - frame.top)}, ${Math.round(frame.bottom - box.bottom)}`);
})"""
# Labels of one axis, or notes of one chart, that lie on each other.
OVERLAPPING = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot =>
  ['.ytick text', '.annotation-text'].flatMap(kind => {
    const boxes = [...plot.querySelectorAll(kind)].filter(text => text.textContent.trim())
      .map(text => ({text: text.textContent.trim(), box: text.getBoundingClientRect()}));
    return boxes.flatMap((one, index) => boxes.slice(index + 1)
      .filter(({box}) => Math.min(one.box.right, box.right) - Math.max(one.box.left, box.left) > 2
                      && Math.min(one.box.bottom, box.bottom) - Math.max(one.box.top, box.top) > 4)
      .map(other => `${one.text} on ${other.text}`));
  }))"""
# Text that is wider than its box or reaches out of the page.
OVERFLOWING = """() => {
  const main = document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect();
  const texts = ['MarkdownContainer', 'Html', 'CaptionContainer'].map(kind => `[data-testid=st${kind}]`);
  return [...document.querySelector('[data-testid=stMain]').querySelectorAll([...texts, 'h1', 'h2', 'h3', 'button'])]
    .filter(element => element.getBoundingClientRect().width > 1)
    .filter(element => element.scrollWidth > element.clientWidth + 2 && getComputedStyle(element).display !== 'inline'
                    || element.getBoundingClientRect().right > main.right + 1)
    .map(element => `${element.tagName} ${element.textContent.trim().slice(0, 60)}`);
}"""
WIDER_THAN_THE_WINDOW = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
  .some(element => element.scrollWidth > element.clientWidth)"""
NAMELESS = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart], [data-testid=stDataFrameResizable]')]
  .filter(element => !element.getAttribute('aria-label') || !element.getAttribute('role')).length"""


FITS = {
    "wider than the window": WIDER_THAN_THE_WINDOW,
    "overflowing text": OVERFLOWING,
    "clipped in a chart": CLIPPED,
    "overlapping in a chart": OVERLAPPING,
    "without a name": NAMELESS,
}


def _misfits(page: Page) -> dict[str, Any]:
    return {what: found for what, script in FITS.items() if (found := page.evaluate(script))}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_opens_cold_everything_fits_and_axe_finds_nothing_serious(
    new_screen: Callable[..., Screen], picture: Callable[..., None], path: str, scheme: str
) -> None:
    screen = new_screen(scheme=scheme)
    screen.open(path)
    screen.charts(PAGES[path])
    page = screen.page
    expect(screen.title).to_have_count(1)
    expect(screen.title).not_to_be_empty()
    expect(page.get_by_text("Validity Ledger 0.")).to_be_visible()
    expect(page.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(NOTED.get(path, 0))
    picture(screen)
    misfits = {"1280x800": _misfits(page)}
    assert serious(page) == []
    screen.resize(1920, 1080)
    picture(screen, "1920x1080")
    misfits["1920x1080"] = _misfits(page)
    assert misfits == {"1280x800": {}, "1920x1080": {}}


OTHER_VIEWS = [
    ("leaderboard", {"suite": "clinvar"}, 1),
    ("leaderboard", {"suite": "proteingym"}, 1),
    ("leaderboard", {"suite": "proteingym", "kind": "taxon"}, 1),
    ("leaderboard", {"show": "table"}, 0),
    ("leaderboard", {"search": "caduceus"}, 1),
    ("size", {"suite": "proteingym"}, 1),
    ("size", {"suite": "clinvar"}, 1),
    ("task", {"suite": "clinvar", "task": "clinvar_vep_eval"}, 2),
    ("task", {"suite": "proteingym", "task": "proteingym_dms_substitutions"}, 2),
    ("leaderboard", {"suite": "clinvar_items"}, 1),
    ("leaderboard", {"suite": "brca1_sge"}, 1),
    ("leaderboard", {"suite": "dms"}, 1),
    ("leaderboard", {"against": "yes"}, 1),
    ("leaderboard", {"suite": "clinvar_items", "against": "yes"}, 1),
    ("size", {"suite": "dms"}, 1),
    ("task", {"suite": "brca1_sge", "task": "brca1_sge"}, 2),
    ("task", {"suite": "clinvar_items", "task": "clinvar_sample", "stratum": "missense"}, 2),
    ("task", {"suite": "clinvar_items", "task": "clinvar_missense"}, 1),
    ("task", {"suite": "dms", "task": "dms:BLAT_ECOLX"}, 1),
    ("model", {"model": "evo-2-40b"}, 2),
    ("model", {"model": "kmer-best"}, 0),
    ("task", {"task": "leannmlindsey_GUE_human_tf_0"}, 1),
    ("task", {"task": "leannmlindsey_GUE_human_tf_0", "probe": "geneb-exact", "regime": "1shot"}, 1),
    ("task", {"task": "iDNA_ABF_6mA", "stratum": "far"}, 1),
    ("task", {"task": "deep4mc_E.coli_4mC"}, 1),
    ("ranks", {}, 5),
    ("compare", {}, 1),
    ("compare", {"level": "task"}, 1),
    ("compare", {"suite": "clinvar"}, 1),
    ("ledgers", {"families": "protein missense"}, 1),
    ("ledgers", {"search": "evo 2", "outcomes": "not applicable"}, 0),
    ("system", {"who": "ESM-2"}, 0),
    ("field", {"scene": "windows"}, 1),
    ("field", {"scene": "tokens"}, 0),
    ("beyond", {"chapter": "structure"}, 1),
    ("task", {"suite": "perturbation"}, 3),
    ("task", {"suite": "cells"}, 3),
    ("task", {"suite": "networks"}, 3),
    ("compare", {"suite": "perturbation", "level": "item"}, 1),
    ("beyond", {"chapter": "cells"}, 6),
    ("beyond", {"chapter": "networks"}, 2),
]


@pytest.mark.parametrize(("path", "query", "charts"), OTHER_VIEWS, ids=str)
def test_the_other_views_of_a_page_fit_as_well(
    screen: Screen, picture: Callable[..., None], path: str, query: dict[str, str], charts: int
) -> None:
    screen.open(path, **query)
    screen.charts(charts)
    expect(screen.page.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(0)
    picture(screen)
    assert _misfits(screen.page) == {}
