from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, RESIDUES, centred_window, residue_window, reverse_complement
from engine.scorers.masked_marginal import MaskedMarginal
from engine.variants import Substitutions
from tests.engine.toy_models import ToyMasked, random_changes, random_sequence, replaced, substitutions


def _one(model: ToyMasked, window: str, index: int, ref: str, alt: str) -> float:
    """Mask one letter of a window and read two probabilities off, nothing shared with anything."""
    row = model.encode([window])[0].copy()
    at = index + model.identity.prefix
    assert row[at] == model.vocabulary[ref]
    row[at] = model.mask_id
    found = model.predict(row, at).astype(np.float32)
    return float(found[model.vocabulary[alt]]) - float(found[model.vocabulary[ref]])


def _protein(model: ToyMasked, changes: Substitutions, width: int) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        piece = residue_window(int(index) + 1, len(sequence), width)
        scores[owner] += _one(model, sequence[piece.start : piece.end], piece.index, sequence[index], alt)
    return scores


def _dna(model: ToyMasked, changes: Substitutions, width: int) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        piece = centred_window(int(index), len(sequence), width)
        text = sequence[piece.start : piece.end]
        forward = _one(model, text, piece.index, sequence[index], alt)
        other = reverse_complement(text)
        backward = _one(
            model, other, len(text) - 1 - piece.index, reverse_complement(sequence[index]), reverse_complement(alt)
        )
        scores[owner] += (forward + backward) / 2
    return scores


def test_proteins_are_scored_like_one_by_one_at_both_ends_and_beyond_the_window() -> None:
    sequences = [random_sequence(n, RESIDUES, seed=n) for n in (3_000, 40, 1_022, 1_023)]
    model, changes = ToyMasked("residue", context=1024), random_changes(sequences, 60, RESIDUES)
    scored = MaskedMarginal().score(model, changes)
    assert scored.scores.tolist() == _protein(model, changes, 1_022)
    long = np.array([len(sequence) for sequence in sequences]) > 1_022
    first = np.array([long[changes.sequence[changes.owner == n][0]] for n in range(changes.count)])
    assert scored.details["truncated"].tolist() == first.tolist()


@pytest.mark.parametrize("specials", [(0, 0), (1, 0), (0, 1), (2, 3)])
def test_special_tokens_are_stepped_over(specials: tuple[int, int]) -> None:
    prefix, suffix = specials
    model = ToyMasked("residue", context=40, prefix=prefix, suffix=suffix)
    changes = random_changes([random_sequence(120, RESIDUES), random_sequence(9, RESIDUES)], 40, RESIDUES)
    scored = MaskedMarginal().score(model, changes)
    assert scored.scores.tolist() == _protein(model, changes, 40 - prefix - suffix)


@pytest.mark.parametrize("width", [1, 2, 7, 8, 64, 500])
def test_dna_is_the_mean_of_both_strands(width: int) -> None:
    model, changes = ToyMasked("nucleotide"), random_changes([random_sequence(300), random_sequence(20, seed=5)], 50)
    assert MaskedMarginal(window=width).score(model, changes).scores.tolist() == _dna(model, changes, width)


def test_one_strand_is_the_forward_one() -> None:
    model, sequence = ToyMasked("nucleotide"), random_sequence(50)
    changes = substitutions([sequence], [(0, 20, "A" if sequence[20] != "A" else "C")])
    piece = centred_window(20, 50, 16)
    expected = _one(model, sequence[piece.start : piece.end], 8, sequence[20], changes.alt[0])
    assert MaskedMarginal(window=16, both_strands=False).score(model, changes).scores.tolist() == [expected]


def test_an_even_window_has_the_change_at_half_its_width_and_one_before_on_the_other_strand() -> None:
    model = ToyMasked("nucleotide", prefix=0, suffix=0)
    masked = []
    inner = model.log_probabilities
    model.log_probabilities = lambda rows, positions: (masked.extend(positions), inner(rows, positions))[1]
    MaskedMarginal(window=512).score(model, substitutions(["A" * 2_000], [(0, 900, "C")]))
    assert [at.tolist() for at in masked] == [[256], [255]]


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 7))
def test_any_window_and_any_chunk_give_the_scores_of_one_by_one(seed: int, width: int, chunk: int) -> None:
    model = ToyMasked("nucleotide", prefix=seed % 3, suffix=seed % 2, seed=seed)
    changes = random_changes([random_sequence(25, seed=seed), random_sequence(3, seed=seed)], 12, seed=seed)
    scored = MaskedMarginal(window=width, chunk=chunk).score(model, changes)
    assert scored.scores.tolist() == _dna(model, changes, width)
    assert model.largest_call <= chunk


def test_changes_at_one_place_share_a_row() -> None:
    model, sequence = ToyMasked("residue", context=64), random_sequence(200, RESIDUES)
    changes = substitutions([sequence], [(0, i, aa) for i in (0, 100, 199) for aa in RESIDUES if aa != sequence[i]])
    MaskedMarginal().score(model, changes)
    assert model.fed == [64] * 3


def test_a_window_is_encoded_once_for_all_its_places() -> None:
    model, sequence = ToyMasked("residue", context=64), random_sequence(60, RESIDUES)
    changes = substitutions([sequence], [(0, i, "A" if sequence[i] != "A" else "G") for i in range(60)])
    MaskedMarginal(chunk=7).score(model, changes)
    assert model.encoded == [sequence]
    assert len(model.fed) == 60


def test_the_changes_of_a_variant_are_masked_one_at_a_time_in_the_reference() -> None:
    model, sequence = ToyMasked("residue"), "MKVLAA"
    double = substitutions([sequence], [(0, 2, "W"), (0, 3, "W")], owner=[0, 0])
    expected = _one(model, sequence, 2, "V", "W") + _one(model, sequence, 3, "L", "W")
    assert MaskedMarginal(window=100).score(model, double).scores.tolist() == [expected]
    neighbour_changed = _one(model, replaced(sequence, 3, "W"), 2, "V", "W")
    assert neighbour_changed != _one(model, sequence, 2, "V", "W")


def test_a_clipped_window_is_said_so() -> None:
    changes = substitutions(["A" * 100], [(0, index, "C") for index in (15, 16, 84, 85)])
    scored = MaskedMarginal(window=32).score(ToyMasked("nucleotide"), changes)
    assert scored.details["clipped"].tolist() == [True, False, False, True]


def test_a_model_in_lower_case_scores_the_same() -> None:
    changes = random_changes([random_sequence(80)], 20)
    upper, lower = (
        MaskedMarginal(window=30).score(ToyMasked("nucleotide", lower=low), changes) for low in (False, True)
    )
    assert upper.scores.tolist() == lower.scores.tolist()


@pytest.mark.parametrize(("sequence", "alt"), [("MKV", "*"), ("MKV", "B"), ("MXV", "A"), ("MKV", "é")])
def test_a_letter_that_is_no_residue_is_refused(sequence: str, alt: str) -> None:
    with pytest.raises(SequenceError, match="leave out changes with letters other than"):
        MaskedMarginal(window=10).score(ToyMasked("residue"), substitutions([sequence], [(0, 1, alt)]))


def test_a_change_of_or_to_n_is_refused() -> None:
    for changes in (substitutions(["ANA"], [(0, 1, "C")]), substitutions(["AAA"], [(0, 1, "N")])):
        with pytest.raises(SequenceError, match="letter 'N'"):
            MaskedMarginal(window=10).score(ToyMasked("nucleotide"), changes)


def test_a_wrong_declaration_of_special_tokens_is_noticed() -> None:
    model = ToyMasked("nucleotide", prefix=1, suffix=1)
    model.encode = ToyMasked("nucleotide", prefix=0, suffix=2).encode
    with pytest.raises(SequenceError, match="another token than the reference"):
        MaskedMarginal(window=9).score(model, substitutions(["ACGTACGTA"], [(0, 4, "C")]))
    model.encode = ToyMasked("nucleotide", prefix=0, suffix=0).encode
    with pytest.raises(SequenceError, match="tokens where 9 were expected"):
        MaskedMarginal(window=9).score(model, substitutions(["ACGTACGTA"], [(0, 4, "C")]))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"window": 0}, "'window' is 0"),
        ({"window": "512"}, "'window' is '512'"),
        ({"window": True}, "'window' is True"),
        ({"chunk": 0}, "'chunk' is 0"),
        ({"chunk": None}, "'chunk' is None"),
        ({"both_strands": "yes"}, "'both_strands' is 'yes'"),
    ],
)
def test_an_impossible_option_is_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        MaskedMarginal(**options)


def test_a_protein_has_no_other_strand() -> None:
    with pytest.raises(SpecError, match="one strand"):
        MaskedMarginal(window=9, both_strands=True).check(ToyMasked("residue").identity)


def test_a_window_must_fit_into_the_model() -> None:
    identity = ToyMasked("nucleotide", context=512).identity
    MaskedMarginal(window=510).check(identity)
    with pytest.raises(SpecError, match="windows of 511 letters, and 510 fit"):
        MaskedMarginal(window=511).check(identity)
    with pytest.raises(SpecError, match="states no context"):
        MaskedMarginal().check(ToyMasked("nucleotide").identity)


def test_a_million_variants_on_five_thousand_places_cost_seconds_outside_the_model() -> None:
    class Flat(ToyMasked):
        def log_probabilities(self, rows, positions):  # noqa: ANN001, ANN202 - as in the base
            self.feed(rows)
            return list(np.zeros((len(rows), len(positions[0]), len(self.vocabulary)), dtype=np.float32))

    sequence, rng = random_sequence(5_000), np.random.default_rng(0)
    index = rng.integers(0, 5_000, 1_000_000)
    ref, alt = np.array(list(sequence))[index], np.array(list(BASES))[rng.integers(0, 4, len(index))]
    changes = Substitutions((sequence,), np.zeros_like(index), index, ref, alt, np.arange(len(index)), len(index))
    model = Flat("nucleotide")
    start = time.perf_counter()
    scored = MaskedMarginal(window=64).score(model, changes)
    assert time.perf_counter() - start < 20
    assert len(model.fed) == 2 * 5_000
    assert not scored.scores.any()
