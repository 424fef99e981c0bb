"""What the tests of files share: decks of real recordings of real pages."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from dashboard.export.chromium import INSTALL, found_chromium
from dashboard.export.deck import Deck, Slide
from dashboard.export.show import Show, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Ground, Recording

BASE = "http://localhost:8501"
DATE = dt.date(2026, 11, 21)


@pytest.fixture(scope="session")
def shown(recorded: Callable[..., Recording]) -> Callable[..., Show]:
    """A deck of (page, query, key) with its contents."""

    def made(*wanted: tuple[str, str, str], ground: Ground = "light", **deck: object) -> Show:
        slides = tuple(Slide(page=page, query=query, key=key) for page, query, key in wanted)
        found = {(page, query): recorded(page, query, ground) for page, query, _ in wanted}
        whole = Deck.model_validate({"ground": ground, "slides": slides} | deck)
        return show(whole, found, base=BASE, date=DATE, data="")

    return made


@pytest.fixture(scope="session")
def seven(shown: Callable[..., Show]) -> Show:
    """A deck of seven slides from six pages: maps, charts, tables and a card."""
    task = "suite=geneb&task=leannmlindsey_GUE_human_tf_0"
    return shown(
        ("leaderboard", "suite=geneb", "heat"),
        ("leaderboard", "suite=geneb&against=yes", "heat"),
        ("size", "suite=geneb", "size"),
        ("task", task, "values"),
        ("task", task, "verdicts"),
        ("variants", "", "track"),
        ("model", "", "facts"),
        title="What the models earn",
    )


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium that files are made with."""
    found = found_chromium()
    if found:
        return found
    reason = f"No Chromium to make pictures with: {INSTALL}."
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
