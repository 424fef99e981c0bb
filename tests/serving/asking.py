"""Requests as programs make them, with headers that a browser would not let a page choose."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.sync.client import ClientConnection

    from tests.serving_app import Served

_PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: str


def ask(
    served: Served, route: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """One request; nothing in the route or the headers is changed on the way."""
    prefix = urlsplit(served.base).path
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=_PATIENCE)) as connection:
        connection.putrequest(method, f"{prefix}/{route}", skip_host=True, skip_accept_encoding=True)
        given = {"Host": f"127.0.0.1:{served.port}"} | dict(headers or {})
        if body:
            given.setdefault("Content-Length", str(len(body)))
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))


def stream(served: Served, *, origin: str | None = None, host: str | None = None) -> ClientConnection:
    """The connection over which a page talks to the server.

    Raises:
        websockets.exceptions.InvalidStatus: the server does not take it.
    """
    address = f"{served.base.replace('http', 'ws', 1)}/_stcore/stream"
    named = address.replace("127.0.0.1", host) if host else address
    # The address says what stands in Host; where the connection goes is decided here.
    wire = socket.create_connection(("127.0.0.1", served.port), timeout=_PATIENCE)
    wire.settimeout(None)
    return connect(
        named,
        sock=wire,
        origin=None if origin is None else Origin(origin),
        subprotocols=[Subprotocol("streamlit")],
        open_timeout=_PATIENCE,
        max_size=None,
    )


def begin(connection: ClientConnection) -> str:
    """Ask for the first page, and wait until it is there.

    Returns:
        The session's name.
    """
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    connection.send(asked.SerializeToString())
    name = ""
    while True:
        said = ForwardMsg.FromString(connection.recv(timeout=_PATIENCE))
        if said.WhichOneof("type") == "new_session":
            name = said.new_session.initialize.session_id
        if said.WhichOneof("type") == "script_finished":
            return name
