"""k-mer log-likelihood ratio: the k-mer that holds the change is masked, log p(alt k-mer) - log p(ref k-mer)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, Window
from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_flag, check_needs, check_option
from engine.scorers.letters import COMPLEMENT, numbers, token_ids
from engine.scorers.masked import Strand, masked_differences
from engine.scorers.places import any_by_variant, find_places, strands, text_of, window_letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.protocols import MaskedModel, ModelIdentity
    from engine.scorers.places import Places
    from engine.variants import Substitutions

_DIGITS = str.maketrans(BASES, "0123")


@dataclass(frozen=True, slots=True, kw_only=True)
class KmerLlr:
    """log p(alt k-mer) - log p(ref k-mer) at the masked central token, as TraitGym scores the Nucleotide Transformer.

    The change stands at offset k // 2 of the central token (six-mers: 3, and 2 on the other strand).

    Attributes:
        window: letters in a row, a multiple of k; None is what fits into the model (5,994 for 999 six-mers).
        both_strands: average with the reverse complement; None means yes.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.KMER_LLR
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(
        kinds=frozenset({"masked"}), tokens=frozenset({"kmer"}), alphabets=frozenset({"dna"})
    )

    window: int | None = None
    both_strands: bool | None = None
    chunk: int = 1024

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_option("window", self.window, optional=True)
        check_flag("both_strands", self.both_strands, optional=True)
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        multiple_of_k(self.name, self.window, identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """One row for each distinct place and strand."""
        self.check(identity)
        k = letters_per_token(identity)
        letters = self._places(changes, identity).letters
        times = len(strands(self.both_strands, identity))
        specials = identity.prefix + identity.suffix
        return Cost(times * letters.size, times * int((letters // k).sum() + specials * letters.size))

    def score(self, model: MaskedModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,); `clipped` flags variants whose window is not the full, centred one.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a window holds a letter other than A, C, G, T, or an end of the sequence cuts the k-mer.
        """
        identity = model.identity
        self.check(identity)
        places = self._places(changes, identity)
        _check_bases(changes, places, identity)
        k = letters_per_token(identity)
        ids = token_ids(model, map("".join, product(BASES, repeat=k)))
        read = strands(self.both_strands, identity)
        total = np.zeros(len(changes.owner))
        for reverse in read:
            ref, alt = _kmer_codes(changes, places, identity, reverse=reverse)
            before = places.end - 1 - places.index if reverse else places.index - places.start
            strand = Strand(reverse=reverse, token=before // k, tokens=places.letters // k, ref=ids[ref], alt=ids[alt])
            total += masked_differences(model, changes, places, strand=strand, chunk=self.chunk)
        centre = multiple_of_k(self.name, self.window, identity) // k
        full = (places.letters == centre * k) & (places.index - places.start == centre // 2 * k + k // 2)
        details = {"clipped": any_by_variant(changes, ~full[places.of_change])}
        return Scored(changes.sum_by_variant(total / len(read)), details)

    def _places(self, changes: Substitutions, identity: ModelIdentity) -> Places:
        k = letters_per_token(identity)
        tokens = multiple_of_k(self.name, self.window, identity) // k
        return find_places(changes, lambda index, length: kmer_window(index, length, k=k, tokens=tokens))


def letters_per_token(identity: ModelIdentity) -> int:
    """The model's k.

    Raises:
        SpecError: it states none.
    """
    if identity.kmer is None:
        raise SpecError(f"{identity.model_id} has k-mer tokens and states no k: add it to the model's card.")
    return identity.kmer


def multiple_of_k(name: Protocol, asked: int | None, identity: ModelIdentity, *, most: int | None = None) -> int:
    """Letters of a window of whole k-mers: as asked, else the most that fits.

    Raises:
        SpecError: what is asked is no multiple of k, or does not fit.
    """
    k = letters_per_token(identity)
    letters = window_letters(name, asked, identity, most_dna=most)
    if asked is not None and asked % k:
        raise SpecError(
            f"{name} reads windows of whole {k}-mers, and {asked} letters are none: set the option 'window' to "
            f"a multiple of {k}, such as {max(k, asked // k * k)}."
        )
    return letters // k * k


def kmer_window(index: int, length: int, *, k: int, tokens: int) -> Window:
    """At most `tokens` whole k-mers with the 0-based `index` at offset k // 2 of the central one.

    Near an end of the sequence the window moves inwards by whole k-mers, so that it stays as long as it can.

    Raises:
        SequenceError: an end of the sequence cuts the k-mer of the change itself.
    """
    first = index - k // 2
    if first < 0 or first + k > length:
        raise SequenceError(
            f"The change at index {index} of a sequence of {length} letters is too close to an end for a {k}-mer "
            "around it: leave it out or give a longer sequence."
        )
    before, after = first // k, (length - first) // k - 1
    left = min(before, max(tokens // 2, tokens - 1 - after))
    right = min(after, tokens - 1 - left)
    start = first - left * k
    return Window(start, first + (right + 1) * k, index - start)


def _check_bases(changes: Substitutions, places: Places, identity: ModelIdentity) -> None:
    for which, start, end in zip(places.sequence.tolist(), places.start.tolist(), places.end.tolist(), strict=True):
        if found := re.search("[^ACGT]", text_of(changes.sequences[which], start, end, reverse=False)):
            raise SequenceError(
                f"The window [{start}, {end}) of sequence {which} holds the letter {found[0]!r}, which breaks the "
                f"{identity.kmer}-mers of {identity.model_id}: leave its variants out or choose a shorter window."
            )


def _kmer_codes(
    changes: Substitutions, places: Places, identity: ModelIdentity, *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the reference and alternate k-mers, read in base 4, each shape (m,)."""
    k = letters_per_token(identity)
    ref, alt = numbers(changes.ref, identity), numbers(changes.alt, identity)
    if reverse:
        ref, alt = COMPLEMENT[ref], COMPLEMENT[alt]
    first = (places.index - k // 2).tolist()
    pieces = (
        text_of(changes.sequences[which], start, start + k, reverse=reverse)
        for which, start in zip(places.sequence.tolist(), first, strict=True)
    )
    codes = np.array([int(piece.translate(_DIGITS), 4) for piece in pieces], dtype=np.int64)[places.of_change]
    offset = k - 1 - k // 2 if reverse else k // 2
    return codes, codes + (alt - ref) * 4 ** (k - 1 - offset)
