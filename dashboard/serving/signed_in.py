"""Around signing in: what only readers get, back to where they wanted to go, and an end to it."""

from __future__ import annotations

import asyncio
import json
import time
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard import access
from dashboard.access import CALLBACK, Standing
from dashboard.serving.headers import keep_cookies_to_tls
from dashboard.view import PAGES
from engine.errors import SpecError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dashboard.access import Login
    from dashboard.serving.settings import Settings

_WISHED = "vledger_wished"
_WISHED_SECONDS = 600
_LONGEST = 2000
"""Letters of an address that is kept: a cookie holds no more than 4,096 bytes."""
_ONLY_READERS = ("media", "component", "_stcore/upload_file")
_GOING_AWAY = 1001
_PROTOCOLS = b"sec-websocket-protocol"
GRACE = 30.0
"""Seconds in which a page says by itself that signing in is over, before its connection is closed."""


def check(login: Login, settings: Settings) -> None:
    """Whether readers come back from the provider to where this server listens for them.

    Raises:
        SpecError: they would not.
    """
    found, wanted = urlsplit(login.redirect_uri).path, settings.path(CALLBACK)
    if found != wanted:
        raise SpecError(
            f"[auth] redirect_uri leads to {found}, but this server has readers come back to {wanted}; correct "
            "redirect_uri or --base-path."
        )


class SignedIn:
    """ASGI middleware for a server whose readers sign in."""

    def __init__(self, app: ASGIApp, *, login: Login, settings: Settings) -> None:
        """Around an application.

        Args:
            app: what comes after.
            login: how readers sign in.
            settings: for the path prefix.
        """
        self._app, self._login = app, login
        self._root = settings.path("")
        self._secure = urlsplit(login.redirect_uri).scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse in the application's place."""
        if scope["type"] == "websocket":
            if self._reads(scope):
                ends = access.end(self._login, _claims(scope)) or 0.0
                await self._app(scope, _until(ends + GRACE, receive, send), send)
            else:
                await self._app(_anew(scope), receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = scope["path"].removeprefix(self._root)
        if route.startswith(_ONLY_READERS) and not self._reads(scope):
            refused = PlainTextResponse("Sign in to read this.", status_code=403, headers={"Cache-Control": "no-store"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, self._sending(send, scope, route))

    def _reads(self, scope: Scope) -> bool:
        return access.standing(self._login, _claims(scope), time.time()) is Standing.READER

    def _sending(self, send: Send, scope: Scope, route: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if route == "auth/login":
                    self._keep(headers, _wished(scope, self._root))
                elif route == CALLBACK and _signs_in(headers):
                    self._return(headers, scope)
                if self._secure:
                    # Readers come by TLS, though a proxy may speak to us without it.
                    keep_cookies_to_tls(headers)
            await send(message)

        return sending

    def _keep(self, headers: MutableHeaders, address: str) -> None:
        """Note where somebody wants to go, until they come back from the provider."""
        cookie = f"{_WISHED}={quote(address, safe='')}; Path={self._root}{CALLBACK}; Max-Age={_WISHED_SECONDS}"
        headers.append("set-cookie", f"{cookie}; HttpOnly; SameSite=Lax")

    def _return(self, headers: MutableHeaders, scope: Scope) -> None:
        found = HTTPConnection(scope).cookies.get(_WISHED, "")
        headers["location"] = _page(unquote(found), self._root) or self._root
        headers.append("set-cookie", f"{_WISHED}=; Path={self._root}{CALLBACK}; Max-Age=0; HttpOnly; SameSite=Lax")


def _claims(scope: Scope) -> dict[str, Any]:
    """What the signed cookie says of who asks; empty where there is none or somebody changed it."""
    cookies, secret = HTTPConnection(scope).cookies, get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    try:
        claims = json.loads(found) if found else {}
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _until(ends: float, receive: Receive, send: Send) -> Receive:
    """What a connection says, until then: it is closed, and the browser opens another, as a stranger's."""

    async def receiving() -> Message:
        try:
            return await asyncio.wait_for(receive(), ends - time.time())
        except TimeoutError:
            await send({"type": "websocket.close", "code": _GOING_AWAY})
            return {"type": "websocket.disconnect", "code": _GOING_AWAY}

    return receiving


def _anew(scope: Scope) -> Scope:
    """A connection that goes on with no session: Streamlit takes the one that is named third, whoever names it."""
    headers = [
        (name, b",".join(value.split(b",")[:2]) if name == _PROTOCOLS else value) for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _wished(scope: Scope, root: str) -> str:
    """The page of ours from which somebody went to sign in, empty where it was none."""
    connection = HTTPConnection(scope)
    parts = urlsplit(connection.headers.get("referer", ""))
    if parts.netloc != connection.headers.get("host"):
        return ""
    return _page(f"{parts.path}?{parts.query}" if parts.query else parts.path, root)


def _page(address: str, root: str) -> str:
    """The address of one of our pages, put together anew; empty for everything else, another site above all."""
    path, mark, query = address.partition("?")
    name = path.removeprefix(root)
    if not path.startswith(root) or name not in {"", *PAGES} or len(address) > _LONGEST:
        return ""
    return f"{root}{name}{mark}{quote(query, safe=_OF_QUERY)}"


_OF_QUERY = "%&=+,;:@/?!$'()*~-._"
"""What stands in a query as it is; a line break or a letter beyond ASCII does not."""


def _signs_in(headers: MutableHeaders) -> bool:
    """Whether an answer gives somebody the cookie of a reader; one that takes it away has it empty."""
    return any(
        (morsel := SimpleCookie(cookie).get(USER_COOKIE_NAME)) is not None and morsel.value
        for cookie in headers.getlist("set-cookie")
    )
