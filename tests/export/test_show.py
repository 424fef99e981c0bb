"""A deck with its contents, and what stamps say."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dashboard.export.deck import Deck, Slide
from dashboard.export.show import command, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording
    from dashboard.export.show import Show


def test_a_stamp_says_data_link_command_counts_and_sources(shown: Callable[..., Show]) -> None:
    stamp = shown(("size", "suite=geneb", "worth")).leaves[0].stamp
    assert stamp is not None
    assert stamp.link == "http://localhost:8501/size?suite=geneb"
    assert stamp.data.startswith("Validity Ledger 0.1.0, data ")
    assert "41 models" in stamp.n
    assert stamp.command.startswith("vledger report --view '/size?suite=geneb' --exhibit 'worth' --out ")
    assert [one.source_id for one in stamp.sources] == ["geneb_2026"]


def test_the_first_page_has_a_bare_address(recorded: Callable[..., Recording]) -> None:
    slide = Slide(page="overview", key="standings")
    found = {("overview", ""): recorded("overview")}
    ready = show(Deck(slides=(slide,)), found, base="http://x", date=dt.date(2026, 1, 2), data="")
    assert ready.leaves[0].stamp is not None
    assert (ready.leaves[0].stamp.link, ready.leaves[0].stamp.date) == ("http://x/", "2026-01-02")


def test_a_page_that_failed_and_a_key_that_is_not_there_are_sentences_on_their_slides() -> None:
    deck = Deck(slides=(Slide(page="size", key="a", title="Mine"), Slide(page="ranks", key="b")))
    ready = show(deck, {("size", ""): "it failed"}, base="", date=dt.date(2026, 1, 2), data="")
    assert ready.leaves[0].failure == "it failed"
    assert ready.leaves[0].headline == "Mine"
    assert ready.leaves[1].failure is not None
    assert ready.sources == ()


def test_sources_stand_once_in_the_order_of_the_slides(shown: Callable[..., Show]) -> None:
    ready = shown(
        ("size", "suite=geneb", "size"), ("leaderboard", "suite=clinvar", "heat"), ("size", "suite=geneb", "worth")
    )  # fmt: skip
    assert [one.source_id for one in ready.sources] == ["geneb_2026", "vep_eval"]


def test_a_command_without_query_or_key_is_short() -> None:
    assert command("overview", "", None, "x.pptx") == "vledger report --view '/overview' --out x.pptx"
