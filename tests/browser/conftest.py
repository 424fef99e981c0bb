"""A browser, the running app, and a screen that knows how to wait for it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import time
import urllib.parse
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from tests.serving_app import HOST, serving

expect.set_options(timeout=15_000)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, ViewportSize

_QUIET = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 20_000
# The option of a list that the keyboard is on.
_STANDS = "aria-activedescendant"

# The app is at rest when its script is, nothing on the screen is stale or a placeholder, and every chart is drawn.
_AT_REST = """() => {
  const app = document.querySelector('[data-testid=stApp]')?.dataset;
  if (app?.testScriptState !== 'notRunning' || app?.testConnectionState !== 'CONNECTED') return false;
  if (document.querySelector('[data-stale=true], [data-testid=stSkeleton]')) return false;
  const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
  if (charts.some(chart => !chart.querySelector('.js-plotly-plot .main-svg'))) return false;
  return document.fonts.status === 'loaded' && !!document.querySelector('[data-testid=stMain] h1');
}"""
# Streamlit's own measure of a chart's place, against what Plotly has drawn.
_FILLED = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(place => {
  const drawn = place.querySelector('.main-svg');
  return drawn && Math.abs(drawn.getBoundingClientRect().width - place.getBoundingClientRect().width) < 2;
})"""
_ROWS = """() => [...document.querySelectorAll('.js-plotly-plot .ytick text')].map(text => text.textContent.trim())"""
# Where the centre of a cell is on the screen, after it was scrolled into the window.
_CELL = """([model, column]) => {
  const plot = document.querySelector('.js-plotly-plot');
  const targets = plot._fullData.find(trace => trace.customdata);
  const index = targets.customdata.findIndex(cell => cell[0] === model && cell[1] === column);
  if (index < 0) return null;
  const {xaxis, yaxis} = plot._fullLayout;
  const down = yaxis._offset + yaxis.l2p(targets.y[index]);
  const across = xaxis._offset + xaxis.l2p(targets.x[index]);
  const main = document.querySelector('[data-testid=stMain]');
  const place = plot.getBoundingClientRect().top + down;
  if (place < 40 || place > innerHeight - 40) main.scrollBy(0, place - innerHeight / 2);
  const box = plot.getBoundingClientRect();
  return {x: box.left + across, y: box.top + down};
}"""


@dataclass
class Screen:
    """A page of the app as a reader has it; everything that the page complained of is in `complaints`."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "", **query: str | list[str]) -> None:
        text = urllib.parse.urlencode(query, doseq=True)
        self.page.goto(f"{self.base}/{path}{'?' if text else ''}{text}")
        self.at_rest()

    def at_rest(self) -> None:
        self.page.wait_for_function(_AT_REST, timeout=PATIENCE)

    def charts(self, count: int) -> None:
        self.page.wait_for_function(
            "count => document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length === count", arg=count
        )
        self.at_rest()

    def resize(self, width: int, height: int) -> None:
        """Another window; every chart has taken its new width."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_function(_FILLED, timeout=PATIENCE)
        self.at_rest()

    @property
    def title(self) -> Locator:
        return self.page.locator("[data-testid=stMain] h1")

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def drawer_title(self) -> Locator:
        return self.drawer.locator("h2")

    def address(self) -> tuple[str, dict[str, list[str]]]:
        """Path and parameters; Playwright's own idea of the address lags behind pushState."""
        parts = urllib.parse.urlsplit(str(self.page.evaluate("location.href")))
        return parts.path.removeprefix("/"), urllib.parse.parse_qs(parts.query, keep_blank_values=True)

    def until_address(self, path: str, **query: list[str]) -> None:
        """Wait for exactly this address."""
        script = """([path, wanted]) => {
          const found = {};
          for (const [name, value] of new URLSearchParams(location.search)) (found[name] ??= []).push(value);
          const sorted = all => JSON.stringify(Object.entries(all).sort());
          return location.pathname === '/' + path && sorted(found) === sorted(wanted);
        }"""
        try:
            self.page.wait_for_function(script, arg=[path, query], timeout=PATIENCE)
        except Exception as error:
            raise AssertionError(f"address {self.address()}, expected {(path, query)}") from error

    def rows(self) -> list[str]:
        """Names at the left of the chart, from top to bottom."""
        found: list[str] = self.page.evaluate(_ROWS)
        return found

    def until_rows(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        """Wait for rows that are as wanted in an app at rest, and return them."""
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            self.at_rest()
            rows = self.rows()
            if wanted(rows):
                return rows
            assert time.monotonic() < deadline, f"rows: {rows}"
            self.page.wait_for_timeout(50)

    def place(self, model: str, column: str) -> tuple[float, float]:
        """Where a cell of the heatmap is."""
        found = self.page.evaluate(_CELL, [model, column])
        assert found, f"no cell for {model} and {column}"
        return found["x"], found["y"]

    def point_at(self, model: str, column: str) -> None:
        """Move to a cell and wait until the chart has noticed: as a hand does, which is slower than a script."""
        card = self.page.locator(".js-plotly-plot .hoverlayer .hovertext")

        def try_it() -> None:
            across, down = self.place(model, column)
            self.page.mouse.move(across - 4, down - 4)
            self.page.mouse.move(across, down)
            expect(card.first).to_be_attached(timeout=1_000)

        for _ in range(9):
            try:
                return try_it()
            except AssertionError:
                continue
        return try_it()

    def click_cell(self, model: str, column: str) -> None:
        self.point_at(model, column)
        self.page.mouse.down()
        self.page.mouse.up()

    def option(self, group: str, option: str) -> Locator:
        """One option of a segmented control."""
        return self.page.get_by_role("radiogroup", name=group).get_by_role("radio", name=option, exact=True)

    def combobox(self, label: str) -> Locator:
        return self.page.get_by_role("combobox", name=label)

    def drop_down(self, label: str) -> None:
        """Open a drop-down list, which a run that ends meanwhile would close, and so would the sidebar's scrolling."""
        self.at_rest()
        self.combobox(label).scroll_into_view_if_needed()
        self.page.wait_for_timeout(200)
        self.combobox(label).click()

    def choose(self, label: str, option: str) -> None:
        """Pick one option of a drop-down list."""
        self.drop_down(label)
        self.page.get_by_role("option", name=option, exact=True).click()

    def down(self, box: Locator) -> None:
        """One key down in a drop-down list; over when the list shows where it now stands."""
        before = box.get_attribute(_STANDS)
        box.press("ArrowDown")
        expect(box).to_have_attribute(_STANDS, re.compile(r"\S"))
        if before:
            expect(box).not_to_have_attribute(_STANDS, before)

    def chip(self, text: str) -> Locator:
        return self.page.locator("[data-testid=stMain]").get_by_role("button", name=f"{text} ✕")


def _served(store: Path, folder: Path) -> Iterator[str]:
    """The app over a store; the value is its address."""
    with serving(store.parent.parent, folder / "app.log") as served:
        yield served.base
    assert "Traceback" not in served.said(), served.said()


@pytest.fixture(scope="session")
def app(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over what is shipped."""
    yield from _served(store, tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="session")
def item_app(store_with_items: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a store that has the single items too."""
    yield from _served(store_with_items, tmp_path_factory.mktemp("item-app"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else Playwright's own."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        try:
            launched = playwright.chromium.launch(executable_path=found, args=list(_QUIET))
        except Error as error:
            why = error.message.splitlines()[0]
            reason = f"No Chromium to drive ({why}): install the package chromium or run `playwright install chromium`."
            if os.environ.get("CI") == "true":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[..., BrowserContext]:
    """Browser profiles by window and theme: what one has cached, the next page in it need not fetch again."""

    @functools.cache
    def kept(width: int, height: int, scheme: Literal["light", "dark"]) -> BrowserContext:
        return _context(browser, width, height, scheme)

    return kept


def _context(browser: Browser, width: int, height: int, scheme: Literal["light", "dark"]) -> BrowserContext:
    viewport: ViewportSize = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, locale="en-US")
    context.set_default_timeout(PATIENCE)
    return context


def _screens(app: str, browser: Browser, contexts: Callable[..., BrowserContext]) -> Iterator[Callable[..., Screen]]:
    opened: list[Screen] = []

    def start(
        *, width: int = 1280, height: int = 800, scheme: Literal["light", "dark"] = "light", stranger: bool = False
    ) -> Screen:
        context = _context(browser, width, height, scheme) if stranger else contexts(width, height, scheme)
        screen = Screen(context.new_page(), app)
        screen.page.on("pageerror", lambda error: screen.complaints.append(f"script error: {error}"))
        screen.page.on("request", lambda request: _foreign(request, screen.complaints))
        screen.page.on("console", lambda message: _refused(message, screen.complaints))
        opened.append(screen)
        return screen

    yield start
    for screen in opened:
        screen.page.close()
    assert [complaint for screen in opened for complaint in screen.complaints] == []


@pytest.fixture
def new_screen(app: str, browser: Browser, contexts: Callable[..., BrowserContext]) -> Iterator[Callable[..., Screen]]:
    """Screens of readers; each must stay free of script errors, requests to other hosts and breaches of our headers.

    With `stranger`, the reader has a browser profile of their own.
    """
    yield from _screens(app, browser, contexts)


@pytest.fixture
def new_item_screen(
    item_app: str, browser: Browser, contexts: Callable[..., BrowserContext]
) -> Iterator[Callable[..., Screen]]:
    """Likewise, of the app that has the single items."""
    yield from _screens(item_app, browser, contexts)


@pytest.fixture
def screens_of(browser: Browser, contexts: Callable[..., BrowserContext]) -> Iterator[Callable[[str], Screen]]:
    """Likewise, of an app that a test has started itself, by its address."""
    with ExitStack() as stack:
        yield lambda address: stack.enter_context(contextmanager(_screens)(address, browser, contexts))()


def _foreign(request: Request, complaints: list[str]) -> None:
    parts = urllib.parse.urlsplit(request.url)
    if parts.scheme not in {"data", "blob"} and parts.hostname != HOST:
        complaints.append(f"request to another host: {request.url}")


def _refused(message: ConsoleMessage, complaints: list[str]) -> None:
    """What the browser did not do because of our headers, or did not understand of them."""
    if "Content Security Policy" in message.text or "Permissions-Policy" in message.text:
        complaints.append(f"against the headers: {message.text}")


@pytest.fixture
def screen(new_screen: Callable[..., Screen]) -> Screen:
    """One reader's screen."""
    return new_screen()


@pytest.fixture
def item_screen(new_item_screen: Callable[..., Screen]) -> Screen:
    """One reader's screen on the app that has the single items."""
    return new_item_screen()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps the whole page as an image for a person to look at, where VLEDGER_PICTURES names a folder."""
    folder = os.environ.get("VLEDGER_PICTURES")

    def take(screen: Screen, what: str = "") -> None:
        if not folder:
            return
        page, before = screen.page, screen.page.viewport_size
        assert before
        # The app scrolls inside: for a picture of all of it the window has to grow.
        tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": before["width"], "height": max(before["height"], tall)})
        screen.at_rest()
        name = re.sub(r"[^\w.]+", "-", f"{request.node.name}-{what}").strip("-")
        page.screenshot(path=Path(folder) / f"{name}.png")
        page.set_viewport_size(before)

    return take


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Everything beside this file drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
