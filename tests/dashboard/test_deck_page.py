"""The deck's page, run in process: what a reader adds, orders, words, saves and opens."""

from __future__ import annotations

import json
import random
import re
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from dashboard import headless
from dashboard.components import deck_contents, deck_files
from dashboard.export import kept_links
from dashboard.export.deck import FILE_KIND, LONGEST_PACKED, MOST_SLIDES, Deck, Slide, as_file, packed, unpacked
from engine.store.location import current_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.exhibits import Recording

    Visit = Callable[..., AppTest]

HOSTILE = "<img src=x onerror=alert(1)> **x** [y](javascript:z) :red[r]"
HEAT = Slide(page="leaderboard", query="suite=clinvar", key="heat")
TABLE = Slide(page="size", query="", key="worth")


@pytest.fixture
def runs(app_cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Pages that were run for slides: here, one after the other, as the process for exports would."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setenv("VLEDGER_CACHE", str(app_cache))

    def found(page: str, query: str, _ground: str) -> Recording | str:
        asked.append((page, query))
        if page == "broken":
            return "/broken failed: it has always been broken"
        return REAL[page, query]

    def submit(function: Callable[..., Any], _key: object, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result((found if function is headless.record_or_why else function)(*args))
        except Exception as error:  # noqa: BLE001 - as a future keeps it
            future.set_exception(error)
        return future

    monkeypatch.setattr(deck_contents, "submit_export", submit)
    monkeypatch.setattr(deck_files, "file_of", lambda *given: partial(submit, *given))
    return asked


REAL: dict[tuple[str, str], Recording | str] = {}


@pytest.fixture(autouse=True)
def _contents(recorded: Callable[..., Recording]) -> None:
    for slide in (HEAT, TABLE):
        REAL[slide.page, slide.query] = recorded(slide.page, slide.query)


def address(*slides: Slide, **deck: Any) -> dict[str, str]:
    return {"deck": packed(Deck.model_validate({"slides": slides} | deck))}


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def shown(at: AppTest) -> Deck:
    """The deck of the address."""
    value = at.query_params["deck"]
    word = value[0] if isinstance(value, list) else value
    kept = kept_links.find(word) if len(word) == kept_links.LETTERS else word
    assert kept
    return unpacked(kept)


def html(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def saved(at: AppTest) -> list[str]:
    return [button.proto.label for button in at.get("download_button")]


@pytest.mark.usefixtures("runs")
class TestDeck:
    def test_an_empty_deck_says_how_slides_get_there(self, visit: Visit) -> None:
        at = calm(visit("deck"))
        assert at.title[0].value == "Your deck has no slide yet"
        assert {"Leaderboard →", "Compare two models →", "Two ledgers →"} <= {
            link.proto.label for link in at.main.get("page_link")
        }
        assert at.file_uploader
        assert at.button(key="preset-leaderboard").label == r"Leaderboard of a suite\: GENEB"

    def test_a_preset_becomes_the_readers_deck(self, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deck_contents, "ready", lambda _work: True)
        at = visit("deck", {"suite": "clinvar"})
        at.button(key="preset-overview").click().run()
        assert [slide.page for slide in shown(at).slides] == ["overview"] * len(shown(at).slides)
        assert len(shown(at).slides) > 3

    def test_what_is_added_on_pages_is_on_the_deck_and_counted_in_the_navigation(self, visit: Visit) -> None:
        at = calm(visit("leaderboard", {"suite": "clinvar"}))
        at.button(key="deck-heat").click().run()
        assert shown(at).slides == (HEAT,)
        assert "Deck · 1" in {link.proto.label for link in at.sidebar.get("page_link")}
        at.button(key="deck-heat").click().run()
        assert shown(at).slides == (HEAT, HEAT)
        assert calm(visit("deck", dict(at.query_params) | {"suite": "clinvar"})).title[0].value

    def test_the_slide_looked_at_has_its_headline_exhibit_and_stamp(self, visit: Visit) -> None:
        at = calm(visit("deck", address(HEAT, TABLE) | {"slide": "1"}))
        assert at.title[0].value == "Two slides, from Leaderboard and Size and performance"
        assert len(at.get("plotly_chart")) == 1
        assert "Suite: ClinVar · Labels used: Zero-shot · Metric: AUROC" in html(at)
        at = calm(visit("deck", address(HEAT, TABLE) | {"slide": "2"}))
        assert not at.get("plotly_chart")
        assert '<table class="vl-slide-table">' in html(at)

    def test_a_slide_beyond_the_last_is_the_last(self, visit: Visit) -> None:
        at = calm(visit("deck", address(HEAT, TABLE) | {"slide": "40"}))
        assert '<table class="vl-slide-table">' in html(at)

    def test_slides_are_moved_removed_retitled_and_noted_in_the_address(self, visit: Visit) -> None:
        at = visit("deck", address(HEAT, TABLE))
        at.button(key="slide-down").click().run()
        assert shown(calm(at)).slides == (TABLE, HEAT)
        assert at.query_params["slide"] == "2"
        at.text_input(key="slide-title").set_value("Ours").run()
        at.text_area(key="slide-note").set_value("Say this.\nThen that.").run()
        assert shown(calm(at)).slides[1] == HEAT.model_copy(update={"title": "Ours", "note": "Say this.\nThen that."})
        assert "2\u2002Ours" in labels(at)
        at.button(key="slide-remove").click().run()
        assert shown(calm(at)).slides == (TABLE,)
        at.button(key="slide-remove").click().run()
        assert "deck" not in calm(at).query_params
        assert at.title[0].value == "Your deck has no slide yet"

    def test_the_same_exhibit_twice_is_two_slides(self, visit: Visit) -> None:
        at = calm(visit("deck", address(HEAT, HEAT, HEAT)))
        at.text_input(key="slide-title").set_value("First").run()
        assert [slide.title for slide in shown(at).slides] == ["First", "", ""]

    def test_title_ground_and_shape_are_the_decks(self, visit: Visit) -> None:
        at = visit("deck", address(HEAT))
        at.sidebar.text_input(key="deck-of-title").set_value("Lab meeting").run()
        at.sidebar.segmented_control(key="deck-of-ground").set_value("dark").run()
        at.sidebar.segmented_control(key="deck-of-shape").set_value("4:3").run()
        deck = shown(calm(at))
        assert (deck.title, deck.ground, deck.shape) == ("Lab meeting", "dark", "4:3")
        assert "#12161C" in html(at)

    def test_a_slide_that_fails_is_told_and_does_not_lose_the_others(self, visit: Visit) -> None:
        at = calm(visit("deck", address(Slide(page="broken", key="x"), HEAT)))
        assert "it has always been broken" in html(at)
        assert "Try again" in labels(at)
        assert "PowerPoint" in saved(at)
        at = calm(visit("deck", address(HEAT.model_copy(update={"key": "no-such"}), HEAT)))
        assert "shows no “no-such”" in html(at)

    @pytest.mark.parametrize("word", ["aaaaaaaaaa", "eNothing-that-unfolds", f"eN{'-' * (LONGEST_PACKED - 2)}"])
    def test_a_deck_that_is_not_known_is_told_on_every_page_that_needs_it(self, word: str, visit: Visit) -> None:
        at = calm(visit("deck", {"deck": word}))
        assert at.title[0].value == "This deck is not known here"
        assert len(at.warning) == 1
        assert at.file_uploader
        assert calm(visit("leaderboard", {"deck": word})).title[0].value == "No model leads everywhere"

    @pytest.mark.parametrize("word", ["x", "not-a-deck-at-all-but-long", "-" * LONGEST_PACKED])
    def test_a_word_that_can_be_no_deck_is_ignored_with_a_notice(self, word: str, visit: Visit) -> None:
        at = calm(visit("deck", {"deck": word}))
        assert at.title[0].value == "Your deck has no slide yet"
        assert "is not a known value of `deck`" in at.warning[0].value

    def test_hostile_words_of_a_deck_are_shown_and_never_taken_for_markup(self, visit: Visit) -> None:
        slide = HEAT.model_copy(update={"title": HOSTILE, "note": HOSTILE})
        odd = Slide(page="no-such-page", query="x=<script>", key=HOSTILE[:50])
        at = calm(visit("deck", address(slide, odd, title=HOSTILE)))
        assert "<img" not in html(at)
        assert "&lt;img src=x" in html(at)
        assert not any(re.search(r"(?<!\\)\[y(?<!\\)\]\(", label) for label in labels(at))

    def test_a_full_deck_takes_no_more_and_says_so(self, visit: Visit) -> None:
        at = visit("leaderboard", {"suite": "clinvar"} | address(*[HEAT] * MOST_SLIDES))
        before = at.query_params["deck"]
        at.button(key="deck-heat").click().run()
        assert at.query_params["deck"] == before
        assert f"at most {MOST_SLIDES} slides" in at.toast[0].value

    def test_every_page_of_a_deck_is_run_once(self, visit: Visit, runs: list[tuple[str, str]]) -> None:
        calm(visit("deck", address(HEAT, HEAT, TABLE, HEAT)))
        assert runs == [("leaderboard", "suite=clinvar"), ("size", "")]

    def test_clear_takes_every_slide_out(self, visit: Visit) -> None:
        at = visit("deck", address(HEAT, TABLE))
        at.button(key="deck-clear").click().run()
        assert calm(at).title[0].value == "Your deck has no slide yet"

    def test_a_deck_is_opened_from_its_file_and_says_on_which_data_it_was_made(self, visit: Visit) -> None:
        deck = Deck(title="From a file", slides=(TABLE, HEAT))
        at = visit("deck")
        at.file_uploader[0].upload("mine.vledger-deck.json", as_file(deck, {}, "0" * 64), "application/json").run()
        assert shown(calm(at)) == deck
        assert "made on data 000000000000" in at.info[0].value
        here = current_store()[1].content_hash
        at = visit("deck")
        at.file_uploader[0].upload("mine.vledger-deck.json", as_file(deck, {}, here), "application/json").run()
        assert not calm(at).info

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kind": "other"}', b"\xff\xfe"])
    def test_a_file_that_is_no_deck_is_refused_in_a_sentence(self, content: bytes, visit: Visit) -> None:
        at = visit("deck")
        at.file_uploader[0].upload("x.json", content, "application/json").run()
        assert [error.message for error in at.exception] == []
        assert "no deck" in at.error[0].value
        assert "deck" not in at.query_params

    def test_links_to_the_deck_come_short_and_long(self, visit: Visit) -> None:
        at = calm(visit("deck", address(HEAT)))
        short, long = (str(code.value) for code in at.code)
        assert len(short.rpartition("=")[2]) == kept_links.LETTERS
        assert unpacked(long.rpartition("=")[2]).slides == (HEAT,)

    def test_presenting_waits_for_the_slides_and_fills_the_window(self, visit: Visit) -> None:
        at = calm(visit("deck", address(HEAT) | {"present": "yes"}))
        assert len(at.get("iframe")) == 1
        assert "No model leads" in at.get("iframe")[0].proto.srcdoc or "vl" in at.get("iframe")[0].proto.srcdoc
        assert [button.key for button in at.button] == ["leave"]


def test_a_deck_too_long_for_an_address_stays_in_the_session_and_in_its_file(
    visit: Visit, runs: list[tuple[str, str]]
) -> None:
    letters = random.Random(8)  # noqa: S311 - words that cannot be compressed
    notes = [HEAT.model_copy(update={"note": letters.randbytes(400).hex()}) for _ in range(MOST_SLIDES)]
    deck = Deck(slides=tuple(notes))
    assert len(packed(deck)) > LONGEST_PACKED
    at = visit("deck")
    at.file_uploader[0].upload("long.json", as_file(deck, {}, ""), "application/json").run()
    assert calm(at).title[0].value.startswith("40 slides")
    assert len(str(at.query_params["deck"])) == kept_links.LETTERS
    assert not at.code
    assert any("too long for a link" in str(caption.value) for caption in at.caption)
    assert runs


PRIVATE = "0123456789abcdef"
SECRET = "patient 0042"


def test_private_content_goes_into_the_file_and_into_no_address_and_no_kept_link(
    visit: Visit, runs: list[tuple[str, str]], recorded: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.export.private import exhibit_as_json  # noqa: PLC0415

    kept: list[str] = []
    keep = kept_links.keep
    monkeypatch.setattr(kept_links, "keep", lambda text: (kept.append(text), keep(text))[1])
    content = exhibit_as_json(recorded("size", "").find("worth"))
    content["title"] = SECRET
    deck = Deck(slides=(Slide(page="your-split", key="worth", private=PRIVATE),))
    at = visit("deck")
    at.file_uploader[0].upload("x.json", as_file(deck, {PRIVATE: content}, ""), "application/json").run()
    calm(at)
    assert SECRET in html(at)
    assert runs == []
    assert SECRET not in urlencode(dict(at.query_params), doseq=True)
    for text in kept:
        assert SECRET not in text
        assert "worth" in json.dumps(unpacked(text).model_dump())
        assert SECRET not in json.dumps(unpacked(text).model_dump())
    at.run()
    assert SECRET in html(calm(at))
    # In another session the link has the slide's place, but not what it shows.
    other = calm(visit("deck", dict(at.query_params)))
    assert SECRET not in html(other)
    assert "not in this session" in html(other)


def test_a_deck_page_and_a_private_page_are_never_run_for_a_slide(app_cache: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(app_cache))
    for page in ("deck", "your-split", "no-such-page"):
        assert f"no page /{page}" in str(headless.record_or_why(page, "", "light"))


@pytest.mark.parametrize(
    ("done", "to_do", "seconds", "left"), [(4, 8, 2.0, 4), (1, 1, 0.1, 1), (0, 12, 3.0, None), (12, 0, 3.0, None)]
)
def test_the_time_left_follows_the_pace_so_far(done: int, to_do: int, seconds: float, left: int | None) -> None:
    assert deck_contents.seconds_left(done, to_do, seconds) == left


@pytest.mark.parametrize(
    ("title", "stem"),
    [("", "deck"), ("Lab meeting, May", "lab-meeting-may"), ("../../etc/passwd", "etc-passwd"), ("日本", "deck")],
)
def test_a_files_name_is_made_of_letters_that_every_system_takes(title: str, stem: str) -> None:
    assert deck_files.file_stem(Deck(title=title)) == stem


def test_a_saved_deck_names_its_kind_and_its_data() -> None:
    assert json.loads(as_file(Deck(slides=(HEAT,)), {}, "abc")) == {
        "kind": FILE_KIND,
        "format": 1,
        "data": "abc",
        "deck": {"slides": [{"page": "leaderboard", "query": "suite=clinvar", "key": "heat"}]},
        "private": {},
    }
