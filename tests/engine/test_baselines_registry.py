from __future__ import annotations

import csv
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.errors import SpecError
from engine.names import Direction, Role
from engine.registry import read_systems
from engine.registry.baselines import BASELINES, BUILT_BASELINES, SOURCE_ID, as_models, find_baseline

if TYPE_CHECKING:
    from pathlib import Path


def test_the_declared_baselines_are_there() -> None:
    assert set(BASELINES) == {
        "blosum62", "grantham", "hydropathy", "volume", "consequence", "consequence+blosum62", "transversion", "cpg",
        "splice-distance", "gc", "constant", "random", "phylop", "cadd", "sift", "polyphen2", "rule-based",
    }  # fmt: skip
    assert set(BUILT_BASELINES) == {"site-independent"}


def test_a_card_stands_under_its_own_id() -> None:
    known = BASELINES | BUILT_BASELINES
    assert all(known[model_id].model_id == model_id for model_id in known)


def test_an_unknown_baseline_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"no baseline 'blossum62'; did you mean 'blosum62'\?"):
        find_baseline("blossum62")


def test_an_id_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(SpecError, match=r"known here: blosum62, .*, site-independent\."):
        find_baseline("zzz")


def test_a_low_sift_score_is_damaging_and_all_else_is_high_for_damaging() -> None:
    assert [card.model_id for card in BASELINES.values() if card.higher_is != Direction.DAMAGING] == ["sift"]


def test_controls_are_told_from_baselines() -> None:
    assert {card.model_id for card in BASELINES.values() if card.role == Role.CONTROL} == {"constant", "random"}


def test_a_comparator_gives_the_scores_that_came_with_the_data() -> None:
    data = SimpleNamespace(measured=pd.DataFrame({"cadd": [1.5, None, 3.0]}))
    assert find_baseline("cadd").resolve()(data) == pytest.approx([1.5, float("nan"), 3.0], nan_ok=True)


def test_a_comparator_without_scores_says_which_there_are() -> None:
    data = SimpleNamespace(measured=pd.DataFrame({"cadd": [1.5]}), task=SimpleNamespace(task_id="brca1"))
    with pytest.raises(SpecError, match="the data of brca1 hold no scores of sift; they hold those of: cadd"):
        find_baseline("sift").resolve()(data)


def test_a_rule_that_is_built_says_what_it_is_built_from() -> None:
    with pytest.raises(SpecError, match="built from alignment_path, first_position; given: nothing"):
        find_baseline("site-independent").resolve()


def test_a_rule_that_needs_nothing_refuses_arguments() -> None:
    with pytest.raises(SpecError, match="blosum62 is built from nothing; given: alpha"):
        find_baseline("blosum62").resolve(alpha=1)


def test_each_system_has_one_row_and_the_card_says_where(published: Path) -> None:
    with (published / "system_aliases.csv").open(encoding="utf-8", newline="") as file:
        aliases = {row["model_id"] for row in csv.DictReader(file) if row["display_name"]}
    described = {"models.csv": {row.model_id for row in read_systems()}, "system_aliases.csv": aliases}
    for card in (BASELINES | BUILT_BASELINES).values():
        places = [name for name, models in described.items() if card.model_id in models]
        assert (places or ["baselines.py"]) == [card.described_in], card.model_id


def test_only_cards_that_no_table_describes_become_models() -> None:
    found = {model.model_id for model in as_models()}
    assert set(BASELINES) - found == {"phylop", "cadd", "rule-based"}
    assert {model.source_id for model in as_models()} == {SOURCE_ID} == {"engine"}


def test_a_card_agrees_with_the_registry_on_role_and_modality() -> None:
    registered = {row.model_id: (row.role, row.modality) for row in read_systems()}
    shared = {name: card for name, card in (BASELINES | BUILT_BASELINES).items() if name in registered}
    assert len(shared) == 3
    assert {name: (card.role, card.modality) for name, card in shared.items()}.items() <= registered.items()


def test_listing_the_cards_imports_no_rule() -> None:
    code = "import sys, engine.registry.baselines; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "engine.registry.baselines" in loaded
    assert not [name for name in loaded if name.startswith(("engine.baselines", "Bio"))]
