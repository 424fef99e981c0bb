from __future__ import annotations

import http.client
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed

from tests.serving.asking import Answer, ask, begin, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from tests.serving_app import Served

_LARGEST = 200 * 1024 * 1024
_LARGEST_FRAME = 50 * 1024 * 1024
_FILE = (
    b"--edge\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\nContent-Type: text/csv\r\n\r\n"
    b"chrom,pos\r\n--edge--\r\n"
)
_FORM = {"Content-Type": "multipart/form-data; boundary=edge"}


def _token(served: Served) -> dict[str, str]:
    cookie = ask(served, "_stcore/health").headers["Set-Cookie"].partition(";")[0]
    return _FORM | {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2].strip('"')}


@pytest.fixture(scope="module")
def token(served: Served) -> dict[str, str]:
    """What a page of ours sends along so that it is known for one."""
    return _token(served)


@contextmanager
def _session(served: Served) -> Iterator[tuple[ClientConnection, str]]:
    with stream(served) as connection:
        yield connection, begin(connection)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_file_is_neither_taken_nor_removed_without_the_token(
    served: Served, token: dict[str, str], method: str
) -> None:
    with _session(served) as (_, session):
        route = f"_stcore/upload_file/{session}/one"
        for left_out in ("Cookie", "X-Xsrftoken"):
            kept = {name: value for name, value in token.items() if name != left_out}
            assert ask(served, route, method=method, headers=kept, body=_FILE).status == 403
        of_another = token | {"X-Xsrftoken": _token(served)["X-Xsrftoken"]}
        assert ask(served, route, method=method, headers=of_another, body=_FILE).status == 403
        assert ask(served, route, method=method, headers=token, body=_FILE).status == 204


def test_a_file_for_a_session_that_nobody_has_is_refused(served: Served, token: dict[str, str]) -> None:
    found = ask(served, "_stcore/upload_file/nobody/one", method="PUT", headers=token, body=_FILE)
    assert found.status == 400
    with _session(served) as (_, session):
        pass
    found = ask(served, f"_stcore/upload_file/{session}/one", method="PUT", headers=token, body=_FILE)
    assert found.status == 400


def test_a_file_that_says_it_is_too_large_is_refused_before_it_comes(served: Served, token: dict[str, str]) -> None:
    with _session(served) as (_, session):
        said = token | {"Content-Length": str(_LARGEST + 1)}
        assert ask(served, f"_stcore/upload_file/{session}/one", method="PUT", headers=said).status == 413


def test_a_file_that_does_not_say_its_size_is_refused_when_it_is_too_large(
    served: Served, token: dict[str, str]
) -> None:
    with _session(served) as (_, session):
        found = _in_pieces(served, f"/_stcore/upload_file/{session}/one", token)
    assert found.status == 413


def _in_pieces(served: Served, path: str, headers: dict[str, str]) -> Answer:
    """Sends more than the server takes, without saying how much there is."""
    piece = b"x" * 1_000_000
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
        connection.putrequest("PUT", path)
        for name, value in (headers | {"Transfer-Encoding": "chunked"}).items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            connection.send(
                b"%x\r\n%s\r\n" % (len(_FILE), _FILE[: -len(b"--edge--\r\n")] + b" " * len(b"--edge--\r\n"))
            )
            for _ in range(_LARGEST // len(piece) + 3):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        except ConnectionError:
            pass  # it has answered already, and reads no more
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())


@pytest.mark.parametrize("frame", ["text", b"\xff\xfe no message of ours", b"x" * (_LARGEST_FRAME + 1)], ids=range(3))
def test_what_is_no_message_ends_only_the_connection_that_sent_it(served: Served, frame: str | bytes) -> None:
    with stream(served) as other:
        first = begin(other)
        with stream(served) as connection:
            begin(connection)
            with pytest.raises(ConnectionClosed):  # noqa: PT012 - either the sending or the reading meets it
                connection.send(frame)
                while True:
                    connection.recv(timeout=30)
        assert begin(other) == first
