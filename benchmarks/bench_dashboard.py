"""What the dashboard promises: start, rerun, bytes."""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench_store import ROOT, VLEDGER, own_cache, publish
from playwright.sync_api import sync_playwright
from rows import at_most
from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, WebSocket

TITLE = "h1"


@contextmanager
def app() -> Iterator[str]:
    """The running app's address; the process is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*VLEDGER, "dashboard", "--port", str(port), "--headless"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_healthy(address: str) -> None:
    """Return when the server says ok.

    Raises:
        TimeoutError: it did not within a minute.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:  # noqa: S310 - loopback
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise TimeoutError("the app did not start within a minute")


def cold_start(browser: Browser, repeats: int = 3) -> float:
    """Seconds from starting the process to the Leaderboard's title on screen, median."""
    seconds = []
    for _ in range(repeats):
        page = browser.new_page()
        start = time.perf_counter()
        with app() as address:
            wait_healthy(address)
            page.goto(f"{address}/leaderboard")
            page.wait_for_selector(TITLE)
            seconds.append(time.perf_counter() - start)
        page.close()
    return statistics.median(seconds)


def rerun_seconds(repeats: int = 20) -> float:
    """Seconds of script time for a change of regime, median over warm runs."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "streamlit_app.py"), default_timeout=60).run()
    at.switch_page("app_pages/leaderboard.py").run()
    seconds = []
    for index in range(repeats + 3):
        widget = next(group for group in at.button_group if group.key == "w_regime")
        widget.set_value(("10shot", "1shot", "full")[index % 3])
        start = time.perf_counter()
        at.run()
        seconds.append(time.perf_counter() - start)
        assert not at.exception
    return statistics.median(seconds[3:])


def sent_bytes(browser: Browser) -> tuple[float, float]:
    """Kilobytes of websocket frames: for the first view, and the most for a change of regime."""
    received = [0]

    def count(frame: str | bytes) -> None:
        received[0] += len(frame)

    def watch(websocket: WebSocket) -> None:
        websocket.on("framereceived", count)

    with app() as address:
        wait_healthy(address)
        page = browser.new_page()
        page.on("websocket", watch)
        page.goto(f"{address}/leaderboard")
        settle(page, TITLE)
        first, most = received[0], 0
        for label in ("10-shot", "1-shot", "Full", "10-shot"):
            received[0] = 0
            page.get_by_role("radio", name=label, exact=True).click()
            settle(page, TITLE)
            most = max(most, received[0])
        page.close()
    return first / 1000, most / 1000


def settle(page: Page, selector: str) -> None:
    """Wait until the view is there and the script has come to rest."""
    page.wait_for_selector(selector)
    page.wait_for_selector("text=published 20")
    page.wait_for_timeout(1500)


def measure() -> list[dict[str, Any]]:
    """All rows, against a store of this topic's own."""
    with own_cache(), sync_playwright() as playwright:
        publish()
        path = shutil.which("chromium") or shutil.which("google-chrome")
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        start = cold_start(browser)
        first, rerun = sent_bytes(browser)
        browser.close()
        return [
            at_most("cold start to first content", start, "s", 5),
            at_most("leaderboard rerun, server", rerun_seconds() * 1000, "ms", 150),
            at_most("leaderboard rerun, bytes", rerun, "kB", 300),
            at_most("leaderboard first load, bytes", first, "kB", 600),
        ]
