"""Probing runs of which something, or all, is not possible: what becomes a failure row, and what stops the run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from engine.datasets.fetch import MIRROR
from engine.errors import NotHereError, SpecError
from engine.probe_spec import make_probe_spec
from engine.run.probing.execute import prepare
from engine.store.parquet import read_frame
from tests.pipeline.probing_runs import (
    HUMAN,
    MOUSE,
    Listener,
    carry_out,
    own_task,
    value,
)
from tests.pipeline.real_runs import tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the mirror and an empty cache."""
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


@pytest.mark.usefixtures("empty_cache")
def test_a_model_that_cannot_be_loaded_becomes_a_failure_and_the_rest_is_done(tmp_path: Path) -> None:
    broken = shutil.copytree(tiny("llama-letters"), tmp_path / "broken")
    file = broken / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    models = [{"id": str(broken)}, {"id": "alphamissense"}, {"id": f"random-init:{tiny('llama-letters')}"}]
    listener = Listener()
    summary = carry_out({"tasks": [str(own_task(tmp_path / "own.csv"))], "models": models}, listener=listener)
    told = {row.model_id: (row.stage, row.task_id, row.error_type) for row in summary.failures}
    assert told == {"broken": ("load", None, "SpecError"), "alphamissense": ("load", None, "CannotRun")}
    assert [row.model_id for row in listener.told] == ["alphamissense"]
    assert {row.model_id for row in summary.scores} == {"gc", "random-init:tiny-llama-letters"}
    assert read_frame(summary.folder / "failure.parquet")["model_id"].tolist() == [
        row.model_id for row in summary.failures
    ]


@pytest.mark.usefixtures("empty_cache")
def test_without_torch_a_network_is_a_failure_that_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "engine.models.cnn", None)
    content = {"protocol": "fair-v1", "baselines": ["cnn", "gc"], "regimes": ["full"]}
    summary = carry_out(content | {"tasks": [str(own_task(tmp_path / "own.csv"))]})
    (failure,) = summary.failures
    assert (failure.model_id, failure.task_id, failure.error_type) == ("cnn", "own", "NotHereError")
    assert "which is not installed: pip install 'validity-ledger[models]'" in failure.message
    assert value(summary, "gc") is not None


def _prepared(**content: Any) -> None:
    prepare(make_probe_spec({"name": "a", "protocol": "fair-v1"} | content, where="a test"))


@pytest.mark.usefixtures("empty_cache")
def test_a_task_whose_data_are_not_here_stops_before_anything(
    monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    monkeypatch.delenv(MIRROR, raising=False)
    with pytest.raises(NotHereError, match=rf"1 of 1 tasks is not on this machine .* `vledger fetch {MOUSE}`"):
        _prepared(tasks=[MOUSE])
    with pytest.raises(NotHereError, match=r"100 of 100 tasks are not .* and 97 more\): run `vledger fetch geneb`"):
        _prepared(tasks="all")
    assert not (empty_cache / "runs").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"tasks": ["leannmlindsey_GUE_mouse_7"]}, "did you mean 'leannmlindsey_GUE_mouse_"),
        ({"tasks": ["zzz"]}, "`vledger list tasks --suite geneb` names GENEB's"),
        ({"baselines": ["kmer_best"]}, "did you mean 'kmer-best'?"),
        ({"baselines": ["shuffled:kmer-44"]}, "did you mean 'kmer-4'?"),
        ({"models": [{"id": "evo-2-7"}]}, "evo-2-7b"),
        ({"models": [{"id": "random-init:none"}]}, "No model is called 'none'"),
        ({"models": [{"id": "random-init:kmer-4"}]}, "give random-init:kmer-4 as a baseline"),
        ({"models": [{"id": "random-init:shuffled:evo-2-7b"}]}, "shuffled: before random-init:"),
        ({"models": [{"id": "esm-2-8m", "layers": [0, 1]}], "protocol": "geneb-exact"}, "chooses no layer"),
    ],
)
@pytest.mark.usefixtures("machine")
def test_what_does_not_exist_is_told_with_the_nearest(content: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as told:
        _prepared(**({"tasks": [MOUSE]} | content))
    assert str(told.value).startswith("a test: ")
    assert words in str(told.value)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Copies of a tiny checkpoint under other names."""

    def make(*names: str, prefix: str = "") -> list[dict[str, Any]]:
        return [{"id": f"{prefix}{shutil.copytree(tiny('llama-letters'), tmp_path / name)}"} for name in names]

    return make


@pytest.mark.usefixtures("empty_cache")
def test_two_systems_of_one_name_are_refused(tmp_path: Path, folders: Callable[..., list[dict[str, Any]]]) -> None:
    tasks = [str(own_task(tmp_path / "own.csv"))]
    with pytest.raises(SpecError, match="would both be called 'mine': rename one of them"):
        _prepared(tasks=tasks, models=folders("one/mine", "two/mine"))
    with pytest.raises(SpecError, match="called like a system that is known here: rename it"):
        _prepared(tasks=tasks, models=folders("kmer-4"))
    with pytest.raises(SpecError, match="called like a system that is known here: rename it"):
        _prepared(tasks=tasks, models=folders("evo-2-7b", prefix="random-init:"))


@pytest.mark.usefixtures("empty_cache")
def test_two_tasks_of_one_name_and_one_called_like_a_known_task_are_refused(tmp_path: Path) -> None:
    paths = [str(own_task(tmp_path / folder / "own.csv")) for folder in ("one", "two")]
    with pytest.raises(SpecError, match="two tasks have one name; rename one of the files"):
        _prepared(tasks=paths)
    with pytest.raises(SpecError, match="called like a task that is known here"):
        _prepared(tasks=[str(own_task(tmp_path / f"{HUMAN}.csv"))])
