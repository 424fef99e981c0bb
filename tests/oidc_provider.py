"""An identity provider on this machine, and what a server needs to have its readers sign in with it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from tests.serving_app import HOST, free_port, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COOKIE_SECRET = "a-secret-of-tests-0123456789-ABCDEFGHIJ"
CLIENT_SECRET = "the-client-secret-of-tests"
READER = {"sub": "ann", "email": "Ann@Hospital.org", "email_verified": True}
USERS: tuple[dict[str, Any], ...] = (
    READER,
    {"sub": "bob", "email": "bob@elsewhere.org", "email_verified": True},
    {"sub": "eve", "email": "eve@hospital.org", "email_verified": False},
)
_PATIENCE = 60


@contextmanager
def provider() -> Iterator[str]:
    """One that knows `USERS` and lets each in by a click; its address."""
    port = free_port()
    users = [word for user in USERS for word in ("--user-claims", json.dumps(user))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *users],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://{HOST}:{port}"
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _answers(address):
            assert process.poll() is None, "the provider ended"
            assert time.monotonic() < deadline, "the provider does not answer"
            time.sleep(0.05)
        yield address
    finally:
        stop(process)


def secrets(
    path: Path, address: str, *, prefix: str = "", access: str = 'domains = ["hospital.org"]'
) -> dict[str, str]:
    """Write a file of secrets, and give back the variables of a server that reads it."""
    path.write_text(
        f"""
        [auth]
        redirect_uri = "http://{HOST}:{{port}}{prefix}/oauth2callback"
        cookie_secret = "{COOKIE_SECRET}"
        [auth.clinic]
        label = "the clinic"
        client_id = "ledger"
        client_secret = "{CLIENT_SECRET}"
        server_metadata_url = "{address}/.well-known/openid-configuration"
        [access]
        {access}
        """,
        "utf-8",
    )
    return {"VLEDGER_SECRETS": str(path)}


def cookie(base: str, *, secret: str = COOKIE_SECRET, **claims: object) -> str:
    """The cookie of a reader who signed in now, but for what is said."""
    known = READER | {"iat": time.time(), "is_logged_in": True, "provider": "clinic", "origin": base} | claims
    return create_signed_value(secret, "_streamlit_user", json.dumps(known)).decode()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/jwks", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
