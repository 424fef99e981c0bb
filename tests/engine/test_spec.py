from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from engine.datasets.fetch import MIRROR
from engine.errors import SpecError
from engine.run.execute import prepare
from engine.spec import make_spec, read_spec

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
name = "first"
tasks = ["brca1_sge", "dms:BLAT_ECOLX"]
baselines = ["blosum62"]
published = false

[[models]]
id = "esm-2-8m"
weights = "checkpoints/esm"
options = { window = 128, both_strands = false }

[[models]]
id = "evo2-7b"
revision = "0123456789abcdef0123456789abcdef01234567"
scorer = "causal-llr"

[options]
device = "cpu"
shard = 100
draws = 500
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _fault(content: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        make_spec({"name": "a", "tasks": ["brca1_sge"]} | content, where="run.toml")
    return str(caught.value)


def _model(**keys: Any) -> dict[str, Any]:
    return {"models": [{"id": "esm-2-8m"} | keys]}


def _option(**keys: Any) -> dict[str, Any]:
    return {"options": keys}


def test_a_file_says_what_a_run_does(tmp_path: Path) -> None:
    spec = read_spec(_written(tmp_path, WHOLE))
    assert (spec.name, spec.tasks, spec.baselines) == ("first", ("brca1_sge", "dms:BLAT_ECOLX"), ("blosum62",))
    assert [model.id for model in spec.models] == ["esm-2-8m", "evo2-7b"]
    assert spec.models[0].options == {"window": 128, "both_strands": False}
    assert (spec.models[1].scorer, spec.models[1].revision) == ("causal-llr", "0123456789abcdef" * 2 + "01234567")
    assert (spec.options.shard, spec.options.draws, spec.options.workers) == (100, 500, None)
    assert spec.where == "run.toml"


def test_what_is_not_said_has_the_shipped_defaults() -> None:
    spec = make_spec({"name": "a", "tasks": "all"}, where="here")
    assert (spec.tasks, spec.baselines, spec.published, spec.models) == ("all", "all", True, ())
    assert spec.options.model_dump() == {
        "device": "auto",
        "dtype": "auto",
        "batch_tokens": None,
        "shard": 2000,
        "workers": None,
        "seed": 0,
        "draws": 2000,
        "allow_remote_code": False,
        "allow_pickle": False,
    }


def test_a_relative_folder_of_weights_stands_beside_the_file(tmp_path: Path) -> None:
    spec = read_spec(_written(tmp_path, WHOLE))
    assert spec.models[0].weights == (tmp_path / "checkpoints" / "esm").resolve()
    assert spec.models[1].weights is None
    absolute = make_spec({"name": "a", "tasks": "all"} | _model(weights="/srv/esm"), where="a", base=tmp_path)
    assert str(absolute.models[0].weights) == "/srv/esm"


def test_a_file_and_the_same_values_make_one_request(tmp_path: Path) -> None:
    read = read_spec(_written(tmp_path, WHOLE))
    content = json.loads(read.as_json())
    assert make_spec(content, where="elsewhere").hash() == read.hash()


def test_the_order_of_keys_does_not_matter() -> None:
    first = make_spec({"name": "a", "tasks": ["x"], "options": {"seed": 1, "shard": 5}}, where="a")
    second = make_spec({"options": {"shard": 5, "seed": 1}, "tasks": ["x"], "name": "a"}, where="b")
    assert first.hash() == second.hash()
    assert len(first.hash()) == 64


@pytest.mark.parametrize(
    "other",
    [{"tasks": ["y"]}, {"name": "b"}, {"published": False}, _option(seed=1), _option(shard=5), _model()],
    ids=str,
)
def test_another_request_has_another_hash(other: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"name": "a", "tasks": ["x"]}
    assert make_spec(plain, where="a").hash() != make_spec(plain | other, where="a").hash()


NAMES = "name: give lower-case letters, digits, dots, hyphens and underscores, a letter or digit first"
OPTIONS = "device, dtype, batch_tokens, shard, workers, seed, draws, allow_remote_code, allow_pickle"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            {"task": ["x"]},
            "task: there is no such key; known here: name, tasks, baselines, published, models, options",
        ),
        (
            _model(weight="x"),
            "models.0.weight: there is no such key; known here: id, weights, revision, scorer, options",
        ),
        (_option(shrad=3), f"options.shrad: there is no such key; known here: {OPTIONS}"),
        ({"models": [{"weights": "x"}]}, "models.0.id: this key is needed"),
        (
            {"name": "My run"},
            f"{NAMES} (found 'My run')",
        ),
        ({"name": "x" * 61}, f"name: String should have at most 60 characters (found '{'x' * 61}')"),
        ({"name": 7}, "name: Input should be a valid string (found 7)"),
        ({"tasks": "brca1_sge"}, "tasks: give a list of names, or \"all\" (found 'brca1_sge')"),
        ({"tasks": 1}, 'tasks: give a list of names, or "all" (found 1)'),
        ({"tasks": []}, 'tasks: give at least one, or "all" (found [])'),
        ({"tasks": ["x", 1]}, "tasks.1: Input should be a valid string (found 1)"),
        ({"baselines": "blosum62"}, "baselines: give a list of names, or \"all\" (found 'blosum62')"),
        ({"published": "no"}, "published: Input should be a valid boolean (found 'no')"),
        ({"models": {"id": "x"}}, "models: give a list (found {'id': 'x'})"),
        ({"models": ["esm-2-8m"]}, "models.0: give a table (found 'esm-2-8m')"),
        (
            {"models": [{"id": "x"}, {"id": "x", "scorer": "wt-marginal"}]},
            "models: 'x' stands there twice: each model once, each scorer of it in a run of its own",
        ),
        (_model(id=" "), "models.0.id: String should have at least 1 character (found ' ')"),
        (
            _model(revision="main"),
            "models.0.revision: give a commit, 40 hexadecimal digits (found 'main')",
        ),
        (_model(options=3), "models.0.options: give a table (found 3)"),
        (
            _model(options={"window": [1]}),
            "models.0.options.window: give a number, a text, true or false (found [1])",
        ),
        ({"options": []}, "options: give a table (found [])"),
        (_option(device="tpu"), "options.device: give auto, cpu, cuda or cuda:N (found 'tpu')"),
        (
            _option(dtype="fp8"),
            "options.dtype: Input should be 'auto', 'float32', 'bfloat16' or 'float16' (found 'fp8')",
        ),
        (_option(shard=0), "options.shard: Input should be greater than or equal to 1 (found 0)"),
        (_option(shard="12"), "options.shard: Input should be a valid integer (found '12')"),
        (_option(shard=True), "options.shard: Input should be a valid integer (found True)"),
        (_option(draws=99), "options.draws: Input should be greater than or equal to 100 (found 99)"),
        (_option(seed=-1), "options.seed: Input should be greater than or equal to 0 (found -1)"),
        (_option(batch_tokens=0.5), "options.batch_tokens: Input should be a valid integer (found 0.5)"),
        (_option(allow_pickle=1), "options.allow_pickle: Input should be a valid boolean (found 1)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_value_is_one_sentence_with_place_value_and_what_is_allowed(
    content: dict[str, Any], sentence: str
) -> None:
    assert _fault(content) == f"run.toml: {sentence}."


def test_a_needed_key_that_is_missing_is_named() -> None:
    with pytest.raises(SpecError, match=r"^run\.toml: name: this key is needed\.$"):
        make_spec({"tasks": "all"}, where="run.toml")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.toml: there is no such file\.$"):
        read_spec(tmp_path / "none.toml")


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"it cannot be read \(Is a directory\)\.$"):
        read_spec(tmp_path)


@pytest.mark.parametrize("text", ["name = ", "{}", "name: a"])
def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path, text: str) -> None:
    path = _written(tmp_path, f"\n{text}\n")
    with pytest.raises(SpecError, match=r"run\.toml: not a TOML file: .*line 2"):
        read_spec(path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match=r"run\.toml: not a TOML file: .*byte"):
        read_spec(tmp_path / "run.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", None),
        ('baselines = ["blosum"]', "there is no baseline 'blosum'; did you mean 'blosum62'?"),
        ('models = [{ id = "esm2-8m" }]', "No model is called 'esm2-8m' and no such folder has a config.json. Did you"),
        (
            'models = [{ id = "esm-2-8m", scorer = "masked" }]',
            "There is no scorer 'masked': choose one of masked-marginal, wt-marginal",
        ),
        ('models = [{ id = "esm-2-8m", scorer = "rule" }]', "There is no scorer 'rule'"),
        (
            'models = [{ id = "esm-2-8m", options = { windw = 5 } }]',
            "The scorer 'masked-marginal' has no option 'windw': did you mean 'window'?",
        ),
        (
            'models = [{ id = "esm-2-8m", options = { window = 0 } }]',
            "The scorer's option 'window' is 0: give a whole number of at least 1.",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_the_file_before_anything_is_scored(
    mirror: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    sentence: str | None,
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror))
    spec = read_spec(_written(tmp_path, f'name = "a"\ntasks = ["dms:BLAT_ECOLX"]\n{text}\n'))
    if sentence is None:
        assert list(prepare(spec, devices=["cpu"]).tasks) == ["dms:BLAT_ECOLX"]
        return
    with pytest.raises(SpecError) as caught:
        prepare(spec, devices=["cpu"])
    assert str(caught.value).startswith(f"run.toml: {sentence}")


def test_an_unknown_task_is_told_with_the_file() -> None:
    spec = make_spec({"name": "a", "tasks": ["brca1"]}, where="run.toml")
    with pytest.raises(SpecError, match=r"^run\.toml: there is no task 'brca1' to score; did you mean 'brca1_sge'\?$"):
        prepare(spec, devices=["cpu"])
