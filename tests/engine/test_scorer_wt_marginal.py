from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.genome import RESIDUES, residue_window, reverse_complement
from engine.scorers.tiles import edge_weights, tile_starts
from engine.scorers.wt_marginal import WtMarginal
from tests.engine.toy_models import ToyMasked, random_changes, random_sequence, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _published_tiles(length: int) -> list[int]:
    """First residues of ProteinGym's tiles, written as its two walking windows of inclusive indices."""
    left, right = [0, 1021], [length - 1022, length - 1]
    starts = []
    while True:
        starts += [left[0], right[0]]
        if left[1] > right[0]:
            break
        left, right = [at + 511 for at in left], [at - 511 for at in right]
    if left[1] - right[0] + 1 < 511:
        starts.append((length + 2) // 2 - 512)  # token index of the centre, with BOS and EOS, less half a row of 1,024
    return sorted(starts)


def _published_weights() -> list[float]:
    weights = [1.0] * 1024
    for i in range(1, 257):
        weights[i] = 1 / (1 + math.exp(-(i - 128) / 16))
    for i in range(766, 1023):
        weights[i] = 1 / (1 + math.exp((i - 1022 + 128) / 16))
    return weights[1:-1]


@pytest.mark.parametrize("length", [1_023, 1_533, 1_534, 2_043, 2_044, 2_045, 2_555, 2_556, 3_000, 3_066, 34_350])
def test_tiles_of_proteins_are_proteingyms(length: int) -> None:
    starts, times = tile_starts(length, 1_022)
    assert np.repeat(starts, times).tolist() == _published_tiles(length)


def test_weights_of_proteins_are_proteingyms() -> None:
    assert edge_weights(1_022) == pytest.approx(_published_weights(), rel=1e-12)


def test_hand_worked_tiles() -> None:
    assert [found.tolist() for found in tile_starts(8, 8)] == [[0], [1]]
    # Both ends share 7 letters, which is at least half a width.
    assert [found.tolist() for found in tile_starts(9, 8)] == [[0, 1], [1, 1]]
    # Both ends share 3 letters, so a tile is added in the middle.
    assert [found.tolist() for found in tile_starts(13, 8)] == [[0, 2, 5], [1, 1, 1]]
    # Both ends touch only; a step of 4 brings the two upon each other.
    assert [found.tolist() for found in tile_starts(16, 8)] == [[0, 4, 8], [1, 2, 1]]


@given(st.integers(1, 400), st.integers(4, 60))
def test_tiles_lie_inside_and_every_letter_has_a_positive_weight(length: int, width: int) -> None:
    starts, times = tile_starts(length, width)
    covered = np.zeros(length)
    for start, count in zip(starts, times, strict=True):
        assert 0 <= start <= max(0, length - width)
        piece = covered[start : start + width]
        piece += count * edge_weights(width)[: len(piece)]
    assert (edge_weights(width) > 0).all()
    assert (covered > 0).all()


def _naive(model: ToyMasked, changes: Substitutions, width: int, tiling: str) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        values = [_one_strand(model, sequence, int(index), alt, width=width, tiling=tiling)]
        if model.identity.alphabet == "dna":
            other = reverse_complement(sequence)
            at = len(sequence) - 1 - int(index)
            values.append(_reverse(model, other, at, reverse_complement(alt), width=width, tiling=tiling))
        scores[owner] += float(np.mean(values))
    return scores


def _one_strand(model: ToyMasked, sequence: str, index: int, alt: str, *, width: int, tiling: str) -> float:
    total = weight = 0.0
    for start, share in _tiles_over(sequence, index, width, tiling):
        piece = sequence[start : start + width]
        row = model.encode([piece])[0]
        found = model.predict(row, index - start + model.identity.prefix).astype(np.float32)
        total += share * (float(found[model.vocabulary[alt]]) - float(found[model.vocabulary[sequence[index]]]))
        weight += share
    return total / weight


def _reverse(model: ToyMasked, other: str, at: int, alt: str, *, width: int, tiling: str) -> float:
    """As `_one_strand`, with the tiles of the given strand read from their other end."""
    forward, index = reverse_complement(other), len(other) - 1 - at
    total = weight = 0.0
    for start, share in _tiles_over(forward, index, width, tiling):
        piece = reverse_complement(forward[start : start + width])
        row, inside = model.encode([piece])[0], len(piece) - 1 - (index - start)
        found = model.predict(row, inside + model.identity.prefix).astype(np.float32)
        total += share * (float(found[model.vocabulary[alt]]) - float(found[model.vocabulary[other[at]]]))
        weight += share
    return total / weight


def _tiles_over(sequence: str, index: int, width: int, tiling: str) -> list[tuple[int, float]]:
    if len(sequence) <= width or tiling == "optimal":
        return [(residue_window(index + 1, len(sequence), width).start, 1.0)]
    starts, times = tile_starts(len(sequence), width)
    weights = edge_weights(width)
    return [
        (start, count * float(weights[index - start]))
        for start, count in zip(starts.tolist(), times.tolist(), strict=True)
        if start <= index < start + width
    ]


@pytest.mark.parametrize("tiling", ["overlapping", "optimal"])
def test_long_and_short_proteins_are_scored_like_one_by_one(tiling: str) -> None:
    sequences = [random_sequence(n, RESIDUES, seed=n) for n in (3_000, 2_044, 1_022, 30)]
    model, changes = ToyMasked("residue", context=1_024), random_changes(sequences, 80, RESIDUES)
    scored = WtMarginal(tiling=tiling).score(model, changes)
    assert scored.scores == pytest.approx(_naive(model, changes, 1_022, tiling), rel=1e-9, abs=1e-12)


@given(st.integers(0, 10_000), st.integers(4, 20), st.sampled_from(["overlapping", "optimal"]))
def test_both_strands_of_dna_are_scored_like_one_by_one(seed: int, width: int, tiling: str) -> None:
    model = ToyMasked("nucleotide", seed=seed, prefix=seed % 3)
    changes = random_changes([random_sequence(n, seed=seed) for n in (61, 9, 3)], 12, seed=seed)
    scored = WtMarginal(window=width, tiling=tiling, chunk=2).score(model, changes)
    assert scored.scores == pytest.approx(_naive(model, changes, width, tiling), rel=1e-9, abs=1e-12)


def test_tiles_do_not_change_what_does_not_depend_on_the_tile() -> None:
    sequence = random_sequence(2_600, RESIDUES)
    model = ToyMasked("residue", context=1_024, by_position=False)
    # Nothing but the token itself decides, wherever it stands.
    model.left[:], model.right[:] = 0, 0
    index = [0, 1, 255, 256, 510, 511, 512, 1_021, 1_022, 1_299, 1_300, 2_343, 2_344, 2_598, 2_599]
    changes = substitutions([sequence], [(0, i, "W" if sequence[i] != "W" else "A") for i in index])
    own = [model.own[model.vocabulary[aa]] for aa in changes.ref]
    expected = [
        o[model.vocabulary[alt]] - o[model.vocabulary[ref]]
        for o, ref, alt in zip(own, changes.ref, changes.alt, strict=True)
    ]
    assert WtMarginal().score(model, changes).scores == pytest.approx(expected, abs=1e-5)


def test_a_protein_that_fits_is_read_once_for_all_changes() -> None:
    model, sequence = ToyMasked("residue", context=64), random_sequence(62, RESIDUES)
    changes = substitutions([sequence], [(0, i, aa) for i in range(62) for aa in RESIDUES if aa != sequence[i]])
    scored = WtMarginal().score(model, changes)
    assert model.fed == [64]
    assert not scored.details["truncated"].any()


def test_tiles_without_a_change_are_not_read() -> None:
    model, sequence = ToyMasked("residue", context=1_024), random_sequence(3_000, RESIDUES)
    changes = substitutions([sequence], [(0, 0, "W" if sequence[0] != "W" else "A")])
    scored = WtMarginal().score(model, changes)
    assert model.fed == [1_024]
    assert scored.details["truncated"].tolist() == [True]


def test_nothing_is_masked() -> None:
    model = ToyMasked("residue")
    row = model.encode(["MKV"])[0]
    found = model.predict(row, 2).astype(np.float32)
    expected = float(found[model.vocabulary["W"]]) - float(found[model.vocabulary["K"]])
    assert WtMarginal(window=50).score(model, substitutions(["MKV"], [(0, 1, "W")])).scores.tolist() == [expected]


def test_an_unknown_tiling_is_refused() -> None:
    with pytest.raises(SpecError, match="'tiling' is 'sliding': choose overlapping or optimal"):
        WtMarginal(tiling="sliding")
