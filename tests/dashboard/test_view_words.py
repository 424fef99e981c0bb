from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from dashboard.queries.item_filters import ItemFilters
from dashboard.urlstate import parse
from dashboard.view import ON_PAGE, PAGES, View
from dashboard.view_words import SAID, UNSAID, view_words

if TYPE_CHECKING:
    from dashboard.queries.catalog import Catalog

CADUCEUS = "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3"


def said(page: str, query: str, catalog: Catalog) -> tuple[str, ...]:
    view, notices = parse(parse_qs(query), page, catalog, View())
    assert notices == []
    return view_words(view, page, catalog)


def test_every_setting_of_every_page_has_its_words_or_belongs_to_the_reader() -> None:
    carried = {name for names in ON_PAGE.values() for name in names}
    assert carried == SAID.keys() | set(UNSAID)
    assert not SAID.keys() & set(UNSAID)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_at_its_defaults_says_no_filter(page: str, catalog: Catalog) -> None:
    words = view_words(View(), page, catalog)
    assert len(words) <= 8
    for word in words:
        label, _, value = word.partition(": ")
        assert label
        assert value
        assert label not in {"Find", "Parameters", "Sheet", "Sorted by", "Cell", "Slices", "Left out"}


def test_a_board_says_suite_labels_and_metric_before_every_filter(catalog: Catalog) -> None:
    assert said(
        "leaderboard", "regime=10shot&search=nt&family=State+space&sizes=1000000&sizes=1000000000", catalog
    ) == (
        "Suite: GENEB",
        "Labels used: 10-shot",
        "Metric: MCC",
        "Find: “nt”",
        "Architecture: State space",
        "Parameters: 1M to 1B",
    )


def test_models_tasks_and_columns_are_said_by_their_names(catalog: Catalog) -> None:
    assert "Model: Caduceus-PH-1k" in said("model", f"model={CADUCEUS}", catalog)
    assert "Task: GUE human tf 0" in said("task", "task=leannmlindsey_GUE_human_tf_0", catalog)
    assert "Performance on: Promoters" in said("size", "column=Promoters", catalog)
    assert "Cell: Caduceus-PH-1k in Promoters" in said("leaderboard", f"cell={CADUCEUS}~Promoters", catalog)
    assert "Weights: Promoters × 3" in said("ranks", "weights=Promoters~3", catalog)


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("leaderboard", {"against": True}, "In the cells: difference to the baseline"),
    ("leaderboard", {"show": "table"}, "Shown as: table"),
    ("leaderboard", {"sort": "size"}, "Sorted by: size"),
    ("leaderboard", {"access": ("gated",)}, "Access: gated weights"),
    ("leaderboard", {"unsupervised": True}, "Left out: models supervised on the same assay"),
    ("size", {"robust": True}, "Outliers: left out"),
    ("task", {"order": "group"}, "Ordered by: architecture"),
    ("ranks", {"aggregate": "median"}, "From tasks to one number: Median"),
    ("compare", {"level": "task"}, "Compared: by task"),
    ("choose", {"window": 100_000}, "Context needed: 100,000 bp"),
    ("choose", {"compute": "laptop"}, "Compute at hand: laptop, 16 GB"),
    ("choose", {"weights_needed": True}, "Weights: must be open"),
    ("field", {"scene": "tokens", "letters": "ACGT"}, "Sequence: ACGT"),
    ("beyond", {"chapter": "cells"}, "Field: Single cells"),
    ("ledgers", {"search": "a baseline"}, "Find: “a baseline”"),
    ("variants", {"label": "1"}, "Label: positive"),
    ("variants", {"gap": 30}, "Disagreement, at least: 30 percentile points"),
    ("variants", {"start": 5_000}, "Position from: 5,000"),
    ("variants", {"outcome": "missed"}, "Call: missed"),
    ("variants", {"sheet": 2}, "Sheet: 2"),
    ("variants", {"slices": (("mine", ItemFilters(gap=20)),)}, "Slices: “mine” (disagreement, at least 20)"),
]


@pytest.mark.parametrize(("page", "changes", "words"), CHANGES, ids=lambda value: str(value)[:40])
def test_a_setting_that_is_not_at_its_default_is_said(
    page: str, changes: dict[str, Any], words: str, catalog: Catalog
) -> None:
    now = view_words(replace(View(), **changes), page, catalog)
    assert words.replace("positive", "label 1") in now or words in now
    assert words not in view_words(View(), page, catalog)


def test_deck_slide_and_presentation_are_never_said(catalog: Catalog) -> None:
    for page in PAGES:
        reader = view_words(View(deck="abcdefghij", present=True, slide=7), page, catalog)
        assert reader == view_words(View(), page, catalog)


def test_foreign_words_come_as_they_are_without_markup_of_ours(catalog: Catalog) -> None:
    hostile = "<b>**x**</b> [y](javascript:z)"
    assert f"Find: “{hostile}”" in view_words(View(search=hostile), "leaderboard", catalog)
