"""What a run is asked to do: any TOML is a spec, or refused in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.probe_spec import ProbeSpec, make_probe_spec, read_probe_spec
from engine.singlecell_spec import SingleCellSpec, make_singlecell_spec, read_singlecell_spec
from engine.spec import Spec, content_of, make_spec, read_spec
from tests.fuzzing.inputs import NUMBERS, damaged, damaged_json, lines
from tests.fuzzing.sentences import check_sentence, value_or_sentence

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

SPEC: dict[str, Any] = {
    "name": "mine",
    "tasks": ["brca1"],
    "baselines": "all",
    "published": False,
    "models": [
        {
            "id": "esm2-8m",
            "weights": "esm2",
            "revision": "0" * 40,
            "scorer": "masked-marginal",
            "options": {"window": 5},
        }
    ],
    "options": {
        "device": "cpu",
        "dtype": "float32",
        "batch_tokens": 9,
        "shard": 10,
        "workers": 1,
        "seed": 1,
        "draws": 200,
    },
}
PROBE: dict[str, Any] = {
    "name": "mine",
    "tasks": ["demo", "split.csv"],
    "protocol": "fair-v1",
    "regimes": ["full"],
    "models": [{"id": "esm2-8m", "weights": "esm2", "pooling": "mean", "layers": [-1, 3], "trained_on": ["demo"]}],
    "options": {"device": "cpu", "unit": 9, "seed": 1, "few_shot_draws": 20},
}
CELLS: dict[str, Any] = {
    "name": "mine",
    "kind": "single-cell",
    "tasks": ["cells:pbmc68k"],
    "baselines": ["hvg"],
    "models": [{"id": "geneformer-v1-10m", "weights": "weights", "place": "genes", "layer": -2, "pooling": "cls"}],
    "gene_vectors": [{"name": "esm2", "file": "esm2.csv", "place": "perturbations"}],
    "edges": [{"name": "scenic", "file": "edges.tsv"}],
    "options": {"device": "cpu", "dtype": "float32", "batch_tokens": 9, "workers": 1, "seed": 1, "draws": 200},
}
TOML = b"""name = "mine"
tasks = ["brca1"]
published = false
[[models]]
id = "esm2-8m"
weights = "esm2"
options = { window = 512, strand = "both", weight = 0.5 }
[options]
seed = 7
draws = 2_000
"""


def check_spec(make: Any, content: dict[str, Any], folder: Path) -> None:
    """What is taken can be kept: as text, with a hash, and the same again from its own values."""
    spec = value_or_sentence(lambda: make(content, where="mine.toml", base=folder))
    if spec is None:
        return
    assert len(spec.hash()) == 64
    assert make(spec.model_dump(), where="mine.toml") == spec
    spec.as_json().encode()
    assert "NaN" not in spec.as_json()


@pytest.mark.parametrize(
    ("kind", "make", "good"),
    [("spec", make_spec, SPEC), ("probe", make_probe_spec, PROBE), ("single-cell spec", make_singlecell_spec, CELLS)],
    ids=["spec", "probe", "single-cell"],
)
def test_a_spec_with_something_wrong_is_taken_or_refused_in_one_sentence(
    kind: str, make: Any, good: dict[str, Any], fuzzed: Fuzzed, tmp_path: Path
) -> None:
    values = damaged_json(good).map(lambda found: found if isinstance(found, dict) else {"name": found})
    check_spec(make, good, tmp_path)
    fuzzed(f"values of a {kind}", values, lambda content: check_spec(make, content, tmp_path), examples=200)


def test_any_text_is_a_spec_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    value = st.one_of(
        st.sampled_from(NUMBERS), lines.map("'{}'".format), st.sampled_from(["1979-05-27", "[]", "{}", "0xff", "0b1"])
    )
    line = st.builds(
        "{} = {}".format, st.sampled_from(["name", "tasks", "options.seed", '"a.b"', "models", "[x"]), value
    )
    toml = st.one_of(
        damaged([TOML]), st.lists(line, max_size=5).map(lambda found: "\n".join(found).encode("utf-8", "surrogatepass"))
    )

    def check(content: bytes) -> None:
        path.write_bytes(content)
        for read in (read_spec, read_probe_spec, read_singlecell_spec, content_of):
            value_or_sentence(lambda read=read: read(path))  # type: ignore[misc]

    fuzzed("TOML", toml, check, examples=200)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "a = " + "9" * 5000,
        "name = 'a'\ntasks = 'all'\noptions = { seed = 0x" + "f" * 5000 + " }",
        "name = 'a'\ntasks = 'all'\nmodels = [{ id = 'x', options = { a = 0x" + "f" * 5000 + " } }]",
        "name = 'a'\ntasks = 'all'\nmodels = [{ id = 'x', options = { a = nan } }]",
        "name = 'a'\ntasks = 'all'\nmodels = [{ id = 'x', weights = \"a\\u0000b\" }]",
        "name = 'a'\ntasks = 'all'\nmodels = [{ id = 'x', weights = '" + "a" * 5000 + "' }]",
        "name = 'a'\ntasks = 'all'\noptions = { seed = 99999999999999999999 }",
        "name = 'a'\ntasks = 'all'\n\"options.a\\nb\" = 1",
        "name = 'a'\ntasks = 'all'\noptions = { \"a.b\\n" + "c" * 5000 + '" = 1 }',
        "name = '" + "a" * 5000 + "'\ntasks = 'all'",
        "name = 'a'\ntasks = 'all'\nmodels = [{ id = \"x\\ny\" }, { id = \"x\\ny\" }]",
    ],
    ids=range(12),
)
def test_a_spec_that_broke_the_reader_once_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    check_sentence(str(caught.value))


def test_a_task_that_no_file_can_be_called_is_taken_for_an_id(tmp_path: Path) -> None:
    name = "a" * 5000
    assert make_probe_spec({**PROBE, "tasks": [name]}, where="mine.toml", base=tmp_path).tasks == (name,)


def test_every_key_of_a_spec_is_tried() -> None:
    assert Spec.model_fields.keys() == SPEC.keys()
    assert ProbeSpec.model_fields.keys() - PROBE.keys() == {"baselines"}
    assert SingleCellSpec.model_fields.keys() == CELLS.keys()
