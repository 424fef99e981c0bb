"""Decks as values: their word in an address and their file."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exhibits import ExhibitError
from dashboard.export.deck import (
    LONGEST_PACKED,
    MOST_SLIDES,
    Deck,
    Slide,
    as_file,
    changed,
    from_file,
    moved,
    packed,
    unpacked,
    with_slide,
    without_slide,
)

SLIDES = st.builds(
    Slide,
    page=st.from_regex(r"[a-z][a-z-]{0,30}", fullmatch=True),
    query=st.text(max_size=40),
    key=st.text(min_size=1, max_size=20),
    title=st.text(max_size=20),
    note=st.text(max_size=40),
)
DECKS = st.builds(
    Deck,
    title=st.text(max_size=30),
    ground=st.sampled_from(["light", "dark"]),
    shape=st.sampled_from(["16:9", "4:3"]),
    slides=st.lists(SLIDES, max_size=5).map(tuple),
)


def of(*keys: str) -> Deck:
    return Deck(slides=tuple(Slide(page="size", key=key) for key in keys))


def keys(deck: Deck) -> str:
    return "".join(slide.key for slide in deck.slides)


@settings(max_examples=100, deadline=None)
@given(DECKS)
def test_a_deck_comes_back_from_its_word_and_from_its_file(deck: Deck) -> None:
    try:
        deck.model_dump_json().encode()
    except ValueError:  # a lone surrogate is no text
        return
    assert unpacked(packed(deck)) == deck
    assert from_file(as_file(deck, {}, "abc")) == (deck, {})


def test_slides_are_added_moved_changed_and_taken_out() -> None:
    deck = with_slide(of("a", "b"), Slide(page="size", key="c"))
    assert keys(moved(deck, 0, 1)) == "bac"
    assert keys(moved(deck, 2, -1)) == "acb"
    assert keys(moved(deck, 0, -1)) == keys(moved(deck, 2, 5)) == "abc"
    assert keys(without_slide(deck, 1)) == "ac"
    assert [slide.title for slide in changed(deck, 1, title="T").slides] == ["", "T", ""]


def test_a_full_deck_takes_no_more() -> None:
    full = of(*(["a"] * MOST_SLIDES))
    with pytest.raises(ExhibitError, match="at most 40 slides"):
        with_slide(full, Slide(page="size", key="b"))


def word_of(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "word",
    [
        "",
        "!!",
        "a" * (LONGEST_PACKED + 1),
        "AAAA",
        word_of("[]"),
        word_of("{"),
        word_of('{"slides":[{"page":"../x","key":"k"}]}'),
        word_of('{"slides":[{"page":"size","key":""}]}'),
        word_of('{"other":1}'),
        word_of('{"ground":"pink"}'),
        word_of("[" * 50_000),
        word_of(" " * 5_000_000),
        word_of(json.dumps({"slides": [{"page": "size", "key": "k"}] * (MOST_SLIDES + 1)})),
    ],
    ids=range(13),
)
def test_a_word_that_is_no_deck_is_refused_with_a_sentence(word: str) -> None:
    with pytest.raises(ExhibitError, match="holds no deck that can be read"):
        unpacked(word)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_file_is_a_deck_or_a_sentence(content: bytes) -> None:
    with pytest.raises(ExhibitError, match="this file is no deck"):
        from_file(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"kind": "other"}, "does not say"),
        ({"kind": "validity-ledger-deck", "format": 2}, "has format 2"),
        ({"kind": "validity-ledger-deck", "format": 1, "deck": {"slides": [{"page": "x"}]}}, "slides.0.key"),
        ({"kind": "validity-ledger-deck", "format": 1, "deck": {}, "private": []}, "no object"),
        ({"kind": "validity-ledger-deck", "format": 1}, "deck"),
    ],
    ids=["kind", "format", "slide", "private", "none"],
)
def test_a_file_that_is_no_deck_says_where(content: dict[str, object], says: str) -> None:
    with pytest.raises(ExhibitError, match=says):
        from_file(json.dumps(content).encode())


def test_a_file_nested_without_end_is_refused() -> None:
    with pytest.raises(ExhibitError, match="not JSON"):
        from_file(b"[" * 200_000)


def test_a_file_carries_the_contents_of_its_own_private_slides_only() -> None:
    deck = Deck(slides=(Slide(page="your-split", key="k", private="ab12"),))
    assert from_file(as_file(deck, {"ab12": {"x": 1}, "cd34": {"y": 2}}, "h")) == (deck, {"ab12": {"x": 1}})
