"""Masked marginal: one position masked at a time in the reference, log p(alt) - log p(ref), added over changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_flag, check_needs, check_option
from engine.scorers.letters import ALPHABET, COMPLEMENT, numbers, token_ids
from engine.scorers.masked import Strand, masked_differences
from engine.scorers.places import Places, find_places, shortened, strands, window_around, window_letters

if TYPE_CHECKING:
    from engine.protocols import MaskedModel, ModelIdentity
    from engine.variants import Substitutions


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedMarginal:
    """log p(alt) - log p(ref) at the masked place of change.

    Several changes of one variant are masked one at a time in the reference and added, as esm and ProteinGym do;
    Meier et al., NeurIPS 2021 mask them together. Changes at one place share a row.

    Attributes:
        window: letters around the change; None is what fits into the model. Proteins: ProteinGym's optimal window, on
            residues. DNA: centred, the change at index window // 2, and at window // 2 - 1 on the other strand.
        both_strands: average with the reverse complement; None means in DNA.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.MASKED_MARGINAL
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(kinds=frozenset({"masked"}), tokens=frozenset({"residue", "nucleotide"}))

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
        strands(self.both_strands, identity)
        window_letters(self.name, self.window, identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """One row for each distinct place and strand."""
        self.check(identity)
        letters = self._places(changes, identity).letters
        times = len(strands(self.both_strands, identity))
        specials = identity.prefix + identity.suffix
        return Cost(times * letters.size, times * int(letters.sum() + specials * letters.size))

    def score(self, model: MaskedModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,); `clipped` or `truncated` flags variants as `places.shortened` says.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a letter has no token.
        """
        identity = model.identity
        self.check(identity)
        places = self._places(changes, identity)
        ref, alt = numbers(changes.ref, identity), numbers(changes.alt, identity)
        ids = token_ids(model, ALPHABET[identity.alphabet])
        read = strands(self.both_strands, identity)
        total = np.zeros(len(ref))
        for reverse in read:
            strand = Strand(
                reverse=reverse,
                token=places.end - 1 - places.index if reverse else places.index - places.start,
                tokens=places.letters,
                ref=ids[COMPLEMENT[ref] if reverse else ref],
                alt=ids[COMPLEMENT[alt] if reverse else alt],
            )
            total += masked_differences(model, changes, places, strand=strand, chunk=self.chunk)
        width = window_letters(self.name, self.window, identity)
        return Scored(changes.sum_by_variant(total / len(read)), shortened(changes, places, identity, width))

    def _places(self, changes: Substitutions, identity: ModelIdentity) -> Places:
        return find_places(changes, window_around(identity, window_letters(self.name, self.window, identity)))
