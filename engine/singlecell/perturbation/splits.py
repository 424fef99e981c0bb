"""Which perturbations are held out: by seed, and the same for every system.

Splits are drawn over the sorted names of the conditions, so that their order in a file changes nothing. Where a
perturbation is held out by none of the seeds that were asked for, the seeds that follow are added until each was held
out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from engine.singlecell.contract import Pseudobulk

    Genes = tuple[str, ...]

SEEDS = 5
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Split:
    """One division into train and test.

    Attributes:
        seed: that it was drawn with.
        train: places of conditions in the pseudobulk, ascending.
        test: places of the conditions that are to be predicted, ascending; none of them is in train.
    """

    seed: int
    train: tuple[int, ...]
    test: tuple[int, ...]


def doubles(data: Pseudobulk, *, seeds: int = SEEDS) -> tuple[Split, ...]:
    """Half of the doubles held out; those in test whose two singles are both measured.

    All singles and the other half of all doubles are in train (of an odd number the smaller half, as published).
    Conditions of three and more genes are left out.

    Raises:
        SpecError: fewer than two doubles, or none with both singles.
    """
    return _doubles(data, seeds=seeds, both_singles=True)


def doubles_new(data: Pseudobulk, *, seeds: int = SEEDS) -> tuple[Split, ...]:
    """The splits of `doubles`, with those doubles in test that lack at least one of their singles.

    Raises:
        SpecError: fewer than two doubles, or all have both singles.
    """
    return _doubles(data, seeds=seeds, both_singles=False)


def singles(data: Pseudobulk, *, shared: Collection[str], seeds: int = SEEDS) -> tuple[Split, ...]:
    """Half of the singles that another data set has too held out (of an odd number the larger half).

    The other singles are in train, and so are conditions of several genes none of which is held out.

    Args:
        data: the conditions.
        shared: perturbed genes of the other data set; a system may know them from there.
        seeds: how many splits at least.

    Raises:
        SpecError: fewer than two singles are shared.
    """
    candidates = [genes for genes in _sorted(data, 1) if genes[0] in shared]
    if len(candidates) < FEWEST:
        raise SpecError(
            f"the two data sets share {len(candidates)} perturbed genes with a condition of their own: "
            f"a split of singles needs at least {FEWEST}."
        )
    return tuple(
        _split(data, seed=seed, test=held_out, out=_touched(data, held_out))
        for seed, held_out in _rounds(candidates, seeds)
    )


def items(data: Pseudobulk, splits: Iterable[Split]) -> tuple[str, ...]:
    """Names of all conditions that some split holds out, sorted."""
    names = data.names
    return tuple(sorted({names[place] for split in splits for place in split.test}))


def _doubles(data: Pseudobulk, *, seeds: int, both_singles: bool) -> tuple[Split, ...]:
    every = _sorted(data, 2)
    if len(every) < FEWEST:
        raise SpecError(
            f"the data set has {len(every)} perturbations of two genes: a split of doubles needs at least {FEWEST}."
        )
    alone = {genes[0] for genes in _sorted(data, 1)}
    wanted = {genes for genes in every if alone.issuperset(genes) == both_singles}
    if not wanted:
        which = "has both its genes" if both_singles else "lacks one of its genes"
        raise SpecError(f"no perturbation of two genes {which} measured alone: there is nothing to predict here.")
    larger = {genes for genes in data.conditions if len(genes) > 2}
    return tuple(
        _split(data, seed=seed, test=held_out & wanted, out=held_out | larger)
        for seed, held_out in _rounds(every, seeds)
    )


def _sorted(data: Pseudobulk, size: int) -> list[Genes]:
    return sorted(genes for genes in data.conditions if len(genes) == size)


def _rounds(candidates: Sequence[Genes], seeds: int) -> list[tuple[int, AbstractSet[Genes]]]:
    """Per seed what is held out; more seeds than asked for where something would never be."""
    rounds: list[tuple[int, AbstractSet[Genes]]] = []
    missing = set(candidates)
    for seed in count():
        if seed >= seeds and not missing:
            break
        order = np.random.default_rng(seed).permutation(len(candidates))
        held_out = {candidates[place] for place in order[len(candidates) // 2 :]}
        rounds.append((seed, held_out))
        missing -= held_out
    return rounds


def _touched(data: Pseudobulk, held_out: AbstractSet[Genes]) -> set[Genes]:
    """Conditions with a gene that is held out."""
    gone = {gene for genes in held_out for gene in genes}
    return {genes for genes in data.conditions if gone.intersection(genes)}


def _split(data: Pseudobulk, *, seed: int, test: AbstractSet[Genes], out: AbstractSet[Genes]) -> Split:
    places = range(len(data.conditions))
    train = tuple(place for place in places if data.conditions[place] not in out)
    return Split(seed, train, tuple(place for place in places if data.conditions[place] in test))
