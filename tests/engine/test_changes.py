from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError, SpecError
from engine.genome import RESIDUES
from engine.registry.adapters import AdapterCard, resolve
from engine.run.changes import changes_of, cut, take
from engine.run.plan import plan_jobs
from engine.spec import ModelSpec
from engine.variants import Region
from tests.engine.small_tasks import small_task

if TYPE_CHECKING:
    from engine.run.changes import Changes
    from engine.variants import Substitutions, VariantTask

PROTEINS = {"ALPHA": "MACD", "BETA": "MWYV"}
REGIONS = {"7": Region("GRCh38", "7", 101, "ACGTNACG")}


def _proteins(variants: list[str | None], genes: list[str | None]) -> VariantTask:
    return small_task(np.arange(len(variants)) % 2, proteins=PROTEINS, gene=genes, protein_variant=variants)


def _dna(rows: list[tuple[Any, Any, Any, Any]]) -> VariantTask:
    chrom, pos, ref, alt = (list(column) for column in zip(*rows, strict=True))
    return small_task(np.arange(len(rows)) % 2, regions=REGIONS, chrom=chrom, pos=pos, ref=ref, alt=alt)


def _told(changes: Changes) -> list[list[tuple[str, int, str, str]]]:
    """Changes of each variant, in words."""
    sub = changes.substitutions
    rows = list(zip(sub.sequence, sub.index, sub.ref, sub.alt, strict=True))
    return [
        [
            (sub.sequences[s], int(i), str(ref), str(alt))
            for o, (s, i, ref, alt) in zip(sub.owner, rows, strict=True)
            if o == k
        ]
        for k in range(sub.count)
    ]


def test_residue_changes_are_sorted_by_protein_and_position() -> None:
    task = _proteins(["Y3F", "C3W", "W2A", "A2C", "A2D"], ["BETA", "ALPHA", "BETA", "ALPHA", "ALPHA"])
    changes = changes_of(task, "protein")
    assert changes.items.tolist() == [3, 4, 1, 2, 0]
    assert _told(changes) == [
        [("MACD", 1, "A", "C")],
        [("MACD", 1, "A", "D")],
        [("MACD", 2, "C", "W")],
        [("MWYV", 1, "W", "A")],
        [("MWYV", 2, "Y", "F")],
    ]


def test_a_variant_with_two_changes_owns_two_rows() -> None:
    changes = changes_of(_proteins(["C3W", "A2P:D4N"], ["ALPHA", "ALPHA"]), "protein")
    assert changes.items.tolist() == [1, 0]
    assert _told(changes) == [[("MACD", 1, "A", "P"), ("MACD", 3, "D", "N")], [("MACD", 2, "C", "W")]]
    assert changes.substitutions.sum_by_variant(np.array([1.0, 10.0, 100.0])).tolist() == [11.0, 100.0]


@pytest.mark.parametrize("text", ["A2*", "A2=", "A2A", "M1_A2del", "A2P:C3*", "A2P:C3C", "A2U", None])
def test_what_is_no_substitution_of_a_residue_is_left_out(text: str | None) -> None:
    changes = changes_of(_proteins(["C3W", text], ["ALPHA", "ALPHA"]), "protein")
    assert changes.items.tolist() == [0]


def test_an_item_of_a_protein_without_sequence_is_left_out() -> None:
    changes = changes_of(_proteins(["C3W", "A2C", "A2D"], ["ALPHA", "GAMMA", None]), "protein")
    assert changes.items.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("W2P", "says W at index 1 of ALPHA, the sequence has A"),
        ("A5P", "says A at index 4 of ALPHA, the sequence has 4 letters"),
        ("A2P:W4P", "says W at index 3 of ALPHA, the sequence has D"),
    ],
)
def test_a_wrong_reference_residue_names_the_variant_and_what_is_there(text: str, found: str) -> None:
    with pytest.raises(SequenceError, match=rf"^small: i1 {found}; is this the right assembly or isoform\?$"):
        changes_of(_proteins(["C3W", text], ["ALPHA", "ALPHA"]), "protein")


def test_positions_of_bases_are_taken_from_the_start_of_their_region() -> None:
    changes = changes_of(_dna([("7", 104, "T", "A"), ("7", 101, "A", "G"), ("7", 108, "G", "C")]), "dna")
    assert changes.items.tolist() == [1, 0, 2]
    assert [rows[0][1:] for rows in _told(changes)] == [(0, "A", "G"), (3, "T", "A"), (7, "G", "C")]


@pytest.mark.parametrize(
    "row",
    [
        ("7", 102, "CG", "C"),
        ("7", 102, "C", "CA"),
        ("8", 102, "C", "A"),
        (None, None, None, None),
        ("7", 102, "C", "N"),
    ],
    ids=str,
)
def test_what_is_no_single_base_of_a_known_region_is_left_out(row: tuple[Any, Any, Any, Any]) -> None:
    assert changes_of(_dna([("7", 101, "A", "G"), row]), "dna").items.tolist() == [0]


@pytest.mark.parametrize(
    ("pos", "found"),
    [(102, "index 1 of 7, the sequence has C"), (100, "index -1 of 7, the sequence has 8"), (109, "index 8 of 7, the")],
)
def test_a_wrong_reference_base_names_the_variant(pos: int, found: str) -> None:
    with pytest.raises(SequenceError, match=f"^small: i1 says G at {found}"):
        changes_of(_dna([("7", 101, "A", "G"), ("7", pos, "G", "A")]), "dna")


@pytest.mark.parametrize(
    ("task", "alphabet", "sentence"),
    [
        (
            _proteins(["A2C"], ["ALPHA"]),
            "dna",
            "small has no dna reference sequences here: a dna model cannot be run on it",
        ),
        (_dna([("7", 101, "A", "G")]), "protein", "small has no protein reference sequences here"),
        (_proteins(["A2*"], ["ALPHA"]), "protein", "small has no item that is a substitution in a protein sequence"),
    ],
)
def test_a_task_that_an_alphabet_cannot_read_says_so(
    task: VariantTask, alphabet: Literal["protein", "dna"], sentence: str
) -> None:
    with pytest.raises(SpecError, match=sentence):
        changes_of(task, alphabet)


def test_a_job_counts_what_it_leaves_out() -> None:
    card = resolve("esm-2-8m")
    assert isinstance(card, AdapterCard)
    task = _proteins(["C3W", "A2*", "A2C"], ["ALPHA", "ALPHA", "ALPHA"])
    (job,), refused = plan_jobs([task], [ModelSpec(id="esm-2-8m")], shard=10)
    assert refused == []
    assert (job.n_items, len(job.changes.items), [len(shard) for shard in job.shards]) == (3, 2, [2])


SEQUENCES = {"A": "MKV", "B": "WYWY", "C": "ACDEF"}


@st.composite
def tasks(draw: st.DrawFn) -> VariantTask:
    """Up to 30 variants of one or two residues of three short proteins, most of them at shared positions."""
    variants, genes = [], []
    for _ in range(draw(st.integers(1, 30))):
        gene = draw(st.sampled_from(sorted(SEQUENCES)))
        sequence = SEQUENCES[gene]
        indices = draw(st.lists(st.integers(0, len(sequence) - 1), min_size=1, max_size=2, unique=True))
        letters = [draw(st.sampled_from(RESIDUES.replace(sequence[index], ""))) for index in indices]
        named = [f"{sequence[i]}{i + 1}{alt}" for i, alt in zip(indices, letters, strict=True)]
        variants.append(":".join(named))
        genes.append(gene)
    return small_task(np.arange(len(variants)) % 2, proteins=SEQUENCES, gene=genes, protein_variant=variants)


def _first_places(substitutions: Substitutions) -> list[tuple[str, int]]:
    rows = [int(np.flatnonzero(substitutions.owner == number)[0]) for number in range(substitutions.count)]
    return [(substitutions.sequences[substitutions.sequence[row]], int(substitutions.index[row])) for row in rows]


@given(task=tasks(), size=st.integers(1, 12))
def test_shards_hold_every_variant_once_and_split_no_position(task: VariantTask, size: int) -> None:
    changes = changes_of(task, "protein")
    assert sorted(changes.items.tolist()) == list(range(len(task.items)))
    shards = cut(changes, size)
    assert np.concatenate(shards).tolist() == list(range(changes.substitutions.count))
    assert all(len(shard) for shard in shards)
    places = _first_places(changes.substitutions)
    of_shard = [{places[number] for number in shard} for shard in shards]
    assert sum(map(len, of_shard)) == len(set(places))


@given(task=tasks(), size=st.integers(1, 12))
def test_a_shard_is_no_larger_than_its_size_and_one_position(task: VariantTask, size: int) -> None:
    changes = changes_of(task, "protein")
    places = _first_places(changes.substitutions)
    most = max(places.count(place) for place in places)
    assert all(len(shard) < size + most for shard in cut(changes, size))


@given(task=tasks(), size=st.integers(1, 12))
def test_a_shard_taken_out_says_the_same_of_its_variants(task: VariantTask, size: int) -> None:
    changes = changes_of(task, "protein")
    whole = _told(changes)
    for shard in cut(changes, size):
        part = take(changes.substitutions, shard)
        assert part.count == len(shard)
        assert _told(type(changes)(changes.items[shard], part)) == [whole[number] for number in shard]
        assert len(part.sequences) == len({change[0] for number in shard for change in whole[number]})
