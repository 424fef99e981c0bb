from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from dashboard.exhibits import ExhibitError
from dashboard.export import html as deck_module
from dashboard.export.html import LARGEST, deck_html
from dashboard.export.html.markup import data, link
from dashboard.text import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from dashboard.exhibits import Ground
    from dashboard.export.show import Show

HOSTILE = "</script></section><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
# What leaves the edges of its slide, and every text that is wider or higher than its box.
_FAULTS = """() => {
  const face = document.querySelector('.slide:not([hidden]) .face');
  const edge = face.getBoundingClientRect();
  const shown = [...face.querySelectorAll('*')].filter(e => !e.closest('details') && e.getBoundingClientRect().width);
  const off = shown.filter(e => {
    const box = e.getBoundingClientRect();
    return box.right > edge.right + 1 || box.bottom > edge.bottom + 1 || box.left < edge.left - 1;
  });
  const cut = shown.filter(e => e.matches('h1, h2, p, td, th, ol, .exhibit')
    && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2));
  return [...off, ...cut].map(e => e.tagName + ' ' + e.textContent.slice(0, 60));
}"""
_HERE = "document.querySelector('.slide:not([hidden])')"


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        launched = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a deck with the network off; a request or a complaint of the console fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_it(content: str, *, width: int = 1280, height: int = 800, slide: str = "") -> Page:
        path = tmp_path / "deck.html"
        path.write_text(content, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else complaints.append(asked.url),
        )
        page.goto(f"{path.as_uri()}{slide}")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def _hostile(show: Show) -> Show:
    """The deck with titles and notes of a stranger."""
    leaves = tuple(
        dataclasses.replace(
            leaf, headline=HOSTILE, slide=leaf.slide.model_copy(update={"title": HOSTILE[:300], "note": HOSTILE})
        )
        for leaf in show.leaves[:2]
    )
    return dataclasses.replace(show, deck=show.deck.model_copy(update={"title": HOSTILE}), leaves=leaves)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("ground", "shape", "size"),
    [("light", "16:9", (1280, 800)), ("dark", "16:9", (1920, 1080)), ("light", "4:3", (1920, 1080))],
)
def test_every_slide_is_reached_by_keys_offline_and_holds_what_it_shows(
    shown: Callable[..., Show],
    seven: Show,
    opened: Callable[..., Page],
    ground: Ground,
    shape: str,
    size: tuple[int, int],
) -> None:
    wanted = [(leaf.slide.page, leaf.slide.query, leaf.slide.key) for leaf in seven.leaves]
    show = seven if (ground, shape) == ("light", "16:9") else shown(*wanted, ground=ground, shape=shape, title="A")
    page = opened(deck_html(show), width=size[0], height=size[1])
    count = page.locator(".slide").count()
    assert count == 1 + len(show.leaves) + 1
    headlines = []
    for number in range(1, count + 1):
        assert page.evaluate("location.hash || '#1'") == f"#{number}"
        assert page.evaluate(_FAULTS) == []
        headlines.append(page.evaluate(f"{_HERE}.dataset.headline"))
        drawn = page.evaluate(
            f"[...{_HERE}.querySelectorAll('.plot')].map(e => e.querySelectorAll('.main-svg').length)"
        )
        assert all(drawn)
        page.keyboard.press(("ArrowRight", "ArrowDown", "PageDown", " ")[number % 4])
    assert headlines == [show.title, *(leaf.headline for leaf in show.leaves), "Sources"]
    assert page.evaluate("document.querySelector('#said').textContent") == f"Slide {count} of {count}: Sources"
    grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == grounds[ground]


@pytest.mark.browser
def test_keys_lead_to_any_slide_the_grid_the_notes_and_the_help(seven: Show, opened: Callable[..., Page]) -> None:
    page = opened(deck_html(seven), slide="#3")
    here = f"{_HERE}.id"
    assert page.evaluate(here) == "slide-3"
    page.keyboard.press("End")
    assert page.evaluate(here) == "slide-9"
    page.keyboard.press("Home")
    assert page.evaluate(here) == "slide-1"
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert page.evaluate(here) == "slide-5"
    page.reload()
    assert page.evaluate(here) == "slide-5"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(here) == "slide-4"
    page.keyboard.press("o")
    assert page.locator(".slide:visible").count() == 9
    page.get_by_role("button", name=re.compile(r"^Open slide 7:")).click()
    assert page.evaluate(here) == "slide-7"
    page.keyboard.press("n")
    notes = page.get_by_role("complementary", name="Speaker notes")
    assert notes.is_visible()
    assert seven.leaves[5].stamp
    assert seven.leaves[5].stamp.n in notes.inner_text()
    assert f"Next: {seven.leaves[6].headline}" in notes.inner_text()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not notes.is_visible()


@pytest.mark.browser
def test_escape_in_a_frame_tells_the_page_around_it(seven: Show, opened: Callable[..., Page]) -> None:
    inner = json.dumps(deck_html(dataclasses.replace(seven, leaves=seven.leaves[:2]), start=2)).replace("<", "\\u003c")
    around = (
        "<!DOCTYPE html><html lang=en><title>t</title><link rel=icon href='data:,'><body><script>window.told = [];"
        "addEventListener('message', event => told.push(event.data.type + (event.data.slide ?? '')));"
        f"const frame = document.createElement('iframe'); frame.srcdoc = {inner}; document.body.append(frame);</script>"
    )
    page = opened(around)
    page.frame_locator("iframe").locator("#slide-2").wait_for()
    page.wait_for_function("document.activeElement === document.querySelector('iframe')")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.wait_for_function("told.includes('vledger-leave')")
    assert page.evaluate("told") == ["vledger-slide3", "vledger-leave"]


@pytest.mark.browser
def test_foreign_words_are_shown_and_never_run(seven: Show, opened: Callable[..., Page]) -> None:
    page = opened(deck_html(_hostile(seven)), slide="#2")
    page.keyboard.press("n")
    assert page.title() == HOSTILE
    assert page.locator(".slide:not([hidden]) h2").inner_text() == HOSTILE
    assert HOSTILE in page.locator("#notes").inner_text()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2 + page.locator(".plot").count()
    assert page.evaluate(_FAULTS) == []


@pytest.mark.browser
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_axe_finds_nothing_critical_or_serious(
    shown: Callable[..., Show], opened: Callable[..., Page], ground: Ground
) -> None:
    show = shown(
        ("leaderboard", "suite=geneb", "heat"), ("size", "suite=geneb", "worth"), ground=ground, title="For all"
    )
    page = opened(deck_html(show))
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "n", "?"):
        page.keyboard.press(key)
        page.mouse.move(400 + len(key), 300)
        found = [
            (key, rule["id"], node["html"][:200])
            for rule in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            if rule["impact"] in {"critical", "serious"}
            for node in rule["nodes"]
        ]
        assert not found


def test_each_slide_carries_its_stamp_and_the_last_one_the_sources(seven: Show) -> None:
    made = deck_html(seven)
    slides = made.split("<section ")[1:]
    for leaf, slide in zip(seven.leaves, slides[1:], strict=False):
        assert leaf.stamp
        words = re.sub(r"<[^>]+>", "", slide).replace("&amp;", "&").replace("&#x27;", "'").replace("&gt;", ">")
        assert " · ".join([*leaf.stamp.view, leaf.stamp.n, leaf.stamp.interval]) in words
        assert leaf.stamp.data in words
        assert f'href="{leaf.stamp.link.replace("&", "&amp;")}"' in slide
    assert seven.sources
    assert slides[-1].count("<li ") == len(seven.sources)
    assert slides[-1].count("@") >= len(seven.sources)
    assert len(made.encode()) < LARGEST


def test_nothing_in_the_file_leads_to_the_network_but_links(seven: Show) -> None:
    made = deck_html(seven)
    assert "default-src 'none'" in made
    assert not re.search(r"<(?:script|img|iframe|link)[^>]+(?:src|href)=\"(?!data:)", made.split("<body>")[0])
    assert all('rel="noopener noreferrer"' in tag for tag in re.findall(r"<a [^>]*href[^>]*>", made.split("<nav ")[0]))


def test_a_slide_without_content_says_why_and_keeps_the_others(shown: Callable[..., Show]) -> None:
    made = deck_html(shown(("size", "suite=geneb", "nothing"), ("size", "suite=geneb", "size")))
    assert "shows no “nothing”" in made
    assert made.count("<section ") == 4


def test_one_slide_without_a_title_has_no_title_slide(shown: Callable[..., Show]) -> None:
    made = deck_html(shown(("size", "suite=geneb", "size")))
    assert made.count("<section ") == 2
    assert 'class="slide title"' not in made


def test_a_deck_that_is_too_large_is_refused_by_name(seven: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_module, "LARGEST", 1_000_000)
    with pytest.raises(ExhibitError, match=r"would have \d\.\d MB, more than 1 MB; the largest are slide \d \("):
        deck_html(seven)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "", None, "//host/x"])
def test_an_address_that_is_none_of_the_web_is_no_link(address: str | None) -> None:
    assert link(address, "a < b") == "a &lt; b"


def test_values_in_a_page_end_no_element() -> None:
    content: Any = {"text": "</script><!--", "line": "\u2028"}
    assert "<" not in data(content)
    assert json.loads(data(content)) == content
    with pytest.raises(ValueError, match="Out of range"):
        data([float("nan")])


def test_a_line_is_a_sentence() -> None:
    assert [sentence(words) for words in ("the first", "Done.", "")] == ["The first.", "Done.", ""]


def test_what_marks_mean_stands_over_a_figure(shown: Callable[..., Show]) -> None:
    found = deck_html(shown(("size", "suite=geneb", "size")))
    legend = re.search(r'<p class="legend"[^>]*>(.*?)</p>', found)
    assert legend
    words = set(re.findall(r"</b> ([^<]+)</span>", legend[1]))
    assert {"Transformer decoder", "Transformer encoder", "State space"} <= words
