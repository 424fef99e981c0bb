from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidStatus

from dashboard.serving.hosts import Names, names
from dashboard.serving.settings import Settings
from tests.serving.asking import ask, begin, stream

if TYPE_CHECKING:
    from tests.serving.conftest import Serve
    from tests.serving_app import Served

_STRANGE = (
    "evil.example",
    "127.0.0.1.evil.example",
    "10.1.2.3",
    "localhost@evil.example",
    "127.0.0.1:port",
    "[::1",
    "",
)


@pytest.fixture(scope="module")
def opened(serve_once: Serve) -> Served:
    """Bound to every address of this machine, with a name of its own."""
    return serve_once("--address", "0.0.0.0", "--host", "ledger.lab.org")  # noqa: S104 - what is tested


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost:8501", "LOCALHOST", "localhost.", "[::1]:8501"]
)
def test_bound_to_this_machine_the_server_answers_to_its_names(served: Served, host: str) -> None:
    assert ask(served, "_stcore/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize("host", _STRANGE, ids=range(len(_STRANGE)))
@pytest.mark.parametrize("route", ["", "_stcore/health", "api/live"])
def test_bound_to_this_machine_it_answers_to_no_other_name(served: Served, route: str, host: str) -> None:
    found = ask(served, route, headers={"Host": host})
    assert (found.status, found.body) == (
        421,
        "This dashboard does not answer under this name; who runs it can allow the name with --host.\n",
    )


def test_a_page_cannot_reach_the_stream_under_another_name(served: Served) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        stream(served, host="evil.example")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("ledger.lab.org", 200),
        ("Ledger.Lab.org:443", 200),
        ("10.1.2.3:8501", 200),
        ("[fe80::1]", 200),
        (socket.gethostname(), 200),
        ("evil.example", 421),
        ("x.ledger.lab.org", 421),
    ],
    ids=["given", "with a port", "address", "IPv6", "own name", "strange", "below the given"],
)
def test_bound_to_a_network_it_answers_to_addresses_its_own_name_and_given_ones(
    opened: Served, host: str, status: int
) -> None:
    assert ask(opened, "_stcore/health", headers={"Host": host}).status == status


def test_bound_to_a_network_without_a_name_the_command_says_how_to_allow_one(serve: Serve, opened: Served) -> None:
    said = "allow another name with --host."
    assert said in serve("--address", "0.0.0.0").said()  # noqa: S104 - what is tested
    assert said not in opened.said()


def test_a_given_name_is_allowed_on_this_machine_too() -> None:
    allowed = names(Settings(hosts=("Ledger.lab.org.",)))
    assert allowed == Names(frozenset({"localhost", "127.0.0.1", "::1", "ledger.lab.org"}), addresses=False)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost:8501"])
def test_a_page_of_another_site_gets_no_session(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        stream(served, origin=origin)


def test_a_page_of_this_server_and_a_program_get_one(served: Served) -> None:
    for origin in (served.base, None):
        with stream(served, origin=origin) as connection:
            assert begin(connection)


def test_what_a_page_of_another_site_sends_is_refused_before_it_is_read(served: Served) -> None:
    found = ask(
        served,
        "_stcore/upload_file/session/file",
        method="PUT",
        headers={"Origin": "http://evil.example", "Content-Length": "40000000"},
    )
    assert (found.status, found.body) == (403, "This dashboard takes nothing that a page of another site sends.\n")


def test_no_answer_lets_a_page_of_another_site_read_it(served: Served) -> None:
    for route in ("", "_stcore/health", "_stcore/host-config", "api/live"):
        found = ask(served, route, headers={"Origin": "http://evil.example"})
        assert found.headers.get("Access-Control-Allow-Origin") not in {"*", "http://evil.example"}
