"""Streamlit's options that protect readers and the machine: neither a file nor an environment variable changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.serving.hosts import names

if TYPE_CHECKING:
    from dashboard.serving.settings import Settings

_SAFE = {
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.scriptHealthCheckEnabled": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "browser.gatherUsageStats": False,
    "global.developmentMode": False,
}


def safe(settings: Settings) -> dict[str, Any]:
    """The options and their values."""
    allowed = names(settings)
    # Streamlit has no word for "any IP address": where those are allowed, `serving.hosts` alone decides.
    return _SAFE | {"server.allowedHosts": [] if allowed.addresses else sorted(allowed.names)}
