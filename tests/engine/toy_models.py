"""Models whose answers can be worked out by hand: sums of small seeded tables, softmaxed.

A prediction depends on both neighbours, on whether the token itself is hidden, on where it stands in its row and on
the row's length, so that a wrong offset, strand, window or mask gives another number.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError
from engine.genome import BASES, RESIDUES
from engine.protocols import Meter, ModelIdentity
from engine.variants import Substitutions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SPECIALS = ("<cls>", "<eos>", "<mask>")
BPE_TOKENS = (*BASES, "AC", "GT", "TAT", "ACG", "CCC", "GATTA")
_PERIOD = 5


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class Toy:
    """Tokeniser, tables and a meter; `own` are the vocabulary's texts besides the special tokens."""

    def __init__(  # noqa: PLR0913 - every property of a model that a scorer looks at
        self,
        kind: str,
        tokens: str,
        *,
        kmer: int | None = None,
        context: int | None = None,
        prefix: int = 1,
        suffix: int = 1,
        lower: bool = False,
        by_position: bool = True,
        seed: int = 0,
    ) -> None:
        texts = {
            "residue": tuple(RESIDUES),
            "nucleotide": (*BASES, "N"),
            "kmer": (*map("".join, product(BASES, repeat=kmer or 1)), *BASES, "N") if (kmer or 1) > 1 else tuple(BASES),
            "bpe": BPE_TOKENS,
        }[tokens]
        texts = tuple(text.lower() for text in texts) if lower else texts
        self.vocabulary = {text: number for number, text in enumerate((*SPECIALS, *texts))}
        self.identity = ModelIdentity(
            model_id=f"toy-{kind}-{tokens}",
            source="tests",
            revision=None,
            kind=kind,
            alphabet="protein" if tokens == "residue" else "dna",
            tokens=tokens,
            kmer=kmer,
            context=context,
            prefix=prefix,
            suffix=suffix,
            parameters=0,
            dtype="float32",
            device="cpu",
        )
        self.mask_id = self.vocabulary["<mask>"]
        self.meter = Meter()
        self.fed: list[int] = []
        self.encoded: list[str] = []
        self.largest_call = 0
        self._lower = lower
        self._longest = max(map(len, texts))
        size, rng = len(self.vocabulary), np.random.default_rng(seed)
        self.left, self.right, self.own = rng.normal(size=(3, size, size))
        self.at, self.long = rng.normal(size=(2, _PERIOD, size)) * by_position
        self.states = rng.normal(size=(3, size, 6))

    def encode(self, sequences: Sequence[str]) -> list[NDArray[np.int64]]:
        rows = []
        for sequence in sequences:
            self.encoded.append(sequence)
            own = [self.vocabulary[token] for token in self.cut(sequence.lower() if self._lower else sequence)]
            row = [0] * self.identity.prefix + own + [1] * self.identity.suffix
            if self.identity.context is not None and len(row) > self.identity.context:
                raise SequenceError(f"{len(row)} tokens do not fit")
            rows.append(np.array(row, dtype=np.int64))
        return rows

    def encode_within(self, sequences: Sequence[str]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
        special = self.identity.prefix + self.identity.suffix
        room = None if self.identity.context is None else self.identity.context - special
        kept = [self.cut(sequence.lower() if self._lower else sequence)[:room] for sequence in sequences]
        rows = [
            np.array(
                [0] * self.identity.prefix + [self.vocabulary[token] for token in tokens] + [1] * self.identity.suffix,
                dtype=np.int64,
            )
            for tokens in kept
        ]
        return rows, np.array([len("".join(tokens)) for tokens in kept], dtype=np.int64)

    def token_letters(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        lengths = [0 if text in SPECIALS else len(text) for text in self.vocabulary]
        return np.array(lengths, dtype=np.int64)[row]

    def cut(self, sequence: str) -> list[str]:
        """Greedy longest match, from left to right."""
        tokens = []
        while sequence:
            sizes = range(min(self._longest, len(sequence)), 0, -1)
            size = next((size for size in sizes if sequence[:size] in self.vocabulary), None)
            if size is None:
                raise SequenceError(f"the letter {sequence[0]} is not in the alphabet")
            tokens.append(sequence[:size])
            sequence = sequence[size:]
        return tokens

    def feed(self, rows: Sequence[NDArray[np.int64]]) -> None:
        self.fed += [len(row) for row in rows]
        self.largest_call = max(self.largest_call, len(rows))

    def embeddings(self, rows: Sequence[NDArray[np.int64]], *, layer: int = -1) -> list[NDArray[np.float32]]:
        self.feed(rows)
        return [self.state(row, layer).astype(np.float32) for row in rows]

    def pooled(
        self, rows: Sequence[NDArray[np.int64]], weights: Sequence[NDArray[np.float32]], *, layer: int = -1
    ) -> NDArray[np.float32]:
        states = self.embeddings(rows, layer=layer)
        found = [weight @ state for weight, state in zip(weights, states, strict=True)]
        return np.array(found, dtype=np.float32).reshape(len(rows), self.states.shape[-1])

    def state(self, row: NDArray[np.int64], layer: int) -> NDArray[np.float64]:
        padded = np.concatenate([[2], row, [2]])
        mixed = self.states[0][row]
        if layer != 0:
            mixed = mixed + 0.5 * self.states[1][padded[:-2]] + 0.25 * self.states[2][padded[2:]]
        return mixed


class ToyMasked(Toy):
    """Predicts a token from its neighbours, itself unless hidden, its place and the row's length."""

    def __init__(self, tokens: str, **options) -> None:  # noqa: ANN003 - those of Toy
        super().__init__("masked", tokens, **options)

    def predict(self, row: NDArray[np.int64], at: int) -> NDArray[np.float64]:
        """Log-probabilities of the token at one index, shape (vocabulary,)."""
        before = row[at - 1] if at > 0 else self.mask_id
        after = row[at + 1] if at + 1 < len(row) else self.mask_id
        own = self.own[row[at]] if row[at] != self.mask_id else 0.0
        logits = self.left[before] + self.right[after] + own + self.at[at % _PERIOD] + self.long[len(row) % _PERIOD]
        return log_softmax(logits)

    def log_probabilities(
        self, rows: Sequence[NDArray[np.int64]], positions: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        assert len(rows) == len(positions)
        self.feed(rows)
        found = []
        for row, where in zip(rows, positions, strict=True):
            assert len(where)
            assert ((where >= 0) & (where < len(row))).all()
            found.append(np.array([self.predict(row, int(at)) for at in where], dtype=np.float32))
        return found


class ToyCausal(Toy):
    """A Markov chain: predicts the next token from the one before, its place and nothing else."""

    def __init__(self, tokens: str, **options) -> None:  # noqa: ANN003 - those of Toy
        super().__init__("causal", tokens, **options)

    def next_token(self, row: NDArray[np.int64]) -> NDArray[np.float64]:
        before = self.left[row[-1]] if len(row) else 0.0
        return log_softmax(before + self.at[len(row) % _PERIOD])

    def token_log_likelihoods(self, rows: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        self.feed(rows)
        return [
            np.array([self.next_token(row[:t])[row[t]] for t in range(1, len(row))], dtype=np.float32) for row in rows
        ]

    def next_log_probabilities(self, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        self.feed(rows)
        return np.array([self.next_token(row) for row in rows], dtype=np.float32)


class ToyEncoder(Toy):
    """Has hidden states only."""

    def __init__(self, tokens: str, **options) -> None:  # noqa: ANN003 - those of Toy
        super().__init__("encoder", tokens, **options)


def substitutions(sequences: Sequence[str], changes: Sequence[tuple[int, int, str]], owner=None) -> Substitutions:  # noqa: ANN001 - one number per change
    """Changes given as (sequence, 0-based index, alternate); each is a variant unless owners are given."""
    owner = list(range(len(changes))) if owner is None else owner
    return Substitutions(
        sequences=tuple(sequences),
        sequence=np.array([which for which, _, _ in changes], dtype=np.int64),
        index=np.array([index for _, index, _ in changes], dtype=np.int64),
        ref=np.array([sequences[which][index] for which, index, _ in changes], dtype="<U1"),
        alt=np.array([alt for _, _, alt in changes], dtype="<U1"),
        owner=np.array(owner, dtype=np.int64),
        count=max(owner, default=-1) + 1,
    )


def take(changes: Substitutions, variants: Sequence[int]) -> Substitutions:
    """Some variants, in the order given."""
    rows = [(row, new) for new, old in enumerate(variants) for row in np.flatnonzero(changes.owner == old)]
    which = np.array([row for row, _ in rows], dtype=np.int64)
    return Substitutions(
        sequences=changes.sequences,
        sequence=changes.sequence[which],
        index=changes.index[which],
        ref=changes.ref[which],
        alt=changes.alt[which],
        owner=np.array([new for _, new in rows], dtype=np.int64),
        count=len(variants),
    )


def random_sequence(length: int, alphabet: str = BASES, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list(alphabet), length))


def random_changes(
    sequences: Sequence[str], count: int, alphabet: str = BASES, *, margin: int = 0, seed: int = 0
) -> Substitutions:
    """Random changes, among them the first and last letter that the margin leaves, and several at one place."""
    rng = np.random.default_rng(seed)
    drawn = []
    for number in range(count):
        which = int(rng.integers(len(sequences)))
        low, high = margin, len(sequences[which]) - margin
        index = (low, high - 1, (low + high) // 2)[number] if number < 3 else int(rng.integers(low, high))
        others = [letter for letter in alphabet if letter != sequences[which][index]]
        drawn.append((which, index, str(rng.choice(others))))
        if number % 4 == 3:
            drawn.append((which, index, others[0]))
    return substitutions(sequences, drawn)


def replaced(sequence: str, index: int, letter: str) -> str:
    return sequence[:index] + letter + sequence[index + 1 :]
