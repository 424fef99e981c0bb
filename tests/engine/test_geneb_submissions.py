from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import TableError, VerificationError
from engine.published.geneb_submissions import (
    RANGES,
    REGIMES,
    Benchmark,
    Meta,
    as_bundle,
    as_source,
    check,
    differences,
    file_stem,
    problems,
    read_benchmark,
    read_submission,
    submission,
    write_submission,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.records import Bundle

    Content = dict[str, Any]

META = Meta(display="My Model", params=300_000_000, url="https://example.org/m", submitted_by="A. Person")
TASK = "iDNA_ABF_5mC"
# A path of its own for each example needs no fresh folder.
SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)


@pytest.fixture(scope="module")
def benchmark(published: Path) -> Benchmark:
    return read_benchmark(published)


@pytest.fixture(scope="module")
def results(geneb_bundle: Bundle) -> dict[str, dict[str, dict[str, float]]]:
    """LucaOne's published values; accuracy and F1 of the few-shot regimes, which are not shipped, as in full."""
    own = {
        (score.regime, score.task_id, score.metric): score.value or 0.0
        for score in geneb_bundle.scores
        if score.model_id == "LucaOne-default-step36M"
    }
    tasks = [task.task_id for task in geneb_bundle.tasks]
    return {
        regime: {
            task: {metric: own.get((regime, task, metric), own["full", task, metric]) for metric in RANGES}
            for task in tasks
        }
        for regime in REGIMES
    }


@pytest.fixture
def content(results: dict[str, dict[str, dict[str, float]]]) -> Content:
    return submission("my-model", META, results)


def _write(folder: Path, content: Any, name: str = "my-model.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_a_benchmark_has_all_tasks_in_order_with_the_sizes_that_are_known(benchmark: Benchmark) -> None:
    assert len(benchmark.tasks) == 100
    assert next(iter(benchmark.tasks)) == "InstaDeepAI_nucleotide_transformer_downstream_tasks_H3"
    assert benchmark.tasks["leannmlindsey_GUE_mouse_3"] == 239
    assert benchmark.tasks["deep4mc_E.coli_4mC"] is None
    assert len(benchmark.shipped) == 41


def test_what_is_written_is_without_fault_and_is_read_back_as_it_was(
    tmp_path: Path, content: Content, results: Any, benchmark: Benchmark
) -> None:
    path = write_submission(tmp_path / "submissions", content, benchmark)
    assert path == tmp_path / "submissions" / "my-model.json"
    assert check(path, benchmark) == []
    read = read_submission(path, benchmark)
    assert (read.model_id, read.meta) == ("my-model", META)
    for regime in REGIMES:
        for task in benchmark.tasks:
            for metric in RANGES:
                assert read.results[regime][task][metric] == round(results[regime][task][metric], 4)
    assert [entry.name for entry in path.parent.iterdir()] == ["my-model.json"]


def test_a_file_has_the_keys_of_the_schema(content: Content) -> None:
    assert list(content) == ["schema_version", "model_id", "harness_version", "meta", "results"]
    assert (content["schema_version"], content["harness_version"]) == ("1.0", "geneb-0.1.0")
    assert list(content["meta"]) == [
        "display", "params", "url", "zero_shot", "training_data", "provenance", "submitted_by",
    ]  # fmt: skip
    assert {regime: len(per_task) for regime, per_task in content["results"].items()} == {
        "full": 100,
        "10shot": 100,
        "1shot": 100,
    }
    assert all(type(name) is str for name in content["results"])
    assert all(type(name) is str for name in content["results"]["full"][TASK])


def test_values_are_rounded_to_four_decimals_and_a_zero_has_no_sign() -> None:
    made = submission("m", META, {"full": {TASK: {"MCC": -0.00001, "Acc": 0.123456, "F1": 1.0}}})
    assert made["results"]["full"][TASK] == {"MCC": 0.0, "Acc": 0.1235, "F1": 1.0}
    assert str(made["results"]["full"][TASK]["MCC"]) == "0.0"


def test_a_file_may_replace_an_older_one(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    write_submission(tmp_path, content, benchmark)
    content["meta"]["params"] = 7
    path = write_submission(tmp_path, content, benchmark)
    assert read_submission(path, benchmark).meta.params == 7
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_written_that_has_a_fault(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    content["results"]["full"][TASK] = {"MCC": None, "Acc": float("nan"), "F1": 0.5}
    sentence = (
        f"no GENEB submission was written: results.full.{TASK}.MCC is null; give a number from -1 to 1. And 1 more."
    )
    with pytest.raises(VerificationError, match=re.escape(sentence)):
        write_submission(tmp_path, content, benchmark)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(TableError, match=r"^my-model\.json: the file cannot be written in .*taken \(File exists\)"):
        write_submission(tmp_path / "taken", content, benchmark)
    with pytest.raises(TableError, match="File name too long"):
        write_submission(tmp_path, content | {"model_id": "m" * 300}, benchmark)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("GenomeOcean-4B", "GenomeOcean-4B"),
        ("org/my model", "org_my_model"),
        ("a.b_c-D9", "a.b_c-D9"),
        ("é+ü", "___"),
        ("../../etc", ".._.._etc"),
    ],
)
def test_a_file_is_named_after_its_model(model_id: str, name: str) -> None:
    assert file_stem(model_id) == name


@SHARED_FOLDER
@given(model_id=st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip))
def test_any_model_id_of_one_line_can_be_written_and_read(
    tmp_path: Path, results: Any, benchmark: Benchmark, model_id: str
) -> None:
    path = write_submission(tmp_path, submission(model_id, replace(META, display=model_id), results), benchmark)
    assert path.parent == tmp_path
    assert read_submission(path, benchmark).model_id == model_id


def _set(*place: str, value: Any) -> Callable[[Content], None]:
    def damage(content: Content) -> None:
        for key in place[:-1]:
            content = content[key]
        content[place[-1]] = value

    return damage


def _drop(*place: str) -> Callable[[Content], None]:
    def damage(content: Content) -> None:
        for key in place[:-1]:
            content = content[key]
        del content[place[-1]]

    return damage


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_set("schema_version", value="2.0"), 'schema_version is "2.0"; give "1.0".'),
        (_drop("schema_version"), 'schema_version is missing; give "1.0".'),
        (
            _set("harness_version", value="geneb-0.2.0"),
            'harness_version is "geneb-0.2.0"; give "geneb-0.1.0": other versions are other protocols.',
        ),
        (
            _set("harness_version", value=1),
            'harness_version is 1; give "geneb-0.1.0": other versions are other protocols.',
        ),
        (_set("model_id", value=""), 'model_id is ""; give the model\'s id, one line of text.'),
        (_set("model_id", value="a\nb"), 'model_id is "a\\nb"; give the model\'s id, one line of text.'),
        (_set("model_id", value="\ud800"), 'model_id is "\\ud800"; give the model\'s id, one line of text.'),
        (_drop("model_id"), "model_id is missing; give the model's id, one line of text."),
        (
            _drop("meta"),
            "meta is null; give an object with display, params and what else is known of the model.",
        ),
        (_drop("meta", "display"), "meta.display is missing; give the model's name, one line of text."),
        (_set("meta", "params", value=-1), "meta.params is -1; give the number of parameters, a whole number from 0."),
        (
            _set("meta", "params", value=1e6),
            "meta.params is 1000000.0; give the number of parameters, a whole number from 0.",
        ),
        (
            _set("meta", "params", value=True),
            "meta.params is true; give the number of parameters, a whole number from 0.",
        ),
        (
            _set("meta", "params", value="300M"),
            'meta.params is "300M"; give the number of parameters, a whole number from 0.',
        ),
        (
            _set("meta", "params", value=2**63),
            "meta.params is 9223372036854775808; give the number of parameters, a whole number from 0.",
        ),
        (_set("meta", "url", value=None), 'meta.url is null; give one line of text, or "".'),
        (_set("meta", "zero_shot", value="no"), 'meta.zero_shot is "no"; give true or false.'),
        (
            _set("meta", "provenance", value="trusted"),
            'meta.provenance is "trusted"; give one of official, verified, reproduced, self-reported.',
        ),
        (
            _set("meta", "provenance", value=["official"]),
            'meta.provenance is ["official"]; give one of official, verified, reproduced, self-reported.',
        ),
        (
            _set("meta", "provenance", value="official"),
            'meta.provenance is "official", which GENEB keeps for the models of its own authors; give self-reported.',
        ),
        (_drop("results"), "results is null; give an object with full, 10shot, 1shot."),
        (_drop("results", "10shot"), "results.10shot is missing; give an object with all 100 tasks."),
        (_set("results", "1shot", value=[]), "results.1shot is []; give an object with all 100 tasks."),
        (_drop("results", "full", TASK), f"results.full lacks 1 of 100 tasks; add {TASK}."),
        (
            _set("results", "full", "iDNA_ABF_7mC", value={}),
            'results.full has "iDNA_ABF_7mC", which is no task of GENEB; take it out or correct its name.',
        ),
        (
            _set("results", "1shot", TASK, value=0.5),
            f"results.1shot.{TASK} is 0.5; give an object with MCC, Acc, F1.",
        ),
        (
            _drop("results", "full", TASK, "F1"),
            f"results.full.{TASK}.F1 is missing; give a number from 0 to 1.",
        ),
        (
            _set("results", "full", TASK, "F1", value=-0.1),
            f"results.full.{TASK}.F1 is -0.1; give a number from 0 to 1.",
        ),
        (
            _set("results", "full", TASK, "MCC", value=-1.1),
            f"results.full.{TASK}.MCC is -1.1; give a number from -1 to 1.",
        ),
        (
            _set("results", "full", TASK, "MCC", value=float("nan")),
            f"results.full.{TASK}.MCC is NaN; give a number from -1 to 1.",
        ),
        (
            _set("results", "full", TASK, "Acc", value=float("inf")),
            f"results.full.{TASK}.Acc is Infinity; give a number from 0 to 1.",
        ),
        (
            _set("results", "full", TASK, "Acc", value="0.9"),
            f'results.full.{TASK}.Acc is "0.9"; give a number from 0 to 1.',
        ),
        (
            _set("results", "full", TASK, "Acc", value=True),
            f"results.full.{TASK}.Acc is true; give a number from 0 to 1.",
        ),
        (
            _set("results", "full", TASK, "Acc", value=10**40),
            f"results.full.{TASK}.Acc is 1{'0' * 40}; give a number from 0 to 1.",
        ),
    ],
)
def test_one_fault_is_one_sentence_with_place_value_and_remedy(
    tmp_path: Path, content: Content, benchmark: Benchmark, damage: Callable[[Content], None], sentence: str
) -> None:
    damage(content)
    assert check(_write(tmp_path, content), benchmark) == [sentence]
    with pytest.raises(TableError, match=r"^my-model\.json: .*expected a file in which `vledger geneb check` finds"):
        read_submission(tmp_path / "my-model.json", benchmark)


def test_every_fault_is_told_and_not_only_the_first(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    del content["meta"]["display"]
    content["harness_version"] = "mine"
    content["results"]["full"][TASK] = {"MCC": 2, "Acc": 2, "F1": 2}
    del content["results"]["1shot"]
    found = check(_write(tmp_path, content, "other.json"), benchmark)
    assert [sentence.split(" ")[0] for sentence in found] == [
        "the",
        "harness_version",
        "meta.display",
        *(f"results.full.{TASK}.{metric}" for metric in RANGES),
        "results.1shot",
    ]


def test_a_wrong_file_name_is_a_fault(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    path = _write(tmp_path, content | {"model_id": "org/model"}, "model.json")
    assert check(path, benchmark) == ["the file is named model.json; rename it to org_model.json, after its model_id."]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff\xfe{}", "is no JSON"),
        (b"model_id,MCC\n", "is no JSON"),
        (b"[" * 200_000, "is no JSON"),
        (b"[]", "the file holds []"),
        (b"null", "the file holds null"),
        (b'"text"', 'the file holds "text"'),
    ],
)
def test_a_file_that_holds_no_object_is_one_fault(tmp_path: Path, benchmark: Benchmark, text: bytes, word: str) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(text)
    (sentence,) = check(path, benchmark)
    assert word in sentence
    assert sentence.endswith(".")


def test_a_file_that_is_not_there_is_one_fault(tmp_path: Path, benchmark: Benchmark) -> None:
    assert check(tmp_path / "m.json", benchmark) == [
        "the file cannot be read (No such file or directory); give the path of a submission."
    ]
    (sentence,) = check(tmp_path, benchmark)
    assert sentence.startswith("the file cannot be read (Is a directory)")


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    path = tmp_path / "my-model.json"
    path.write_text(json.dumps(content).replace(f'"{TASK}": {{', f'"{TASK}": {{"MCC": 0.9, ', 1), "utf-8")
    assert check(path, benchmark) == ['the key "MCC" stands twice in one object; keep the right one.']


@pytest.mark.parametrize("version", ["geneb-0.1.0", "GENEB-0.1.0", "Geneb-0.1.0"])
def test_the_harness_version_may_be_written_in_capitals(
    tmp_path: Path, content: Content, benchmark: Benchmark, version: str
) -> None:
    assert check(_write(tmp_path, content | {"harness_version": version}), benchmark) == []


def test_what_the_schema_does_not_name_is_let_be_and_what_it_leaves_open_may_lack(
    tmp_path: Path, content: Content, benchmark: Benchmark
) -> None:
    content["evidence"] = {"runtime": "other"}
    content["meta"] = {"display": "M", "params": 0, "paper": "none"}
    content["results"]["full"][TASK]["AUROC"] = 0.9
    path = _write(tmp_path, content)
    assert check(path, benchmark) == []
    read = read_submission(path, benchmark)
    assert read.meta == Meta(display="M", params=0)
    assert read.meta.provenance == "self-reported"
    assert read.results["full"][TASK].keys() == {"MCC", "Acc", "F1"}


def test_a_models_own_authors_may_call_it_official(content: Content, benchmark: Benchmark) -> None:
    content["meta"]["provenance"] = "official"
    assert problems(content | {"model_id": "GROVER"}, benchmark) == []
    assert len(problems(content | {"model_id": "splicebert-1024nt"}, benchmark)) == 1


def test_a_long_value_is_shown_by_its_ends(content: Content, benchmark: Benchmark) -> None:
    content["results"]["full"][TASK] = "x" * 5000
    (sentence,) = problems(content, benchmark)
    assert len(sentence) < 200
    assert 'is "xxxxx' in sentence


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), value=_ANYTHING)
def test_a_value_that_is_no_number_in_range_is_named_by_its_place_wherever_it_is(
    results: Any, benchmark: Benchmark, data: st.DataObject, value: Any
) -> None:
    metric = data.draw(st.sampled_from(list(RANGES)))
    place = (data.draw(st.sampled_from(REGIMES)), data.draw(st.sampled_from(list(benchmark.tasks))), metric)
    content = submission("my-model", META, results)
    content["results"][place[0]][place[1]][metric] = value
    low, high = RANGES[metric]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    found = problems(content, benchmark)
    if number and low <= value <= high:
        assert found == []
    elif not (number and low - 1e-6 <= value <= high + 1e-6):
        (sentence,) = found
        assert sentence.startswith(f"results.{'.'.join(place)} is ")


@given(content=_ANYTHING)
def test_anything_that_json_can_hold_is_answered_with_sentences(benchmark: Benchmark, content: Any) -> None:
    found = problems(content, benchmark)
    assert found
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in found)


@SHARED_FOLDER
@given(key=st.sampled_from(["schema_version", "model_id", "harness_version", "meta", "results"]), value=_ANYTHING)
def test_any_value_of_any_key_is_answered_without_a_crash(
    tmp_path: Path, results: Any, benchmark: Benchmark, key: str, value: Any
) -> None:
    path = _write(tmp_path, submission("my-model", META, results) | {key: value})
    found = check(path, benchmark)
    assert (key == "model_id" and isinstance(value, str)) or found


@SHARED_FOLDER
@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_off_anywhere_is_one_fault(tmp_path: Path, results: Any, benchmark: Benchmark, cut: float) -> None:
    text = json.dumps(submission("my-model", META, results)).encode()
    path = tmp_path / "my-model.json"
    path.write_bytes(text[: int(cut * len(text))])
    (sentence,) = check(path, benchmark)
    assert sentence.startswith("the file is no JSON (")


def test_a_submission_becomes_rows_beside_the_published_ones(
    tmp_path: Path, content: Content, benchmark: Benchmark, geneb_bundle: Bundle
) -> None:
    content["meta"] |= {"provenance": "reproduced", "training_data": "human"}
    content["results"]["full"][TASK]["Acc"] = 1.0000000001
    read = read_submission(_write(tmp_path, content), benchmark)
    source = as_source(read, sha256="ab", retrieved_at="2026-01-02")
    bundle = as_bundle(read, benchmark, source=source, name="My Model")
    assert len(bundle.scores) == 900
    by_key = {(score.regime, score.task_id, score.metric): score for score in bundle.scores}
    assert by_key["full", TASK, "Acc"].value == 1.0
    like = next(s for s in geneb_bundle.scores if (s.task_id, s.regime, s.metric) == (TASK, "10shot", "MCC"))
    found = by_key["10shot", TASK, "MCC"]
    assert found == replace(
        like, model_id="my-model", value=found.value, provenance="reproduced", source_id="geneb-submission-my-model"
    )
    (model,) = bundle.models
    assert (model.name, model.role, model.modality) == ("My Model", "model", "DNA")
    assert (model.parameters, model.pretraining_data) == (300_000_000, "human")
    assert bundle.sources == [source]
    assert source.citation == "GENEB submission of My Model by A. Person, taken in on this machine as it stands."
    assert source.version == "SHA-256 ab"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a b", None),
        ("javascript:alert(1)", None),
        ("", None),
        ("http://example.org", "http://example.org"),
    ],
)
def test_only_a_web_address_becomes_a_link(
    tmp_path: Path, content: Content, benchmark: Benchmark, url: str, shown: str | None
) -> None:
    content["meta"]["url"] = url
    read = read_submission(_write(tmp_path, content), benchmark)
    assert as_source(read, sha256="ab", retrieved_at="2026-01-02").url == shown


def test_an_unknown_size_is_none_and_not_zero(tmp_path: Path, content: Content, benchmark: Benchmark) -> None:
    content["meta"]["params"] = 0
    read = read_submission(_write(tmp_path, content), benchmark)
    source = as_source(read, sha256="ab", retrieved_at="2026-01-02")
    assert as_bundle(read, benchmark, source=source, name="M").models[0].parameters is None


def test_values_rounded_and_values_cut_agree_and_others_are_named(
    tmp_path: Path, content: Content, benchmark: Benchmark, geneb_bundle: Bundle
) -> None:
    name = "LucaOne-default-step36M"
    own = copy.deepcopy(content) | {"model_id": name}
    read = read_submission(_write(tmp_path, own, f"{name}.json"), benchmark)
    assert differences(read, geneb_bundle.scores) == []
    own["results"]["10shot"][TASK]["MCC"] = 0.9
    own["results"]["10shot"][TASK]["Acc"] = 0.9  # of few shots only MCC is published
    read = read_submission(_write(tmp_path, own, f"{name}.json"), benchmark)
    (phrase,) = differences(read, geneb_bundle.scores)
    assert phrase.startswith(f"results.10shot.{TASK}.MCC is 0.9, published 0.")
