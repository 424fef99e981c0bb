"""The server as `vledger dashboard` starts it: a process of its own on a free port, over a cache, until it is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOST = "127.0.0.1"
_PATIENCE = 60


@dataclass(frozen=True)
class Served:
    """A server that answers.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        base: Its address with the path prefix, without a slash at the end.
        log: What it prints goes there.
        process: The command, which became the server, in a group of its own.
    """

    port: int
    base: str
    log: Path
    process: subprocess.Popen[bytes]

    def said(self) -> str:
        """All that it has printed."""
        return self.log.read_text(errors="replace")


@contextmanager
def serving(
    cache: Path, log: Path, *options: str, prefix: str = "", variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Start `vledger dashboard` over a cache, wait until it answers, and stop it in the end.

    Args:
        cache: its VLEDGER_CACHE.
        log: file to write what it prints.
        *options: further options of the command.
        prefix: its `--base-path`.
        variables: further environment variables.
    """
    port = free_port()
    base = f"http://{HOST}:{port}{f'/{prefix}' if prefix else ''}"
    command = [sys.executable, "-m", "engine", "dashboard", "--port", str(port), "--headless", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--base-path", prefix] if prefix else command,
            cwd=Path(engine.__file__).resolve().parents[1],
            env=os.environ | {"VLEDGER_CACHE": str(cache)} | dict(variables or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        served = Served(port, base, log, process)
        try:
            _wait(served)
            yield served
        finally:
            stop(process)


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def healthy(base: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.read() == b"ok")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the command and all that it started: they are one group of their own."""
    for sent, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def _wait(served: Served) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not healthy(served.base):
        assert served.process.poll() is None, f"the server ended:\n{served.said()}"
        assert time.monotonic() < deadline, f"no answer within {_PATIENCE} s:\n{served.said()}"
        time.sleep(0.05)
