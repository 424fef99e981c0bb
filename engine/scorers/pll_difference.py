"""Difference of pseudo-log-likelihoods of a window ('pll-diff'): defined whatever the tokens are, BPE included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_choice, check_flag, check_needs, check_option
from engine.scorers.pairs import batches, find_pairs, read_items
from engine.scorers.places import rows_per_call, strands, text_of, window_letters
from engine.scorers.reading import Reading, Reduction, as_scored, own_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.protocols import MaskedModel, ModelIdentity, TokenRow
    from engine.scorers.pairs import Pairs
    from engine.variants import Substitutions

_DNA_LETTERS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class PllDifference:
    """PLL(alt) - PLL(ref), PLL(x) being the sum of log p(x_i | x masked at i) over all own tokens of a window.

    Salazar et al., ACL 2020, on windows; the first and last token count, special tokens do not. It takes one row for
    each token of each sequence; the reference of a window is read once.

    Attributes:
        window: letters around the change; None is what fits into the model, in DNA at most 512.
        both_strands: average with the reverse complement, at twice the cost; None means in DNA.
        reduction: `sum` over tokens, or that sum by letter of the window (`mean`); both are among the details.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.PLL_DIFFERENCE
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(
        kinds=frozenset({"masked"}), tokens=frozenset({"residue", "nucleotide", "kmer", "bpe"})
    )

    window: int | None = None
    both_strands: bool | None = False
    reduction: Reduction = "sum"
    chunk: int = 1024

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_option("window", self.window, optional=True)
        check_flag("both_strands", self.both_strands, optional=True)
        check_choice("reduction", self.reduction, ("sum", "mean"))
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        strands(self.both_strands, identity)
        self._width(identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """A row for each token of each sequence and strand; with BPE at most one token for each letter."""
        self.check(identity)
        pairs = find_pairs(changes, identity, self._width(identity))
        places, times = pairs.places, len(strands(self.both_strands, identity))
        rows = tokens = 0
        for place, items in zip(*np.unique(pairs.place_of_item, return_counts=True), strict=True):
            which, start, end = places.sequence[place], places.start[place], places.end[place]
            own = count_tokens(text_of(changes.sequences[which], start, end, reverse=False), identity)
            rows += times * int(items) * own
            tokens += times * int(items) * own * (own + identity.prefix + identity.suffix)
        return Cost(rows, tokens, exact=identity.tokens != "bpe")

    def score(self, model: MaskedModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,), with `sum`, `mean`, token counts and flags as details.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a letter is outside the alphabet.
        """
        identity = model.identity
        self.check(identity)
        width = self._width(identity)
        pairs = find_pairs(changes, identity, width)
        read = strands(self.both_strands, identity)
        readings = [self._read(model, changes, pairs, reverse=reverse) for reverse in read]
        return as_scored(changes, pairs, readings, reduction=self.reduction, identity=identity, width=width)

    def _width(self, identity: ModelIdentity) -> int:
        return window_letters(self.name, self.window, identity, most_dna=_DNA_LETTERS)

    def _read(self, model: MaskedModel, changes: Substitutions, pairs: Pairs, *, reverse: bool) -> Reading:
        identity = model.identity
        reading = Reading.empty(pairs.items)
        letters = pairs.places.letters[pairs.place_of_item]

        def masked() -> Iterator[tuple[int, TokenRow, int, int]]:
            for item in read_items(model, changes, pairs, reverse=reverse, chunk=self.chunk):
                own = own_tokens(len(item.row), identity)
                reading.note(item, own=own, units=int(letters[item.number]))
                for at in range(own.start, own.stop):
                    row = item.row.copy()
                    row[at] = model.mask_id
                    yield item.number, row, at, int(item.row[at])

        widest = int(letters.max(initial=1)) + identity.prefix + identity.suffix
        for some in batches(masked(), rows_per_call(self.chunk, widest)):
            found = model.log_probabilities([row for _, row, _, _ in some], [np.array([at]) for _, _, at, _ in some])
            values = [float(table[0, target]) for table, (_, _, _, target) in zip(found, some, strict=True)]
            # One after the other, so that a sum does not depend on where a batch ends.
            np.add.at(reading.value, [number for number, _, _, _ in some], values)
        return reading


def count_tokens(text: str, identity: ModelIdentity) -> int:
    """Own tokens of a text; with BPE the most there can be, one for each letter.

    k-mers: what is left of a run of bases, and every other letter, is a token of its own.
    """
    if identity.tokens != "kmer" or identity.kmer is None:
        return len(text)
    runs = re.findall("[ACGT]+", text)
    return sum(sum(divmod(len(run), identity.kmer)) for run in runs) + len(text) - sum(map(len, runs))
