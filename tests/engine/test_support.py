from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.registry.support import engine_support
from engine.registry.systems import read_systems
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import EngineSupport


@pytest.fixture(scope="module")
def support() -> dict[str, EngineSupport]:
    return {row.model_id: row for row in engine_support()}


def test_every_system_of_the_registry_has_one_sentence(support: dict[str, EngineSupport]) -> None:
    assert {row.model_id for row in read_systems()} <= support.keys()
    assert len(support) == len(engine_support())
    assert all(row.sentence.endswith(".") and "None" not in row.sentence for row in support.values())


def test_a_system_that_runs_is_told_with_scorer_window_and_packages(support: dict[str, EngineSupport]) -> None:
    assert support["esm-2-35m"].runs
    assert support["esm-2-35m"].sentence == "Runs here, scored by masked-marginal in windows of 1,022 residues."
    assert "with the packages mamba_ssm and causal_conv1d" in support["caduceus-ph-131k"].sentence
    assert "--allow-remote-code" in support["caduceus-ph-131k"].sentence


def test_a_system_that_does_not_run_says_why(support: dict[str, EngineSupport]) -> None:
    row = support["alphamissense"]
    assert not row.runs
    assert row.sentence.endswith("its weights were never released: the published scores are a lookup table.")


def test_a_rule_of_ours_runs_and_a_comparator_whose_scores_came_along_does_not(
    support: dict[str, EngineSupport],
) -> None:
    assert support["blosum62"].runs
    assert not support["polyphen2"].runs
    assert not support["phylop"].runs


def test_the_store_has_a_model_for_every_pair_and_every_sentence(store: Path) -> None:
    with open_read_only(store) as con:
        pairs = con.execute("SELECT count(*), count(m.model_id) FROM ledger_system LEFT JOIN model m USING (model_id)")
        assert pairs.fetchone() == (59, 59)
        told = con.execute("SELECT count(*), count(m.model_id) FROM engine_support LEFT JOIN model m USING (model_id)")
        assert told.fetchone() == (len(engine_support()), len(engine_support()))
