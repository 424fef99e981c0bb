"""What the server notes down: one object a line, nothing of what readers look at, a number for each failed page."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import re
import shutil
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from benchmarks.readers import reading
from dashboard.observing.logs import trace
from dashboard.observing.requests import Requests
from engine.errors import StoreError, TableError
from engine.store.location import read_pointer, switch_pointer

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from tests.serving.conftest import Serve

TYPED = "secretgene17"
NUMBER = re.compile(rb"the number `([0-9a-f]{8})`")


@pytest.fixture(scope="module")
def noted(store: Path, serve_once: Serve, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """What a reader of a page that fails is shown, and the log: the store has lost a table since it was published."""
    cache = tmp_path_factory.mktemp("damaged")
    folder = cache / "store"
    shutil.copytree(store.parent, folder)
    with duckdb.connect(folder / store.name) as con:
        con.execute("DROP TABLE trap")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(cache))
        pointer = read_pointer()
        assert pointer
        switch_pointer(dataclasses.replace(pointer, bytes=(folder / store.name).stat().st_size))
    served = serve_once("--log-format", "json", cache=cache)

    async def read() -> bytes:
        async with reading(served.base) as reader:
            await reader.visit("traps", {"q": TYPED, "model": TYPED})
            return bytes(reader.shown)

    shown = asyncio.run(read())
    for path in (f"leaderboard?q={TYPED}", f"media/{TYPED}.csv", f"_stcore/upload_file/{TYPED}/{TYPED}"):
        request = urllib.request.Request(f"{served.base}/{path}", headers={"Cookie": f"_streamlit_xsrf={TYPED}"})  # noqa: S310 - our own address
        try:
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - same
        except urllib.error.HTTPError as error:
            error.close()
    return shown, served.said()


def _lines(log: str) -> list[dict[str, Any]]:
    """The banner that says where the app is comes from Streamlit, and goes to standard output."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def test_every_line_is_an_object_with_time_level_and_logger(noted: tuple[bytes, str]) -> None:
    lines = _lines(noted[1])
    assert {"uvicorn.error", "vledger.requests", "vledger.pages"} <= {line["logger"] for line in lines}
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])
        assert line["level"] in {"INFO", "WARNING", "ERROR"}
        assert line["message"]
    rest = [line for line in noted[1].splitlines() if line.strip() and not line.startswith("{")]
    assert [line for line in rest if "browser" not in line and "URL:" not in line] == []


def test_a_request_has_method_path_status_time_and_a_hash_of_its_session(noted: tuple[bytes, str]) -> None:
    requests = [line for line in _lines(noted[1]) if line["logger"] == "vledger.requests"]
    (board,) = [line for line in requests if line["path"] == "/leaderboard"]
    assert (board["method"], board["status"]) == ("GET", 200)
    assert board["ms"] > 0
    assert re.fullmatch("[0-9a-f]{8}", board["session"])
    assert {line["session"] for line in requests if line["path"] in {"/media", "/_stcore/upload_file"}} == {
        board["session"]
    }


def test_nothing_that_a_reader_typed_is_in_the_log(noted: tuple[bytes, str]) -> None:
    assert TYPED not in noted[1]


def test_a_failed_page_is_calm_and_has_the_number_under_which_the_log_has_the_trace(noted: tuple[bytes, str]) -> None:
    shown, log = noted
    (number,) = set(NUMBER.findall(shown))
    assert b"Something went wrong here" in shown
    assert b"Traceback" not in shown
    assert b"Catalog Error" not in shown
    assert b'File "' not in shown
    (line,) = [line for line in _lines(log) if line.get("number") == number.decode()]
    assert (line["logger"], line["level"]) == ("vledger.pages", "ERROR")
    assert "CatalogException" in line["exception"]
    assert "traps" in line["exception"]
    assert "Uncaught app execution" not in log


def test_a_trace_has_the_place_and_the_kind_and_the_words_of_the_store_alone() -> None:
    def raised(error: Exception) -> str:
        try:
            raise error
        except type(error) as found:
            return trace(found)

    assert raised(StoreError("the store is gone")).endswith("engine.errors.StoreError: the store is gone")
    assert "in raised" in raised(StoreError("x"))
    for private in (ValueError("cell of patient 17"), KeyError("patient 17")):
        assert "patient" not in raised(private)
    assert raised(TableError.__new__(TableError, "patient 17")).endswith("engine.errors.TableError")


def test_the_cause_of_a_fault_is_in_its_trace() -> None:
    inner, outer = duckdb.IOException("disk gone"), ValueError("patient 17")
    with pytest.raises(ValueError, match="patient") as found:
        raise outer from inner
    text = trace(found.value)
    assert text.index("IOException: disk gone") < text.index("builtins.ValueError")
    assert "patient" not in text


def _noted(caplog: pytest.LogCaptureFixture, path: str, status: int) -> list[logging.LogRecord]:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def nothing(_message: Message | None = None) -> Message:
        return {"type": "http.disconnect"}

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"a=1", "headers": []}
        await Requests(answer, "lab")(scope, nothing, nothing)  # type: ignore[arg-type]

    with caplog.at_level(logging.DEBUG, "vledger.requests"):
        asyncio.run(ask())
    return caplog.records


@pytest.mark.parametrize(
    ("path", "status", "noted_path", "level"),
    [
        ("/lab/task", 200, "/lab/task", "INFO"),
        ("/lab/static/js/main.js", 200, "/lab/static/js/main.js", "DEBUG"),
        ("/lab/api/ready", 200, "/lab/api/ready", "DEBUG"),
        ("/lab/api/ready", 503, "/lab/api/ready", "WARNING"),
        ("/lab/media/0123.csv", 200, "/lab/media", "INFO"),
    ],
)
def test_probes_and_statics_are_quiet_and_faults_are_loud(
    path: str, status: int, noted_path: str, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    (record,) = _noted(caplog, path, status)
    assert (record.levelname, record.__dict__["path"], record.__dict__["status"]) == (level, noted_path, status)
