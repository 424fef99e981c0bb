"""The dashboard behind Debian's nginx, with the very configuration that docs/serving.md gives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from engine.local_split.examples import EXAMPLES
from tests.serving_app import HOST, free_port, healthy, serving, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Screen
    from tests.serving_app import Served

_PREFIX = "lab/ledger"
# What stands around the text of the documentation: no service, no root, every file in a folder of the test's own.
_AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {host}:{port};
    {locations}
  }}
}}
"""


@dataclass(frozen=True)
class Proxied:
    """The dashboard as readers reach it, and the server behind it."""

    outer: str
    inner: Served


def _locations(port: int) -> str:
    """The part of the documentation that goes into nginx's server, for another port."""
    text = (Path(__file__).parents[2] / "docs" / "serving.md").read_text("utf-8")
    (found,) = (block for block in re.findall(r"```nginx\n(.*?)```", text, re.DOTALL) if "proxy_pass" in block)
    assert f"location /{_PREFIX}/ {{" in found
    assert found.count("127.0.0.1:8501") == 1
    return str(found.replace("127.0.0.1:8501", f"{HOST}:{port}"))


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found:
        return found
    reason = "No nginx to stand in front of the dashboard: install the package nginx-light."
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def proxied(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx, folder, port = _nginx(), tmp_path_factory.mktemp("nginx"), free_port()
    with serving(store.parent.parent, folder / "app.log", prefix=_PREFIX) as inner:
        around = _AROUND.format(folder=folder, host=HOST, port=port, locations=_locations(inner.port))
        (folder / "nginx.conf").write_text(around)
        command = [nginx, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with (folder / "nginx.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            outer = f"http://{HOST}:{port}/{_PREFIX}"
            try:
                deadline = time.monotonic() + 20
                while not healthy(outer):
                    assert process.poll() is None, (folder / "error.log").read_text()
                    assert time.monotonic() < deadline, (folder / "error.log").read_text()
                    time.sleep(0.05)
                yield Proxied(outer, inner)
            finally:
                stop(process)
        assert "Traceback" not in inner.said(), inner.said()


@pytest.fixture
def screen(proxied: Proxied, screens_of: Callable[[str], Screen]) -> Screen:
    return screens_of(proxied.outer)


def _path(path: str) -> str:
    return f"{_PREFIX}/{path}"


def test_pages_links_and_back_keep_the_prefix(screen: Screen) -> None:
    screen.open("")
    screen.open("leaderboard", suite="clinvar", show="table")
    expect(screen.title).to_be_visible()
    screen.page.get_by_test_id("stSidebar").get_by_role("link", name="Two ledgers", exact=True).click()
    screen.page.wait_for_url(f"**/{_path('ledgers')}*")
    screen.at_rest()
    screen.page.go_back()
    screen.until_address(_path("leaderboard"), suite=["clinvar"], show=["table"])
    screen.at_rest()
    expect(screen.title).to_be_visible()


def test_shared_links_carry_the_outer_address_and_open_the_same_view(proxied: Proxied, screen: Screen) -> None:
    view = {"suite": "proteingym", "metric": "AUROC", "kind": "taxon", "sort": "name"}
    screen.open("leaderboard", **view)
    screen.page.get_by_role("button", name="Share").click()
    codes = screen.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(codes.nth(1)).to_contain_text(f"{proxied.outer}/leaderboard?")
    short, full = (codes.nth(number).inner_text().strip() for number in (0, 1))
    assert full == f"{proxied.outer}/leaderboard?{urlencode(view)}"
    assert short.startswith(f"{proxied.outer}/leaderboard?s=")
    screen.page.goto(short)
    screen.until_address(_path("leaderboard"), **{name: [value] for name, value in view.items()})


def test_a_file_is_taken_and_compared(screen: Screen) -> None:
    screen.open("your-split")
    example = next(one for one in EXAMPLES if one.name == "protein-variants").make()
    file: Any = {"name": example.name, "mimeType": "text/csv", "buffer": example.content}
    screen.page.locator("input[type=file]").first.set_input_files(file)
    expect(screen.page.get_by_role("heading", name="Take away")).to_be_visible(timeout=60_000)


def test_a_table_is_downloaded_and_a_page_is_presented(screen: Screen) -> None:
    screen.open("leaderboard", show="table")
    with screen.page.expect_download(timeout=60_000) as waiting:
        screen.page.get_by_role("button", name="Download CSV").click()
    assert len(Path(waiting.value.path()).read_text("utf-8").splitlines()) == 42
    screen.page.get_by_role("button", name="Present").click()
    expect(screen.page.get_by_role("button", name="Leave")).to_be_visible()
    screen.page.keyboard.press("Escape")
    expect(screen.page.get_by_role("button", name="Present")).to_be_visible()


def _asked(address: str, **headers: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:  # noqa: S310 - our own address
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers


def test_what_only_this_machine_may_see_is_not_seen_through_the_proxy(proxied: Proxied) -> None:
    assert _asked(f"{proxied.inner.base}/api/metrics")[0] == 200
    assert _asked(f"{proxied.outer}/api/metrics")[0] == 404
    assert _asked(f"{proxied.outer}/api/ready")[0] == 200


def test_headers_and_refusals_come_through_the_proxy(proxied: Proxied) -> None:
    status, headers = _asked(f"{proxied.outer}/")
    assert status == 200
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"].startswith("nginx")
    assert _asked(f"{proxied.outer}/", Host="evil.example")[0] == 421
    assert _asked(proxied.outer)[1]["X-Frame-Options"] == "DENY"
