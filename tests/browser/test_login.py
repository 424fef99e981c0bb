"""Signing in, as a reader does it in a browser, at a provider of this machine."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.oidc_provider import cookie, provider, secrets
from tests.serving_app import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serving_app import Served

PATIENCE = 20_000
ASKED, REFUSED, BOARD = "Sign in to read", "You may not read here", "No model leads everywhere"
# Of the page that is asked for.
NAMES = ("HyenaDNA", "Caduceus", "DNABERT", "GENEB")


@pytest.fixture(scope="module")
def served(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose readers sign in."""
    folder = tmp_path_factory.mktemp("login")
    with provider() as address:
        variables = secrets(folder / "secrets.toml", address)
        with serving(store.parent.parent, folder / "app.log", variables=variables) as served:
            yield served


@pytest.fixture
def visit(served: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of readers of whom each has a browser of their own, at an address of the server."""
    contexts = []

    def open_page(path: str = "", *, signed: str = "", frames: list[bytes | str] | None = None) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if signed:
            context.add_cookies([{"name": "_streamlit_user", "value": signed, "url": served.base}])
        page = context.new_page()
        if frames is not None:
            # Playwright marks what it calls, which a method of a list does not bear.
            page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))  # noqa: PLW0108
        page.goto(f"{served.base}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def title(page: Page) -> Any:
    return page.locator("[data-testid=stMain] h1")


def sign_in(page: Page, who: str) -> None:
    page.get_by_role("button", name="Sign in with the clinic").click()
    page.get_by_role("button", name=who).click()


def spoken(frames: list[bytes | str]) -> str:
    return "".join(frame if isinstance(frame, str) else frame.decode("latin-1") for frame in frames).casefold()


def test_a_reader_signs_in_reads_stays_and_signs_out(visit: Callable[..., Page], served: Served) -> None:
    wished = "leaderboard?regime=1shot&aggregate=borda"
    page = visit(wished)
    expect(title(page)).to_have_text(ASKED)
    sign_in(page, "ann")
    # Back at the page that was asked for, with its view.
    expect(page).to_have_url(f"{served.base}/{wished}")
    expect(title(page)).to_have_text(BOARD)
    expect(page.get_by_text("Signed in as Ann@Hospital.org")).to_be_visible()
    page.reload()
    expect(title(page)).to_have_text(BOARD)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    expect(title(page)).to_have_text(ASKED)
    assert {one["name"] for one in page.context.cookies()}.isdisjoint({"_streamlit_user", "_streamlit_user_tokens"})
    page.goto(f"{served.base}/{wished}")
    expect(title(page)).to_have_text(ASKED)


def test_nothing_of_the_data_is_sent_before_somebody_signs_in(visit: Callable[..., Page]) -> None:
    frames: list[bytes | str] = []
    page = visit("leaderboard?regime=1shot", frames=frames)
    expect(title(page)).to_have_text(ASKED)
    before = spoken(frames)
    assert ASKED.casefold() in before
    assert [name for name in NAMES if name.casefold() in before] == []
    sign_in(page, "ann")
    expect(title(page)).to_have_text(BOARD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(300)
    assert [name for name in NAMES if name.casefold() in spoken(frames)] == list(NAMES)


@pytest.mark.parametrize(
    ("who", "called"),
    [("bob", "bob@elsewhere.org"), ("eve", "eve@hospital.org")],
    ids=["of another domain", "not verified"],
)
def test_who_is_no_reader_is_told_so_and_can_sign_out(visit: Callable[..., Page], who: str, called: str) -> None:
    frames: list[bytes | str] = []
    page = visit("leaderboard", frames=frames)
    sign_in(page, who)
    expect(title(page)).to_have_text(REFUSED)
    expect(page.get_by_text(f"{called} is signed in, but is not among the readers")).to_be_visible()
    assert [name for name in NAMES if name.casefold() in spoken(frames)] == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    expect(title(page)).to_have_text(ASKED)


def test_a_cookie_that_was_changed_signs_nobody_in(visit: Callable[..., Page], served: Served) -> None:
    mine = cookie(served.base)
    assert title(visit(signed=mine)).filter(has_text=re.compile("^(?!Sign in)")).inner_text() != ASKED
    for changed in (cookie(served.base, secret="x" * 40), mine[:30] + mine[31:], cookie("http://evil.example")):
        expect(title(visit(signed=changed))).to_have_text(ASKED)


def test_an_open_page_is_closed_when_signing_in_is_over(visit: Callable[..., Page], served: Served) -> None:
    almost = time.time() - 12 * 3600 + 8
    page = visit("methods", signed=cookie(served.base, iat=almost))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(title(page)).to_have_text(ASKED)
    expect(page.get_by_text("You were signed in for 12 hours.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
