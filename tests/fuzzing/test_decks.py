"""A stranger's deck: its word in an address, its file and the figures in it are shown, or refused in one sentence."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import strategies as st

from dashboard.exhibits import About, Exhibit, ExhibitError
from dashboard.export import kept_links
from dashboard.export.deck import LONGEST_PACKED, Deck, Slide, as_file, data_of, from_file, packed, unpacked
from dashboard.export.figure_check import faults
from dashboard.export.private import exhibit_as_json, exhibit_from_json
from tests.fuzzing.inputs import damaged, damaged_json, json_values, texts
from tests.fuzzing.sentences import check_sentence, value_or_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

DECK = Deck(
    title="Monday",
    slides=(
        Slide(page="size", query="suite=geneb", key="scatter", note="why"),
        Slide(page="your-split", key="f", private="ab"),
    ),
)
FIGURE = {
    "data": [
        {"type": "scatter", "x": [0.1, None, 0.3], "y": ["a", "b", "c"], "mode": "markers", "text": ["<b>x</b>"]},
        {"type": "heatmap", "z": [[0.1, 0.2], [None, 1]], "colorscale": [[0, "#fff"], [1, "#000"]]},
    ],
    "layout": {
        "title": {"text": "A figure"},
        "xaxis": {"range": [0, 1]},
        "annotations": [{"text": "n", "x": 1, "y": 2}],
    },
}
EXHIBIT = exhibit_as_json(
    Exhibit(
        "forest", "chart", "Yours is second", "alt", About("200 variants", "95% bootstrap", ("engine",)),
        go.Figure(FIGURE),
        pd.DataFrame(
            {"System": ["a", "b"], "AUROC": [0.9, None], "n": [1, 2], "Day": pd.to_datetime(["2026-11-21", None])}
        ),
        ("a note",), {"AUROC": "high"}, (0,), "your-split",
    )
)  # fmt: skip
FILE = as_file(DECK, {"ab": EXHIBIT}, "0" * 64)


def word_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).rstrip(b"=").decode()


def check_deck(word: str) -> None:
    deck = value_or_sentence(lambda: unpacked(word))
    if deck is not None:
        assert unpacked(packed(deck)) == deck


def check_file(content: bytes) -> None:
    found = value_or_sentence(lambda: from_file(content))
    if found is None:
        return
    deck, private = found
    data = data_of(content)
    again, kept = from_file(as_file(deck, {name: one for name, one in private.items() if sayable(one)}, data or ""))
    assert again == deck
    assert all(kept[name] == private[name] for name in kept)
    for one in private.values():
        check_exhibit(one)


def sayable(content: object) -> bool:
    try:
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


def check_exhibit(content: object) -> None:
    exhibit = value_or_sentence(lambda: exhibit_from_json(content))
    if exhibit is not None:
        json.dumps(exhibit_as_json(exhibit), allow_nan=False)


def check_figure(content: dict[str, Any]) -> None:
    told = faults(content)
    if told is not None:
        check_sentence(told)
    check_exhibit({**EXHIBIT, "figure": content})


def test_any_word_of_an_address_is_a_deck_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    good = json.loads(DECK.model_dump_json(exclude_defaults=True))
    values = st.one_of(damaged_json(good), json_values).map(lambda one: word_of(json.dumps(one).encode()))
    bits = damaged([zlib.compress(DECK.model_dump_json().encode())]).map(
        lambda one: base64.urlsafe_b64encode(one).decode()
    )
    letters = damaged([packed(DECK).encode()]).map(lambda one: one.decode("latin-1"))
    raw = damaged([DECK.model_dump_json().encode()]).map(word_of)
    fuzzed("deck words", st.one_of(values, bits, letters, raw, texts), check_deck, examples=400)


def test_any_file_is_a_deck_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    values = damaged_json(json.loads(FILE)).map(lambda one: json.dumps(one).encode())
    fuzzed("deck files", st.one_of(values, values, damaged([FILE])), check_file, examples=300)


def test_any_private_slide_is_shown_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    fuzzed("private slides", st.one_of(damaged_json(EXHIBIT), json_values), check_exhibit, examples=200)


def test_any_figure_is_drawn_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    figures = damaged_json(FIGURE).filter(lambda one: isinstance(one, dict))
    fuzzed("figures of decks", figures, check_figure, examples=120)


@pytest.mark.parametrize(
    "content",
    [
        b" " * 50_000_000,
        b"[" * 50_000_000,
        b'{"title":"' + b"a" * 50_000_000 + b'"}',
        b'{"slides":[' + b"{}," * 10_000_000,
    ],
    ids=["blanks", "brackets", "a title", "slides"],
)
def test_a_word_that_unfolds_to_megabytes_is_refused_before_it_does(
    content: bytes, tried: Callable[[str, int], None]
) -> None:
    raw = zlib.compress(content, 9)
    word = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()[:LONGEST_PACKED]
    tracemalloc.start()
    with pytest.raises(ExhibitError):
        unpacked(word)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10_000_000
    tried("deck words", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "x" * 5000},
        {"format": [[["\n"]]]},
        {"deck": {"x\n" * 500: 1}},
        {"deck": {"slides": [{"page": "size", "key": "k", "\u202e": 1}]}},
    ],
    ids=["long format", "listed format", "long key", "turned key"],
)
def test_what_a_stranger_wrote_stands_in_no_message_as_it_is(wrong: dict[str, Any]) -> None:
    with pytest.raises(ExhibitError) as caught:
        from_file(json.dumps({"kind": "validity-ledger-deck", "format": 1} | wrong).encode())
    check_sentence(str(caught.value))


def test_a_whole_number_that_no_chart_can_place_is_refused() -> None:
    assert faults({"data": [{"type": "scatter", "x": [10**400]}]}) == "a whole number in it is too large"


def test_a_figure_of_texts_that_begin_as_markup_is_judged_in_one_go(tried: Callable[[str, int], None]) -> None:
    text = "<" + " " * 3990
    assert faults({"data": [{"type": "scatter", "text": [text] * 450}]}) is None
    tried("figures of decks", 1)


def test_any_kept_text_comes_back_by_its_word_and_no_other_word_finds_one(fuzzed: Fuzzed, empty_cache: Path) -> None:
    def check(text: str) -> None:
        word = kept_links.keep(text)
        if word is not None:
            assert kept_links.find(word) == text
        assert kept_links.find(text) is None or kept_links.find(text) != text

    assert not (empty_cache / kept_links.FILE).exists()
    fuzzed("kept links", texts, check)
