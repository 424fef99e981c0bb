"""What a single-cell run can be asked, and how a wrong request is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import SpecError
from engine.singlecell_spec import make_singlecell_spec, read_singlecell_spec

if TYPE_CHECKING:
    from pathlib import Path

PLAIN: dict[str, Any] = {"name": "first", "kind": "single-cell", "tasks": ["cells:pbmc68k"]}
TEXT = """
name = "mine"
kind = "single-cell"
tasks = "all"
baselines = ["additive"]

[[models]]
id = "geneformer-v1-10m"
weights = "weights"
place = "perturbations"

[[gene_vectors]]
name = "esm2"
file = "esm2.csv"

[[edges]]
name = "scenic"
file = "edges.tsv"

[options]
seed = 7
"""


def make(**changes: Any) -> Any:
    return make_singlecell_spec(PLAIN | changes, where="here")


def test_what_is_not_said_has_its_default() -> None:
    spec = make()
    assert spec.baselines == "all"
    assert (spec.models, spec.gene_vectors, spec.edges) == ((), (), ())
    assert (spec.options.seed, spec.options.draws, spec.options.device) == (0, 2000, "auto")


def test_files_and_folders_are_taken_from_where_the_spec_lies(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TEXT, "utf-8")
    spec = read_singlecell_spec(tmp_path / "mine.toml")
    assert spec.models[0].weights == tmp_path / "weights"
    assert spec.models[0].place == "perturbations"
    assert spec.gene_vectors[0].file == tmp_path / "esm2.csv"
    assert spec.gene_vectors[0].place == "genes"
    assert spec.edges[0].file == tmp_path / "edges.tsv"
    assert (spec.where, spec.options.seed) == ("mine.toml", 7)


def test_a_path_from_the_root_stays_as_it_is(tmp_path: Path) -> None:
    edges = [{"name": "a", "file": str(tmp_path / "elsewhere" / "e.csv")}]
    spec = make_singlecell_spec(PLAIN | {"edges": edges}, where="here", base=tmp_path / "specs")
    assert spec.edges[0].file == tmp_path / "elsewhere" / "e.csv"


def test_the_same_request_has_the_same_hash_and_another_one_another() -> None:
    assert make().hash() == make().hash()
    assert make().hash() != make(tasks=["perturbench:doubles"]).hash()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "cells"}, r"kind: Input should be 'single-cell' \(found 'cells'\)"),
        ({"tasks": []}, "tasks: give at least one"),
        ({"tasks": ["a", "a"]}, "'a' stands there twice"),
        ({"baselines": ["hvg", "hvg"]}, "'hvg' stands there twice"),
        ({"name": "With Space"}, "name: give lower-case letters"),
        ({"regimes": ["full"]}, "regimes: there is no such key; known here: name, kind, tasks"),
        ({"models": [{"id": "a"}, {"id": "a"}]}, r"here: 'a' stands there twice: each once\.$"),
        ({"models": [{"id": "a"}], "edges": [{"name": "a", "file": "f"}]}, "'a' stands there twice"),
        ({"models": [{"id": "a", "scorer": "x"}]}, "known here: id, weights, place, layer, pooling"),
        ({"models": [{"id": "a", "place": "cells"}]}, "models.0.place: Input should be 'genes' or 'perturbations'"),
        ({"gene_vectors": [{"name": "a"}]}, "gene_vectors.0.file: this key is needed"),
        ({"edges": [{"name": "A b", "file": "f"}]}, "edges.0.name: give lower-case letters"),
        ({"edges": [{"name": "a", "file": "f\0"}]}, "edges.0.file: give a folder"),
        ({"options": {"draws": 10}}, "options.draws: Input should be greater than or equal to 100"),
        ({"options": {"shard": 10}}, "known here: device, dtype, batch_tokens, workers, seed, draws"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_wrong_request_is_told_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        make(**changes)
