from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.serving.headers import Headers, failed
from tests.serving.asking import ask

if TYPE_CHECKING:
    from tests.serving.asking import Answer
    from tests.serving.conftest import Serve
    from tests.serving_app import Served

_PROXIED = {"X-Forwarded-Proto": "https"}


def _policy(found: Answer) -> dict[str, list[str]]:
    parts = [directive.split() for directive in found.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize(
    ("route", "status"),
    [
        ("", 200),
        ("leaderboard?metric=mcc", 200),
        ("favicon.png", 200),
        ("_stcore/health", 200),
        ("api/live", 200),
        ("media/nothing.png", 404),
        ("_stcore/metrics", 404),
        ("%2e%2e/x", 400),
    ],
)
def test_every_answer_carries_all_headers(served: Served, route: str, status: int) -> None:
    found = ask(served, route)
    assert found.status == status
    policy = _policy(found)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    assert found.headers["X-Frame-Options"] == "DENY"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Referrer-Policy"] == "same-origin"
    assert found.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in found.headers["Permissions-Policy"]
    assert "clipboard" not in found.headers["Permissions-Policy"]


def test_a_refused_request_carries_them_too(served: Served) -> None:
    found = ask(served, "", headers={"Host": "evil.example"})
    assert found.status == 421
    assert found.headers["X-Frame-Options"] == "DENY"
    assert "Content-Security-Policy" in found.headers


def test_scripts_come_from_the_server_or_are_known_by_their_hash(served: Served) -> None:
    sources = _policy(ask(served, ""))["script-src"]
    assert {source for source in sources if not source.startswith("'sha256-")} == {
        "'self'",
        "blob:",
        "'wasm-unsafe-eval'",
    }
    # Streamlit's own inline script, and the two of a presented deck.
    assert len([source for source in sources if source.startswith("'sha256-")]) == 3


def test_named_origins_may_frame_the_dashboard_and_nobody_else(serve: Serve) -> None:
    served = serve("--frame-ancestor", "https://wiki.lab.org", "--frame-ancestor", "https://*.lab.org")
    found = ask(served, "")
    assert _policy(found)["frame-ancestors"] == ["https://wiki.lab.org", "https://*.lab.org"]
    assert "X-Frame-Options" not in found.headers


def test_who_comes_by_tls_is_held_to_it(served: Served) -> None:
    plain, secured = ask(served, "_stcore/health"), ask(served, "_stcore/health", headers=_PROXIED)
    assert "Strict-Transport-Security" not in plain.headers
    assert "; Secure" not in plain.headers["Set-Cookie"]
    assert secured.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookies = secured.headers.get_all("Set-Cookie")
    assert cookies
    assert all(cookie.endswith("; Secure") for cookie in cookies)


def test_a_proxy_that_is_not_trusted_does_not_say_how_readers_come(serve: Serve) -> None:
    served = serve(variables={"FORWARDED_ALLOW_IPS": "10.0.0.5"})
    assert "Strict-Transport-Security" not in ask(served, "_stcore/health", headers=_PROXIED).headers


def test_a_route_that_breaks_is_answered_in_a_sentence_with_the_headers() -> None:
    async def broken(_request: Any) -> Any:
        raise ValueError("what the machine knows")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    application = Starlette(
        routes=[Route("/", broken)], middleware=[Middleware(Headers)], exception_handlers={Exception: failed()}
    )
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "scheme": "http", "query_string": b""}
    with pytest.raises(ValueError, match="what the machine knows"):
        asyncio.run(application(scope, receive, send))
    start, body = sent
    assert (start["status"], body["body"]) == (500, b"The server could not answer this; its log says why.\n")
    assert b"content-security-policy" in dict(start["headers"])
