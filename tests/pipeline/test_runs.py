from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from safetensors import numpy as safetensors

from engine import models
from engine.datasets.fetch import MIRROR
from engine.errors import SpecError, StoreError
from engine.probe_spec import read_probe_spec
from engine.registry import scorers
from engine.registry.adapters import AdapterCard, resolve
from engine.registry.files import input_file
from engine.registry.tasks import TASKS
from engine.run.bookkeeping import local_results
from engine.run.changes import changes_of
from engine.run.data import load_task
from engine.run.plan import recorded_speeds
from engine.singlecell_spec import read_singlecell_spec
from engine.spec import make_spec, read_spec
from engine.store.parquet import read_frame
from tests.pipeline.real_runs import TASK, Listener, brca1, carry_out, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.run.execute import Summary

ITEMS = 4996


@pytest.fixture
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the data and an empty cache."""
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


def _spec(**content: Any) -> dict[str, Any]:
    return {"models": [{"id": str(tiny("esm2"))}], "options": {"shard": 500}} | content


def _scores(summary: Summary, model: str) -> pd.Series:
    rows = read_frame(summary.folder / "prediction.parquet")
    return rows[rows["model_id"] == model].set_index("item_id")["score"]


@pytest.fixture(scope="module")
def plain(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """One run of the tiny model, whole task at once, undisturbed; read only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", str(tmp_path_factory.mktemp("cache")))
        return carry_out(_spec(options={"shard": 100_000}))


def test_shards_do_not_show_in_the_scores(plain: Summary, machine: Path) -> None:
    listener = Listener()
    summary = carry_out(_spec(), listener=listener)
    (job,) = listener.jobs
    assert len(job.shards) == 10
    assert len(list((machine / "runs" / summary.run.run_id / "parts").glob("*.parquet"))) == 10
    whole, cut = _scores(plain, "tiny-esm2"), _scores(summary, "tiny-esm2")
    assert len(cut) == cut.index.nunique() == ITEMS
    assert np.allclose(cut[whole.index], whole, rtol=0, atol=1e-5)
    assert listener.steps[0] == (0, ITEMS, 0)
    assert listener.steps[-1] == (ITEMS, ITEMS, job.tokens)
    assert [done for done, _, _ in listener.steps] == sorted(done for done, _, _ in listener.steps)


@pytest.mark.usefixtures("machine")
def test_a_run_gives_every_variant_the_score_of_the_scorer(plain: Summary) -> None:
    card = resolve(str(tiny("esm2")))
    assert isinstance(card, AdapterCard)
    data = load_task(TASK)
    changes = changes_of(data, "protein")
    model = models.load(card, device="cpu")
    found = scorers.make("masked-marginal", {}).score(model, changes.substitutions)
    expected = pd.Series(found.scores, index=data.items["item_id"].to_numpy()[changes.items])
    scores = _scores(plain, "tiny-esm2")
    assert np.allclose(scores[expected.index], expected, rtol=0, atol=1e-5)
    assert expected.std() > 0.1


@pytest.mark.usefixtures("machine")
def test_two_processes_find_the_same_though_one_of_them_is_killed(plain: Summary) -> None:
    others = set(multiprocessing.active_children())  # a page tested before may have left its own worker

    class Killer(Listener):
        killed = 0

        def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
            super().progress(done, total, tokens, seconds)
            workers = [child for child in multiprocessing.active_children() if child not in others]
            if done and not self.killed and workers:
                workers[0].kill()
                self.killed += 1

    listener = Killer()
    summary = carry_out(_spec(options={"shard": 500, "workers": 2}), listener=listener)
    assert (listener.killed, summary.failures) == (1, [])
    assert summary.run.status == "finished"
    scores, whole = _scores(summary, "tiny-esm2"), _scores(plain, "tiny-esm2")
    assert len(scores) == ITEMS
    assert np.allclose(scores[whole.index], whole, rtol=0, atol=1e-5)


def test_predictions_are_in_the_scorers_own_direction(plain: Summary) -> None:
    rows = read_frame(plain.folder / "prediction.parquet")
    assert set(zip(rows["model_id"], rows["higher_is"], strict=True)) == {
        ("tiny-esm2", "fit"),
        ("blosum62", "damaging"),
    }
    assert set(rows["run_id"]) == {plain.run.run_id}
    assert set(rows["task_id"]) == {TASK}
    assert len(rows) == 2 * ITEMS


def test_scores_of_other_groups_and_controls_are_measured_but_not_written_down(mirror: Path) -> None:
    summary = brca1(mirror)
    card = TASKS["brca1_sge"]
    controls = {"constant", "random"}
    written = set(read_frame(summary.folder / "prediction.parquet")["model_id"])
    assert written == set(card.baselines) - controls
    measured = {row.model_id for row in summary.scores}
    assert measured == {*card.baselines, *card.comparators, *card.models_published}


def test_a_result_says_what_made_it(plain: Summary) -> None:
    run = plain.run
    assert run.run_id.startswith("a-")
    assert run.status == "finished"
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at
    assert run.started_at.endswith("+00:00")
    assert run.command == "vledger run a.toml"
    assert run.spec_hash == make_spec(json.loads(run.spec_json)["spec"], where="a").hash()
    assert (run.device, run.dtype, run.seed) == ("cpu", "float32", 0)
    packages = json.loads(run.packages_json)
    assert {"python", "numpy", "torch", "transformers", "duckdb", "validity-ledger"} <= packages.keys()
    told = json.loads(run.spec_json)
    assert told["inputs"] == {TASK: {name: input_file(name).sha256 for name in TASKS[TASK].files}}
    identity = told["models"]["tiny-esm2"]
    assert identity["revision"].startswith("sha256:")
    assert (identity["dtype"], identity["device"], identity["kind"]) == ("float32", "cpu", "masked")


def test_the_commit_is_that_of_the_checkout(plain: Summary) -> None:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607
    if asked.returncode:
        pytest.skip("this is no git checkout")
    assert plain.run.git_commit == asked.stdout.strip()
    assert plain.run.git_dirty in {True, False}


def test_what_a_run_writes_is_what_it_says(plain: Summary) -> None:
    stored = read_frame(plain.folder / "score.parquet")
    assert stored["value"].tolist() == pytest.approx([row.value for row in plain.scores], nan_ok=True)
    assert set(stored["run_id"]) == {plain.run.run_id}
    assert set(stored["origin"]) == {"engine"}
    (run,) = read_frame(plain.folder / "run.parquet").to_dict("records")
    assert (run["run_id"], run["spec_hash"]) == (plain.run.run_id, plain.run.spec_hash)
    assert {path.stem for path in plain.folder.iterdir()} == {
        *("run", "model", "task", "stratum", "score", "comparison", "prediction", "throughput"),
    }


def test_a_run_says_what_it_cost(plain: Summary) -> None:
    (row,) = read_frame(plain.folder / "throughput.parquet").to_dict("records")
    # 263 positions of a protein of 286 residues, with two special tokens.
    assert (row["model_id"], row["task_id"], row["protocol"]) == ("tiny-esm2", TASK, "masked-marginal")
    assert (row["tokens"], row["n_items"], row["halvings"]) == (263 * 288, ITEMS, 0)
    assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"])
    assert row["tokens_per_second"] > 100
    assert 2**20 < row["peak_bytes"] < 2**40
    assert (row["device"], row["dtype"]) == ("cpu", "float32")


def test_the_next_plan_knows_how_fast_this_machine_was(plain: Summary) -> None:
    (row,) = read_frame(plain.folder / "throughput.parquet").to_dict("records")
    assert recorded_speeds([plain.folder], ["cpu"]) == {"tiny-esm2": row["tokens_per_second"]}
    assert recorded_speeds([plain.folder], ["cuda:0"]) == {}


def test_damaged_results_of_another_run_do_not_keep_a_plan_from_being_made(plain: Summary, tmp_path: Path) -> None:
    copy = shutil.copytree(plain.folder, tmp_path / "copy")
    (copy / "throughput.parquet").write_bytes(b"")
    assert recorded_speeds([copy], ["cpu"]) == {}


def test_a_local_folder_describes_itself(plain: Summary) -> None:
    rows = read_frame(plain.folder / "model.parquet").set_index("model_id")
    assert set(rows.index) == {"tiny-esm2", "blosum62"}
    assert rows.loc["tiny-esm2", ["role", "modality", "access_kind"]].tolist() == ["model", "protein", "local"]
    flags = {flag["flag"] for row in plain.comparisons for flag in json.loads(row.flags or "[]")}
    assert "REVISION_UNPINNED" in flags


FAILING = """
name = "failing"
tasks = ["{task}"]
baselines = ["blosum62", "phylop"]
published = false
models = [
  {{ id = "esm-2-8m" }},
  {{ id = "alphamissense" }},
  {{ id = "{dna}" }},
  {{ id = "evo-2-7b" }},
  {{ id = "{protein}", scorer = "kmer-llr" }},
  {{ id = "{good}" }},
]
[options]
draws = 100
"""


def test_what_cannot_be_scored_becomes_a_failure_and_the_rest_goes_on(machine: Path, tmp_path: Path) -> None:
    protein = shutil.copytree(tiny("esm2"), tmp_path / "tiny-other")
    text = FAILING.format(task=TASK, dna=tiny("llama-letters"), protein=protein, good=tiny("esm2"))
    (tmp_path / "run.toml").write_text(text, "utf-8")
    # The hub's package reads its settings when it is imported: another process.
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "engine", "run", str(tmp_path / "run.toml"), "--no-publish"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert found.returncode == 3, found.stderr
    folder = machine / "results" / "failing"
    failures = read_frame(folder / "failure.parquet").set_index("model_id")
    told = {name: (row["stage"], row["error_type"]) for name, row in failures.iterrows()}
    assert told == {
        "phylop": ("plan", "SpecError"),
        "alphamissense": ("load", "CannotRun"),
        "tiny-llama-letters": ("plan", "SpecError"),
        "evo-2-7b": ("plan", "SpecError"),
        "tiny-other": ("plan", "SpecError"),
        "esm-2-8m": ("load", "NotHereError"),
    }
    assert "could not be downloaded" in failures.loc["esm-2-8m", "message"]
    assert "has no dna reference sequences here" in failures.loc["tiny-llama-letters", "message"]
    assert "AlphaMissense cannot be run here" in failures.loc["alphamissense", "message"]
    assert all(f"{message}" in found.stderr for message in failures["message"])
    assert read_frame(folder / "run.parquet")["status"].tolist() == ["finished with failures"]
    rows = read_frame(folder / "prediction.parquet")
    assert set(rows["model_id"]) == {"blosum62", "tiny-esm2"}
    assert len(rows) == 2 * ITEMS


def test_a_run_of_nothing_but_failures_still_says_so(machine: Path) -> None:
    summary = carry_out({"models": [{"id": "alphamissense"}]})
    assert [row.error_type for row in summary.failures] == ["CannotRun"]
    assert {row.model_id for row in summary.scores} == {"blosum62"}
    assert summary.folder == machine / "results" / "a" == local_results() / "a"


def _cut_off(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])


def _not_numbers(weights: Path) -> None:
    tensors = safetensors.load_file(weights)
    safetensors.save_file({name: np.full_like(values, np.nan) for name, values in tensors.items()}, weights)


@pytest.mark.parametrize(
    ("damage", "stage", "task_id", "error_type"),
    [(_cut_off, "load", None, "SpecError"), (_not_numbers, "score", TASK, "StatisticError")],
)
def test_a_model_that_fails_loses_its_own_results_only(
    machine: Path, tmp_path: Path, damage: Callable[[Path], None], stage: str, task_id: str | None, error_type: str
) -> None:
    broken = shutil.copytree(tiny("esm2"), tmp_path / "broken")
    damage(broken / "model.safetensors")
    listener = Listener()
    summary = carry_out(_spec(models=[{"id": str(broken)}, {"id": str(tiny("esm2"))}]), listener=listener)
    (failure,) = summary.failures
    assert (failure.stage, failure.model_id, failure.task_id, failure.error_type) == (
        stage,
        "broken",
        task_id,
        error_type,
    )
    assert {row.model_id for row in summary.scores} == {"blosum62", "tiny-esm2"}
    # Its further shards were not begun.
    assert len(listener.steps) == 1 + 1 + 10
    assert listener.steps[-1][:2] == (ITEMS, 2 * ITEMS)
    assert not list((machine / "runs" / summary.run.run_id / "parts").glob("broken*"))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("one/checkpoint", "two/checkpoint"), "would both be called 'checkpoint': rename one of them"),
        (("one/Checkpoint", "two/checkpoint"), "would both be called 'checkpoint': rename one of them"),
        (
            ("esm-2-8m",),
            "is called like a system that is known here: rename it, or, where it holds the weights of that",
        ),
        (("blosum62",), "is called like a system that is known here"),
    ],
)
def test_two_systems_of_one_name_are_refused_before_anything_is_scored(
    machine: Path, tmp_path: Path, names: tuple[str, ...], sentence: str
) -> None:
    folders = [shutil.copytree(tiny("esm2"), tmp_path / name) for name in names]
    with pytest.raises(SpecError, match=sentence):
        carry_out(_spec(models=[{"id": str(folder)} for folder in folders]))
    assert not (machine / "results").exists()


def test_other_weights_in_the_same_folder_make_another_run(machine: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("esm2"), tmp_path / "mine")
    first = carry_out(_spec(models=[{"id": str(folder)}]))
    before = _scores(first, "mine")
    shutil.copy(tiny("esm2", seed=2) / "model.safetensors", folder / "model.safetensors")
    second = carry_out(_spec(models=[{"id": str(folder)}]))
    assert second.run.run_id != first.run.run_id
    assert not np.allclose(_scores(second, "mine")[before.index], before, atol=1e-3)
    assert len(list((machine / "runs").iterdir())) == 2


def test_results_that_cannot_be_written_say_where_and_that_scores_are_kept(machine: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreError, match=r"file/results/a cannot be written \(Not a directory\): the scores are kept"):
        carry_out(_spec(), results=tmp_path / "file" / "results")
    assert len(list((machine / "runs").glob("a-*/parts/*.parquet"))) == 10


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("baselines", read_spec),
        ("cnn", read_probe_spec),
        ("fair-v1", read_probe_spec),
        ("geneb-exact", read_probe_spec),
        ("single-cell", read_singlecell_spec),
    ],
)
def test_the_shipped_results_are_those_of_the_shipped_spec(precomputed: Path, name: str, read: Any) -> None:
    (run,) = read_frame(precomputed / "results" / name / "run.parquet").to_dict("records")
    assert run["spec_hash"] == read(precomputed / f"{name}.toml").hash()
    assert run["status"] == "finished"
