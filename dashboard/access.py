"""Who may read: what the file of secrets says of signing in, and what follows from what a provider says of a reader."""

from __future__ import annotations

import functools
import importlib.util
import os
import tomllib
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.errors import NotHereError, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS = "VLEDGER_SECRETS"
"""The environment variable that names the file of secrets."""
CALLBACK = "oauth2callback"
HOURS = 12.0
"""How long a reader stays signed in where nothing else is said. Streamlit's cookie would last 30 days."""
_MOST_HOURS = 30 * 24.0
_SECRET_LETTERS, _DIFFERENT_LETTERS = 32, 12
_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_OF_ACCESS = {"emails", "domains", "everyone", "hours"}
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Where readers sign in.

    Attributes:
        key: what Streamlit calls it; None for the one in `[auth]` itself.
        label: its name for people, where there is one.
    """

    key: str | None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How readers sign in, and who may read then.

    Attributes:
        providers: at least one.
        redirect_uri: where a provider sends readers back to.
        emails: addresses in small letters.
        domains: likewise, what stands behind the @ of an address.
        everyone: whoever can sign in may read.
        hours: how long signing in lasts.
    """

    providers: tuple[Provider, ...]
    redirect_uri: str
    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    everyone: bool = False
    hours: float = HOURS


class Standing(Enum):
    """What a reader is to this server."""

    STRANGER = auto()
    """Nobody has signed in."""
    EXPIRED = auto()
    """Somebody has, too long ago."""
    REFUSED = auto()
    """Somebody who may not read."""
    READER = auto()


def standing(login: Login, claims: Mapping[str, Any], now: float) -> Standing:
    """What somebody is by what the provider said of them.

    Args:
        login: what is asked for.
        claims: the claims of the identity token with Streamlit's own `is_logged_in`; empty where nobody signed in.
        now: seconds since 1970.
    """
    if claims.get("is_logged_in") is not True:
        return Standing.STRANGER
    ends = end(login, claims)
    if ends is None or now >= ends:
        return Standing.EXPIRED
    return Standing.READER if login.everyone or _named(login, claims) else Standing.REFUSED


def end(login: Login, claims: Mapping[str, Any]) -> float | None:
    """When signing in ends, in seconds since 1970; None where the provider did not say when it began."""
    began = claims.get("iat")
    if isinstance(began, bool) or not isinstance(began, int | float):
        return None
    return began + login.hours * 3600


def _named(login: Login, claims: Mapping[str, Any]) -> bool:
    """Whether a verified address is one of those that may read.

    `xms_edov` is what Entra says in the place of `email_verified`. Letters beyond ASCII are refused: some of them turn
    into others when they are made small.
    """
    email = claims.get("email")
    verified = any(claims.get(name) in {True, "true", "1"} for name in ("email_verified", "xms_edov"))
    if not isinstance(email, str) or not verified or not email.isascii() or email.count("@") != 1:
        return False
    return email.lower() in login.emails or email.lower().partition("@")[2] in login.domains


@functools.cache
def required() -> Login | None:
    """How readers sign in here, as it stood when it was first asked for; None where everybody may read.

    Raises:
        NotHereError: the file that was named is not there, or the package that signs people in is not.
        SpecError: what it says is not enough to keep anybody out.
    """
    return read(secret_files())


def secret_files() -> tuple[Path, ...]:
    """The file that `VLEDGER_SECRETS` names, else those where Streamlit looks; of equal sections the last one holds."""
    if named := os.environ.get(SECRETS):
        return (Path(named).expanduser(),)
    from streamlit import config  # noqa: PLC0415 - who names a file needs none of its places

    return tuple(Path(path) for path in config.get_option("secrets.files"))


def read(files: tuple[Path, ...]) -> Login | None:
    """How readers sign in by these files, None where none of them has a section `[auth]`.

    Raises:
        NotHereError: the only file is not there, or the package that signs people in is not.
        SpecError: a file is no TOML, or what it says is not enough to keep anybody out.
    """
    found: dict[str, Any] = {}
    for path in files:
        if path.is_file():
            found |= _parsed(path)
        elif len(files) == 1:
            raise NotHereError(f"{SECRETS} names {path}, which is no file; name the one with the section [auth].")
    where = " or ".join(str(path) for path in files if path.is_file())
    if "auth" not in found:
        if "access" in found:
            raise SpecError(f"{where} says in [access] who may read, but not in [auth] how they sign in; add [auth].")
        return None
    if importlib.util.find_spec("authlib") is None or importlib.util.find_spec("httpx") is None:
        raise NotHereError(
            f"{where} asks readers to sign in, which needs Authlib and httpx: pip install 'validity-ledger[auth]'."
        )
    return _Reading(where).login(found["auth"], found.get("access"))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Not what it says: that can quote a secret.
        raise SpecError(f"{path} is no TOML; see docs/login.md for how it has to look.") from error


class _Reading:
    """Reads the two sections; whatever is wrong is one sentence that names the file and quotes no value."""

    def __init__(self, where: str) -> None:
        self._where = where

    def login(self, auth: Any, access: Any) -> Login:
        if not isinstance(auth, dict):
            raise self._wrong("[auth] is no section", "write it as docs/login.md shows")
        self._secret(auth.get("cookie_secret"))
        redirect_uri = self._address(auth, "[auth]", "redirect_uri")
        if urlsplit(redirect_uri).path.rpartition("/")[2] != CALLBACK:
            raise self._wrong("[auth] redirect_uri does not end in /oauth2callback", "let it end so")
        return Login(providers=self._providers(auth), redirect_uri=redirect_uri, **self._access(access))

    def _wrong(self, what: str, remedy: str) -> SpecError:
        return SpecError(f"{self._where}: {what}; {remedy}.")

    def _secret(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) < _SECRET_LETTERS or len(set(value)) < _DIFFERENT_LETTERS:
            raise self._wrong(
                f"[auth] cookie_secret has to be at least {_SECRET_LETTERS} random letters",
                """make one with python -c "import secrets; print(secrets.token_urlsafe(48))\"""",
            )

    def _providers(self, auth: Mapping[str, Any]) -> tuple[Provider, ...]:
        found = {key: value for key, value in auth.items() if isinstance(value, dict) and key != "client_kwargs"}
        if not found or any(key in auth for key in _OF_PROVIDER):
            found = {"": dict(auth), **found}
        for key, section in found.items():
            name = f"[auth.{key}]" if key else "[auth]"
            for field in _OF_PROVIDER:
                if not isinstance(section.get(field), str) or not section[field]:
                    raise self._wrong(f"{name} has no {field}", "add it, docs/login.md says where it is from")
            self._address(section, name, "server_metadata_url")
            if "_" in key:
                raise self._wrong(f"{name} has a _ in its name, which Streamlit cannot take", "name it without")
        return tuple(Provider(key or None, section.get("label") or key or None) for key, section in found.items())

    def _address(self, section: Mapping[str, Any], name: str, field: str) -> str:
        """An address of the web, which only a machine that talks to itself may have without encryption."""
        value = section.get(field)
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
            raise self._wrong(f"{name} needs {field} as an address that begins with https://", "correct it")
        return str(value)

    def _access(self, access: Any) -> dict[str, Any]:
        if not isinstance(access, dict) or not access.keys() & {"emails", "domains", "everyone"}:
            raise self._wrong("[access] does not say who may read", "give it emails, domains, or everyone = true")
        if unknown := sorted(access.keys() - _OF_ACCESS):
            raise self._wrong(
                f"[access] has {unknown[0]!r}, which means nothing", f"it takes {', '.join(sorted(_OF_ACCESS))}"
            )
        emails, domains = self._words(access, "emails"), self._words(access, "domains")
        if any(word.count("@") != 1 for word in emails) or any("@" in word or "*" in word for word in domains):
            raise self._wrong(
                "[access] takes whole addresses as emails, and domains without @ and *",
                'write emails = ["a@hospital.org"], domains = ["hospital.org"]',
            )
        everyone, hours = access.get("everyone", False), access.get("hours", HOURS)
        if not isinstance(everyone, bool) or not (everyone or emails or domains):
            raise self._wrong("[access] lets nobody read", "name emails or domains, or say everyone = true")
        if everyone and (emails or domains):
            raise self._wrong("[access] names readers and says everyone", "say one of both")
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= _MOST_HOURS:
            raise self._wrong("[access] hours is no number above 0", f"give one up to {_MOST_HOURS:g}")
        return {"emails": emails, "domains": domains, "everyone": everyone, "hours": float(hours)}

    def _words(self, access: Mapping[str, Any], field: str) -> frozenset[str]:
        given = access.get(field, [])
        if not isinstance(given, list) or not all(isinstance(word, str) and word.isascii() for word in given):
            raise self._wrong(f"[access] {field} is no list of words", f'write {field} = ["..."]')
        return frozenset(word.strip().lower() for word in given)
