from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.components import where
from dashboard.export import kept_links
from dashboard.view import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    Visit = Callable[..., AppTest]

LONG = {"regime": ["10shot"], "family": ["Long convolution", "State space"], "search": ["a"]}


def opened(at: AppTest, key: str = "share") -> AppTest:
    """The popover as a reader opens it."""
    at.session_state[key] = True
    return at.run()


def codes(at: AppTest) -> list[str]:
    return [str(code.value) for code in at.code]


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def listed(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def test_share_gives_a_short_link_that_opens_the_same_view(visit: Visit) -> None:
    first = calm(opened(visit("leaderboard", LONG)))
    short, full = codes(first)[:2]
    assert len(short) < len(full)
    word = parse_qs(urlsplit(short).query)["s"][0]
    again = calm(visit("leaderboard", {"s": word}))
    assert not again.warning
    assert listed(again) == listed(first)
    assert again.title[0].value == first.title[0].value


def test_an_address_that_is_short_already_is_its_own_link(visit: Visit) -> None:
    at = calm(opened(visit("leaderboard", {"suite": "clinvar"})))
    assert codes(at)[0].endswith("/leaderboard?suite=clinvar")
    assert "s=" not in codes(at)[0]


def test_links_citation_and_command_name_the_view_and_not_the_readers_deck(visit: Visit) -> None:
    at = visit("leaderboard", LONG)
    at.button(key="deck-heat").click().run()
    assert "deck" in at.query_params
    at = calm(opened(at))
    shown = codes(at)
    assert not any("deck=" in code or "present" in code for code in shown)
    assert any(re.search(r"^vledger report --view '/leaderboard\?.*family=State\+space.*' --out", c) for c in shown)
    assert any("Validity Ledger" in code and str(at.title[0].value) in code for code in shown)
    assert any(code.lstrip().startswith("@") for code in shown)


@pytest.mark.parametrize("page", PAGES)
def test_share_opens_on_every_page(page: str, visit: Visit) -> None:
    at = calm(opened(visit(page)))
    assert [button.label for button in at.button].count("Present") == 1


def test_a_word_that_is_not_known_is_told_once_and_the_page_stays_at_its_defaults(visit: Visit) -> None:
    for word in ("aaaaaaaaaa", "x", "<script>", "7" * 4_000):
        at = calm(visit("leaderboard", {"s": word}))
        assert len(at.warning) == 1
        assert "does not know the short link" in at.warning[0].value
        assert listed(at) == {}


def test_the_word_of_a_deck_is_no_view(visit: Visit) -> None:
    at = visit("leaderboard")
    at.button(key="deck-heat").click().run()
    word = listed(at)["deck"][0]
    assert len(word) == kept_links.LETTERS
    assert len(visit("leaderboard", {"s": word}).warning) == 1


def test_a_short_link_leaves_the_readers_deck_in_the_address(visit: Visit) -> None:
    at = calm(opened(visit("leaderboard", LONG)))
    word = parse_qs(urlsplit(codes(at)[0]).query)["s"][0]
    at = visit("leaderboard")
    at.button(key="deck-heat").click().run()
    deck = listed(at)["deck"]
    assert listed(visit("leaderboard", {"s": word, "deck": deck[0]}))["deck"] == deck


def test_a_server_that_keeps_no_links_offers_the_full_one(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_links, "keep", lambda _text: None)
    at = calm(opened(visit("leaderboard", LONG)))
    assert "family=State+space" in codes(at)[0]
    assert any("cannot keep short links" in str(caption.value) for caption in at.caption)


def test_what_somebody_brought_is_in_no_link(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(kept_links, "keep", kept.append)
    at = calm(opened(visit("your-split")))
    assert not any("http" in code for code in codes(at))
    assert kept == []


@pytest.mark.parametrize(
    ("url", "page", "base"),
    [
        ("http://localhost:8501", "overview", "http://localhost:8501"),
        ("http://localhost:8501/", "overview", "http://localhost:8501"),
        ("https://lab.example/ledger/leaderboard", "leaderboard", "https://lab.example/ledger"),
        ("https://lab.example/ledger", "overview", "https://lab.example/ledger"),
        (None, "task", "http://localhost:8501"),
    ],
)
def test_links_begin_where_the_reader_has_the_dashboard(
    url: str | None, page: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told:
        def __init__(self) -> None:
            self.url = url

    monkeypatch.setattr(where.st, "context", Told())
    assert where.base_address(page) == base
    assert where.address("task", "suite=dms", here=page) == f"{base}/task?suite=dms"


def test_presenting_takes_everything_around_the_page_away_and_back_again(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "clinvar"})
    at.button(key="present").click().run()
    calm(at)
    assert listed(at) == {"suite": ["clinvar"], "present": ["yes"]}
    assert not at.sidebar.get("page_link")
    assert "present" not in {button.key for button in at.button}
    at.button(key="leave").click().run()
    assert listed(calm(at)) == {"suite": ["clinvar"]}
    assert at.sidebar.get("page_link")
