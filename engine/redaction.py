"""Secrets in texts that are kept or shown: keys in URLs, tokens of services, values of the environment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HIDDEN = "***"
"""What stands in place of a secret."""

_SHORTEST = 8
_SECRET_WORDS = {"TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS"}
_PLACE_WORDS = {"PATH", "FILE", "DIR"}
_NAME = (
    r"(?:token|secret|passw(?:or)?d|passphrase|signature|credentials?|(?:api|access|account|private|secret)[-_]?key)"
)
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'&;,]+)"""
_KNOWN = (
    r"\bhf_[A-Za-z0-9]{12,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}"
    r"|\bsk-[A-Za-z0-9_-]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"
)
_RULES = (
    # Keys of object stores have slashes in them: behind a colon, one does not end what stands before the @.
    (re.compile(r"(\w://)(?:[^\s/'\"@:]*:[^\s'\"]*|[^\s/'\"@]+)@"), rf"\1{HIDDEN}@"),
    (
        re.compile(r"([?&;](?:key|sig|auth|x-amz-[\w-]+|[\w.-]*" + _NAME + r")=)[^&\s'\"#]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(--(?:[\w-]+-)?(?:key|" + _NAME + r")(?:=|\s+))" + _VALUE, re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(\"[\w-]*" + _NAME + r"\"\s*:\s*)\"[^\"]*\"", re.IGNORECASE), rf'\1"{HIDDEN}"'),
    (re.compile(r"(\b[\w-]*" + _NAME + r"\s*=\s*)(?!\*)" + _VALUE, re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b([A-Z0-9]+_(?:KEY|AUTH)=)\S+"), rf"\1{HIDDEN}"),
    (re.compile(r"\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(_KNOWN), HIDDEN),
)


def redacted(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text with everything that looks like a secret, or is one of the environment's, hidden.

    Args:
        text: a command, a path, a message; a secret in it may stand in a URL, after an option, in JSON or by itself.
        environment: variables whose names say that they hold a secret are looked for by their values.
    """
    for secret in sorted(_kept_in(environment), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def all_redacted(value: Any, environment: Mapping[str, str] = os.environ) -> Any:
    """Likewise, of every text in lists and dictionaries; a text under a secret's name is hidden whole."""
    if isinstance(value, str):
        return redacted(value, environment)
    if isinstance(value, dict):
        return {
            name: HIDDEN if _is_secret(name, one) else all_redacted(one, environment) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [all_redacted(one, environment) for one in value]
    return value


def _is_secret(name: Any, value: Any) -> bool:
    return (
        isinstance(value, str)
        and isinstance(name, str)
        and re.fullmatch(rf"[\w-]*{_NAME}", name, re.IGNORECASE) is not None
    )


def _kept_in(environment: Mapping[str, str]) -> Iterator[str]:
    """Values long enough to be no ordinary word."""
    for name, value in environment.items():
        words = set(name.upper().split("_"))
        if words & _SECRET_WORDS and not words & _PLACE_WORDS and len(value) >= _SHORTEST:
            yield value
