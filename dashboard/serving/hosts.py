"""Under which names the server answers: a page of another site cannot speak to it under a name of its own choosing."""

from __future__ import annotations

import ipaddress
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from dashboard.observing import metrics

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from dashboard.serving.settings import Settings

_LOGGER = logging.getLogger(__name__)
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MISDIRECTED, _FORBIDDEN, _POLICY_VIOLATION = 421, 403, 1008
_OTHER_NAME = "This dashboard does not answer under this name; who runs it can allow the name with --host.\n"
_OTHER_SITE = "This dashboard takes nothing that a page of another site sends.\n"


@dataclass(frozen=True)
class Names:
    """What may stand in a request's Host.

    Attributes:
        names: Names and addresses in lower case, IPv6 without brackets.
        addresses: Whether any IP address will do: who asks for an address was not led astray by a name.
    """

    names: frozenset[str]
    addresses: bool

    def allow(self, host: str | None) -> bool:
        """Whether a request with this Host header is answered."""
        name = _name(host)
        return name is not None and (name in self.names or (self.addresses and _is_address(name)))


def names(settings: Settings) -> Names:
    """Bound to this machine alone, its own names and those given; bound to a network, IP addresses too."""
    given = frozenset(name.lower().rstrip(".") for name in settings.hosts)
    if is_loopback(settings.address):
        return Names(_THIS_MACHINE | given, addresses=False)
    own = {socket.gethostname().lower(), settings.address.lower()}
    return Names(_THIS_MACHINE | given | own, addresses=True)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches what is bound to an address."""
    return address == "localhost" or (_is_address(address) and ipaddress.ip_address(address).is_loopback)


class Hosts:
    """Refuses requests under other names, and what pages of other sites send."""

    def __init__(self, app: ASGIApp, *, allowed: Names) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            allowed: names under which it does.
        """
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._allowed.allow(headers.get("Host")):
            _LOGGER.warning("A request under another name than those allowed was refused; --host allows a name")
            await _refuse(scope, receive, send, status=_MISDIRECTED, why=_OTHER_NAME)
        elif _acts(scope) and _is_foreign(headers):
            _LOGGER.warning("A request that a page of another site sent was refused")
            await _refuse(scope, receive, send, status=_FORBIDDEN, why=_OTHER_SITE)
        else:
            await self._app(scope, receive, send)


def _name(host: str | None) -> str | None:
    """The host's name without its port; None where it is no host."""
    try:
        parts = urlsplit(f"//{host or ''}")
        _ = parts.port  # raises where it is no port
    except ValueError:
        return None
    if parts.hostname is None or parts.netloc != host or "@" in parts.netloc:
        return None
    return parts.hostname.rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _acts(scope: Scope) -> bool:
    """Whether a request can change something; a websocket is a reader's session."""
    return scope["type"] == "websocket" or scope["method"] not in _SAFE


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that a page of another site asks; programs that are no browser say nothing."""
    origin = headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("Host", "").lower()


async def _refuse(scope: Scope, receive: Receive, send: Send, *, status: int, why: str) -> None:
    metrics.refused("host")
    answer = WebSocketClose(_POLICY_VIOLATION) if scope["type"] == "websocket" else PlainTextResponse(why, status)
    await answer(scope, receive, send)
