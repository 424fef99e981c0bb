"""`vledger dashboard`: the process becomes the server."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

import engine
from engine.errors import SpecError

_PREFIX = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+")
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:[0-9]{1,5})?")


def dashboard(
    port: Annotated[int, typer.Option(help="Port to serve on.", envvar="PORT", min=1, max=65535)] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to bind; 0.0.0.0 opens it to the network.", envvar="VLEDGER_ADDRESS")
    ] = "127.0.0.1",
    headless: Annotated[
        bool, typer.Option("--headless/--browser", help="Do not open a browser.", envvar="HEADLESS")
    ] = False,
    base_path: Annotated[
        str, typer.Option(help="Path prefix behind a proxy, as lab/ledger.", envvar="VLEDGER_BASE_PATH")
    ] = "",
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name under which readers reach it; repeat it for more.", envvar="VLEDGER_HOSTS"),
    ] = None,
    frame_ancestor: Annotated[
        list[str] | None,
        typer.Option(
            help="Origin whose pages may frame it, as https://wiki.lab.org; repeat it for more.",
            envvar="VLEDGER_FRAME_ANCESTORS",
        ),
    ] = None,
    max_sessions: Annotated[
        int,
        typer.Option(help="Readers at one time; the next is told to come again.", envvar="VLEDGER_MAX_SESSIONS", min=1),
    ] = 100,
    log_format: Annotated[
        Literal["text", "json"], typer.Option(help="Lines of the log.", envvar="VLEDGER_LOG_FORMAT")
    ] = "text",
) -> None:
    """Open the dashboard."""
    hosts = [name.strip("[]") for name in _listed(host)]
    options = [
        f"--port={port}",
        f"--address={address}",
        f"--base-path={_prefix(base_path)}",
        *(f"--host={_host(name)}" for name in hosts),
        *(f"--frame-ancestor={_origin(origin)}" for origin in _listed(frame_ancestor)),
        f"--max-sessions={max_sessions}",
        f"--log-format={log_format}",
        *([] if headless else ["--browser"]),
    ]
    _check_free(address, port)
    if not hosts and not _is_this_machine(address):
        typer.echo(
            "Readers reach it under an IP address or this machine's own name; allow another name with --host.", err=True
        )
    # The theme and the defaults are read from .streamlit/ of the folder in which Streamlit starts.
    os.chdir(Path(engine.__file__).resolve().parents[1])
    # The process becomes the server: a signal to stop reaches the server itself and leaves nobody behind.
    os.execv(  # noqa: S606 - our own command, no shell
        sys.executable, [sys.executable, "-m", "dashboard.serve", *options]
    )


def _listed(given: list[str] | None) -> list[str]:
    """Values of an option that is repeated, or named once with commas, as its environment variable is."""
    return [value.strip() for several in given or () for value in several.split(",") if value.strip()]


def _prefix(given: str) -> str:
    """A path prefix without slashes at its ends."""
    prefix = given.strip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise SpecError(
            f"--base-path {given!r} is no path prefix: give letters, digits, dots and dashes, as in lab/ledger"
        )
    return prefix


def _host(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SpecError(f"--host {name!r} is no name of a host: give it without scheme and port, as in ledger.lab.org")
    return name


def _origin(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        raise SpecError(
            f"--frame-ancestor {origin!r} is no origin: give scheme and host without a path, as in https://wiki.lab.org"
        )
    return origin


def _is_this_machine(address: str) -> bool:
    return address in {"localhost", "::1"} or address.startswith("127.")


def _check_free(address: str, port: int) -> None:
    """One sentence where the server could not listen."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server does it: a port that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            raise SpecError(_why_not(error, address, port)) from None


def _why_not(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} is in use: stop what listens there, or choose another port with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {address} is kept for the system: choose one above 1023 with --port"
    return f"--address {address} cannot be bound ({error.strerror}): give an address of this machine, as 127.0.0.1"
