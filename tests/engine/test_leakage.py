from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets import leakage as module
from engine.datasets.leakage import containment, flags, leakage
from engine.genome import reverse_complement
from engine.names import Kind, Metric, Suite
from engine.records import Task
from engine.sequences import SequenceTask, Split

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[str, int]]


def _random(count: int, length: int, seed: int = 0) -> list[str]:
    return ["".join(row) for row in np.random.default_rng(seed).choice(list("ACGT"), (count, length))]


def _task(train: Rows, test: Rows, alphabet: str = "dna") -> SequenceTask:
    parts = [
        Split(sequences=[text for text, _ in rows], labels=np.array([label for _, label in rows], dtype=np.int64))
        for rows in (train, test)
    ]
    row = Task(
        task_id="toy",
        label="Toy",
        suite=Suite.GENEB,
        category="toy",
        kind=Kind.SEQUENCE_CLASSIFICATION,
        primary_metric=Metric.MCC,
        position=0,
        source_id="toy",
    )
    return SequenceTask(task=row, alphabet=alphabet, classes=(0, 1), train=parts[0], test=parts[1])


def _canonical_words(sequence: str, k: int) -> set[str]:
    found = {sequence[start : start + k] for start in range(len(sequence) - k + 1)}
    return {min(word, reverse_complement(word)) for word in found if set(word) <= set("ACGT")}


def test_equal_sequences_are_counted_by_strand_and_by_label() -> None:
    a, b, c, d = _random(4, 60)
    train = [(a, 0), (a, 0), (b, 1), (c, 0), (c, 1)]
    test = [(a, 0), (reverse_complement(b), 0), (c.lower(), 1), (d, 1)]
    row = leakage(_task(train, test)).row
    assert (row.exact, row.reverse_complement, row.train_duplicates) == (2, 1, 2)
    # The other strand of b has another label in train, and c has both.
    assert row.label_conflicts == 2
    assert (row.n_test, row.near, row.k) == (4, 3, 20)


def test_a_sequence_equal_on_both_strands_counts_once_and_as_exact() -> None:
    (a,) = _random(1, 60)
    row = leakage(_task([(a, 0), (reverse_complement(a), 1)], [(a, 0)])).row
    assert (row.exact, row.reverse_complement, row.label_conflicts) == (1, 0, 1)


def test_the_share_of_words_that_one_train_sequence_has_is_the_largest_not_the_sum() -> None:
    first, second = _random(2, 50)
    test = first + second
    # Of 100 letters there are 80 words of 21; each half of the sequence holds 30.
    assert containment([test], [first, second], k=21, alphabet="dna").tolist() == [30 / 80]
    assert containment([test], [reverse_complement(second[:41]), first], k=21, alphabet="dna").tolist() == [30 / 80]
    assert containment([test], [test + first], k=21, alphabet="dna").tolist() == [1]


@pytest.mark.parametrize("pairs", [1, 5, 20_000_000])
@given(
    train=st.lists(st.text("ACGTN", max_size=25), max_size=6), test=st.lists(st.text("ACGTN", max_size=25), max_size=6)
)
def test_containment_is_that_of_all_pairs_one_by_one(pairs: int, train: list[str], test: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PAIRS", pairs)
        patch.setattr(module, "_TRAIN_CHUNK", 2)
        found = containment(test, train, k=3, alphabet="dna")
    for sequence, share in zip(test, found, strict=True):
        own = _canonical_words(sequence, 3)
        if own:
            shared = [len(own & _canonical_words(other, 3)) for other in train]
            assert share == max(shared, default=0) / len(own)
        else:
            assert np.isnan(share)


def test_near_is_more_than_half_of_the_words_and_half_is_far() -> None:
    base, tail, other = _random(3, 120)
    # 120 letters have 100 words of 21: the first 70 letters hold 50 of them, the first 71 hold 51.
    train = [(base[:70] + tail[:50], 0)]
    half = leakage(_task(train, [(base, 0), (other, 0)]))
    assert half.containment.tolist() == [0.5, 0]
    assert half.near.tolist() == [False, False]
    more = leakage(_task([(base[:71] + tail[:49], 0)], [(base, 0), (other, 0)]))
    assert more.near.tolist() == [True, False]
    assert json.loads(more.row.containment)["counts"] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_a_sequence_without_a_word_is_near_only_where_it_is_equal_and_in_no_histogram() -> None:
    report = leakage(_task([("N" * 60, 0), *((text, 0) for text in _random(2, 60))], [("N" * 60, 0), ("N" * 59, 0)]))
    assert report.near.tolist() == [True, False]
    assert np.isnan(report.containment).all()
    assert sum(json.loads(report.row.containment)["counts"]) == 0
    assert "2 without a word are not in the histogram" in report.row.method


@pytest.mark.parametrize(("lengths", "k"), [([41], 13), ([20], 9), ([300], 21), ([12, *[90] * 40], 21)])
def test_words_are_a_third_of_a_short_sequence_between_nine_and_twenty_one(lengths: list[int], k: int) -> None:
    test = [("A" * length, 0) for length in lengths]
    assert leakage(_task([("ACGT", 0)], test)).row.k == k


def test_proteins_have_words_of_five_and_no_other_strand() -> None:
    protein = "MKVLAAGHWY"
    report = leakage(_task([(protein, 0)], [("MKVLAGGHWY", 0), (protein, 1)], "protein"))
    # Of six words of the first, MKVLA alone is left.
    assert report.containment.tolist() == [1 / 6, 1]
    row = report.row
    assert (row.k, row.exact, row.reverse_complement, row.label_conflicts) == (5, 1, 0, 1)


def test_a_palindrome_of_residues_that_looks_like_dna_is_not_turned() -> None:
    row = leakage(_task([("ACGGTTACGGCA", 0)], [(reverse_complement("ACGGTTACGGCA"), 0)], "protein")).row
    assert (row.exact, row.reverse_complement) == (0, 0)


def test_a_clean_task_has_no_flags() -> None:
    texts = [(text, 0) for text in _random(6, 80)]
    assert flags(leakage(_task(texts[:4], texts[4:]))) == []


def test_flags_say_how_much_is_in_train() -> None:
    a, b, c = _random(3, 60)
    report = leakage(_task([(a, 0), (b, 0)], [(a, 1), (reverse_complement(b), 0), (c, 0)]))
    assert [(flag["flag"], flag["severity"], flag["evidence"]) for flag in flags(report)] == [
        ("DUPLICATE_ROWS", "warning", "2 of 3 test sequences are in train, 1 of them as the other strand"),
        ("LABEL_CONFLICT", "warning", "1 of 3 test sequences is in train with another label"),
        (
            "HOMOLOGY_LEAK",
            "warning",
            "66.7% of the test sequences share more than half of their 20-mers with one of train",
        ),
    ]


def test_a_leak_too_small_to_move_a_verdict_is_a_note() -> None:
    texts = [(text, 0) for text in _random(101, 60)]
    severities = {flag["flag"]: flag["severity"] for flag in flags(leakage(_task(texts[:1], texts)))}
    assert severities == {"DUPLICATE_ROWS": "info", "HOMOLOGY_LEAK": "info"}


def test_a_run_is_written_into_the_row_and_nothing_else_changes() -> None:
    report = leakage(_task([("ACGT" * 15, 0)], [("ACGT" * 15, 0)]))
    assert report.row.run_id is None
    assert report.with_run("r1").run_id == "r1"
    assert report.with_run("r1").exact == report.row.exact == 1


def test_the_largest_real_task_takes_less_than_twenty_seconds(mirror: Path) -> None:
    table = pd.read_csv(mirror / "geneb_tasks" / "leannmlindsey_GUE_prom_core_all.csv.gz")
    rows = {
        name: list(zip(part["text"], part["label"], strict=True)) for name, part in table.groupby("split", sort=False)
    }
    started = time.process_time()
    report = leakage(_task(rows["train"], rows["test"]))
    assert time.process_time() - started < 20
    row = report.row
    assert (row.k, row.n_test) == (21, 5920)
    train, test = (Counter(text for text, _ in rows[name]) for name in ("train", "test"))
    assert row.exact == sum(count for text, count in test.items() if text in train)
    assert row.train_duplicates == sum(train.values()) - len(train)
    assert report.near[report.containment > 0.5].all()
