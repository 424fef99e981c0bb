"""A probing run of a real checkpoint on a real task, held against transformers and scikit-learn."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.datasets.fetch import MIRROR
from engine.embedders.cache import Cache, digests_of
from engine.names import ALL_STRATA
from engine.protocols import ModelIdentity, Recipe
from engine.store.parquet import read_frame
from tests.pipeline.probing_runs import (
    CONTROL,
    HUMAN,
    MODEL,
    MOUSE,
    TWIN,
    carry_out,
    exact,
    fair,
    fit,
    flags,
    predictions,
    rows_of_mirror,
    score,
    shared_cache,
    value,
    weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.run.probing.execute import Summary

GENEB_SEEDS = (13, 17, 42, 123, 997)
DRAWS = 20


@pytest.fixture
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the mirror and an empty cache."""
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


# ---- the real checkpoint on a real task, by hand ----


@cache
def _labels(mirror: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = rows_of_mirror(mirror, MOUSE)
    train, test = ([int(row["label"]) for row in rows if row["split"] == split] for split in ("train", "test"))
    return np.array(train), np.array(test)


def _texts(mirror: Path) -> list[str]:
    rows = rows_of_mirror(mirror, MOUSE)
    return [row["text"] for split in ("train", "test") for row in rows if row["split"] == split]


@cache
def _by_hand(mirror: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean of the last hidden states over tokens that are not special, of train and of test."""
    hf, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    tokenizer = hf.AutoTokenizer.from_pretrained(weights(mirror))
    model = hf.AutoModel.from_pretrained(weights(mirror), dtype=torch.float32).eval()
    texts, found = _texts(mirror), []
    for start in range(0, len(texts), 64):
        batch = tokenizer(texts[start : start + 64], padding=True, return_tensors="pt", return_special_tokens_mask=True)
        own = (batch["attention_mask"] * (1 - batch.pop("special_tokens_mask")))[..., None]
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state
        found.append(((hidden * own).sum(1) / own.sum(1)).numpy())
    together = np.concatenate(found)
    n_train = len(_labels(mirror)[0])
    return together[:n_train], together[n_train:]


def _cached(
    summary: Summary, texts: Sequence[str], out: Path, *, cache: Path, model_id: str = MODEL, **recipe: Any
) -> NDArray[np.float32]:
    """What the cache holds of a model that a run has loaded."""
    identity = ModelIdentity(**json.loads(summary.run.spec_json)["models"][model_id])
    wanted = Recipe(**recipe)
    collection = Cache(cache / "embeddings").collection(identity, wanted)
    return np.array(collection.gather(digests_of(texts, wanted), out)[0])


def test_vectors_are_the_means_that_transformers_gives(mirror: Path, tmp_path: Path) -> None:
    found = _cached(exact(mirror), _texts(mirror), tmp_path / "v.npy", cache=shared_cache())
    expected = np.concatenate(_by_hand(mirror))
    assert found.shape == (1904 + 239, 64)
    assert expected.std(axis=0).min() > 0.01
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("metric", "function"),
    [
        ("MCC", matthews_corrcoef),
        ("Acc", accuracy_score),
        ("F1", lambda labels, predicted: f1_score(labels, predicted, average="macro")),
    ],
)
def test_genebs_protocol_on_these_vectors_is_scikit_learns_default(
    mirror: Path, tmp_path: Path, metric: str, function: Callable[..., float]
) -> None:
    # Last digits of the vectors decide where its solver stops on raw features: those of the run are taken.
    vectors = _cached(exact(mirror), _texts(mirror), tmp_path / "v.npy", cache=shared_cache())
    train, test = _labels(mirror)
    probe = LogisticRegression(max_iter=1000).fit(vectors[: len(train)], train)
    expected = function(test, probe.predict(vectors[len(train) :]))
    assert value(exact(mirror), MODEL, metric=metric) == pytest.approx(expected, abs=1e-6)
    assert 0.1 < expected < 0.9


def _drawn(labels: NDArray[np.int64], k: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.RandomState(seed)
    own = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.concatenate([rng.choice(rows, min(k, len(rows)), replace=False) for rows in own])


@pytest.mark.parametrize(("regime", "k"), [("10shot", 10), ("1shot", 1)])
def test_few_shot_of_genebs_protocol_is_the_mean_of_its_five_seeds(mirror: Path, regime: str, k: int) -> None:
    train, test = _labels(mirror)
    vectors, held_out = _by_hand(mirror)
    found = []
    for seed in GENEB_SEEDS:
        rows = _drawn(train, k, seed)
        probe = LogisticRegression(max_iter=1000).fit(vectors[rows], train[rows])
        found.append(matthews_corrcoef(test, probe.predict(held_out)))
    row = score(exact(mirror), MODEL, regime=regime)
    assert row.value == pytest.approx(np.mean(found), abs=1e-6)
    assert row.ci_method == (
        f"mean of GENEB's 5 seeds; 2.5 to 97.5 percentile of {DRAWS} draws of the training examples"
    )
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert row.ci_low < row.value < row.ci_high
    assert fit(exact(mirror), MODEL, regime).draws == DRAWS


@pytest.mark.parametrize("model_id", [MODEL, "kmer-4"])
def test_the_projects_protocol_standardises_and_takes_what_it_chose_on_train(mirror: Path, model_id: str) -> None:
    summary, _ = fair(mirror)
    chosen = fit(summary, model_id)
    assert chosen.c in {10.0**exponent for exponent in range(-4, 3)}
    assert chosen.class_weight in {None, "balanced"}
    train, test = _labels(mirror)
    vectors, held_out = _by_hand(mirror) if model_id == MODEL else _four_mers(mirror)
    probe = LogisticRegression(C=chosen.c, class_weight=chosen.class_weight, max_iter=5000, tol=1e-8)
    pipeline = make_pipeline(StandardScaler(), probe).fit(vectors, train)
    expected = matthews_corrcoef(test, pipeline.predict(held_out))
    assert value(summary, model_id) == pytest.approx(expected, abs=1e-6)
    assert expected > 0.1
    rows = predictions(summary, model_id).set_index("item_id")["score"]
    order = [f"test-{row}" for row in range(len(test))]
    np.testing.assert_allclose(rows[order], pipeline.predict_proba(held_out)[:, 1], rtol=0, atol=1e-3)


def _four_mers(mirror: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    words = {"".join(letters): number for number, letters in enumerate(product("ACGT", repeat=4))}
    found = np.zeros((len(_texts(mirror)), 256))
    for row, text in enumerate(_texts(mirror)):
        for start in range(len(text) - 3):
            if (word := text[start : start + 4].upper()) in words:
                found[row, words[word]] += 1
    found /= found.sum(axis=1, keepdims=True)
    n_train = len(_labels(mirror)[0])
    return found[:n_train], found[n_train:]


def test_one_label_per_class_is_the_median_of_draws_standardised_by_all_of_train(mirror: Path) -> None:
    train, test = _labels(mirror)
    vectors, held_out = _by_hand(mirror)
    scaler = StandardScaler().fit(vectors)
    found = []
    for seed in (*GENEB_SEEDS, *range(1000, 1000 + DRAWS - len(GENEB_SEEDS))):
        rows = _drawn(train, 1, seed)
        probe = LogisticRegression(C=1.0, max_iter=5000, tol=1e-8).fit(scaler.transform(vectors[rows]), train[rows])
        found.append(matthews_corrcoef(test, probe.predict(scaler.transform(held_out))))
    row = score(fair(mirror)[0], MODEL, regime="1shot")
    assert row.value == pytest.approx(np.median(found), abs=1e-6)
    assert (row.ci_low, row.ci_high) == pytest.approx(tuple(np.percentile(found, [2.5, 97.5])), abs=1e-6)


@pytest.mark.parametrize(
    ("task", "expected"),
    [("leannmlindsey_GUE_mouse_0", 0.437), (HUMAN, 0.611), ("iDNA_ABF_5mC", 0.280), ("iDNA_ABF_6mA", 0.487)],
)
@pytest.mark.usefixtures("machine")
def test_four_mers_under_genebs_protocol_reach_the_known_numbers(task: str, expected: float) -> None:
    summary = carry_out({"tasks": [task], "regimes": ["full"], "baselines": ["kmer-4"]})
    assert value(summary, "kmer-4") == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize(("task", "least"), [("leannmlindsey_GUE_mouse_0", 0.53), ("iDNA_ABF_5mC", 0.36)])
@pytest.mark.usefixtures("machine")
def test_tuned_kmers_reach_what_a_good_baseline_reaches(task: str, least: float) -> None:
    content = {"tasks": [task], "protocol": "fair-v1", "regimes": ["full"], "baselines": ["kmer-best"]}
    summary = carry_out(content)
    assert (value(summary, "kmer-best") or 0) >= least


# ---- what a run says of itself ----


def test_every_system_has_a_row_of_its_own_with_its_role(mirror: Path) -> None:
    models = exact(mirror).models
    assert {name: row.role for name, row in models.items()} == {
        "kmer-best": "baseline",
        "kmer-4": "baseline",
        "gc": "baseline",
        "cnn": "baseline",
        "majority": "control",
        MODEL: "model",
        TWIN: "control",
        CONTROL: "control",
    }
    assert len({row.name for row in models.values()}) == len(models)
    assert models[TWIN].name == f"{MODEL}, random weights"
    assert models[CONTROL].name == f"{MODEL}, shuffled sequences"


def test_pretraining_shows_against_the_twin_and_motifs_against_the_shuffled(mirror: Path) -> None:
    summary, _ = fair(mirror)
    own, twin, control = (value(summary, name) for name in (MODEL, TWIN, CONTROL))
    assert own is not None
    assert twin is not None
    assert control is not None
    assert own > control + 0.1
    assert abs(control) < 0.15
    assert len({own, twin, control}) == 3


@pytest.mark.parametrize("model_id", ["majority", "cnn"])
def test_what_has_no_value_has_a_reason_and_no_number(mirror: Path, model_id: str) -> None:
    summary = exact(mirror)
    for regime in ("full", "10shot", "1shot"):
        row = score(summary, model_id, regime=regime)
        assert (row.value, row.ci_low, row.ci_high, row.ci_method) == (None, None, None, None)
        assert (
            row.undefined_reason
            == {
                "majority": "predicts one class for all sequences: the correlation is 0/0",
                "cnn": "it is trained from end to end: there are no frozen features for this probe",
            }[model_id]
        )


def test_one_class_predictions_still_have_an_accuracy_and_a_flag(mirror: Path) -> None:
    row = score(exact(mirror), "majority", metric="Acc")
    assert row.value == pytest.approx(0.5, abs=0.01)
    assert "MAJORITY_COLLAPSE" in flags(row.flags)
    assert "MAJORITY_COLLAPSE" not in flags(score(exact(mirror), "kmer-4", metric="Acc").flags)


def test_a_fit_says_what_went_in_and_what_was_chosen(mirror: Path) -> None:
    summary, _ = fair(mirror)
    own, kmers = fit(summary, MODEL), fit(summary, "kmer-4")
    assert (own.features, own.width, own.pooling, own.layer, own.strands, own.truncated) == (
        "layer -1", 64, "mean", -1, "forward", 0.0,
    )  # fmt: skip
    assert (kmers.width, kmers.pooling, kmers.layer, kmers.strands, kmers.truncated) == (256, None, None, None, None)
    assert own.fold_hash == kmers.fold_hash != None  # noqa: E711 - the same, and there
    assert 0 < (own.inner_score or 0) < 1
    assert own.c_at_edge == (own.c in {1e-4, 1e2})
    assert (own.seconds or 0) > 0
    assert fit(summary, MODEL, "1shot").c is None
    exactly = fit(exact(mirror), MODEL)
    assert (exactly.c, exactly.class_weight, exactly.inner_score, exactly.fold_hash) == (1.0, None, None, None)
    assert {row.model_id for row in exact(mirror).fits} == {*exact(mirror).models} - {"cnn"}


def test_leakage_is_told_of_every_task(mirror: Path) -> None:
    (row,) = exact(mirror).leakages
    assert (row.task_id, row.n_test, row.run_id) == (MOUSE, 239, exact(mirror).run.run_id)
    train, test = set(_texts(mirror)[:1904]), _texts(mirror)[1904:]
    assert row.exact == sum(text in train for text in test)
    assert sum(json.loads(row.containment)["counts"]) == 239


def test_predictions_are_the_probability_of_label_1_by_place_in_the_test_split(mirror: Path) -> None:
    rows = predictions(exact(mirror), MODEL).set_index("item_id")
    assert list(rows.index) == [f"test-{number}" for number in range(239)]
    assert set(rows["higher_is"]) == {"label 1"}
    assert rows["score"].between(0, 1).all()
    said = (rows["score"] > 0.5).astype(int)
    assert matthews_corrcoef(_labels(mirror)[1], said) == pytest.approx(value(exact(mirror), MODEL), abs=1e-9)


def test_what_is_written_is_what_is_said(mirror: Path) -> None:
    summary = exact(mirror)
    stored = read_frame(summary.folder / "score.parquet")
    assert stored["value"].astype(object).where(stored["value"].notna(), None).tolist() == [
        row.value for row in summary.scores
    ]
    assert {path.stem for path in summary.folder.iterdir()} == {
        "run", "model", "task", "stratum", "score", "comparison", "prediction", "throughput", "probe_fit", "leakage",
    }  # fmt: skip
    assert summary.run.status == "finished"
    told = json.loads(summary.run.spec_json)
    assert told["inputs"][MOUSE].keys() == {f"geneb_tasks/{MOUSE}.csv.gz"}
    assert told["models"].keys() == {MODEL, TWIN, CONTROL}


def test_embedding_has_its_cost(mirror: Path) -> None:
    rows = read_frame(exact(mirror).folder / "throughput.parquet").set_index("model_id")
    assert set(rows.index) == {MODEL, TWIN, CONTROL}
    assert set(rows["n_items"]) == {1904 + 239}
    assert (rows["tokens"] > 20_000).all()
    assert rows["tokens_per_second"].tolist() == pytest.approx((rows["tokens"] / rows["seconds"]).tolist())
    assert not (fair(mirror)[0].folder / "throughput.parquet").exists()


# ---- comparisons ----


def _compared(summary: Summary) -> dict[tuple[str, str], Any]:
    return {(row.model_id, row.baseline_id): row for row in summary.comparisons if row.stratum == ALL_STRATA}


def test_models_and_twins_stand_next_to_every_baseline_and_a_model_next_to_its_twins(mirror: Path) -> None:
    beside = {"kmer-best", "kmer-4", "gc"}
    assert set(_compared(fair(mirror)[0])) == {
        *((name, baseline) for name in (MODEL, TWIN, CONTROL) for baseline in beside),
        (MODEL, TWIN),
        (MODEL, CONTROL),
    }


def test_the_baseline_to_beat_is_the_one_with_the_highest_inner_score(mirror: Path) -> None:
    summary, _ = fair(mirror)
    inner = {name: fit(summary, name).inner_score or 0 for name in ("kmer-best", "kmer-4", "gc")}
    strongest = max(inner, key=lambda name: inner[name])
    registered = {pair for pair, row in _compared(summary).items() if row.registered}
    assert registered == {(name, strongest) for name in (MODEL, TWIN, CONTROL)}
    # Under GENEB's own protocol nothing is tried on train: there it is the declared one.
    assert {pair[1] for pair, row in _compared(exact(mirror)).items() if row.registered} == {"kmer-best"}


def test_a_difference_has_the_interval_of_a_paired_bootstrap(mirror: Path) -> None:
    summary, _ = fair(mirror)
    row = _compared(summary)[MODEL, "gc"]
    labels = _labels(mirror)[1]
    sides = [(predictions(summary, name)["score"].to_numpy() > 0.5).astype(int) for name in (MODEL, "gc")]
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(2000):
        rows = rng.integers(0, len(labels), len(labels))
        # Of two classes, MCC is the correlation.
        first, second = (np.corrcoef(labels[rows], side[rows])[0, 1] for side in sides)
        drawn.append(first - second)
    assert row.delta == pytest.approx((value(summary, MODEL) or 0) - (value(summary, "gc") or 0), abs=1e-12)
    assert (row.ci_low, row.ci_high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.02)
    assert row.p_method == "paired bootstrap"
    assert row.n == 239


def test_verdicts_follow_from_the_intervals(mirror: Path) -> None:
    for summary in (exact(mirror), fair(mirror)[0]):
        for (model, baseline), row in _compared(summary).items():
            if row.delta is None:
                assert row.undefined_reason
                assert (row.verdict, row.verdict_article, row.q) == (None, None, None)
                continue
            first, second = score(summary, model), score(summary, baseline)
            apart = first.ci_low > second.ci_high  # type: ignore[operator] # a value has its interval
            assert row.verdict_article == ("PASS" if row.delta > 0 and apart else "FAIL")
            assert row.ci_low <= row.delta <= row.ci_high
            assert 0 < row.p <= row.q <= 1
            assert (row.verdict == "PASS") == (row.verdict_article == "PASS")
            if row.delta < 0:
                assert row.verdict == "FAIL"
    assert _compared(exact(mirror))[MODEL, "cnn"].undefined_reason.startswith("cnn: it is trained from end to end")
    assert {row.verdict for row in _compared(fair(mirror)[0]).values()} >= {"FAIL", "INCONCLUSIVE"}


def test_a_stronger_baseline_than_the_compared_one_is_named(mirror: Path) -> None:
    pairs = _compared(fair(mirror)[0])
    assert "WEAK_BASELINE" in flags(pairs[MODEL, "gc"].flags)
    assert "WEAK_BASELINE" not in flags(pairs[MODEL, "kmer-best"].flags)
