"""Probes of simple features on labelled sequences of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.datasets.sequence_split import read_sequence_split
from engine.errors import SpecError
from engine.local_split import probing
from engine.local_split.exchange import Options
from engine.local_split.probing import names_for, probe_systems
from engine.names import Regime, Role
from engine.probes.fair_v1 import FairV1
from engine.registry.features import find_features
from engine.run.probing.fitting import fit_full, folds_of
from tests.engine.local_split.splits import made, of_sequences

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.probing import Probes
    from engine.local_split.split import LocalSplit
    from engine.run.probing.evaluate import Answer


def _drawn(
    count: int, seed: int, *, lengths: tuple[int, int] = (60, 61), classes: int = 2
) -> tuple[list[str], list[int]]:
    """Sequences whose class is told by a word that stands in them, with one label in ten drawn anew."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    texts = []
    for label in labels:
        text = "".join(rng.choice(list("ACGT"), rng.integers(*lengths)))
        at = int(rng.integers(0, len(text) - 6))
        texts.append(text if label == 0 else text[:at] + ("TATAAT", "GGCCGG")[label - 1] + text[at + 6 :])
    wrong = rng.random(count) < 0.1
    return texts, np.where(wrong, rng.integers(0, classes, count), labels).tolist()


def _found(split: LocalSplit, **options: int) -> dict[str, Answer]:
    return {answer.system.model_id: answer for answer in probe_systems(split, Options(**options)).answers}


@pytest.fixture(scope="module")
def split() -> LocalSplit:
    return of_sequences(_drawn(300, 1), _drawn(80, 2))


@pytest.fixture(scope="module")
def probes(split: LocalSplit) -> Probes:
    return probe_systems(split, Options())


def test_the_baselines_and_controls_are_there_in_order_with_a_class_and_a_probability_for_each_row(
    probes: Probes,
) -> None:
    names = [answer.system.model_id for answer in probes.answers]
    assert names == ["kmer-best", "onehot", "kmer-4", "gc", "majority", "shuffled:kmer-4"]
    roles = [answer.system.role for answer in probes.answers]
    assert roles == [*[Role.BASELINE] * 4, Role.CONTROL, Role.CONTROL]
    for answer in probes.answers:
        assert answer.predicted is not None
        assert answer.probability is not None
        assert answer.predicted.shape == answer.probability.shape == (80,)
        assert np.array_equal(answer.predicted, (answer.probability > 0.5).astype(int))


def test_the_registered_baseline_has_the_highest_score_over_the_inner_folds_of_train(probes: Probes) -> None:
    scores = {
        answer.system.model_id: answer.facts["choice"]["inner_score"]
        for answer in probes.answers
        if answer.system.role == Role.BASELINE
    }
    assert probes.registered == max(scores, key=lambda name: scores[name]) == "kmer-best"


def test_labels_of_test_change_nothing(split: LocalSplit, probes: Probes) -> None:
    assert split.sequences is not None
    turned = replace(split.sequences.test, labels=1 - split.sequences.test.labels)
    other = probe_systems(replace(split, sequences=replace(split.sequences, test=turned)), Options())
    assert other.registered == probes.registered
    for one, same in zip(probes.answers, other.answers, strict=True):
        np.testing.assert_array_equal(one.probability, same.probability)
        assert one.facts == same.facts


def test_what_is_found_is_what_the_probe_alone_finds(split: LocalSplit, probes: Probes) -> None:
    data = split.sequences
    assert data is not None
    candidates = find_features("kmer-best").candidates(data.train, data.test, alphabet="dna")
    fitted, predicted, probabilities = fit_full(FairV1(), candidates, data, folds_of(data, seed=0))
    own = probes.answers[0]
    assert own.facts["choice"]["fold_hash"] == fitted.choice.fold_hash
    assert own.facts["choice"]["c"] == fitted.choice.c
    assert own.facts["candidates"] == [one.name for one in candidates]
    np.testing.assert_array_equal(own.predicted, predicted)
    np.testing.assert_array_equal(own.probability, probabilities[:, 1])


def test_positions_are_read_only_where_all_sequences_have_one_length(split: LocalSplit) -> None:
    assert split.sequences is not None
    assert "onehot" in names_for(split.sequences)
    longer = of_sequences(_drawn(40, 1), _drawn(20, 2, lengths=(50, 70))).sequences
    assert longer is not None
    assert "onehot" not in names_for(longer)


def test_of_three_classes_there_are_predictions_and_no_probability_of_label_1() -> None:
    found = _found(of_sequences(_drawn(240, 3, classes=3), _drawn(60, 4, classes=3)))
    best = found["kmer-best"]
    assert best.predicted is not None
    assert set(best.predicted) == {0, 1, 2}
    assert best.probability is not None
    assert np.isnan(best.probability).all()


def test_proteins_are_read_by_their_residues() -> None:
    rng = np.random.default_rng(5)
    parts = []
    for count in (120, 40):
        labels = rng.integers(0, 2, count)
        letters = ["DEKRACFGHI", "AVILMFWYGH"]
        parts.append((["".join(rng.choice(list(letters[label]), 40)) for label in labels], labels.tolist()))
    split = of_sequences(*parts)
    assert split.sequences is not None
    found = _found(replace(split, sequences=replace(split.sequences, alphabet="protein")))
    assert found["kmer-4"].facts["widths"] == [400]
    assert found["gc"].facts["widths"] == [6]
    np.testing.assert_array_equal(found["kmer-best"].predicted, parts[1][1])


def test_another_seed_draws_other_folds(split: LocalSplit, probes: Probes) -> None:
    other = _found(split, seed=1)
    assert other["gc"].facts["choice"]["fold_hash"] != probes.answers[3].facts["choice"]["fold_hash"]


def test_groups_of_train_are_never_in_two_folds(split: LocalSplit) -> None:
    assert split.sequences is not None
    groups = np.array([f"chr{row % 7}" for row in range(300)])
    grouped = replace(split.sequences, train=replace(split.sequences.train, groups=groups))
    folds = folds_of(grouped, seed=0)
    assert folds is not None
    assert all(len(set(folds.held_out[groups == name])) == 1 for name in set(groups))
    found = _found(replace(split, sequences=grouped))
    assert found["gc"].facts["choice"]["fold_hash"] == folds.hash


def test_progress_of_each_system_rises_to_its_end(split: LocalSplit) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    probe_systems(split, Options(), progress)
    assert len(told) == 6
    for steps in told.values():
        done = [step[0] for step in steps]
        assert done == sorted(done)
        assert steps[0] == (0, 0)
        assert steps[-1][0] == steps[-1][1] > 0
    assert len(told["fitting to train: Tuned k-mers"]) > 30


def test_a_system_too_large_for_the_machine_is_left_out_with_a_sentence(
    split: LocalSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "MOST_WORDS", 22_799)
    found = probe_systems(split, Options())
    left_out = {one.system.model_id: one.absent[Regime.FULL] for one in found.answers if one.absent}
    assert list(left_out) == ["kmer-best"]
    assert "22,800 letters in 2 classes" in left_out["kmer-best"]
    assert found.registered != "kmer-best"


def test_one_class_in_train_is_a_sentence_for_every_system() -> None:
    texts, _ = _drawn(20, 1)
    split = of_sequences((texts, [1] * 20), (texts, [1] * 20))
    found = _found(split)
    assert {answer.absent[Regime.FULL] for answer in found.values()} == {
        "a probe learns to tell classes apart, but train has only class 1: add rows of another class."
    }


def test_a_class_with_one_row_leaves_nothing_to_choose_by() -> None:
    texts, _ = _drawn(20, 1)
    found = probe_systems(of_sequences((texts, [0] * 19 + [1]), (texts, [0, 1] * 10)), Options())
    assert found.registered == "kmer-best"
    assert all(answer.predicted is not None for answer in found.answers)
    assert found.answers[0].facts["choice"]["inner_score"] is None


def test_a_split_without_sequences_has_nothing_to_probe() -> None:
    with pytest.raises(SpecError, match="needs sequences of train and of test"):
        probe_systems(made([0, 1]), Options())


def test_a_real_task_has_the_choices_of_the_shipped_run(mirror: Path, precomputed: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    name = "leannmlindsey_GUE_mouse_3"
    data = read_sequence_split(mirror / "geneb_tasks" / f"{name}.csv.gz")
    found = _found(replace(of_sequences((["A"], [0]), (["A"], [0])), sequences=data))
    shipped = pd.read_parquet(precomputed / "results" / "fair-v1" / "probe_fit.parquet")
    rows = shipped[(shipped["task_id"] == name) & (shipped["regime"] == "full")].set_index("model_id")
    for model_id, answer in found.items():
        choice, row = answer.facts["choice"], rows.loc[model_id]
        assert answer.facts["candidates"][choice["candidate"]] == row["features"]
        assert choice["c"] == row["c"]
        assert choice["inner_score"] == pytest.approx(row["inner_score"], abs=1e-9)
