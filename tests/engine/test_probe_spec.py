"""What a probing run can be asked, and how a wrong request is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import SpecError
from engine.names import Protocol, Regime
from engine.probe_spec import make_probe_spec, read_probe_spec
from engine.protocols import Recipe

if TYPE_CHECKING:
    from pathlib import Path

PLAIN: dict[str, Any] = {"name": "first", "tasks": ["iDNA_ABF_5mC"], "protocol": "fair-v1"}


def make(**changes: Any) -> Any:
    return make_probe_spec(PLAIN | changes, where="here")


def test_what_is_not_said_has_its_default() -> None:
    spec = make()
    assert spec.probe is Protocol.FAIR_V1
    assert spec.wanted == (Regime.FULL, Regime.TEN_SHOT, Regime.ONE_SHOT)
    assert spec.baselines == "all"
    assert spec.options.few_shot_draws == 100


def test_several_layers_are_several_recipes() -> None:
    spec = make(models=[{"id": "x", "layers": [3, -1], "strands": "both", "letters": 100}])
    assert spec.models[0].recipes("cls") == (
        Recipe(pooling="cls", layer=3, strands="both", letters=100),
        Recipe(pooling="cls", layer=-1, strands="both", letters=100),
    )


def test_a_pooling_that_is_said_stands_before_the_default() -> None:
    assert make(models=[{"id": "x", "pooling": "max"}]).models[0].recipes("mean")[0].pooling == "max"


def test_the_same_request_has_the_same_hash_and_another_one_another() -> None:
    assert make().hash() == make().hash()
    assert make().hash() != make(protocol="geneb-exact").hash()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protocol": "fair"}, "protocol"),
        ({"tasks": []}, "give at least one"),
        ({"regimes": ["5shot"]}, "regimes"),
        ({"tasks": ["a", "a"]}, "'a' stands there twice"),
        ({"models": [{"id": "a"}, {"id": "a"}]}, "'a' stands there twice"),
        ({"models": [{"id": "a", "layer": 3}]}, "known here: id, weights, revision, pooling, layers"),
        ({"models": [{"id": "a", "pooling": "median"}]}, "pooling"),
        ({"options": {"few_shot_draws": 5}}, "few_shot_draws"),
        ({"options": {"shard": 5}}, "known here: device, dtype, batch_tokens, unit"),
        ({"draws": 5}, "known here: name, tasks, protocol"),
        ({"options": {"seed": 2**32}}, "options.seed: Input should be less than or equal to 4294967295"),
    ],
)
def test_a_wrong_request_is_one_sentence_with_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=r"^here: .*\.$") as refused:
        make(**changes)
    assert words in str(refused.value)


def test_folders_and_files_beside_the_spec_are_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text,label,split\n")
    path = tmp_path / "run.toml"
    path.write_text(
        'name = "a"\nprotocol = "knn-v1"\ntasks = ["mine.csv", "iDNA_ABF_5mC"]\n'
        '[[models]]\nid = "m"\nweights = "weights"\n'
    )
    spec = read_probe_spec(path)
    assert spec.tasks == (str(tmp_path / "mine.csv"), "iDNA_ABF_5mC")
    assert spec.models[0].weights == tmp_path / "weights"
    assert spec.where == "run.toml"
