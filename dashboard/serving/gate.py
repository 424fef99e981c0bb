"""How many readers at one time, and what the next one is told.

A reader is a connection over which a page talks to the server. No list could go out of step:
a place is taken where the connection enters and left where it leaves, whatever happens in between.
"""

from __future__ import annotations

import time
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from dashboard.limits import Places
from dashboard.observing import metrics

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dashboard.limits import Place

TRY_AGAIN_SECONDS = 20
"""A reader looks at a page for minutes: asking oftener would rarely find a place."""
KNOWN_SECONDS = 120
"""For how long a reader whose connection broke is known: as long as Streamlit keeps what they had."""
BEYOND = 10
"""One of so many places more is there for readers who come back, as after a reload or a lost connection."""
_COOKIE = "vledger_reader"
_TRY_AGAIN_LATER = 1013
_STREAM = "/_stcore/stream"
_NO_PAGES = ("_stcore", "media", "component", "static", "api")


class Gate:
    """ASGI middleware that takes so many connections of readers, and tells the next ones to come again.

    Attributes:
        places: Who is inside; `places.taken` is their number.
    """

    def __init__(self, app: ASGIApp, *, most: int, base_path: str = "") -> None:
        """Around an application.

        Args:
            app: what comes after.
            most: connections at one time.
            base_path: the path prefix, without slashes at its ends.
        """
        self._app = app
        self._prefix = f"/{base_path}" if base_path else ""
        self._beyond = -(-most // BEYOND)
        self._known = _Known()
        self.places = Places(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer in the application's place."""
        if scope["type"] == "websocket" and scope["path"] == self._prefix + _STREAM:
            await self._connection(scope, receive, send)
        elif scope["type"] == "http" and self._is_page(scope):
            await self._page(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        place, reader = self._taken(scope), _reader(scope)
        if place is None:
            metrics.refused("sessions")
            await _closed(scope, receive, send)
            return
        self._known.came(reader)
        try:
            await self._app(scope, receive, send)
        finally:
            place.leave()
            self._known.left(reader)

    def _taken(self, scope: Scope) -> Place | None:
        return self.places.take(beyond=self._beyond if self._known.knows(_reader(scope)) else 0)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        reader = _reader(scope)
        # One who is inside and reloads holds a place until the new page is there.
        if self.places.taken >= self.places.most and not self._known.knows(reader):
            metrics.refused("sessions")
            await _full(self.places.most)(scope, receive, send)
            return
        await self._app(scope, receive, send if reader else _naming(send, scope, self._prefix or "/"))

    def _is_page(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(self._prefix).strip("/")
        return (
            scope["method"] in {"GET", "HEAD"}
            and path.partition("/")[0] not in _NO_PAGES
            and "." not in path.rpartition("/")[2]
        )


class _Known:
    """Readers who are inside, or were a moment ago, by the name that their browser was given."""

    def __init__(self) -> None:
        self._inside: dict[str, int] = {}
        self._left: dict[str, float] = {}

    def knows(self, reader: str | None) -> bool:
        self._forget()
        return reader is not None and (reader in self._inside or reader in self._left)

    def came(self, reader: str | None) -> None:
        if reader is not None:
            self._inside[reader] = self._inside.get(reader, 0) + 1

    def left(self, reader: str | None) -> None:
        if reader is None:
            return
        self._inside[reader] -= 1
        if not self._inside[reader]:
            del self._inside[reader]
        # Anew at the end: the first is the oldest.
        self._left.pop(reader, None)
        self._left[reader] = time.monotonic()

    def _forget(self) -> None:
        oldest = time.monotonic() - KNOWN_SECONDS
        while self._left and next(iter(self._left.values())) < oldest:
            del self._left[next(iter(self._left))]


def _reader(scope: Scope) -> str | None:
    """The name that a browser was given with its first page."""
    return HTTPConnection(scope).cookies.get(_COOKIE)


def _naming(send: Send, scope: Scope, path: str) -> Send:
    """Send what is sent, and give the browser a name for as long as it is open; it says nothing of its reader."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    cookie = f"{_COOKIE}={token_urlsafe(16)}; Path={path}; HttpOnly; SameSite=Lax{secure}"

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return named


async def _closed(scope: Scope, receive: Receive, send: Send) -> None:
    """A browser learns the code of a close only of a connection that was open."""
    await receive()
    first = next(iter(scope.get("subprotocols", ())), None)
    await send({"type": "websocket.accept", "subprotocol": first})
    await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": "as many readers as it takes"})


def _full(most: int) -> HTMLResponse:
    readers = "1 reader" if most == 1 else f"{most:,} readers"
    return HTMLResponse(
        _PAGE.format(readers=readers, seconds=TRY_AGAIN_SECONDS),
        status_code=503,
        headers={"Retry-After": str(TRY_AGAIN_SECONDS), "Cache-Control": "no-store"},
    )


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{seconds}">
<title>Validity Ledger: all places are taken</title>
<style>
  :root {{ color: #1B1F24; background: #FFFFFF; }}
  body {{ font: 16px/1.55 "Source Sans", "Source Sans Pro", system-ui, sans-serif; max-width: 36rem;
    margin: 18vh auto 0; padding: 0 1.5rem; }}
  p.brand, h1 {{ font-family: "Source Serif", "Source Serif Pro", Georgia, serif; font-weight: 600; }}
  p.brand {{ font-size: 1.25rem; margin: 0 0 2rem; }}
  h1 {{ font-size: 2rem; line-height: 1.15; margin: 0 0 1rem; text-wrap: balance; }}
  a {{ color: #0B5FA5; }}
  @media (prefers-color-scheme: dark) {{
    :root {{ color: #E6E8EB; background: #12161C; }}
    a {{ color: #8CC4F2; }}
  }}
</style>
</head>
<body>
<main>
<p class="brand">Validity Ledger</p>
<h1>All places are taken</h1>
<p>This server takes {readers} at one time, and as many are here. Nothing is wrong: this page tries again by itself
every {seconds} seconds and opens as soon as somebody leaves.</p>
<p><a href="">Try now</a></p>
</main>
</body>
</html>
"""
