"""A line for each request: what was asked for and how long it took, and nothing of what the reader looks at."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("vledger.requests")
_COOKIE = "_streamlit_xsrf"
# Below these stand names of sessions and of readers' files.
_CUT = ("_stcore/upload_file", "media", "component", "_stcore/bidi-components")
_QUIET = ("static/", "_stcore/health", "api/live", "api/ready", "api/metrics")
_LONGEST = 200


class Requests:
    """Middleware that notes every request when it has been answered."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        """Put it around an application.

        Args:
            app: the rest of the server.
            base_path: the path prefix behind a proxy, without slashes at its ends.
        """
        self._app, self._base = app, f"/{base_path}/" if base_path else "/"
        # A session is told from another within this server's life, and by nobody else.
        self._key = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] in {"websocket.close", "websocket.http.response.start"} and not status:
                status = int(message.get("status", 403))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            status = status or 500
            raise
        finally:
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        inner = str(scope["path"]).removeprefix(self._base).lstrip("/")
        quiet = status < 400 and inner.startswith(_QUIET)
        path = self._base + next((cut for cut in _CUT if inner.startswith(f"{cut}/")), inner)[:_LONGEST]
        method = scope.get("method", "WEBSOCKET")
        said = {
            "method": method,
            "path": path,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "session": self._session(scope),
        }
        level = logging.DEBUG if quiet else logging.WARNING if status >= 500 else logging.INFO
        _log.log(level, "%s %s %d", method, path, status, extra=said)

    def _session(self, scope: Scope) -> str | None:
        found = HTTPConnection(scope).cookies.get(_COOKIE)
        return hashlib.blake2b(found.encode(), key=self._key, digest_size=4).hexdigest() if found else None
