"""Letters as numbers, and as the tokens of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, RESIDUES, reverse_complement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, SequenceModel

ALPHABET = {"protein": RESIDUES, "dna": BASES}
"""The letters that a change may have, by the model's alphabet; a letter's number is its index here."""

COMPLEMENT: NDArray[np.int64] = np.array([BASES.index(reverse_complement(base)) for base in BASES], dtype=np.int64)
"""Number of the complement of each base."""


def numbers(letters: NDArray[np.str_], identity: ModelIdentity) -> NDArray[np.int64]:
    """Number of each letter in the model's alphabet, either case; shape (m,) -> (m,).

    Raises:
        SequenceError: a letter is not in the alphabet.
    """
    alphabet = ALPHABET[identity.alphabet]
    table = np.full(128, -1, dtype=np.int64)
    for number, letter in enumerate(alphabet):
        table[[ord(letter), ord(letter.lower())]] = number
    codes = np.ascontiguousarray(letters.astype("<U1")).view(np.uint32)
    found = np.where(codes < 128, table[np.minimum(codes, 127)], -1)
    if (found < 0).any():
        first = int(np.argmax(found < 0))
        raise SequenceError(
            f"Change {first} has the letter {str(letters[first])!r}, which {identity.model_id} does not score: "
            f"leave out changes with letters other than {alphabet}."
        )
    return found


def token_ids(model: SequenceModel, texts: Iterable[str]) -> NDArray[np.int64]:
    """Token id of each text; models whose vocabulary is in lower case are read in lower case.

    Raises:
        SpecError: the vocabulary lacks a text.
    """
    vocabulary = model.vocabulary
    found = [(text, vocabulary.get(text, vocabulary.get(text.lower()))) for text in texts]
    missing = next((text for text, number in found if number is None), None)
    if missing is not None:
        raise SpecError(
            f"The vocabulary of {model.identity.model_id} has no token '{missing}': "
            "check the kind of tokens that is declared for this model."
        )
    return np.array([number for _, number in found], dtype=np.int64)
