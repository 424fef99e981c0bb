"""From letters to token ids. Tables are built from the model's own tokeniser and checked against it when loaded.

A table in place of the tokeniser turns a sequence into tokens in microseconds; the check against the tokeniser on a
probe makes sure that both give the same ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, RESIDUES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.protocols import TokenRow
    from engine.registry.adapters import AdapterCard

_AMBIGUOUS = {"protein": "XBZUO", "dna": "N"}
_STANDARD = {"protein": RESIDUES, "dna": BASES}
_PROBE_LETTERS = 97
_MARKS = re.compile(r"^(##|▁|Ġ)|</w>$")
"""What tokenisers write into a token's text to say that it goes on, or begins or ends, a word."""
_SPELLINGS: tuple[Callable[[str], str], ...] = (str, " ".join, str.lower)
"""How tokenisers want a sequence: as it is, letters apart (SpliceBERT), or in lower case (GPN)."""


class TextTokenizer(Protocol):
    """What is used of a tokeniser of transformers."""

    unk_token_id: int | None
    mask_token_id: int | None
    pad_token_id: int | None

    def __call__(self, text: Any, **options: Any) -> Mapping[str, Any]:
        """Token ids of one text or of several."""

    def get_vocab(self) -> dict[str, int]:
        """Token id by text."""


class Tokens(Protocol):
    """One way from letters to ids; special tokens are added by `Encoder`."""

    @property
    def letters(self) -> str:
        """The upper-case letters it reads."""

    def ids(self, sequence: str) -> NDArray[np.int64]:
        """Ids of an upper-case sequence of `letters`, without special tokens."""

    def readable(self, sequence: str) -> str:
        """What it can read of an upper-case sequence, from the left."""

    def letters_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many letters each id stands for, of the same shape; 0 for ids that are no letters."""


@dataclass(frozen=True, slots=True)
class LetterTokens:
    """One token per letter. `table`: shape (256,), id by ASCII code."""

    letters: str
    table: NDArray[np.int64]

    def ids(self, sequence: str) -> NDArray[np.int64]:
        """Shape (letters,)."""
        return self.table[_codes(sequence)]

    def readable(self, sequence: str) -> str:
        """All of it."""
        return sequence

    def letters_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """One, or 0 for ids that are no letters."""
        return np.isin(ids, self.table[self.table >= 0]).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class KmerTokens:
    """Words of `k` bases from the left; an N and what is left over before it are single letters.

    `words`: shape (4**k,), id by the base-4 number of ACGT; `singles`: shape (256,), -1 where a letter alone has none.
    """

    letters: str
    k: int
    words: NDArray[np.int64]
    singles: NDArray[np.int64]

    def ids(self, sequence: str) -> NDArray[np.int64]:
        """Shape (tokens,).

        Raises:
            SequenceError: bases are left over and the vocabulary has no single letters.
        """
        runs = sequence.split("N")
        parts = [self._run(runs[0])]
        for run in runs[1:]:
            parts += [self.singles[[ord("N")]], self._run(run)]
        found = np.concatenate(parts)
        if (found < 0).any():
            raise SequenceError(
                f"A sequence of {len(sequence)} bases leaves bases over beside words of {self.k}, which this model "
                f"cannot read alone; give a length that is a multiple of {self.k}."
            )
        return found

    def readable(self, sequence: str) -> str:
        """All of it, or whole words where bases that are left over have no token."""
        alone = (self.singles[_codes(BASES)] >= 0).all()
        return sequence if alone else sequence[: len(sequence) // self.k * self.k]

    def letters_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """`k` for words, one for single letters, 0 for other ids."""
        return self.k * np.isin(ids, self.words) + np.isin(ids, self.singles[self.singles >= 0]).astype(np.int64)

    def _run(self, run: str) -> NDArray[np.int64]:
        codes = _codes(run)
        whole = len(codes) // self.k * self.k
        digits = _DIGIT[codes[:whole]].reshape(-1, self.k)
        words = self.words[digits @ 4 ** np.arange(self.k)[::-1]]
        return np.concatenate([words, self.singles[codes[whole:]]])


@dataclass(frozen=True, slots=True)
class TextTokens:
    """Tokens of varying length, always by the tokeniser itself. `lengths`: letters by id, 0 where it spells none."""

    letters: str
    tokenizer: TextTokenizer
    spelling: Callable[[str], str]
    lengths: NDArray[np.int64]

    def ids(self, sequence: str) -> NDArray[np.int64]:
        """Shape (tokens,).

        Raises:
            SequenceError: the tokeniser has no token for a piece of the sequence.
        """
        found = _raw_ids(self.tokenizer, self.spelling(sequence))
        if (found == self.tokenizer.unk_token_id).any():
            raise SequenceError(f"The tokeniser has no token for a piece of a sequence of {len(sequence)} letters.")
        return found

    def readable(self, sequence: str) -> str:
        """All of it."""
        return sequence

    def letters_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The length of each token's text, 0 where that is not made of letters."""
        return self.lengths[ids]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Checks sequences and turns them into rows with special tokens."""

    model_id: str
    alphabet: str
    tokens: Tokens
    prefix: NDArray[np.int64]
    suffix: NDArray[np.int64]
    context: int | None
    multiple: int

    def rows(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Token rows in input order; nothing is cut off.

        Raises:
            SequenceError: a sequence is empty, has a letter the model does not read or none that is definite, or its
                row is longer than the context.
        """
        return [self._row(sequence, number) for number, sequence in enumerate(sequences)]

    def rows_within(self, sequences: Sequence[str]) -> tuple[list[TokenRow], NDArray[np.int64]]:
        """Token rows that fit, cut at the end of the sequence, and the letters that each holds, shape (n,).

        Raises:
            SequenceError: a sequence is empty, has a letter the model does not read or none that is definite, or is too
                short for any row.
            SpecError: a sequence must be cut, and the letters of the tokens cannot be counted.
        """
        found = [self._row_within(sequence, number) for number, sequence in enumerate(sequences)]
        return [row for row, _ in found], np.array([held for _, held in found], dtype=np.int64)

    def _row_within(self, sequence: str, number: int) -> tuple[TokenRow, int]:
        upper = self.tokens.readable(self._checked(sequence, number))
        ids = self.tokens.ids(upper)
        kept = ids[: self._room(len(ids))]
        if not len(kept):
            raise SequenceError(
                f"Sequence {number + 1} has {len(sequence)} letters, too few for any row that {self.model_id} takes; "
                "leave it out."
            )
        held = len(upper) if len(kept) == len(ids) else len(upper) - self._lost(upper, ids, len(kept), number)
        return np.concatenate([self.prefix, kept, self.suffix]), held

    def _lost(self, upper: str, ids: NDArray[np.int64], kept: int, number: int) -> int:
        """Letters behind the first `kept` tokens."""
        letters = self.tokens.letters_of(ids)
        if letters.sum() != len(upper):
            raise SpecError(
                f"The texts of the tokens of {self.model_id} do not say how many letters each stands for, so what is "
                f"lost of sequence {number + 1} cannot be counted; give shorter sequences."
            )
        return int(letters[kept:].sum())

    def _room(self, tokens: int) -> int:
        """How many of a sequence's own tokens go into a row."""
        special = len(self.prefix) + len(self.suffix)
        longest = tokens + special if self.context is None else min(self.context, tokens + special)
        return max(0, longest // self.multiple * self.multiple - special)

    def _row(self, sequence: str, number: int) -> TokenRow:
        upper = self._checked(sequence, number)
        row = np.concatenate([self.prefix, self.tokens.ids(upper), self.suffix])
        self._check_length(len(row), number)
        return row

    def _checked(self, sequence: str, number: int) -> str:
        """The sequence in upper case."""
        upper = sequence.encode("ascii", "replace").upper().decode("ascii")
        if odd := set(upper) - set(self.tokens.letters):
            at = next(index for index, letter in enumerate(upper) if letter in odd)
            raise SequenceError(
                f"{self.model_id} does not read the letter '{sequence[at]}' at position {at + 1} of sequence "
                f"{number + 1}; it reads {self.tokens.letters}."
            )
        if not set(upper) & set(_STANDARD[self.alphabet]):
            raise SequenceError(f"Sequence {number + 1} has none of the letters {_STANDARD[self.alphabet]}.")
        return upper

    def _check_length(self, length: int, number: int) -> None:
        if self.context is not None and length > self.context:
            raise SequenceError(
                f"Sequence {number + 1} becomes {length} tokens, and {self.model_id} takes {self.context}; "
                "give a shorter window."
            )
        if length % self.multiple:
            raise SequenceError(
                f"Sequence {number + 1} becomes {length} tokens, and {self.model_id} takes multiples of "
                f"{self.multiple} only; give another window."
            )


def build(tokenizer: TextTokenizer, card: AdapterCard, context: int | None) -> Encoder:
    """The encoder of a model.

    Args:
        tokenizer: The model's own.
        card: Says the alphabet and what a token is.
        context: Longest row in tokens.

    Raises:
        SpecError: the tokeniser is not what the card says.
    """
    spelling, tokens = _tokens(tokenizer, card)
    # No letter can be merged with its neighbour: where a token is longer, the piece is made of whole ones.
    piece = _probe(_STANDARD[card.alphabet], _PROBE_LETTERS // (card.kmer or 1) * (card.kmer or 1))
    prefix, suffix = _specials(tokenizer, spelling(piece), card.model_id)
    return Encoder(
        model_id=card.model_id,
        alphabet=card.alphabet,
        tokens=tokens,
        prefix=prefix,
        suffix=suffix,
        context=context,
        multiple=card.multiple,
    )


def _tokens(tokenizer: TextTokenizer, card: AdapterCard) -> tuple[Callable[[str], str], Tokens]:
    standard, ambiguous = _STANDARD[card.alphabet], _AMBIGUOUS[card.alphabet]
    if card.kmer:
        return str, _kmer_tokens(tokenizer, card.kmer, card.model_id)
    probe = _probe(standard, _PROBE_LETTERS)
    readings = ((spelling, _raw_ids(tokenizer, spelling(probe))) for spelling in _SPELLINGS)
    known = ((spelling, found) for spelling, found in readings if not (found == tokenizer.unk_token_id).any())
    # The first spelling that is understood decides: letters apart would make letters of any vocabulary.
    spelling, found = next(known, (str, np.zeros(0, dtype=np.int64)))
    if card.tokens == "bpe" and 0 < len(found) < len(probe):
        letters = standard + _known(tokenizer, ambiguous, spelling)
        return spelling, TextTokens(letters, tokenizer, spelling, _lengths(tokenizer, standard + ambiguous))
    if card.tokens != "bpe" and len(found) == len(probe):
        letters = standard + _known(tokenizer, ambiguous, spelling)
        return spelling, _letter_tokens(tokenizer, letters, spelling, card.model_id)
    raise SpecError(
        f"The tokeniser of {card.model_id} does not read {standard} as {card.tokens} tokens; "
        "it is not the one this model was trained with."
    )


def _lengths(tokenizer: TextTokenizer, letters: str) -> NDArray[np.int64]:
    """Letters by token id: the length of texts that are made of letters only, 0 for all others."""
    vocabulary = tokenizer.get_vocab()
    lengths = np.zeros(max(vocabulary.values()) + 1, dtype=np.int64)
    for text, number in vocabulary.items():
        bare = _MARKS.sub("", text).upper()
        lengths[number] = len(bare) * (set(bare) <= set(letters))
    return lengths


def _letter_tokens(
    tokenizer: TextTokenizer, letters: str, spelling: Callable[[str], str], model_id: str
) -> LetterTokens:
    table = np.full(256, -1, dtype=np.int64)
    for letter in letters:
        table[ord(letter)] = _raw_ids(tokenizer, spelling(letter))[0]
    tokens = LetterTokens(letters, table)
    probe = _probe(letters, _PROBE_LETTERS)
    if not np.array_equal(tokens.ids(probe), _raw_ids(tokenizer, spelling(probe))):
        raise SpecError(f"The tokeniser of {model_id} reads a letter differently beside others; it cannot be used.")
    return tokens


def _kmer_tokens(tokenizer: TextTokenizer, k: int, model_id: str) -> KmerTokens:
    vocabulary = tokenizer.get_vocab()
    words = np.array([vocabulary.get("".join(word), -1) for word in product(BASES, repeat=k)], dtype=np.int64)
    singles = np.full(256, -1, dtype=np.int64)
    # A base that stands for itself beside words, and N; a vocabulary without them leaves -1.
    for letter in BASES + "N":
        singles[ord(letter)] = vocabulary.get(letter, -1)
    whole = _probe(BASES, 7 * k)
    tokens = KmerTokens(letters=BASES + "N", k=k, words=words, singles=singles)
    if (words < 0).any() or not np.array_equal(tokens.ids(whole), _raw_ids(tokenizer, whole)):
        raise SpecError(f"The tokeniser of {model_id} does not cut DNA into words of {k} bases.")
    rest = _probe(BASES, 8 * k - 1)
    if not _agree(tokens, tokenizer, rest):
        return KmerTokens(letters=BASES, k=k, words=words, singles=np.full(256, -1, dtype=np.int64))
    if not _agree(tokens, tokenizer, rest[: 2 * k + 1] + "N" + rest):
        return KmerTokens(letters=BASES, k=k, words=words, singles=singles)
    return tokens


def _agree(tokens: KmerTokens, tokenizer: TextTokenizer, probe: str) -> bool:
    if (tokens.singles[_codes("".join(sorted(set(probe))))] < 0).any():
        return False
    return np.array_equal(tokens.ids(probe), _raw_ids(tokenizer, probe))


def _specials(tokenizer: TextTokenizer, text: str, model_id: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bare = _raw_ids(tokenizer, text)
    full = _raw_ids(tokenizer, text, special=True)
    for start in range(len(full) - len(bare) + 1):
        if np.array_equal(full[start : start + len(bare)], bare):
            return full[:start], full[start + len(bare) :]
    raise SpecError(f"The tokeniser of {model_id} changes a sequence when it adds special tokens; it cannot be used.")


def _known(tokenizer: TextTokenizer, letters: str, spelling: Callable[[str], str]) -> str:
    found = {letter: _raw_ids(tokenizer, spelling(letter)) for letter in letters}
    return "".join(letter for letter, ids in found.items() if len(ids) == 1 and ids[0] != tokenizer.unk_token_id)


def _raw_ids(tokenizer: TextTokenizer, text: str, *, special: bool = False) -> NDArray[np.int64]:
    found = tokenizer(text, add_special_tokens=special, truncation=False, padding=False, verbose=False)
    return np.asarray(found["input_ids"], dtype=np.int64)


def _probe(letters: str, length: int) -> str:
    """A fixed sequence in which every letter occurs beside every other in no particular order."""
    drawn = np.random.default_rng(0).integers(0, len(letters), max(0, length - len(letters)))
    return (letters + "".join(letters[index] for index in drawn))[:length]


def _codes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


_DIGIT = np.zeros(256, dtype=np.int64)
_DIGIT[_codes(BASES)] = np.arange(len(BASES))
