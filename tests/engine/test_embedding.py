"""Units of work and the embedding of one, on toy models whose hidden states are known."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedders.cache import Cache, digests_of
from engine.embedders.embed import _MOST_SEQUENCES, Unit, embed_unit, fill, units
from engine.embedders.selftest import check_company
from engine.errors import SequenceError, SpecError
from engine.genome import reverse_complement
from engine.protocols import Recipe
from tests.engine.toy_models import ToyEncoder, random_sequence

if TYPE_CHECKING:
    from pathlib import Path

    from engine.embedders.cache import Collection

LETTERS = ToyEncoder("nucleotide")
TEXTS = ["ACGTAC", "TTTACGGA", "GATTACA", "C"]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Cache(tmp_path).collection(LETTERS.identity, Recipe())


def _mean(model: ToyEncoder, text: str) -> np.ndarray:
    (row,), _ = model.encode_within([text])
    found: np.ndarray = model.embeddings([row])[0][1:-1].mean(axis=0)
    return found


def test_a_vector_is_the_mean_of_the_sequences_own_tokens() -> None:
    vectors, letters = embed_unit(LETTERS, TEXTS, Recipe())
    assert (vectors.dtype, vectors.shape) == (np.float32, (4, 6))
    np.testing.assert_allclose(vectors, [_mean(LETTERS, text) for text in TEXTS], rtol=0, atol=1e-6)
    assert letters.tolist() == [6, 8, 7, 1]


def test_letters_are_cut_before_anything_else() -> None:
    vectors, letters = embed_unit(LETTERS, TEXTS, Recipe(letters=4))
    np.testing.assert_allclose(vectors, [_mean(LETTERS, text[:4]) for text in TEXTS], rtol=0, atol=1e-6)
    assert letters.tolist() == [4, 4, 4, 1]


def test_both_strands_are_averaged() -> None:
    vectors, _ = embed_unit(LETTERS, TEXTS, Recipe(strands="both"))
    expected = [(_mean(LETTERS, text) + _mean(LETTERS, reverse_complement(text))) / 2 for text in TEXTS]
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-6)


@given(st.lists(st.text("ACGTN", min_size=1, max_size=20), min_size=1, max_size=6))
def test_with_both_strands_a_sequence_and_its_other_strand_have_one_vector(texts: list[str]) -> None:
    recipe = Recipe(strands="both")
    one, other = (embed_unit(LETTERS, some, recipe)[0] for some in (texts, [*map(reverse_complement, texts)]))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_the_other_strand_is_that_of_the_letters_held() -> None:
    model = ToyEncoder("nucleotide", context=7)
    vectors, letters = embed_unit(model, ["ACGTACGGGG"], Recipe(strands="both"))
    expected = (_mean(model, "ACGTA") + _mean(model, reverse_complement("ACGTA"))) / 2
    np.testing.assert_allclose(vectors[0], expected, rtol=0, atol=1e-6)
    assert letters.tolist() == [5]


def test_where_the_other_strand_is_cut_shorter_the_fewer_letters_count() -> None:
    model = ToyEncoder("bpe", context=5)
    # GATTA, C, A is three tokens; TGTAATC is T, GT, A, A, T, C.
    _, forward = embed_unit(model, ["GATTACA"], Recipe())
    _, both = embed_unit(model, ["GATTACA"], Recipe(strands="both"))
    assert (forward.tolist(), both.tolist()) == ([7], [4])


def test_a_position_is_mirrored_on_the_other_strand() -> None:
    text, position = "GATTACA", 4
    vectors, _ = embed_unit(LETTERS, [text], Recipe(pooling="position", strands="both"), np.array([position]))
    rows, _ = LETTERS.encode_within([text, reverse_complement(text)])
    forward, reverse = LETTERS.embeddings(rows)
    # A at index 4 is the T at index 2 of TGTAATC; a special token comes before both.
    assert reverse_complement(text)[2] == "T"
    np.testing.assert_allclose(vectors[0], (forward[5] + reverse[3]) / 2, rtol=0, atol=1e-6)


def test_a_position_beyond_the_letters_taken_is_refused() -> None:
    with pytest.raises(SequenceError, match="Letter 7 of sequence 2 is not among the 5 letters"):
        embed_unit(LETTERS, TEXTS[:2], Recipe(pooling="position", letters=5), np.array([0, 6]))


def test_numbers_that_are_not_finite_are_refused() -> None:
    model = ToyEncoder("nucleotide")
    model.states[0, 4] = np.inf
    with pytest.raises(SpecError, match=r"toy-encoder-nucleotide in float32 gives numbers that are not finite"):
        embed_unit(model, ["ACGT"], Recipe())


def test_no_sequences_give_no_vectors() -> None:
    vectors, letters = embed_unit(LETTERS, [], Recipe(strands="both"))
    assert (vectors.shape, letters.shape) == ((0, 6), (0,))


def test_a_unit_has_each_sequence_once_and_none_that_is_there(collection: Collection) -> None:
    fill(LETTERS, units(["GGGG", "AC"], Recipe(), collection)[0], Recipe(), collection)
    (unit,) = units(["ACGT", "GGGG", "ACGT", "CCCCC", "AC", "acgt"], Recipe(), collection)
    assert unit.sequences == ("CCCCC", "ACGT")
    assert unit.digests.tolist() == digests_of(["CCCCC", "ACGT"], Recipe()).tolist()


def test_when_all_is_there_nothing_is_to_be_done(collection: Collection) -> None:
    for unit in units(TEXTS, Recipe(), collection):
        fill(LETTERS, unit, Recipe(), collection)
    assert units(TEXTS, Recipe(), collection) == []


@given(
    lengths=st.lists(st.integers(1, 60), max_size=40),
    size=st.integers(1, 200),
)
def test_units_hold_all_of_it_longest_first_and_no_more_than_fits(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], size: int
) -> None:
    collection = Cache(tmp_path_factory.getbasetemp()).collection(LETTERS.identity, Recipe(layer=0))
    texts = [random_sequence(length, seed=number) for number, length in enumerate(lengths)]
    found = units(texts, Recipe(layer=0), collection, size=size)
    together = [text for unit in found for text in unit.sequences]
    assert sorted(together) == sorted(set(texts))
    assert [len(text) for text in together] == sorted(map(len, set(texts)), reverse=True)
    for unit in found:
        assert len(unit.sequences) == 1 or sum(map(len, unit.sequences)) <= size
        assert len(unit.sequences[-1]) >= len(unit.sequences[0]) / 2


def test_units_of_very_short_sequences_are_limited_by_their_number(collection: Collection) -> None:
    texts = [random_sequence(9, seed=seed) for seed in range(_MOST_SEQUENCES + 200)]
    found = [len(unit.sequences) for unit in units(texts, Recipe(), collection)]
    assert found[0] == _MOST_SEQUENCES
    assert sum(found) == len(set(texts))


def test_a_unit_is_as_long_as_what_the_recipe_leaves_of_it(collection: Collection) -> None:
    recipe = Recipe(letters=10)
    texts = [random_sequence(length, seed=length) for length in range(10, 1000, 100)]
    assert [len(unit.sequences) for unit in units(texts, recipe, collection, size=50)] == [5, 5]


def test_positions_go_with_their_sequences(tmp_path: Path) -> None:
    recipe = Recipe(pooling="position")
    collection = Cache(tmp_path).collection(LETTERS.identity, recipe)
    texts, positions = ["ACGT", "GATTACA", "GATTACA", "GATTACA"], np.array([3, 0, 6, 0])
    (unit,) = units(texts, recipe, collection, positions=positions)
    assert unit.sequences == ("GATTACA", "GATTACA", "ACGT")
    assert unit.positions is not None
    assert unit.positions.tolist() == [0, 6, 3]
    fill(LETTERS, unit, recipe, collection)
    found, _ = collection.gather(digests_of(texts, recipe, positions), tmp_path / "out.npy")
    expected, _ = embed_unit(LETTERS, texts, recipe, positions)
    assert found.tolist() == expected.tolist()


def test_a_unit_survives_the_way_to_a_worker(collection: Collection) -> None:
    unit = units(TEXTS, Recipe(), collection)[0]
    again: Unit = pickle.loads(pickle.dumps(unit))  # noqa: S301 - our own bytes
    assert again.sequences == unit.sequences
    assert again.digests.tolist() == unit.digests.tolist()
    assert pickle.loads(pickle.dumps(collection)) == collection  # noqa: S301 - our own bytes


def test_a_size_without_letters_is_refused(collection: Collection) -> None:
    with pytest.raises(SpecError, match="A unit of 0 letters"):
        units(TEXTS, Recipe(), collection, size=0)


def test_tasks_that_share_sequences_share_their_vectors(collection: Collection, tmp_path: Path) -> None:
    model = ToyEncoder("nucleotide")
    for task in (["ACGT", "GATTACA"], ["GATTACA", "CCC"], ["CCC", "ACGT"]):
        for unit in units(task, Recipe(), collection):
            fill(model, unit, Recipe(), collection)
    assert sorted(model.fed) == [5, 6, 9]
    vectors, letters = collection.gather(digests_of(["CCC", "GATTACA"], Recipe()), tmp_path / "out.npy")
    np.testing.assert_allclose(vectors, [_mean(LETTERS, text) for text in ("CCC", "GATTACA")], rtol=0, atol=1e-6)
    assert letters.tolist() == [3, 7]


@pytest.mark.parametrize("tokens", ["nucleotide", "residue", "kmer", "bpe"])
@pytest.mark.parametrize("context", [None, 64, 9])
def test_a_toy_passes_the_self_test(tokens: str, context: int | None) -> None:
    model = ToyEncoder(tokens, kmer=3 if tokens == "kmer" else None, context=context)
    found = check_company(model)
    assert (found.ok, found.worst) == (True, 0.0)
    assert found.sentence.endswith("largest relative difference 0.0e+00, 1e-03 allowed.")


def test_the_tolerance_decides() -> None:
    model = ToyEncoder("nucleotide")
    inner = model.pooled
    model.pooled = lambda rows, weights, *, layer: inner(rows, weights, layer=layer) * (1 + 0.01 * (len(rows) - 1))
    assert check_company(model).worst == pytest.approx(0.01, rel=1e-4)
    assert not check_company(model).ok
    assert check_company(model, tolerance=0.02).ok
