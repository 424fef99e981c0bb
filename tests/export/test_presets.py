"""Decks to begin with: every slide of every one has something on it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dashboard
from dashboard.exhibits import ExhibitError
from dashboard.export import formats
from dashboard.export.presets import PRESETS, preset
from dashboard.queries.catalog import Catalog, read_catalog
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from dashboard.exhibits import Recording


@pytest.fixture(scope="module")
def catalog(store_with_items: Path) -> Catalog:
    with open_read_only(store_with_items) as con:

        def ask(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
            return con.cursor().execute(sql, dict(parameters or {})).df()

        return read_catalog(ask)


ASKED: list[tuple[str, dict[str, str]]] = [
    ("leaderboard", {"suite": "geneb"}),
    ("leaderboard", {"suite": "clinvar"}),
    ("leaderboard", {"suite": "dms"}),
    ("leaderboard", {"suite": "perturbation"}),
    ("leaderboard", {"suite": "cells"}),
    ("leaderboard", {"suite": "networks"}),
    ("task", {"task": "clinvar_sample"}),
    ("task", {"task": "iDNA_ABF_5mC"}),
    ("task", {"task": "proteingym_dms_substitutions"}),
    ("task", {"task": "perturbench:singles"}),
    ("task", {"task": "cells:pbmc68k"}),
    ("task", {"task": "networks:perturbench"}),
    ("model", {"model": "evo-2-7b"}),
    ("model", {"model": "additive"}),
    ("model", {"model": "random-projection"}),
    ("compare", {"suite": "clinvar", "first": "evo-2-7b", "second": "rule-based"}),
    ("compare", {"first": "GENERator-eukaryote-3b-base", "second": "LucaOne-default-step36M"}),
    ("compare", {"suite": "perturbation", "first": "no-change", "second": "perturbation-mean"}),
    ("compare", {"suite": "cells", "first": "hvg", "second": "scvi"}),
    ("variant", {"task": "brca1_sge", "item": "17-41197722-T-A"}),
    ("evidence", {}),
    ("overview", {}),
    ("weekly", {}),
    ("weekly", {"suite": "networks"}),
]


@pytest.mark.parametrize(("name", "options"), ASKED, ids=["-".join([name, *of.values()])[:40] for name, of in ASKED])
def test_every_slide_has_content(
    name: str, options: dict[str, str], catalog: Catalog, recorded: Callable[..., Recording]
) -> None:
    deck = preset(name, options, catalog)
    assert deck.title
    assert len(deck.slides) >= 2
    assert len(set(deck.slides)) == len(deck.slides)
    for slide in deck.slides:
        exhibit = recorded(slide.page, slide.query).find(slide.key)
        assert exhibit.figure is not None or exhibit.rows is not None


def test_every_preset_is_tried_here() -> None:
    assert {name for name, _ in ASKED} == set(PRESETS)


def test_the_deck_of_geneb_has_twelve_slides(catalog: Catalog) -> None:
    deck = preset("leaderboard", {}, catalog)
    assert len(deck.slides) == 12
    assert deck.slides[0].query == "suite=geneb"


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("nothing", {}, "there is no preset “nothing”; there are leaderboard"),
        ("task", {}, "needs --task"),
        ("evidence", {"suite": "geneb"}, "takes no --suite"),
        ("leaderboard", {"suite": "x' OR 1"}, "there is no suite"),
        ("model", {"model": "evo-2"}, "among others, evo-2-"),
        ("task", {"task": "nope"}, "there is no task “nope”"),
        ("variant", {"task": "proteingym_dms_substitutions", "item": "x"}, "task with single variants"),
        ("compare", {"first": "LucaOne-default-step36M", "second": "LucaOne-default-step36M"}, "there is no system"),
    ],
    ids=["preset", "needs", "takes", "suite", "model", "task", "variant", "same"],
)
def test_what_the_store_has_not_is_refused_with_a_sentence(
    name: str, options: dict[str, str], says: str, catalog: Catalog
) -> None:
    with pytest.raises(ExhibitError) as refused:
        preset(name, options, catalog)
    assert says in str(refused.value)


def commands() -> list[list[str]]:
    """Every `vledger report` of the documentation, as its words."""
    root = Path(dashboard.__file__).parents[1]
    lines = [line for name in ("README.md", "docs/report.md") for line in (root / name).read_text("utf-8").splitlines()]
    return [shlex.split(line, comments=True)[2:] for line in lines if line.startswith("vledger report")]


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words)[:60])
def test_a_command_of_the_documentation_asks_for_what_there_is(
    words: list[str], catalog: Catalog, recorded: Callable[..., Recording]
) -> None:
    asked = dict(zip(words, [*words[1:], ""], strict=True))
    if "--preset" in asked:
        options = {name: asked[f"--{name}"] for name in ("suite", "task", "first", "second") if f"--{name}" in asked}
        assert preset(asked["--preset"], options, catalog).slides
    if "--view" in asked:
        page, _, query = asked["--view"].removeprefix("/").partition("?")
        found = recorded(page, query)
        assert found.find(asked["--exhibit"]) if "--exhibit" in asked else found.exhibits
    ending = asked.get("--out", "x.pptx").rpartition(".")[2]
    assert ending in (formats.OF_EXHIBIT if "--exhibit" in asked else formats.OF_DECK)
