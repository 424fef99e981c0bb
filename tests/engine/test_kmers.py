from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from engine.baselines import kmers
from engine.baselines.kmers import best_kmers, dense_kmer_counts, four_mers, kmer_counts
from engine.genome import BASES, RESIDUES, reverse_complement
from engine.sequences import Split

if TYPE_CHECKING:
    from pathlib import Path

SEQUENCES = st.lists(st.text("ACGTN", max_size=40), max_size=8)


def _columns(k: int, letters: str = BASES) -> list[str]:
    return ["".join(word) for word in product(letters, repeat=k)]


def _split(*sequences: str) -> Split:
    return Split(sequences=sequences, labels=np.zeros(len(sequences), dtype=np.int64))


def _real(mirror: Path, task: str) -> tuple[Split, Split]:
    table = pd.read_csv(mirror / "geneb_tasks" / f"{task}.csv.gz")
    parts = [table[table["split"] == name] for name in ("train", "test")]
    train, test = (Split(sequences=list(part["text"]), labels=part["label"].to_numpy()) for part in parts)
    return train, test


@pytest.mark.parametrize("k", [1, 2, 3, 6])
@given(sequences=SEQUENCES)
def test_counts_are_those_of_scikit_learns_vectorizer(k: int, sequences: list[str]) -> None:
    other = CountVectorizer(analyzer="char", ngram_range=(k, k), lowercase=False, vocabulary=_columns(k))
    expected = other.transform(sequences).toarray() if sequences else np.zeros((0, 4**k))
    np.testing.assert_array_equal(kmer_counts(sequences, k).toarray(), expected)
    np.testing.assert_array_equal(dense_kmer_counts(sequences, k), expected)


def test_many_chunks_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sequences = ["ACGTACGT", "", "ACG", "NNNN", "GGGGGGGG", "ACGTNACGT", "TTTT"]
    whole = kmer_counts(sequences, 3)
    monkeypatch.setattr(kmers, "_CHUNK", 2)
    np.testing.assert_array_equal(kmer_counts(sequences, 3).toarray(), whole.toarray())
    np.testing.assert_array_equal(dense_kmer_counts(sequences, 3), whole.toarray())


def test_rows_are_canonical_csr_in_single_precision() -> None:
    counts = kmer_counts(["ACGTACGTTT", "TTTTTT"], 2)
    assert counts.has_canonical_format
    assert counts.dtype == np.float32
    assert counts.indices.dtype == counts.indptr.dtype == np.int32


def test_a_sequence_shorter_than_the_word_has_a_row_of_zeros() -> None:
    assert kmer_counts(["ACG", ""], 4).toarray().tolist() == [[0.0] * 256] * 2


def test_residues_have_columns_of_their_own() -> None:
    counts = kmer_counts(["MKMKX"], 2, alphabet="protein").toarray()[0]
    found = {word: counts[at] for at, word in enumerate(_columns(2, RESIDUES)) if counts[at]}
    assert found == {"MK": 2, "KM": 1}


def test_of_either_strand_a_word_and_its_reverse_complement_are_one_column() -> None:
    # 16 pairs of bases; 4 of them, AT TA CG GC, are their own reverse complement: 10 columns.
    counts = kmer_counts(["ACGG", "CCGT"], 2, either_strand=True).toarray()
    assert counts.shape == (2, 10)
    assert counts[0].tolist() == counts[1].tolist()
    names = [word for word in _columns(2) if word <= reverse_complement(word)]
    assert {names[at]: counts[0, at] for at in np.flatnonzero(counts[0])} == {"AC": 1, "CC": 1, "CG": 1}


def test_four_mers_are_shares_of_the_valid_windows() -> None:
    (candidate,) = four_mers(_split("AAAAACNAAAA"), _split("ACG"), alphabet="dna")
    # Windows: AAAA, AAAA, AAAC, then nothing with N, then AAAA.
    assert candidate.train[0, :2].tolist() == [0.75, 0.25]
    assert candidate.train.shape == (1, 256)
    assert candidate.train.dtype == np.float32
    assert not candidate.test.any()


def test_the_first_of_the_best_is_plain_frequencies_and_the_second_their_presence() -> None:
    train, test = _split("AACGTTT", "CCCCCCC"), _split("ACACACA")
    found = best_kmers(train, test, alphabet="dna")
    assert [candidate.name for candidate in found] == [
        "1- to 6-mer frequencies",
        "1- to 6-mer presence",
        "1- to 6-mer frequencies, either strand",
        "1- to 6-mer presence, either strand",
    ]
    assert [candidate.train.shape[1] for candidate in found] == [5460, 5460, 2772, 2772]
    # A stands twice among seven letters, AC three times among the six pairs of the test sequence.
    np.testing.assert_allclose(found[0].train.toarray()[0, :4], [2 / 7, 1 / 7, 1 / 7, 3 / 7], rtol=1e-6)
    np.testing.assert_allclose(found[0].test.toarray()[0, 4:8], [0, 1 / 2, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(found[1].train.toarray(), found[0].train.toarray() > 0)


def test_features_of_either_strand_are_those_of_the_reverse_complement() -> None:
    sequence = "ACGGTTACCATGCA"
    *_, frequencies, presence = best_kmers(_split(sequence), _split(reverse_complement(sequence)), alphabet="dna")
    np.testing.assert_allclose(frequencies.train.toarray(), frequencies.test.toarray(), rtol=1e-6)
    np.testing.assert_array_equal(presence.train.toarray(), presence.test.toarray())


def test_proteins_have_words_of_one_and_two_residues_and_one_strand() -> None:
    found = best_kmers(_split("MKV"), _split("MKVX"), alphabet="protein")
    assert [candidate.train.shape[1] for candidate in found] == [420, 420]
    assert [candidate.name for candidate in found] == ["1- to 2-mer frequencies", "1- to 2-mer presence"]
    (pairs,) = four_mers(_split("MKV"), _split("MKVX"), alphabet="protein")
    assert pairs.train.shape == (1, 400)


def test_a_feature_of_test_never_depends_on_other_test_sequences() -> None:
    train = _split("ACGTACGT")
    alone = best_kmers(train, _split("ACGTTT"), alphabet="dna")
    among = best_kmers(train, _split("GGGGGG", "ACGTTT"), alphabet="dna")
    for one, other in zip(alone, among, strict=True):
        np.testing.assert_array_equal(one.test.toarray()[0], other.test.toarray()[1])


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("leannmlindsey_GUE_mouse_0", 0.437),
        ("leannmlindsey_GUE_human_tf_0", 0.611),
        ("iDNA_ABF_5mC", 0.280),
        ("iDNA_ABF_6mA", 0.487),
    ],
)
def test_four_mers_reach_the_published_harness(mirror: Path, task: str, expected: float) -> None:
    train, test = _real(mirror, task)
    (candidate,) = four_mers(train, test, alphabet="dna")
    predicted = LogisticRegression(max_iter=1000).fit(candidate.train, train.labels).predict(candidate.test)
    assert matthews_corrcoef(test.labels, predicted) == pytest.approx(expected, abs=0.002)


def test_real_six_mers_are_counted_ten_times_faster_than_by_scikit_learn(mirror: Path) -> None:
    train, test = _real(mirror, "leannmlindsey_GUE_prom_core_all")
    sequences = [*train.sequences[:20_000], *test.sequences]
    kmer_counts(sequences, 6)
    own, theirs = [], []
    for _ in range(3):
        started = time.process_time()
        counts = kmer_counts(sequences, 6)
        own.append(time.process_time() - started)
        started = time.process_time()
        other = CountVectorizer(analyzer="char", ngram_range=(6, 6), lowercase=False, vocabulary=_columns(6))
        expected = other.transform(sequences)
        theirs.append(time.process_time() - started)
        assert (counts != expected).nnz == 0
    assert min(theirs) > 10 * min(own)
