"""First-base marginal: the next token's distribution after upstream context, added up by the k-mers' first base."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.errors import SequenceError
from engine.genome import BASES, Window
from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_flag, check_needs, check_option
from engine.scorers.kmer_llr import letters_per_token, multiple_of_k
from engine.scorers.letters import COMPLEMENT, numbers, token_ids
from engine.scorers.masked import check_tokens, differences
from engine.scorers.places import any_by_variant, find_places, rows_per_call, strands, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.protocols import CausalModel, ModelIdentity
    from engine.scorers.places import Places
    from engine.variants import Substitutions

_DNA_LETTERS = 8192
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBaseMarginal:
    """log p(alt) - log p(ref), p(base) being the probability that the next k-mer begins with it, as GENERator does.

    The context ends just before the change and has a whole number of k-mers.

    Attributes:
        window: most letters of context, a multiple of k; None is what fits into the model, at most 8,192.
        both_strands: average with the other strand, whose context is what follows the change.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.FIRST_BASE_MARGINAL
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(
        kinds=frozenset({"causal"}), tokens=frozenset({"kmer"}), alphabets=frozenset({"dna"})
    )

    window: int | None = None
    both_strands: bool = False
    chunk: int = 1024

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_option("window", self.window, optional=True)
        check_flag("both_strands", self.both_strands)
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        self._width(identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """One row for each distinct place and strand."""
        self.check(identity)
        k = letters_per_token(identity)
        sides = [self._places(changes, identity, reverse=r).letters for r in strands(self.both_strands, identity)]
        rows = sum(letters.size for letters in sides)
        return Cost(rows, sum(int((letters // k).sum()) for letters in sides) + identity.prefix * rows)

    def score(self, model: CausalModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,); `clipped` flags variants with less context than the window.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a change has no context, or a letter in it breaks the k-mers.
        """
        identity = model.identity
        self.check(identity)
        ref, alt = numbers(changes.ref, identity), numbers(changes.alt, identity)
        read = strands(self.both_strands, identity)
        total, short = np.zeros(len(ref)), np.zeros(len(ref), dtype=bool)
        for reverse in read:
            places = self._places(changes, identity, reverse=reverse)
            columns = (COMPLEMENT[ref], COMPLEMENT[alt]) if reverse else (ref, alt)
            total += self._strand(model, changes, places, columns=columns, reverse=reverse)
            short |= (places.letters < self._width(identity))[places.of_change]
        details = {"clipped": any_by_variant(changes, short)}
        return Scored(changes.sum_by_variant(total / len(read)), details)

    def _width(self, identity: ModelIdentity) -> int:
        return multiple_of_k(self.name, self.window, identity, most=_DNA_LETTERS)

    def _places(self, changes: Substitutions, identity: ModelIdentity, *, reverse: bool) -> Places:
        k, width = letters_per_token(identity), self._width(identity)
        return find_places(
            changes, lambda index, length: context_window(index, length, k=k, width=width, reverse=reverse)
        )

    def _strand(
        self,
        model: CausalModel,
        changes: Substitutions,
        places: Places,
        *,
        columns: tuple[NDArray[np.int64], NDArray[np.int64]],
        reverse: bool,
    ) -> NDArray[np.float64]:
        identity = model.identity
        k = letters_per_token(identity)
        kmers = token_ids(model, map("".join, product(BASES, repeat=k))).reshape(len(BASES), -1)

        def read(some: range) -> NDArray[np.floating]:
            bounds = [(int(places.sequence[p]), int(places.start[p]), int(places.end[p])) for p in some]
            rows = model.encode([text_of(changes.sequences[w], a, b, reverse=reverse) for w, a, b in bounds])
            for row, (_, start, end) in zip(rows, bounds, strict=True):
                check_tokens(model, row, own=(end - start) // k, at=_NONE, ids=_NONE)
            # What follows the context is asked for, so the tokens that close a row are taken off.
            table = model.next_log_probabilities([row[: len(row) - identity.suffix] for row in rows])
            return np.column_stack([_log_sum(np.take(table, tokens, axis=1)) for tokens in kmers])

        widest = int(places.letters.max(initial=1)) // k + identity.prefix + identity.suffix
        return differences(places, read, ref=columns[0], alt=columns[1], rows=rows_per_call(self.chunk, widest))


def context_window(index: int, length: int, *, k: int, width: int, reverse: bool) -> Window:
    """The letters before the 0-based `index` (after it if `reverse`): whole k-mers, at most `width` letters.

    Raises:
        SequenceError: there are fewer than k.
    """
    there = length - index - 1 if reverse else index
    letters = min(there, width) // k * k
    if not letters:
        side = "after" if reverse else "before"
        raise SequenceError(
            f"The change at index {index} has {there} letters {side} it, and {k} are needed: "
            "leave it out or give a longer sequence."
        )
    start = index + 1 if reverse else index - letters
    return Window(start, start + letters, index - start)


def _log_sum(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Logarithm of the sum of probabilities given as logarithms, shape (rows, n) -> (rows,)."""
    wide = values.astype(np.float64)
    top = wide.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = top[:, 0] + np.log(np.exp(wide - top).sum(axis=1))
    return found
