"""Readers as a server meets them: each talks to it over its websocket, as Streamlit's page in a browser does.

A reader asks for a page, takes in all that the script sends until it has finished, keeps what a browser would keep, and
runs the parts that the page says are to be run again by themselves. What a browser needs to draw it all is not in it.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from websockets.asyncio.client import ClientConnection

    View = tuple[str, Mapping[str, Any]]

PATIENCE = 60
"""Seconds after which a page that has not finished counts as an error."""
TRY_AGAIN_LATER = 1013
_VERSION = re.compile(rb"data ([0-9a-f]{12})\b|content SHA-256 `([0-9a-f]{12})")
_WRONG = {b"There is nothing to show yet": "no store", b"Something went wrong here": "the page failed"}
_FINISHED, _FAILED, _AGAIN, _PART = (
    ForwardMsg.ScriptFinishedStatus.Value(name)
    for name in (
        "FINISHED_SUCCESSFULLY",
        "FINISHED_WITH_COMPILE_ERROR",
        "FINISHED_EARLY_FOR_RERUN",
        "FINISHED_FRAGMENT_RUN_SUCCESSFULLY",
    )
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a page, from the question to the last message.

    Attributes:
        page: Which.
        seconds: From question to end.
        versions: Of the data, as what it shows says: twelve letters each.
        errors: What went wrong, in words.
        received: Bytes.
    """

    page: str
    seconds: float
    versions: frozenset[str]
    errors: tuple[str, ...]
    received: int


@dataclass(slots=True)
class Reader:
    """One connection, its session, and what has come over it.

    Attributes:
        runs: Every page that was asked for, in order.
        errors: What went wrong between them, in parts that run by themselves.
        parts: How many such parts were run.
        shown: Everything that came since the last page was asked for.
    """

    stream: ClientConnection
    runs: list[Run] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    parts: int = 0
    shown: bytearray = field(default_factory=bytearray)
    _kept: dict[str, ForwardMsg] = field(default_factory=dict)
    _hashes: dict[str, str] = field(default_factory=dict)
    _asked: tuple[str, str] = ("", "")
    _by_itself: dict[str, float] = field(default_factory=dict)

    async def visit(self, page: str, query: Mapping[str, Any] | None = None) -> Run:
        """Ask for a page at an address, and take in what comes until its script has finished."""
        self._asked = (page, urlencode(query or {}, doseq=True))
        self._by_itself.clear()
        self.shown.clear()
        start = time.perf_counter()
        await self._ask()
        errors, versions, received = await self._until_finished()
        run = Run(page, time.perf_counter() - start, frozenset(versions), tuple(errors), received)
        self.runs.append(run)
        return run

    async def rest(self, seconds: float) -> None:
        """Look at the page: take in what comes by itself, and run the parts that say when they are due."""
        end = time.monotonic() + seconds
        due = {part: time.monotonic() + every for part, every in self._by_itself.items()}
        while (now := time.monotonic()) < end:
            for part in [part for part, when in due.items() if when <= now]:
                await self._ask(part)
                self.parts += 1
                due[part] = now + self._by_itself.get(part, PATIENCE)
            with suppress(TimeoutError):
                data = await asyncio.wait_for(self.stream.recv(), min(end, *due.values(), end) - now)
                found, _, _ = self._take(data)
                self.errors += found
                due = {part: due.get(part, now + every) for part, every in self._by_itself.items()}

    async def _ask(self, part: str | None = None) -> None:
        page, query = self._asked
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = query
        if page in self._hashes:
            asked.page_script_hash = self._hashes[page]
        else:
            asked.page_name = page
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.timezone = "UTC"
        asked.context_info.locale = "en-US"
        asked.context_info.url = "http://127.0.0.1/"
        if part is not None:
            asked.fragment_id, asked.is_auto_rerun = part, True
        await self.stream.send(message.SerializeToString())

    async def _until_finished(self) -> tuple[list[str], set[str], int]:
        errors: list[str] = []
        versions: set[str] = set()
        received = 0
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    data = await self.stream.recv()
                    received += len(data)
                    found, seen, status = self._take(data)
                    errors += found
                    versions |= seen
                    if status in {_FINISHED, _FAILED}:
                        return errors, versions, received
                    if status == _AGAIN:
                        versions.clear()
        except TimeoutError:
            errors.append(f"not finished after {PATIENCE} s")
        except ConnectionClosed as closed:
            errors.append(f"connection closed: {closed}")
        return errors, versions, received

    def _take(self, data: str | bytes) -> tuple[list[str], set[str], int | None]:
        """What is wrong in a message, the versions that it names, and the status where it ends a run."""
        message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            known = self._kept.get(message.ref_hash)
            return ([f"unknown message {message.ref_hash}"], set(), None) if known is None else self._read(known)
        if message.metadata.cacheable and message.hash:
            self._kept[message.hash] = message
        if kind == "navigation":
            self._hashes = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "auto_rerun":
            self._by_itself[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self._by_itself.pop(message.stop_auto_rerun.fragment_id, None)
        elif kind == "script_finished":
            failed = ["the script could not be compiled"] if message.script_finished == _FAILED else []
            return failed, set(), message.script_finished
        return self._read(message)

    def _read(self, message: ForwardMsg) -> tuple[list[str], set[str], int | None]:
        if message.WhichOneof("type") != "delta":
            return [], set(), None
        element = message.delta.new_element
        text = element.SerializeToString()
        self.shown += text
        exception = element.exception
        errors = [f"{exception.type}: {exception.message}"] if element.WhichOneof("type") == "exception" else []
        errors += [words for sign, words in _WRONG.items() if sign in text]
        return errors, {(one or other).decode() for one, other in _VERSION.findall(text)}, None


@asynccontextmanager
async def reading(base: str, *, cookie: str = "") -> AsyncIterator[Reader]:
    """A reader of a server, whose connection is closed in the end.

    Args:
        base: the server's address, as `http://127.0.0.1:8501`.
        cookie: what the browser would send, as `name=value`.
    """
    address = f"{base.replace('http', 'ws', 1)}/_stcore/stream"
    headers = {"Cookie": cookie} if cookie else {}
    # The largest page has a few MB; a browser knows no limit.
    async with connect(
        address,
        subprotocols=["streamlit"],
        max_size=None,
        additional_headers=headers,
        ping_timeout=None,  # type: ignore[list-item]
    ) as stream:
        yield Reader(stream)


async def refused(base: str) -> tuple[int | None, str]:
    """Code and reason with which a connection is closed before anything comes; None where it is not."""
    async with reading(base) as reader:
        try:
            await asyncio.wait_for(reader.stream.recv(), 5)
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, "")
        except TimeoutError:
            pass
        return None, ""


async def walked(reader: Reader, views: Iterable[View], pauses: Sequence[float]) -> None:
    """Visit one view after the other, and look at each for as long as its pause says."""
    for (page, query), pause in zip(views, pauses, strict=False):
        run = await reader.visit(page, query)
        if run.errors:
            return
        await reader.rest(pause)
