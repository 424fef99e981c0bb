"""The server's parts in their order: what requests pass through, and our own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from dashboard import access
from dashboard.observing.requests import Requests
from dashboard.serving.closed import Closed
from dashboard.serving.gate import Gate
from dashboard.serving.headers import Headers
from dashboard.serving.hosts import Hosts, names
from dashboard.serving.routes import operations
from dashboard.serving.signed_in import SignedIn, check

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from dashboard.serving.settings import Settings


def middleware(settings: Settings) -> list[Middleware]:
    """What a request passes through before it reaches a route; the first is the outermost.

    Raises:
        NotHereError: readers have to sign in, and what that needs is not here.
        SpecError: how they sign in is not said well enough.
    """
    login = access.required()
    if login:
        check(login, settings)
    return [
        Middleware(Requests, base_path=settings.base_path),
        Middleware(Headers, ancestors=settings.frame_ancestors),
        Middleware(Hosts, allowed=names(settings)),
        Middleware(Closed, settings=settings),
        Middleware(Gate, most=settings.max_sessions, base_path=settings.base_path),
        *([Middleware(SignedIn, login=login, settings=settings)] if login else []),
    ]


def routes(settings: Settings) -> list[BaseRoute]:
    """Our own routes, which come before Streamlit's."""
    return [*operations(settings)]
