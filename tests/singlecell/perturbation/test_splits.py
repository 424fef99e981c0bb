"""Which perturbations are held out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.singlecell.perturbation import splits
from engine.singlecell.perturbation.parts import conditions_of, most_expressed

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.contract import Pseudobulk

    Drawn = Callable[..., Pseudobulk]

SHARED = ("T0", "T2", "T3", "T4", "T6")


def _names(data: Pseudobulk, places: tuple[int, ...]) -> set[str]:
    return {data.names[place] for place in places}


@given(seeds=st.integers(1, 12))
@pytest.mark.parametrize("task", ["doubles", "doubles_new", "singles"])
def test_no_perturbation_is_in_train_and_test_and_each_is_held_out_once(drawn: Drawn, task: str, seeds: int) -> None:
    data = drawn()
    made = {
        "doubles": lambda: splits.doubles(data, seeds=seeds),
        "doubles_new": lambda: splits.doubles_new(data, seeds=seeds),
        "singles": lambda: splits.singles(data, shared=SHARED, seeds=seeds),
    }[task]()
    assert len(made) >= seeds
    assert [split.seed for split in made] == list(range(len(made)))
    assert not any(set(split.train) & set(split.test) for split in made)
    expected = {
        "doubles": {"T0+T1", "T0+T2", "T1+T3", "T3+T7", "T4+T5"},
        "doubles_new": {"T2+T9", "T6+T8"},
        "singles": set(SHARED),
    }[task]
    assert set(splits.items(data, made)) == expected


def test_all_singles_and_the_smaller_half_of_the_doubles_are_in_train(drawn: Drawn) -> None:
    data = drawn()
    for known, new in zip(splits.doubles(data), splits.doubles_new(data), strict=True):
        assert known.train == new.train
        sizes = [len(data.conditions[place]) for place in known.train]
        assert (sizes.count(1), sizes.count(2)) == (8, 3)
        assert len(known.test) + len(new.test) == 4


def test_no_condition_in_train_has_a_gene_of_a_single_that_is_held_out(drawn: Drawn) -> None:
    data = drawn()
    for split in splits.singles(data, shared=SHARED):
        held_out = _names(data, split.test)
        assert len(held_out) == 3
        assert held_out <= set(SHARED)
        in_train = {gene for place in split.train for gene in data.conditions[place]}
        assert not held_out & in_train
        untouched = {name for genes, name in zip(data.conditions, data.names, strict=True) if not held_out & set(genes)}
        assert _names(data, split.train) == untouched


@given(order=st.permutations(range(15)))
def test_the_order_of_the_conditions_changes_no_split(drawn: Drawn, order: list[int]) -> None:
    data = drawn()
    turned = conditions_of(data, order)
    for one, other in (
        (splits.doubles(data), splits.doubles(turned)),
        (splits.singles(data, shared=SHARED), splits.singles(turned, shared=SHARED)),
    ):
        parts = [
            [(_names(base, split.train), _names(base, split.test)) for split in made]
            for base, made in ((data, one), (turned, other))
        ]
        assert parts[0] == parts[1]


def test_a_condition_of_three_genes_is_neither_in_train_nor_in_test_of_the_doubles(drawn: Drawn) -> None:
    data = drawn()
    data = replace(data, conditions=(*data.conditions[:-1], ("T0", "T1", "T2")))
    place = len(data.conditions) - 1
    for split in (*splits.doubles(data), *splits.doubles_new(data)):
        assert place not in (*split.train, *split.test)


def test_data_without_what_a_task_asks_for_is_refused_in_one_sentence(drawn: Drawn) -> None:
    data = drawn()
    singles = conditions_of(data, [place for place, genes in enumerate(data.conditions) if len(genes) == 1])
    with pytest.raises(SpecError, match="has 0 perturbations of two genes"):
        splits.doubles(singles)
    known = conditions_of(data, [data.names.index(name) for name in ("T0", "T1", "T2", "T0+T1", "T0+T2")])
    with pytest.raises(SpecError, match="lacks one of its genes measured alone"):
        splits.doubles_new(known)
    with pytest.raises(SpecError, match="share 1 perturbed genes"):
        splits.singles(data, shared=["T1", "other"])


def test_the_genes_that_control_expresses_most_are_kept_in_their_order(drawn: Drawn) -> None:
    data = drawn(genes=6)
    data = replace(data, control=np.array([1.0, 3.0, 2.0, 3.0, 0.0, 2.0]))
    kept = most_expressed(data, 3)
    assert kept.genes == ("G01", "G02", "G03")
    np.testing.assert_array_equal(kept.profiles, data.profiles[:, 1:4])
    assert most_expressed(data, 6) is data
