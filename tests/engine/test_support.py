from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.models.cells import CELL_MODELS
from engine.registry.cell_models import CELL_MODEL_CARDS
from engine.registry.cell_systems import CELL_SYSTEMS
from engine.registry.support import engine_support
from engine.registry.systems import read_systems
from engine.store.reader import open_read_only

if TYPE_CHECKING:
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


def test_a_model_of_cells_is_told_with_what_it_gives_and_needs(support: dict[str, EngineSupport]) -> None:
    assert all(support[name].runs for name in CELL_MODEL_CARDS)
    assert support["geneformer-v1-10m"].sentence == (
        "Runs here on single-cell tasks for vectors of cells, attention edges and vectors of genes, with a tokeniser "
        "of this engine; its dictionaries are published as pickles, which are read only where that is allowed."
    )
    assert "through its own package uce-model" in support["uce-33-layer"].sentence
    assert "attention" not in support["scgpt-whole-human"].sentence


def test_the_models_of_cells_that_are_told_of_are_those_that_can_be_opened() -> None:
    registered = {row.model_id for row in read_systems()}
    assert set(CELL_MODEL_CARDS) == set(CELL_MODELS) & registered


@pytest.mark.parametrize("name", CELL_MODEL_CARDS)
def test_what_a_model_of_cells_gives_is_what_its_adapter_does(name: str) -> None:
    source = Path(import_module(CELL_MODELS[name]).__file__ or "").read_text(encoding="utf-8")
    if CELL_MODELS[name].endswith("checkpoints"):
        source = Path(import_module("engine.models.cells.geneformer").__file__ or "").read_text(encoding="utf-8")
    for gives, method in (("attention edges", "attention"), ("vectors of genes", "gene_embedding")):
        refused = re.search(rf"def {method}\(.*?(?=\n    def |\Z)", source, re.DOTALL)
        assert refused
        assert (gives in CELL_MODEL_CARDS[name].gives) != ("SpecError: always." in refused[0])


def test_every_baseline_of_single_cell_tasks_runs_and_says_what_it_needs(support: dict[str, EngineSupport]) -> None:
    assert all(support[name].runs for name in CELL_SYSTEMS)
    assert support["harmony"].sentence == (
        "Computed on single-cell tasks beside every model, where the data have a column of batches and with the "
        "package harmonypy; it needs no weights."
    )
    assert support["additive"].sentence == "Computed on single-cell tasks beside every model; it needs no weights."


def test_the_store_has_a_model_for_every_pair_and_every_sentence(store: Path) -> None:
    with open_read_only(store) as con:
        pairs = con.execute("SELECT count(*), count(m.model_id) FROM ledger_system LEFT JOIN model m USING (model_id)")
        assert pairs.fetchone() == (65, 65)
        told = con.execute("SELECT count(*), count(m.model_id) FROM engine_support LEFT JOIN model m USING (model_id)")
        assert told.fetchone() == (len(engine_support()), len(engine_support()))
