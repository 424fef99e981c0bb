from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.serving_app import healthy, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving_app import Served


def test_a_signal_to_the_command_stops_the_server_itself(store: Path, tmp_path: Path) -> None:
    with serving(store.parent.parent, tmp_path / "log") as served:
        served.process.terminate()
        served.process.wait(timeout=30)
        assert not healthy(served.base)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--base-path", "a b"], "--base-path 'a b' is no path prefix: give letters, digits, dots and dashes, as in"),
        (["--base-path", "../up"], "--base-path '../up' is no path prefix"),
        (["--host", "https://ledger.lab.org"], "--host 'https://ledger.lab.org' is no name of a host: give it without"),
        (["--frame-ancestor", "wiki; script-src *"], "--frame-ancestor 'wiki; script-src *' is no origin: give scheme"),
        (["--address", "203.0.113.9"], "--address 203.0.113.9 cannot be bound (Cannot assign requested address): give"),
    ],
)
def test_an_option_that_cannot_be_is_one_sentence(options: list[str], sentence: str) -> None:
    ended = _ended(*options)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"vledger: {sentence}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_there_is_not_is_refused_by_name(port: str) -> None:
    ended = _ended(f"--port={port}")
    assert ended.returncode == 2
    assert "Invalid value for '--port'" in ended.stderr


def test_a_port_in_use_is_one_sentence_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = _ended("--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"vledger: port {port} of 127.0.0.1 is in use: stop what listens there, or choose another port with --port\n"
    )


def test_options_come_from_the_environment_too(store: Path, tmp_path: Path) -> None:
    variables = {"VLEDGER_HOSTS": "ledger.lab.org, other.lab.org"}
    with serving(store.parent.parent, tmp_path / "log", variables=variables) as served:
        found = [_status(served, host) for host in ("ledger.lab.org", "other.lab.org", "third.lab.org")]
    assert found == [200, 200, 421]


def _status(served: Served, host: str) -> int:
    asked = urllib.request.Request(f"{served.base}/api/live", headers={"Host": host})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - same
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def _ended(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", "dashboard", "--headless", *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
