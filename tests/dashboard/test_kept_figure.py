from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pytest

from dashboard.charts.palette import DARK, LIGHT
from dashboard.components.kept_figure import kept_figure
from dashboard.database import catalog
from dashboard.filters import Context
from dashboard.urlstate import serialise
from dashboard.view import PAGES, View, settled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def drawn() -> tuple[list[go.Figure], Callable[[], go.Figure]]:
    found: list[go.Figure] = []

    def draw() -> go.Figure:
        found.append(go.Figure())
        return found[-1]

    return found, draw


@pytest.mark.usefixtures("store")
def test_a_figure_is_drawn_once_for_all_readers_of_a_view_whatever_deck_they_carry(
    drawn: tuple[list[go.Figure], Callable[[], go.Figure]],
) -> None:
    found, draw = drawn
    ctx = Context("leaderboard", View(search="once"), catalog(), LIGHT)
    first = kept_figure(ctx, "heat", draw)
    assert kept_figure(replace(ctx, view=replace(ctx.view, deck="abcdefgh")), "heat", draw) is first
    assert len(found) == 1


@pytest.mark.usefixtures("store")
def test_another_view_page_key_or_ground_is_another_figure(
    drawn: tuple[list[go.Figure], Callable[[], go.Figure]],
) -> None:
    found, draw = drawn
    ctx = Context("leaderboard", View(search="another"), catalog(), LIGHT)
    kept_figure(ctx, "heat", draw)
    kept_figure(ctx, "other", draw)
    for change in ({"view": View(search="and another")}, {"page": "size"}, {"colours": DARK}):
        kept_figure(replace(ctx, **change), "heat", draw)
    assert len(found) == 5


def test_the_catalog_is_one_object_for_all_and_an_address_that_is_remembered_is_the_one_that_was_written(
    store: Path,
) -> None:
    assert store.is_file()
    known = catalog()
    assert catalog() is known
    view = settled(View(), known)
    for page in PAGES:
        known.remembered.clear()
        anew = serialise(view, page, known)
        anew["suite"] = ["changed by who asked"]
        again = serialise(view, page, known)
        known.remembered.clear()
        assert again == serialise(view, page, known)
        assert again != anew


def test_what_is_remembered_of_a_catalog_stays_small(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    assert store.is_file()
    monkeypatch.setattr("dashboard.urlstate._MOST_REMEMBERED", 3)
    known = catalog()
    known.remembered.clear()
    for number in range(10):
        serialise(View(search=f"word {number}"), "leaderboard", known)
        assert 1 <= len(known.remembered) <= 3
