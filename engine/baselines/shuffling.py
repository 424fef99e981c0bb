"""Sequences that lost their order but not their pairs of neighbours: the control of what motifs are worth.

Altschul and Erikson (1985): a sequence is a path through its letters, each pair of neighbours one step, and a
shuffle is another path over the same steps. The step that leaves each letter for the last time leads to the end by
a random tree (Wilson 1996), all other steps come in random order: every such sequence is equally likely.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.sequences import Split

    Steps = Mapping[str, list[str]]


def dinucleotide_shuffled(sequences: Sequence[str], *, seed: int) -> list[str]:
    """Each sequence with its letters in another order: same pairs of neighbours, same first and last letter.

    What becomes of a sequence depends on the seed and on its letters alone, not on the others or on its place.
    """
    return [_shuffled(sequence, _generator(sequence, seed)) for sequence in sequences]


def shuffled(split: Split, *, seed: int) -> Split:
    """The split with shuffled sequences; labels, positions and groups stay."""
    return replace(split, sequences=dinucleotide_shuffled(split.sequences, seed=seed))


def _generator(sequence: str, seed: int) -> random.Random:
    digest = hashlib.sha256(f"{seed}:{sequence}".encode()).digest()
    return random.Random(int.from_bytes(digest))  # noqa: S311 - a control, not a secret


def _shuffled(sequence: str, rng: random.Random) -> str:
    if len(sequence) < 4:
        return sequence
    steps: dict[str, list[str]] = {letter: [] for letter in sequence}
    for letter, following in pairwise(sequence):
        steps[letter].append(following)
    lasts = _last_steps(steps, sequence[-1], rng)
    for letter, onward in steps.items():
        if letter in lasts:
            onward.remove(lasts[letter])
        rng.shuffle(onward)
        if letter in lasts:
            onward.append(lasts[letter])
    return _path(steps, sequence[0], len(sequence))


def _last_steps(steps: Steps, end: str, rng: random.Random) -> dict[str, str]:
    """Where each letter but the end leads to for the last time: a random tree, by random walks without their loops."""
    settled: dict[str, str] = {}
    for letter in steps:
        walk, at = {}, letter
        while at != end and at not in settled:
            walk[at] = at = rng.choice(steps[at])
        at = letter
        while at != end and at not in settled:
            settled[at] = at = walk[at]
    return settled


def _path(steps: Steps, first: str, length: int) -> str:
    """The letters passed from the first one when each letter's steps are taken in their order."""
    onward = {letter: iter(ordered) for letter, ordered in steps.items()}
    letters = [first]
    for _ in range(length - 1):
        letters.append(next(onward[letters[-1]]))
    return "".join(letters)
