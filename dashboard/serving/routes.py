"""What the server tells those who run it: that it lives, whether it is ready, what it has counted."""

from __future__ import annotations

import hmac
import ipaddress
import os
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.observing import metrics
from dashboard.observing.readiness import Watch

if TYPE_CHECKING:
    from starlette.requests import Request

    from dashboard.serving.settings import Settings

TOKEN = "VLEDGER_METRICS_TOKEN"
"""Environment variable with what a request from elsewhere must bring to see the metrics."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_FRESH = {"Cache-Control": "no-store"}


def operations(settings: Settings) -> list[Route]:
    """The routes `api/live`, `api/ready` and `api/metrics`."""
    watch = Watch()

    async def ready(_request: Request) -> Response:
        # Scripts of readers hold up threads, not the loop: this one has to wait for neither.
        found = await run_in_threadpool(watch.look)
        return JSONResponse(found.as_json(), 200 if found.ready else 503, _FRESH)

    return [
        Route(settings.path("api/live"), _live),
        Route(settings.path("api/ready"), ready),
        Route(settings.path("api/metrics"), _metrics),
    ]


async def _live(_request: Request) -> Response:
    return JSONResponse({"live": True}, headers=_FRESH)


async def _metrics(request: Request) -> Response:
    if not (_is_near(request) or _has_token(request)):
        return PlainTextResponse("There is nothing here.\n", 404, _FRESH)
    text = await run_in_threadpool(metrics.text)
    return Response(text, headers=_FRESH, media_type="text/plain; version=0.0.4; charset=utf-8")


def _is_near(request: Request) -> bool:
    """Whether it comes from this machine and no proxy has passed it on."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_token(request: Request) -> bool:
    wanted = os.environ.get(TOKEN, "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), wanted.encode())
    return bool(wanted) and scheme.lower() == "bearer" and same
