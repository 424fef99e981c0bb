"""Causal log-likelihood ratio of a window: LL(alt) - LL(ref)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.errors import SequenceError
from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_choice, check_flag, check_needs, check_option
from engine.scorers.pairs import batches, find_pairs, read_items
from engine.scorers.places import rows_per_call, strands, window_letters
from engine.scorers.reading import Reading, Reduction, as_scored, own_tokens

if TYPE_CHECKING:
    from engine.protocols import CausalModel, ModelIdentity
    from engine.scorers.pairs import Pairs
    from engine.variants import Substitutions

_DNA_LETTERS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalLlr:
    """LL(alt) - LL(ref), LL being the sum of log p(x_t | x before t) over a window's own tokens.

    Without a special token in front the first token is unscored; `change_unscored` flags variants in it. The
    reference of a window is read once. Evo 2's published scores are `mean` on one strand of 8,192 letters.

    Attributes:
        window: letters around the change, `[p - window // 2, p + window // 2)`; None is what fits into the model, in
            DNA at most 8,192.
        both_strands: average with the reverse complement; None means in DNA.
        reduction: `sum` over tokens, or `mean` by scored token; both are among the details.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.CAUSAL_LLR
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(kinds=frozenset({"causal"}), tokens=frozenset({"residue", "nucleotide", "bpe"}))

    window: int | None = None
    both_strands: bool | None = None
    reduction: Reduction = "sum"
    chunk: int = 1024

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_option("window", self.window, least=2, optional=True)
        check_flag("both_strands", self.both_strands, optional=True)
        check_choice("reduction", self.reduction, ("sum", "mean"))
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        strands(self.both_strands, identity)
        self._width(identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """A row for each distinct alternate, each distinct window, and strand; with BPE at most as many tokens."""
        self.check(identity)
        pairs = find_pairs(changes, identity, self._width(identity))
        times = len(strands(self.both_strands, identity))
        letters = int(pairs.places.letters[pairs.place_of_item].sum())
        tokens = letters + (identity.prefix + identity.suffix) * pairs.items
        return Cost(times * pairs.items, times * tokens, exact=identity.tokens != "bpe")

    def score(self, model: CausalModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,), with `sum`, `mean`, token counts and flags as details.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a letter is outside the alphabet, or a window has no token that anything predicts.
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

    def _read(self, model: CausalModel, changes: Substitutions, pairs: Pairs, *, reverse: bool) -> Reading:
        identity = model.identity
        reading = Reading.empty(pairs.items)
        widest = int(pairs.places.letters.max(initial=1)) + identity.prefix + identity.suffix
        items = read_items(model, changes, pairs, reverse=reverse, chunk=self.chunk)
        for some in batches(items, rows_per_call(self.chunk, widest)):
            found = model.token_log_likelihoods([item.row for item in some])
            for item, likelihoods in zip(some, found, strict=True):
                own = own_tokens(len(item.row), identity)
                # Entry t - 1 is token t's: nothing precedes token 0.
                scored = likelihoods[max(own.start, 1) - 1 : own.stop - 1]
                if not len(scored):
                    raise SequenceError(
                        f"{identity.model_id} predicts no token of a window of {own.stop - own.start}: "
                        "leave out variants in sequences of one token."
                    )
                reading.note(item, own=own, units=len(scored))
                reading.value[item.number] = scored.astype(np.float64).sum()
                reading.unscored[item.number] = own.start == 0 and item.row[0] != item.reference[0]
        return reading
