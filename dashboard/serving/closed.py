"""Routes of Streamlit's that are nobody's business here: they answer as if they were not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from dashboard.serving.settings import Settings

_ROUTES = ("_stcore/metrics", "_stcore/agent", "_stcore/script-health-check")


class Closed:
    """Answers 404 there: figures for a monitor are at `/api/metrics`, and the agents' way in is not offered."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Wrap an application.

        Args:
            app: what answers everything else.
            settings: know the prefix.
        """
        self._app = app
        self._closed = tuple(settings.path(route) for route in _ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and any(path == closed or path.startswith(f"{closed}/") for closed in self._closed):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
            return
        await self._app(scope, receive, send)
