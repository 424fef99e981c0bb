"""Who may read where readers have to sign in, and what nobody gets who has not."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joblib.externals.loky import ProcessPoolExecutor
from joserfc import jwt
from joserfc.jwk import OctKey

import engine
from dashboard import access
from dashboard.access import Login, Provider, Standing
from dashboard.headless import record
from dashboard.serving import signed_in as signed_in_module
from dashboard.serving.settings import Settings
from dashboard.serving.signed_in import SignedIn, check
from engine.errors import NotHereError, SpecError
from tests.oidc_provider import CLIENT_SECRET, COOKIE_SECRET, cookie, provider, secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving.conftest import Serve
    from tests.serving_app import Served

AUTH = """
[auth]
redirect_uri = "https://ledger.hospital.org/oauth2callback"
cookie_secret = "a-secret-of-tests-0123456789-ABCDEFGHIJ"
client_id = "ledger"
client_secret = "the-client-secret-of-tests"
server_metadata_url = "https://login.hospital.org/.well-known/openid-configuration"
"""
ACCESS = '[access]\ndomains = ["Hospital.org"]\nemails = ["Dora@elsewhere.org"]\n'
LOGIN = Login(
    providers=(Provider(None, None),),
    redirect_uri="https://ledger.hospital.org/oauth2callback",
    emails=frozenset({"dora@elsewhere.org"}),
    domains=frozenset({"hospital.org"}),
)
NOW = 1_800_000_000.0


def written(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_file_of_secrets_says_where_readers_sign_in_and_who_may_read(tmp_path: Path) -> None:
    assert access.read((written(tmp_path, AUTH + ACCESS),)) == LOGIN


def test_without_a_section_auth_nobody_signs_in(tmp_path: Path) -> None:
    assert access.read((written(tmp_path, '[other]\nkey = "1"\n'),)) is None
    assert access.read((tmp_path / "none.toml", tmp_path / "neither.toml")) is None


def test_several_providers_are_offered_by_their_names(tmp_path: Path) -> None:
    shared, _, one = AUTH.strip().partition("client_id")
    one = f"client_id{one}\n"
    text = f'{shared}\n[auth.keycloak]\n{one}\n[auth.entra]\nlabel = "Hospital account"\n{one}\n{ACCESS}'
    login = access.read((written(tmp_path, text),))
    assert login is not None
    assert login.providers == (Provider("keycloak", "keycloak"), Provider("entra", "Hospital account"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[auth]", "[auth", r"is no TOML"),
        ('client_id = "ledger"', "", r"\[auth\] has no client_id"),
        ('client_secret = "the-client-secret-of-tests"', 'client_secret = ""', r"has no client_secret"),
        ("a-secret-of-tests-0123456789-ABCDEFGHIJ", "0123456789abcdefghijklmnopqrstu", r"at least 32 random letters"),
        ("a-secret-of-tests-0123456789-ABCDEFGHIJ", "x" * 64, r"at least 32 random letters"),
        ("https://ledger", "http://ledger", r"redirect_uri as an address that begins with https"),
        ("https://login", "http://login", r"server_metadata_url as an address that begins with https"),
        ("/oauth2callback", "/callback", r"does not end in /oauth2callback"),
        ("[access]", "[acces]", r"\[access\] does not say who may read"),
        ("domains", "domain", r"'domain', which means nothing"),
        ('["Hospital.org"]', '["*.hospital.org"]', r"domains without @ and \*"),
        ('["Hospital.org"]', '["@hospital.org"]', r"domains without @ and \*"),
        ('["Hospital.org"]', '"hospital.org"', r"domains is no list"),
        ('["Dora@elsewhere.org"]', '["dora"]', r"whole addresses as emails"),
        ("[access]", "[access]\neveryone = true", r"names readers and says everyone"),
        ("[access]", "[access]\nhours = 0", r"hours is no number above 0"),
        (ACCESS, "[access]\ndomains = []\n", r"lets nobody read"),
        (ACCESS, "[access]\neveryone = false\n", r"lets nobody read"),
        (AUTH, "", r"in \[access\] who may read, but not in \[auth\]"),
    ],
)
def test_what_would_leave_the_door_open_is_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = AUTH + ACCESS
    assert old in text
    with pytest.raises(SpecError, match=said) as caught:
        access.read((written(tmp_path, text.replace(old, new, 1)),))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert CLIENT_SECRET not in sentence
    assert COOKIE_SECRET not in sentence


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({}, Standing.READER),
        ({"email": "ann@HOSPITAL.ORG"}, Standing.READER),
        ({"email": "DORA@elsewhere.org"}, Standing.READER),
        ({"email_verified": "true"}, Standing.READER),
        ({"email_verified": None, "xms_edov": "1"}, Standing.READER),
        ({"is_logged_in": False}, Standing.STRANGER),
        ({"is_logged_in": "yes"}, Standing.STRANGER),
        ({"email_verified": False}, Standing.REFUSED),
        ({"email_verified": None}, Standing.REFUSED),
        ({"email_verified": "false"}, Standing.REFUSED),
        ({"email_verified": "yes"}, Standing.REFUSED),
        ({"email": None}, Standing.REFUSED),
        ({"email": ["ann@hospital.org"]}, Standing.REFUSED),
        ({"email": "ann@sub.hospital.org"}, Standing.REFUSED),
        ({"email": "ann@hospital.org.evil.com"}, Standing.REFUSED),
        ({"email": "ann@evilhospital.org"}, Standing.REFUSED),
        ({"email": "hospital.org"}, Standing.REFUSED),
        ({"email": "ann@evil.com@hospital.org"}, Standing.REFUSED),
        ({"email": "ann@hospital.org "}, Standing.REFUSED),
        ({"email": "ann@ho\u017fpital.org"}, Standing.REFUSED),
        ({"email": "bob@elsewhere.org"}, Standing.REFUSED),
        ({"iat": NOW - 12 * 3600 + 1}, Standing.READER),
        ({"iat": NOW - 12 * 3600}, Standing.EXPIRED),
        ({"iat": None}, Standing.EXPIRED),
        ({"iat": "yesterday"}, Standing.EXPIRED),
        ({"iat": True}, Standing.EXPIRED),
    ],
    ids=repr,
)
def test_only_a_verified_address_of_a_reader_reads(claims: dict[str, Any], found: Standing) -> None:
    ann = {"is_logged_in": True, "email": "ann@hospital.org", "email_verified": True, "iat": NOW - 60}
    assert access.standing(LOGIN, ann | claims, NOW) is found


def test_where_everyone_may_read_one_has_to_sign_in_still() -> None:
    login = replace(LOGIN, everyone=True, emails=frozenset(), domains=frozenset())
    assert access.standing(login, {}, NOW) is Standing.STRANGER
    assert access.standing(login, {"is_logged_in": True, "iat": NOW}, NOW) is Standing.READER


def test_readers_have_to_come_back_to_where_the_server_is() -> None:
    check(LOGIN, Settings())
    with pytest.raises(SpecError, match=r"leads to /oauth2callback, but .* /ledger/oauth2callback"):
        check(LOGIN, Settings(base_path="ledger"))


def test_a_file_that_is_named_and_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=r"VLEDGER_SECRETS names .*, which is no file"):
        access.read((tmp_path / "none.toml",))


def test_without_the_package_that_signs_in_there_is_no_open_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NotHereError, match=r"needs Authlib and httpx: pip install 'validity-ledger\[auth\]'"):
        access.read((written(tmp_path, AUTH + ACCESS),))


@pytest.mark.parametrize(("text", "code"), [(AUTH, 2), (None, 3)], ids=["nobody named", "no file"])
def test_the_server_does_not_start_with_half_a_login(tmp_path: Path, store: Path, text: str | None, code: int) -> None:
    path = written(tmp_path, text) if text else tmp_path / "none.toml"
    ended = subprocess.run(
        [sys.executable, "-m", "dashboard.serve", "--port", "0"],
        env={"PATH": "/usr/bin", "VLEDGER_CACHE": str(store.parent.parent), "VLEDGER_SECRETS": str(path)},
        cwd=Path(engine.__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code
    assert str(path) in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def server(serve_once: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server under a prefix whose readers sign in at a provider of this machine."""
    with provider() as address:
        path = tmp_path_factory.mktemp("secrets") / "secrets.toml"
        served = serve_once(prefix="ledger", variables=secrets(path, address, prefix="/ledger"))
        yield served
        said = served.said()
        for secret in (COOKIE_SECRET, CLIENT_SECRET):
            assert secret not in said


@pytest.fixture
def client(server: Served) -> Iterator[httpx.Client]:
    """A browser without pages."""
    with httpx.Client(base_url=server.base, trust_env=False) as client:
        yield client


def origin(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def asked(server: Served, client: httpx.Client, *, referer: str = "") -> httpx.Response:
    """Go to the provider, as the button does."""
    token = jwt.encode(
        {"alg": "HS256"}, {"provider": "clinic", "exp": int(time.time()) + 60}, OctKey.import_key(COOKIE_SECRET)
    )
    headers = {"referer": referer} if referer else {}
    return client.get(f"{server.base}/auth/login", params={"provider": token}, headers=headers)


def signed_in(server: Served, client: httpx.Client, *, referer: str = "", sub: str = "ann") -> httpx.Response:
    """Go there, say who one is, and come back."""
    sent = asked(server, client, referer=referer)
    assert sent.status_code == 302
    back = client.post(sent.headers["location"], data={"sub": sub})
    assert back.headers["location"].startswith(f"{server.base}/oauth2callback?")
    return client.get(back.headers["location"])


@pytest.mark.parametrize(
    ("referer", "arrives"),
    [
        ("{base}/compare?suite=geneb&rival=hyenadna%20x", "/ledger/compare?suite=geneb&rival=hyenadna%20x"),
        ("{base}/", "/ledger/"),
        ("", "/ledger/"),
        ("https://evil.example/ledger/compare?x=1", "/ledger/"),
        ("{origin}/elsewhere", "/ledger/"),
        ("{base}/media/secret.png", "/ledger/"),
        ("{base}//evil.example", "/ledger/"),
        ("{base}/compare?x=" + "1" * 3000, "/ledger/"),
    ],
)
def test_readers_come_back_to_the_page_they_wanted_and_to_no_other_site(
    server: Served, client: httpx.Client, referer: str, arrives: str
) -> None:
    found = signed_in(server, client, referer=referer.format(base=server.base, origin=origin(server)))
    assert (found.status_code, found.headers["location"]) == (302, arrives)
    assert "_streamlit_user" in client.cookies


@pytest.mark.parametrize(
    "wished",
    [
        "https%3A%2F%2Fevil.example%2F",
        "%2F%2Fevil.example",
        "%2Fledger%2F%2Fevil.example",
        "%2Fledger%2F..%2F..%2Fevil",
        "%2Fledger%2Fcompare%0D%0ASet-Cookie%3A%20a%3Db",
        "%5C%5Cevil.example",
        "javascript%3Aalert(1)",
    ],
)
def test_a_cookie_that_somebody_else_set_leads_to_no_other_site(
    server: Served, client: httpx.Client, wished: str
) -> None:
    sent = asked(server, client)
    back = client.post(sent.headers["location"], data={"sub": "ann"})
    client.cookies.delete("vledger_wished")
    client.cookies.set("vledger_wished", wished, domain="127.0.0.1", path="/ledger/oauth2callback")
    found = client.get(back.headers["location"])
    assert found.headers["location"] == "/ledger/"
    assert "a" not in client.cookies


def test_a_forged_state_signs_nobody_in(server: Served, client: httpx.Client) -> None:
    back = client.post(asked(server, client).headers["location"], data={"sub": "ann"}).headers["location"]
    for forged in (re.sub(r"state=[^&]+", "state=forged", back), re.sub(r"code=[^&]+", "code=forged", back)):
        assert forged != back
        found = client.get(forged)
        assert (found.status_code, found.headers["location"]) == (302, "/ledger/")
        assert "_streamlit_user" not in client.cookies


def test_a_code_that_somebody_else_was_given_signs_nobody_in(server: Served, client: httpx.Client) -> None:
    theirs = client.post(asked(server, client).headers["location"], data={"sub": "ann"}).headers["location"]
    with httpx.Client(trust_env=False) as other:
        found = other.get(theirs)
        assert found.status_code == 302
        assert "_streamlit_user" not in other.cookies


def test_no_script_reads_the_cookies_and_no_other_site_sends_them(server: Served, client: httpx.Client) -> None:
    cookies = signed_in(server, client).headers.get_list("set-cookie")
    given = [line for line in cookies if re.match(r"(_streamlit_user|_streamlit_user_tokens)=[^;]{9}", line)]
    assert len(given) >= 2
    for line in given:
        assert "httponly" in line.lower()
        assert "samesite=lax" in line.lower()
        assert "path=/ledger" in line.lower()
        # It came without encryption, to this machine alone: `Secure` would keep it from coming back.
        assert "secure" not in line.lower().replace("_streamlit", "")


@pytest.mark.parametrize("path", ["media/0123.png", "component/x/index.html", "_stcore/upload_file/a/b"])
def test_files_are_for_readers_alone(server: Served, client: httpx.Client, path: str) -> None:
    def status(value: str | None) -> int:
        headers = {"cookie": f"_streamlit_user={value}"} if value else {}
        return client.get(f"{server.base}/{path}", headers=headers).status_code

    mine = cookie(origin(server))
    refused = {
        "none": None,
        "changed": mine[:40] + ("A" if mine[40] != "A" else "B") + mine[41:],
        "of another secret": cookie(origin(server), secret=COOKIE_SECRET[::-1]),
        "of another domain": cookie(origin(server), email="bob@elsewhere.org"),
        "not verified": cookie(origin(server), email_verified=False),
        "too old": cookie(origin(server), iat=time.time() - 13 * 3600),
    }
    assert {why: status(value) for why, value in refused.items()} == dict.fromkeys(refused, 403)
    # There is no such file, and this is no way to upload one: but not for want of a right to.
    assert status(mine) != 403


def test_over_tls_the_cookies_travel_no_other_way(serve: Serve, tmp_path: Path) -> None:
    variables = {"VLEDGER_SECRETS": str(written(tmp_path, AUTH + ACCESS))}
    served = serve(variables=variables)
    found = httpx.get(f"{served.base}/auth/login", trust_env=False)
    lines = found.headers.get_list("set-cookie")
    assert any(line.startswith("vledger_wished=") for line in lines)
    assert all("; Secure" in line for line in lines if not line.startswith("vledger_reader="))


def spoken_to(headers: list[tuple[bytes, bytes]], heard: list[Any]) -> list[dict[str, Any]]:
    """What a connection is sent whose reader says nothing; what the application gets of it goes to `heard`."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - as every application
        heard.append(dict(scope["headers"])[b"sec-websocket-protocol"])
        heard.append(await asyncio.wait_for(receive(), 2))

    async def silence() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    asyncio.run(SignedIn(app, login=LOGIN, settings=Settings())(scope, silence, send))
    return sent


@pytest.fixture
def known_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in_module, "get_cookie_secret", lambda: COOKIE_SECRET)
    monkeypatch.setattr(signed_in_module, "GRACE", 0.2)


PROTOCOLS = (b"sec-websocket-protocol", b"streamlit, xsrf, session")


@pytest.mark.usefixtures("known_secret")
def test_a_connection_is_closed_when_signing_in_is_over_whatever_its_browser_does() -> None:
    heard: list[Any] = []
    signed = cookie("https://ledger.hospital.org", iat=time.time() - 12 * 3600 + 0.2)
    sent = spoken_to([PROTOCOLS, (b"cookie", f"_streamlit_user={signed}".encode())], heard)
    assert heard == [PROTOCOLS[1], {"type": "websocket.disconnect", "code": 1001}]
    assert sent == [{"type": "websocket.close", "code": 1001}]


@pytest.mark.usefixtures("known_secret")
@pytest.mark.parametrize("iat", [0.0, None], ids=["too old", "none"])
def test_a_stranger_goes_on_with_nobodys_session(iat: float | None) -> None:
    heard: list[Any] = []
    headers = [PROTOCOLS]
    if iat is not None:
        headers.append((b"cookie", f"_streamlit_user={cookie('https://ledger.hospital.org', iat=iat)}".encode()))
    with pytest.raises(TimeoutError):
        spoken_to(headers, heard)
    assert heard == [b"streamlit, xsrf"]


def test_a_page_for_a_file_is_made_where_readers_sign_in(store: Path, tmp_path: Path) -> None:
    env = {"VLEDGER_CACHE": str(store.parent.parent), "VLEDGER_SECRETS": str(written(tmp_path, AUTH + ACCESS))}
    with ProcessPoolExecutor(max_workers=1, env=env) as pool:
        assert pool.submit(record, "leaderboard", "", "light").result().exhibits
