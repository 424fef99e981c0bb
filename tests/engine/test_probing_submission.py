from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import VerificationError
from engine.names import Metric
from engine.published.geneb_submissions import check, read_benchmark
from engine.records import Model, Score
from engine.run.probing.execute import Summary
from engine.run.probing.submission import geneb_results, write_geneb
from engine.run.probing.tasks import geneb_rows

if TYPE_CHECKING:
    from pathlib import Path

MODEL = Model(
    model_id="own",
    name="Our own",
    role="model",
    parameters=1_050_000,
    hf_id="us/own",
    pretraining_data="GRCh38",
    source_id="engine",
)


def _score(task_id: str, regime: str, metric: str, **changes: Any) -> Score:
    row = Score(
        model_id="own",
        task_id=task_id,
        stratum="all",
        regime=regime,
        protocol="geneb-exact",
        metric=metric,
        value=0.25,
        origin="engine",
        provenance="computed by this engine",
        source_id="engine",
    )
    return replace(row, **changes)


@pytest.fixture
def scores() -> list[Score]:
    """All tasks, regimes and metrics of one system, with what a submission leaves out."""
    found = [
        _score(task, regime, metric)
        for task in geneb_rows()
        for regime in ("full", "10shot", "1shot")
        for metric in (Metric.MCC, Metric.ACC, Metric.F1)
    ]
    return [*found, replace(found[0], stratum="near", value=0.9), replace(found[0], model_id="other", value=0.9)]


def _summary(scores: list[Score], model: Model = MODEL) -> Summary:
    unused: Any = None
    return Summary(unused, unused, scores[:-1], [], [], [], [], {"own": model})


def test_a_model_is_described_as_it_is_known(tmp_path: Path, scores: list[Score], published: Path) -> None:
    path = write_geneb(_summary(scores), tmp_path, submitted_by="us")
    assert path.name == "own.json"
    assert check(path, read_benchmark(published)) == []
    content = json.loads(path.read_text("utf-8"))
    assert content["meta"] == {
        "display": "Our own",
        "params": 1_050_000,
        "url": "https://huggingface.co/us/own",
        "zero_shot": True,
        "training_data": "GRCh38",
        "provenance": "self-reported",
        "submitted_by": "us",
    }
    assert {value for tasks in content["results"].values() for row in tasks.values() for value in row.values()} == {
        0.25
    }


def test_what_is_not_known_is_left_open_and_names_can_be_given(tmp_path: Path, scores: list[Score]) -> None:
    bare = replace(MODEL, role="baseline", parameters=None, hf_id=None, pretraining_data=None)
    path = write_geneb(_summary(scores, bare), tmp_path, model_id="A model", display="Another")
    content = json.loads(path.read_text("utf-8"))
    assert (path.name, content["model_id"]) == ("A_model.json", "A model")
    assert {name: content["meta"][name] for name in ("display", "params", "url", "zero_shot", "training_data")} == {
        "display": "Another",
        "params": 0,
        "url": "",
        "zero_shot": False,
        "training_data": "",
    }


def test_an_mcc_of_one_predicted_class_is_0_as_in_scikit_learn(scores: list[Score]) -> None:
    reason = "predicts one class for all sequences: the correlation is 0/0"
    task = scores[0].task_id
    found = geneb_results([replace(scores[0], value=None, undefined_reason=reason), *scores[1:]], "own")
    assert found["full"][task] == {"MCC": 0.0, "Acc": 0.25, "F1": 0.25}
    assert {regime: len(tasks) for regime, tasks in found.items()} == {"full": 100, "10shot": 100, "1shot": 100}


@pytest.mark.parametrize(
    "change",
    [
        {"value": None, "undefined_reason": "all 9 sequences have one label"},
        {"value": None, "undefined_reason": "predicts one class for all sequences", "metric": "Acc"},
    ],
)
def test_a_value_that_is_missing_for_another_reason_is_named_and_nothing_is_written(
    tmp_path: Path, scores: list[Score], change: dict[str, Any]
) -> None:
    scores[0] = replace(scores[0], **change)
    with pytest.raises(VerificationError, match=rf"own has no {scores[0].metric} on {scores[0].task_id} \(full\): "):
        write_geneb(_summary(scores), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_task_that_is_missing_altogether_is_named(tmp_path: Path, scores: list[Score]) -> None:
    lost = scores[0].task_id
    with pytest.raises(VerificationError, match=lost):
        write_geneb(_summary([row for row in scores if row.task_id != lost]), tmp_path)
    assert not list(tmp_path.iterdir())
