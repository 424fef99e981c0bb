"""How a sequence of DNA is cut into tokens, and what a hidden token or one substitution does to each way of cutting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LETTERS = "ACGTN"
LONGEST = 80
EXAMPLE = "ATGCGTACCTATAAAGGCTAGCTTGACATTCCGGAT"
"""A made-up sequence of 36 letters."""
MERGES = 32
_CORPUS = (
    "TATAAAGGCGCGTATAAAAGGCTAGCGGCCATATAAATTGACAGCCGCG",
    "CCGGCGCGATTGACATATAATGCGCGGCCAATCTTGACAGGATATAAT",
    "GGCCAATCTAGCTAGCAAAAAATTTTTTGGCCAATCGCGCGTATAAAG",
    "ATGGCCTGAATGGCTAGCTGAATGAAATAAGGTAAGTCAGGTAAGTAG",
    "CACACACACACATGTGTGTGTGTGAAATTTAAATTTGGTAAGTACAGG",
    "TTAGGGTTAGGGTTAGGGCCCTAACCCTAACCCTAAGCTAGCTTGACA",
)
"""Made up like the example: motifs that come back, so that there is something to merge."""
_OTHER = {"A": "G", "G": "A", "C": "T", "T": "C", "N": "A"}


@dataclass(frozen=True, slots=True)
class Token:
    """Letters `start` up to but without `end` of the sequence, counted from 0, as one token."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Cutter:
    """One way of cutting: its name, the `tokenizer` of the store's models that do so, and the rule."""

    name: str
    kind: str
    sentence: str
    cut: Callable[[str], list[Token]]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is left to read when one token is hidden: how many of its letters, and how many tokens still spell them.

    `needed` is how many tokens have to be hidden together until the letter looked at stands in no other one.
    """

    letters: int
    readable: int
    neighbours: int
    needed: int


def cleaned(given: str) -> str:
    """Capital letters without blanks, no more than are shown."""
    return "".join(given.upper().split())[:LONGEST]


def stranger(sequence: str) -> tuple[int, str] | None:
    """The first place, counted from 1, whose letter is none of A, C, G, T and N."""
    return next(((place, letter) for place, letter in enumerate(sequence, 1) if letter not in LETTERS), None)


def single(sequence: str) -> list[Token]:
    """One token a letter."""
    return [Token(place, place + 1, letter) for place, letter in enumerate(sequence)]


def overlapping(sequence: str, k: int) -> list[Token]:
    """A token of k letters from every place that has so many: each but the first repeats k - 1 letters."""
    return [Token(place, place + k, sequence[place : place + k]) for place in range(len(sequence) - k + 1)]


def side_by_side(sequence: str, k: int) -> list[Token]:
    """Tokens of k letters side by side; a word with N and what is left at the end are cut into single letters."""
    tokens = []
    for start in range(0, len(sequence), k):
        word = sequence[start : start + k]
        whole = len(word) == k and "N" not in word
        tokens += [Token(start, start + k, word)] if whole else [_moved(token, start) for token in single(word)]
    return tokens


def byte_pairs(sequence: str) -> list[Token]:
    """Byte-pair encoding: the merges learnt from the made-up corpus, applied in the order they were learnt."""
    words = list(sequence)
    for pair in _merges():
        words = _merged(words, pair)
    tokens, start = [], 0
    for word in words:
        tokens.append(Token(start, start + len(word), word))
        start += len(word)
    return tokens


@lru_cache(maxsize=1)
def _merges() -> tuple[tuple[str, str], ...]:
    """The most frequent neighbours first, merged; equally frequent ones in alphabetical order."""
    texts = [list(text) for text in _CORPUS]
    learnt: list[tuple[str, str]] = []
    for _ in range(MERGES):
        pairs = Counter(pair for text in texts for pair in pairwise(text))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        learnt.append(best)
        texts = [_merged(text, best) for text in texts]
    return tuple(learnt)


def _merged(words: Sequence[str], pair: tuple[str, str]) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(words):
        here = tuple(words[place : place + 2])
        found.append("".join(here) if here == pair else words[place])
        place += 2 if here == pair else 1
    return found


CUTTERS = (
    Cutter("Single nucleotide", "single nucleotide", "One token a letter.", single),
    Cutter(
        "Overlapping 3-mers",
        "overlapping k-mer",
        "Three letters from every place: each token repeats two letters of the one before.",
        lambda sequence: overlapping(sequence, 3),
    ),
    Cutter(
        "Overlapping 6-mers",
        "overlapping k-mer",
        "Six letters from every place: each token repeats five letters of the one before.",
        lambda sequence: overlapping(sequence, 6),
    ),
    Cutter(
        "6-mers side by side",
        "k-mer",
        "Six letters, then the next six; what is left over, and a word with N, becomes single letters.",
        lambda sequence: side_by_side(sequence, 6),
    ),
    Cutter(
        "Byte pairs (BPE)",
        "BPE",
        f"Frequent neighbours are merged. The {MERGES} merges here were learnt from a small made-up corpus, not from a "
        "genome: a real vocabulary has thousands and cuts elsewhere.",
        byte_pairs,
    ),
)


def holding(tokens: Sequence[Token], place: int) -> list[int]:
    """Indices of the tokens that contain a place, counted from 0."""
    return [number for number, token in enumerate(tokens) if token.start <= place < token.end]


def hidden(tokens: Sequence[Token], place: int) -> Hidden | None:
    """What hiding one token leaves to read: the middle one of those that contain the place; None where none does."""
    around = holding(tokens, place)
    if not around:
        return None
    masked = around[len(around) // 2]
    gone = tokens[masked]
    span = set(range(gone.start, gone.end))
    others = [span & set(range(token.start, token.end)) for n, token in enumerate(tokens) if n != masked]
    return Hidden(
        letters=len(span),
        readable=len(set().union(*others)),
        neighbours=sum(bool(shared) for shared in others),
        needed=len(around),
    )


def substituted(sequence: str, place: int) -> str:
    """The sequence with the letter at a place, counted from 0, changed: A and G, C and T for each other, N to A."""
    return f"{sequence[:place]}{_OTHER[sequence[place]]}{sequence[place + 1 :]}"


def changed(before: Sequence[Token], after: Sequence[Token]) -> int:
    """How many tokens of the changed sequence are not tokens of the one before at the same place."""
    return len(set(after) - set(before))


def levels(tokens: Sequence[Token]) -> list[int]:
    """Lines on which tokens are drawn so that none covers another: the first that is free, from 0."""
    free: list[int] = []
    found = []
    for token in tokens:
        line = next((number for number, end in enumerate(free) if end <= token.start), len(free))
        free[line : line + 1] = [token.end]
        found.append(line)
    return found


def _moved(token: Token, by: int) -> Token:
    return Token(token.start + by, token.end + by, token.text)
