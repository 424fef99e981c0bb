"""Who is let in, by the gate alone: a small application behind it, messages as a server sends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.serving import gate as gates
from dashboard.serving.gate import Gate

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

STREAM = "/_stcore/stream"
KNOWN = "vledger_reader=somebody"


class Behind:
    """Answers a page at once, and holds a connection until it is told to end it."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()
        self.came = asyncio.Semaphore(0)
        self.fault: Exception | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"the page"})
            return
        if self.fault is not None:
            raise self.fault
        await send({"type": "websocket.accept"})
        self.came.release()
        await self.ending.wait()


async def ask(gate: Gate, path: str, *, cookie: str = "", websocket: bool = False) -> list[Message]:
    """What comes back for a request, or for a connection that ends."""
    sent: list[Message] = []
    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope: dict[str, Any] = {"path": path, "headers": headers, "scheme": "http"}
    scope |= {"type": "websocket", "subprotocols": ["streamlit"]} if websocket else {"type": "http", "method": "GET"}

    async def receive() -> Message:
        return {"type": "websocket.connect" if websocket else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await gate(scope, receive, send)
    return sent


async def inside(gate: Gate, behind: Behind, *cookies: str) -> list[asyncio.Task[list[Message]]]:
    """Readers who are connected."""
    tasks = [asyncio.create_task(ask(gate, STREAM, cookie=cookie, websocket=True)) for cookie in cookies]
    for _ in tasks:
        await behind.came.acquire()
    return tasks


async def left(behind: Behind, tasks: list[asyncio.Task[list[Message]]]) -> None:
    behind.ending.set()
    await asyncio.gather(*tasks)
    behind.ending.clear()


def status(messages: list[Message]) -> int:
    return int(messages[0]["status"])


def test_a_page_beyond_the_limit_says_how_many_are_taken_and_tries_again_by_itself() -> None:
    async def told() -> list[Message]:
        behind = Behind()
        gate = Gate(behind, most=2)
        tasks = await inside(gate, behind, "", "")
        found = await ask(gate, "/leaderboard")
        await left(behind, tasks)
        return found

    start, body = asyncio.run(told())
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    words = body["body"].decode()
    assert start["status"] == 503
    assert headers["retry-after"] == "20"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "takes 2 readers at one time" in words
    assert '<meta http-equiv="refresh" content="20">' in words
    assert "<script" not in words
    assert "prefers-color-scheme: dark" in words


def test_a_connection_beyond_the_limit_is_closed_with_try_again_later() -> None:
    async def told() -> tuple[list[Message], int]:
        behind = Behind()
        gate = Gate(behind, most=1)
        tasks = await inside(gate, behind, "")
        found = await ask(gate, STREAM, websocket=True)
        await left(behind, tasks)
        return found, gate.places.taken

    (accepted, closed), taken = asyncio.run(told())
    assert accepted == {"type": "websocket.accept", "subprotocol": "streamlit"}
    assert (closed["type"], closed["code"]) == ("websocket.close", 1013)
    assert taken == 0


@pytest.mark.parametrize("path", ["/_stcore/health", "/media/x", "/static/js/index.js", "/api/ready", "/favicon.png"])
def test_what_pages_are_made_of_is_sent_when_all_places_are_taken(path: str) -> None:
    async def asked() -> int:
        behind = Behind()
        gate = Gate(behind, most=1)
        tasks = await inside(gate, behind, "")
        found = status(await ask(gate, path))
        await left(behind, tasks)
        return found

    assert asyncio.run(asked()) == 200


def test_the_prefix_of_a_proxy_is_no_part_of_a_pages_name() -> None:
    async def asked() -> list[int]:
        behind = Behind()
        gate = Gate(behind, most=1, base_path="lab/ledger")
        task = asyncio.create_task(ask(gate, f"/lab/ledger{STREAM}", websocket=True))
        await behind.came.acquire()
        found = [status(await ask(gate, f"/lab/ledger/{path}")) for path in ("ranks", "_stcore/health", "api/ready")]
        await left(behind, [task])
        return found

    assert asyncio.run(asked()) == [503, 200, 200]


def test_a_place_is_free_again_whatever_ended_the_connection() -> None:
    async def asked() -> int:
        behind = Behind()
        gate = Gate(behind, most=1)
        for fault in (OSError("the client vanished"), RuntimeError("a handshake failed")):
            behind.fault = fault
            with pytest.raises(type(fault)):
                await ask(gate, STREAM, websocket=True)
        behind.fault = None
        (gone,) = await inside(gate, behind, "")
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return gate.places.taken

    assert asyncio.run(asked()) == 0


def test_a_reader_inside_may_reload_and_a_stranger_may_not() -> None:
    async def asked() -> tuple[int, int]:
        behind = Behind()
        gate = Gate(behind, most=1)
        tasks = await inside(gate, behind, KNOWN)
        found = status(await ask(gate, "/ranks", cookie=KNOWN)), status(await ask(gate, "/ranks", cookie="a=b"))
        await left(behind, tasks)
        return found

    assert asyncio.run(asked()) == (200, 503)


def test_a_reader_whose_connection_broke_is_let_in_again_though_another_took_the_place() -> None:
    async def asked() -> list[bool]:
        behind = Behind()
        gate = Gate(behind, most=1)
        await left(behind, await inside(gate, behind, KNOWN))
        tasks = await inside(gate, behind, "", KNOWN)
        # So many come back that the tenth beyond the limit, here one place, is taken too.
        found = [gate.places.taken == 2, (await ask(gate, STREAM, cookie=KNOWN, websocket=True))[-1]["code"] == 1013]
        await left(behind, tasks)
        return [*found, gate.places.taken == 0]

    assert asyncio.run(asked()) == [True, True, True]


def test_a_reader_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked() -> int:
        behind = Behind()
        gate = Gate(behind, most=1)
        await left(behind, await inside(gate, behind, KNOWN))
        monkeypatch.setattr(gates, "KNOWN_SECONDS", 0)
        tasks = await inside(gate, behind, "")
        found = status(await ask(gate, "/", cookie=KNOWN))
        await left(behind, tasks)
        return found

    assert asyncio.run(asked()) == 503


@pytest.mark.parametrize(("cookie", "named"), [("", 1), (KNOWN, 0)], ids=["new", "known"])
def test_a_browser_is_named_once_for_the_pages_alone(cookie: str, named: int) -> None:
    start, _ = asyncio.run(ask(Gate(Behind(), most=1, base_path="lab"), "/lab/ranks", cookie=cookie))
    found = [value.decode() for name, value in start["headers"] if name == b"set-cookie"]
    assert len(found) == named
    assert all(value.endswith("; Path=/lab; HttpOnly; SameSite=Lax") for value in found)
