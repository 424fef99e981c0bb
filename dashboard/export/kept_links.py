"""Short words for long addresses, kept by this server in one small file beside the store."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from engine.store.location import cache_dir

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = 10
"""How long a word is."""
LONGEST = 16_000
MOST = 200_000
FILE = "links.sqlite"
_VERSION = 1
_SECONDS = 2.0
_WORD = re.compile(rf"[a-z2-7]{{{LETTERS}}}")
_TABLE = """
CREATE TABLE IF NOT EXISTS link (
  word TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  kept_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID
"""
_log = logging.getLogger(__name__)


def keep(text: str, *, most: int = MOST) -> str | None:
    """The word under which a text is found again; None where this server cannot keep any.

    The word is made of the text alone, so the same text always has the same word and a word never means another text.

    Args:
        text: at most 16,000 letters.
        most: how many texts are kept; one that is kept already is still found.
    """
    if not text or len(text) > LONGEST:
        return None
    word = word_of(text)
    path = cache_dir() / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_opened(path)) as links:
            return word if _kept(links, word, text, most) else None
    except (sqlite3.Error, OSError, UnicodeError) as error:
        _say_once(str(path), f"{type(error).__name__}: {error}")
        return None


def find(word: str) -> str | None:
    """The text behind a word; None where it is not known here."""
    path = cache_dir() / FILE
    try:
        if not _WORD.fullmatch(word) or not path.is_file():
            return None
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)) as links:
            row = links.execute("SELECT text FROM link WHERE word = ?", (word,)).fetchone()
    except (sqlite3.Error, OSError) as error:
        _say_once(str(path), f"{type(error).__name__}: {error}")
        return None
    # A file that somebody else wrote may hold anything: a word stands for the text that it is made of, or for none.
    return row[0] if row and isinstance(row[0], str) and word_of(row[0]) == word else None


def word_of(text: str) -> str:
    """The word of a text: the first letters of its SHA-256 in base 32, lower case."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode("ascii")[:LETTERS].lower()


def _opened(path: Path) -> sqlite3.Connection:
    links = sqlite3.connect(path, timeout=_SECONDS, isolation_level=None)
    try:
        _prepare(links)
    except BaseException:
        links.close()
        raise
    return links


def _prepare(links: sqlite3.Connection) -> None:
    version = links.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, _VERSION}:
        raise sqlite3.DatabaseError(f"version {version}, not {_VERSION}")
    if version == 0:
        links.execute("BEGIN IMMEDIATE")
        links.execute(_TABLE)
        links.execute(f"PRAGMA user_version = {_VERSION}")
        links.execute("COMMIT")


def _kept(links: sqlite3.Connection, word: str, text: str, most: int) -> bool:
    """Whether the word now stands for this text: another text with its word, or a full table, refuses it."""
    row = links.execute("SELECT text FROM link WHERE word = ?", (word,)).fetchone()
    if row is not None:
        return bool(row[0] == text)
    links.execute(
        "INSERT OR IGNORE INTO link (word, text) SELECT ?, ? WHERE (SELECT count(*) FROM link) < ?", (word, text, most)
    )
    row = links.execute("SELECT text FROM link WHERE word = ?", (word,)).fetchone()
    if row is None:
        _say_once(str(most), "it is full")
    return row is not None and bool(row[0] == text)


@cache
def _say_once(where: str, why: str) -> None:
    _log.warning("short links are not kept (%s): %s", where, why)
