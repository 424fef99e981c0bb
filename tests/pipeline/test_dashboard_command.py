from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _health(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""


@pytest.mark.usefixtures("store")
def test_a_signal_to_the_command_stops_the_server_itself(tmp_path: Path) -> None:
    port = _free_port()
    command = [sys.executable, "-m", "engine", "dashboard", "--port", str(port), "--headless"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT)
        try:
            healthy = any(_health(port) == "ok" or _waits(process) for _ in range(120)) and _health(port) == "ok"
            assert healthy, (tmp_path / "log").read_text()
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert _health(port) == ""


def _waits(process: subprocess.Popen[bytes]) -> bool:
    """Half a second more, unless the command has ended: True then, for there is nothing to wait for."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return False
    return True
