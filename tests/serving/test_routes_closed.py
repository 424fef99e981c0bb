from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.serving.asking import ask

if TYPE_CHECKING:
    from tests.serving_app import Served

_OPTIONS = """
import json, sys
from streamlit import config
from streamlit.web import bootstrap
from dashboard import serve
bootstrap.load_config_options(serve.config(serve._settings([])))
print(json.dumps({name: config.get_option(name) for name in sys.argv[1:]}))
"""
_WANTED = {
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "server.allowedHosts": ["127.0.0.1", "::1", "localhost"],
    "server.maxUploadSize": 200,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "browser.gatherUsageStats": False,
    "global.developmentMode": False,
}
_CONTRARY = {
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",
    "STREAMLIT_SERVER_ENABLE_CORS": "false",
    "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true",
    "STREAMLIT_SERVER_ENABLE_AGENT_API": "true",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
}


def test_what_protects_readers_cannot_be_turned_off_from_the_environment(
    precomputed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _CONTRARY.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-c", _OPTIONS, *_WANTED]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=str(precomputed) + "/..")
    assert json.loads(found.stdout) == _WANTED


@pytest.mark.parametrize(
    "route", ["metrics", "agent/openapi.json", "agent/interact", "agent/mcp", "script-health-check"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_routes_of_streamlit_that_nobody_needs_answer_as_if_they_were_not_there(
    served: Served, method: str, route: str
) -> None:
    found = ask(served, f"_stcore/{route}", method=method)
    assert (found.status, found.body) == (404, "Not Found")


@pytest.mark.parametrize(
    "route",
    [
        "static/../../../../etc/passwd",
        "static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "static/..%2f..%2f..%2fetc%2fpasswd",
        "media/../../etc/passwd",
        "media/%2e%2e%2fetc%2fpasswd",
        "component/x/../../../etc/passwd",
        "component/..%5c..%5cetc%5cpasswd",
        "_stcore/bidi-components/%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
    ],
)
def test_no_path_leads_out_of_what_is_served(served: Served, route: str) -> None:
    found = ask(served, route)
    assert 400 <= found.status < 500
    assert "root:" not in found.body
