"""What every answer tells the browser that it may and may not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

from dashboard.serving.policy import policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_A_YEAR = 365 * 24 * 60 * 60
_UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
    "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
)  # fmt: skip
"""What of a reader's device no page asks for; the clipboard and the whole screen are used."""


class Headers:
    """Adds them to every answer, errors included."""

    def __init__(self, app: ASGIApp, *, ancestors: Sequence[str] = ()) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            ancestors: origins whose pages may frame it.
        """
        self._app = app
        self._added = _always(ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._added)
                if scope["scheme"] == "https":
                    _over_tls(headers)
            await send(message)

        await self._app(scope, receive, sending)


def failed(ancestors: Sequence[str] = ()) -> Callable[[Request, Exception], Response]:
    """What is answered where a route breaks: that happens outside everything that a request passes through."""
    headers = _always(ancestors)
    return lambda _request, _error: PlainTextResponse(
        "The server could not answer this; its log says why.\n", 500, headers
    )


def _always(ancestors: Sequence[str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy(ancestors),
        **({} if ancestors else {"X-Frame-Options": "DENY"}),
        "X-Content-Type-Options": "nosniff",
        # An address holds a whole view, which is nobody else's business.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _over_tls(headers: MutableHeaders) -> None:
    """Who came by TLS, itself or to a proxy that says so, comes by TLS for the next year, and keeps cookies to it."""
    headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"
    keep_cookies_to_tls(headers)


def keep_cookies_to_tls(headers: MutableHeaders) -> None:
    """Mark every cookie of an answer as one that travels no other way."""
    cookies = headers.getlist("Set-Cookie")
    del headers["Set-Cookie"]
    for cookie in cookies:
        marked = any(part.strip().lower() == "secure" for part in cookie.split(";")[1:])
        headers.append("Set-Cookie", cookie if marked else f"{cookie}; Secure")
