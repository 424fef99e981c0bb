"""Probing runs on files of all kinds, on tasks that a checkpoint has seen, and with vectors that are there already."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, matthews_corrcoef

from engine.datasets.fetch import MIRROR
from engine.run.probing.tasks import geneb_rows
from engine.store.parquet import read_frame
from tests.pipeline.probing_runs import (
    HUMAN,
    MODEL,
    MOUSE,
    TWIN,
    Listener,
    carry_out,
    exact,
    fair,
    fit,
    flags,
    own_task,
    predictions,
    rows_of_mirror,
    score,
    shared_cache,
    value,
    weights,
    without_models,
    write_rows,
)
from tests.pipeline.real_runs import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from engine.run.probing.execute import Summary

# ---- labels that went into the weights ----


@pytest.fixture(scope="module")
def exposed(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The checkpoint and its twin on a cut-down copy of the task whose labels it has seen, and on two others."""
    cache = tmp_path_factory.mktemp("cache")
    names = [name for name, row in geneb_rows().items() if row.redundancy_group == "human_promoter_notata"][:2]
    rows = {
        split: [row for row in rows_of_mirror(mirror, HUMAN) if row["split"] == split] for split in ("train", "test")
    }
    for name, (split, count) in product((HUMAN, *names), (("train", 120), ("test", 60))):
        kept = [{"text": row["text"], "label": row["label"]} for row in rows[split][:count]]
        write_rows(cache / "data" / "geneb_tasks" / name / f"{split}.csv", kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(MIRROR, raising=False)
        patch.setenv("VLEDGER_CACHE", str(cache))
        models = [{"id": str(weights(mirror)), "trained_on": [names[0]]}, {"id": f"random-init:{weights(mirror)}"}]
        return carry_out({"tasks": [HUMAN, *names], "models": models, "regimes": ["full", "1shot"]})


def _evidence(text: str | None) -> list[str]:
    return [one["evidence"] for one in json.loads(text or "[]") if one["flag"] == "CONTAM_LABELS"]


def test_labels_that_a_checkpoint_was_trained_on_are_flagged_on_score_and_comparison(exposed: Summary) -> None:
    told = [f"{MODEL}: fine-tuned on the labels of this task (raphaelmourad/Mistral-DNA)"]
    for regime in ("full", "1shot"):
        assert _evidence(score(exposed, MODEL, regime=regime, task_id=HUMAN).flags) == told
    (row,) = (
        row for row in exposed.comparisons if (row.model_id, row.baseline_id, row.task_id) == (MODEL, "gc", HUMAN)
    )
    assert _evidence(row.flags) == told


def test_the_untrained_twin_and_other_tasks_are_not_flagged(exposed: Summary, mirror: Path) -> None:
    assert [row for row in exposed.scores if row.model_id != MODEL and "CONTAM_LABELS" in flags(row.flags)] == []
    twins = [row for row in exposed.comparisons if row.model_id == TWIN]
    assert twins
    assert not any("CONTAM_LABELS" in flags(row.flags) for row in twins)
    assert not any("CONTAM_LABELS" in flags(row.flags) for row in (*exact(mirror).scores, *exact(mirror).comparisons))


def test_a_spec_can_say_what_a_model_was_trained_on_and_tasks_that_ask_the_same_count_too(exposed: Summary) -> None:
    told = {row.task_id: _evidence(row.flags) for row in exposed.scores if row.model_id == MODEL}
    seen, alike = (task_id for task_id in told if task_id != HUMAN)
    assert told[seen] == [f"{MODEL}: trained on the labels of this task, as the run's spec says"]
    assert told[alike] == [f"{MODEL}: trained on {seen}, which asks nearly the same"]


# ---- vectors are made once ----


def test_a_run_under_another_protocol_loads_no_model(mirror: Path) -> None:
    summary, listener = fair(mirror)
    assert summary.failures == []
    assert listener.embedded == []
    assert value(summary, MODEL) is not None


def test_another_task_with_the_same_sequences_costs_nothing(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact(mirror)
    monkeypatch.setenv("VLEDGER_CACHE", str(shared_cache()))
    without_models(monkeypatch)
    rows = rows_of_mirror(mirror, MOUSE)
    path = write_rows(
        tmp_path / "other.csv",
        [row | {"label": len(row["text"]) % 7 + number % 2} for number, row in enumerate(rows[::-2])],
    )
    listener = Listener()
    content = {"name": "c", "tasks": [str(path)], "models": [{"id": str(weights(mirror))}], "regimes": ["full"]}
    summary = carry_out(content, listener=listener)
    assert summary.failures == []
    assert listener.embedded == []
    assert len(predictions(summary, MODEL)) > 50


# ---- own files ----


@pytest.mark.usefixtures("empty_cache")
def test_three_classes_are_predicted_by_their_own_labels(tmp_path: Path) -> None:
    path = own_task(tmp_path / "three.csv", classes=3)
    rows = pd.read_csv(path)
    rows["label"] = rows["label"].map({0: 1, 1: 4, 2: 9})
    rows.to_csv(path, index=False)
    summary = carry_out({"tasks": [str(path)], "protocol": "fair-v1", "baselines": ["kmer-4", "gc", "majority"]})
    found = predictions(summary, "kmer-4")
    assert set(found["higher_is"]) == {"class"}
    assert set(found["score"]) <= {1.0, 4.0, 9.0}
    labels = rows[rows["split"] == "test"]["label"]
    assert value(summary, "kmer-4") == pytest.approx(matthews_corrcoef(labels, found["score"]), abs=1e-12)
    assert value(summary, "kmer-4", metric="F1") == pytest.approx(f1_score(labels, found["score"], average="macro"))
    assert (value(summary, "kmer-4") or 0) > 0.7
    (task,) = read_frame(summary.folder / "task.parquet").to_dict("records")
    assert (task["task_id"], task["n_classes"], task["n_train"], task["n_test"]) == ("three", 3, 60, 30)


@pytest.mark.usefixtures("empty_cache")
def test_proteins_are_probed_and_a_model_of_dna_cannot_read_them(tmp_path: Path) -> None:
    path = own_task(tmp_path / "proteins.csv", letters="ACDEFGHIKLMNPQRSTVWY")
    models = [{"id": str(tiny("esm2"))}, {"id": str(tiny("llama-letters"))}]
    summary = carry_out({"tasks": [str(path)], "baselines": ["kmer-best", "kmer-4", "onehot", "gc"], "models": models})
    defined = {row.model_id for row in summary.scores if row.value is not None and row.regime == "full"}
    assert defined == {"kmer-best", "kmer-4", "onehot", "gc", "tiny-esm2"}
    (failure,) = summary.failures
    assert (failure.model_id, failure.task_id, failure.stage) == ("tiny-llama-letters", "proteins", "embed")
    assert summary.run.status == "finished with failures"


@pytest.mark.usefixtures("empty_cache")
def test_a_position_is_pooled_where_the_file_names_it(tmp_path: Path) -> None:
    hf, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    rows = pd.read_csv(own_task(tmp_path / "plain.csv"))
    rows["position"] = [number % 30 + 1 for number in range(len(rows))]
    rows.to_csv(tmp_path / "at.csv", index=False)
    folder = tiny("llama-letters")
    model = {"id": str(folder), "pooling": "position"}
    summary = carry_out({"tasks": [str(tmp_path / "at.csv")], "models": [model], "regimes": ["full"]})
    assert fit(summary, "tiny-llama-letters").pooling == "position"
    tokenizer, network = hf.AutoTokenizer.from_pretrained(folder), hf.AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        # One special token stands before the letters, so the position counted from 1 is the token's index.
        hidden = [network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0] for text in rows["text"]]
    vectors = np.stack([one[position].numpy() for one, position in zip(hidden, rows["position"], strict=True)])
    train = (rows["split"] == "train").to_numpy()
    probe = LogisticRegression(max_iter=1000).fit(vectors[train], rows["label"][train])
    expected = probe.predict_proba(vectors[~train])[:, 1]
    np.testing.assert_allclose(predictions(summary, "tiny-llama-letters")["score"], expected, rtol=0, atol=1e-3)
    without = carry_out({"tasks": [str(tmp_path / "plain.csv")], "models": [model], "regimes": ["full"]})
    (failure,) = without.failures
    assert "add the column" in failure.message
    assert value(without, "gc") is not None


@pytest.mark.usefixtures("empty_cache")
def test_of_several_layers_the_best_on_train_is_taken_and_few_shot_takes_the_first(tmp_path: Path) -> None:
    path = own_task(tmp_path / "own.csv", each=40, every=15)
    layers = (1, 0, 2)
    content = {"tasks": [str(path)], "protocol": "fair-v1", "regimes": ["full", "1shot"]}
    alone = {
        layer: carry_out(
            content | {"name": f"only-{layer}", "models": [{"id": str(tiny("llama-letters")), "layers": [layer]}]}
        )
        for layer in layers
    }
    together = carry_out(content | {"models": [{"id": str(tiny("llama-letters")), "layers": list(layers)}]})
    inner = {layer: fit(summary, "tiny-llama-letters").inner_score for layer, summary in alone.items()}
    assert len(set(inner.values())) > 1
    best = max(inner, key=lambda layer: inner[layer] or 0)
    chosen = fit(together, "tiny-llama-letters")
    assert (chosen.layer, chosen.features, chosen.inner_score) == (best, f"layer {best}", inner[best])
    assert value(together, "tiny-llama-letters") == value(alone[best], "tiny-llama-letters")
    assert fit(together, "tiny-llama-letters", "1shot").layer == 1
    few = [value(one, "tiny-llama-letters", regime="1shot") for one in (together, alone[1])]
    assert few[0] == few[1]


@pytest.mark.usefixtures("empty_cache")
def test_test_sequences_near_to_train_are_scored_apart(tmp_path: Path) -> None:
    rows = pd.read_csv(own_task(tmp_path / "near.csv", each=60)).to_dict("records")
    train, test = ([row for row in rows if row["split"] == split] for split in ("train", "test"))
    copies = [row | {"split": "test"} for row in train[:40]]
    copies[0]["label"] = 1 - copies[0]["label"]
    path = write_rows(tmp_path / "near.csv", [*train, *test, *copies])
    summary = carry_out({"tasks": [str(path)], "baselines": ["kmer-4"], "protocol": "knn-v1"})
    strata = read_frame(summary.folder / "stratum.parquet").set_index("stratum")
    assert strata["n"].to_dict() == {"all": 100, "far": 60, "near": 40}
    (leakage,) = summary.leakages
    assert (leakage.exact, leakage.near, leakage.label_conflicts) == (40, 40, 1)
    said = predictions(summary, "kmer-4").set_index("item_id")["score"] > 0.5
    labels = {f"test-{number}": row["label"] for number, row in enumerate([*test, *copies])}
    for stratum, places in (("far", range(60)), ("near", range(60, 100))):
        names = [f"test-{place}" for place in places]
        expected = matthews_corrcoef([labels[name] for name in names], said[names])
        assert value(summary, "kmer-4", stratum=stratum) == pytest.approx(expected, abs=1e-12)
    told = flags(score(summary, "kmer-4").flags)
    assert {"DUPLICATE_ROWS", "LABEL_CONFLICT", "HOMOLOGY_LEAK"} <= told


@pytest.mark.usefixtures("empty_cache")
def test_a_network_has_a_value_in_the_full_regime_of_the_projects_protocol(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    path = own_task(tmp_path / "own.csv", each=26)
    summary = carry_out({"tasks": [str(path)], "protocol": "fair-v1", "baselines": ["cnn", "gc"]})
    assert summary.failures == []
    assert (value(summary, "cnn") or 0) > 0.5
    few = score(summary, "cnn", regime="10shot")
    assert (few.value, few.undefined_reason) == (
        None,
        "a network that is trained from end to end is not trained on so few sequences",
    )
    assert [row.regime for row in summary.fits if row.model_id == "cnn"] == ["full"]
    assert len(predictions(summary, "cnn")) == 26


@pytest.mark.usefixtures("empty_cache")
def test_with_one_row_of_a_class_nothing_is_chosen_on_train(tmp_path: Path) -> None:
    rows = pd.read_csv(own_task(tmp_path / "own.csv")).to_dict("records")
    ones = [row for row in rows if row["split"] == "train" and row["label"] == 1]
    path = write_rows(tmp_path / "own.csv", [row for row in rows if row not in ones[1:]])
    content = {"tasks": [str(path)], "protocol": "fair-v1", "baselines": ["kmer-best", "gc"], "regimes": ["full"]}
    summary = carry_out(content)
    assert summary.failures == []
    assert (fit(summary, "kmer-best").c, fit(summary, "kmer-best").inner_score) == (1.0, None)


@pytest.mark.usefixtures("empty_cache")
def test_two_files_whose_names_differ_by_a_sign_only_stay_apart(tmp_path: Path) -> None:
    paths = [own_task(tmp_path / "my_task.csv", each=20), own_task(tmp_path / "my-task.csv", each=30)]
    summary = carry_out({"tasks": [str(path) for path in paths], "baselines": ["kmer-4"]})
    rows = predictions(summary, "kmer-4").groupby("task_id").size()
    assert rows.to_dict() == {"my_task": 20, "my-task": 30}
