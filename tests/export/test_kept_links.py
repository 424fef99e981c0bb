"""Short words for long addresses."""

from __future__ import annotations

import logging
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joblib.externals.loky import ProcessPoolExecutor

from dashboard.export import kept_links

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    kept_links._say_once.cache_clear()
    return tmp_path / "cache"


def test_a_text_is_found_under_its_word() -> None:
    word = kept_links.keep("/size?suite=geneb")
    assert word is not None
    assert (len(word), kept_links.find(word)) == (kept_links.LETTERS, "/size?suite=geneb")


def test_the_word_follows_from_the_text_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = kept_links.keep("abc")
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "other"))
    assert kept_links.keep("abc") == first == "xj4bnp4pah"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_comes_back_as_it_was_or_is_refused(text: str) -> None:
    word = kept_links.keep(text)
    assert (word is None) == (not text or _unwritable(text))
    assert word is None or kept_links.find(word) == text


def _unwritable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


@pytest.mark.parametrize(
    "word", ["", "abc", "A" * 10, "a" * 11, "a' OR '1'='1", "../../etc/x", "aaaaaaaaa\n", "日" * 10, "a" * 9 + "\x00"]
)
def test_a_word_that_is_none_finds_nothing(word: str) -> None:
    kept_links.keep("something")
    assert kept_links.find(word) is None


def test_asking_makes_no_file(cache: Path) -> None:
    assert kept_links.find("a" * 10) is None
    assert not cache.exists()


def test_a_text_that_is_too_long_is_not_kept() -> None:
    assert kept_links.keep("x" * (kept_links.LONGEST + 1)) is None
    assert kept_links.keep("x" * kept_links.LONGEST) is not None


def test_a_full_table_refuses_new_texts_and_still_knows_the_old() -> None:
    words = [kept_links.keep(text, most=2) for text in ("a", "b", "c")]
    assert words[2] is None
    assert kept_links.keep("a", most=2) == words[0] is not None


def test_another_text_with_the_same_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_links, "word_of", lambda _text: "a" * 10)
    assert kept_links.keep("first") == "a" * 10
    assert kept_links.keep("second") is None
    assert kept_links.find("a" * 10) == "first"


def test_a_row_that_somebody_changed_is_not_believed(cache: Path) -> None:
    word = kept_links.keep("mine")
    with sqlite3.connect(cache / kept_links.FILE) as links:
        links.execute("UPDATE link SET text = 'theirs'")
    links.close()
    assert kept_links.find(str(word)) is None


def test_a_damaged_file_keeps_nothing_and_says_so_once(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache.mkdir()
    (cache / kept_links.FILE).write_bytes(b"no database at all" * 100)
    with caplog.at_level(logging.WARNING):
        assert [kept_links.keep("a"), kept_links.keep("b"), kept_links.find("a" * 10)] == [None, None, None]
    assert sum("short links are not kept" in message for message in caplog.messages) == 1


def test_a_file_of_a_later_version_is_left_alone(cache: Path) -> None:
    kept_links.keep("a")
    with sqlite3.connect(cache / kept_links.FILE) as links:
        links.execute("PRAGMA user_version = 7")
    links.close()
    assert kept_links.keep("b") is None


def test_where_nothing_can_be_written_nothing_is_kept_and_all_is_found(cache: Path) -> None:
    word = str(kept_links.keep("a"))
    (cache / kept_links.FILE).chmod(0o444)
    cache.chmod(0o555)
    try:
        assert kept_links.find(word) == "a"
        if os.geteuid():
            assert kept_links.keep("b") is None
    finally:
        cache.chmod(0o755)


def test_a_cache_that_is_a_file_keeps_nothing(cache: Path) -> None:
    cache.write_text("in the way")
    assert kept_links.keep("a") is None
    assert kept_links.find("a" * 10) is None


def _many(start: int) -> list[str | None]:
    return [kept_links.keep(f"text {number}") for number in range(start, start + 40)]


def test_two_processes_and_their_threads_keep_at_once(cache: Path) -> None:
    with ProcessPoolExecutor(max_workers=2, env={"VLEDGER_CACHE": str(cache)}) as pool:
        theirs = [pool.submit(_many, start) for start in (0, 20)]
        with ThreadPoolExecutor(4) as threads:
            ours = list(threads.map(_many, (0, 10, 20, 30)))
        found = [*ours, *(one.result() for one in theirs)]
    assert all(word is not None for words in found for word in words)
    assert [kept_links.find(str(word)) for word in found[0]] == [f"text {number}" for number in range(40)]
