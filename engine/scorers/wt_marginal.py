"""Reference marginal ('wt-marginal'): log p(alt) - log p(ref) from one pass over the unmasked reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from engine.genome import residue_window, to_position
from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_choice, check_flag, check_needs, check_option
from engine.scorers.letters import ALPHABET, COMPLEMENT, numbers, token_ids
from engine.scorers.masked import check_tokens
from engine.scorers.places import any_by_variant, find_places, rows_per_call, strands, text_of, window_letters
from engine.scorers.tiles import edge_weights, tile_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.protocols import MaskedModel, ModelIdentity
    from engine.scorers.places import Places
    from engine.variants import Substitutions


@dataclass(frozen=True, slots=True)
class Tile:
    """A row to read: the letters `[start, end)` of a sequence, for the places `[first, last)`, with its weights."""

    sequence: int
    start: int
    end: int
    first: int
    last: int
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WtMarginal:
    """log p(alt) - log p(ref) where nothing is masked.

    Attributes:
        window: letters in a row; None is what fits into the model.
        tiling: for longer sequences, `overlapping` (ProteinGym's weighted mean of log-probabilities over tiles) or
            `optimal` (for each change the one window that `genome.residue_window` describes).
        both_strands: average with the reverse complement; None means in DNA.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.WT_MARGINAL
    higher_is: ClassVar[Direction] = Direction.FIT
    is_signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs(kinds=frozenset({"masked"}), tokens=frozenset({"residue", "nucleotide"}))

    window: int | None = None
    tiling: Literal["overlapping", "optimal"] = "overlapping"
    both_strands: bool | None = None
    chunk: int = 1024

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_option("window", self.window, least=4, optional=True)
        check_choice("tiling", self.tiling, ("overlapping", "optimal"))
        check_flag("both_strands", self.both_strands, optional=True)
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        strands(self.both_strands, identity)
        window_letters(self.name, self.window, identity)

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """One row for each tile that holds a change, and strand."""
        self.check(identity)
        tiles = list(self._tiles(changes, self._places(changes, identity), identity))
        times = len(strands(self.both_strands, identity))
        letters = sum(tile.end - tile.start for tile in tiles)
        return Cost(times * len(tiles), times * (letters + (identity.prefix + identity.suffix) * len(tiles)))

    def score(self, model: MaskedModel, changes: Substitutions) -> Scored:
        """Scores, shape (count,); `truncated` flags variants in sequences longer than the window.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a letter has no token.
        """
        identity = model.identity
        self.check(identity)
        places = self._places(changes, identity)
        tiles = list(self._tiles(changes, places, identity))
        ref, alt = numbers(changes.ref, identity), numbers(changes.alt, identity)
        reference = np.empty(len(places.index), dtype=np.int64)
        reference[places.of_change] = ref
        read = strands(self.both_strands, identity)
        mean = np.zeros((len(places.index), len(ALPHABET[identity.alphabet])))
        for reverse in read:
            mean += self._mean(model, changes, places, tiles=tiles, reference=reference, reverse=reverse)
        values = (mean[places.of_change, alt] - mean[places.of_change, ref]) / len(read)
        long = np.array([len(s) > window_letters(self.name, self.window, identity) for s in changes.sequences], bool)
        details = {"truncated": any_by_variant(changes, long[changes.sequence])}
        return Scored(changes.sum_by_variant(values), details)

    def _places(self, changes: Substitutions, identity: ModelIdentity) -> Places:
        width = window_letters(self.name, self.window, identity)
        return find_places(changes, lambda index, length: residue_window(to_position(index), length, width))

    def _tiles(self, changes: Substitutions, places: Places, identity: ModelIdentity) -> Iterator[Tile]:
        """Tiles that hold a place, by sequence and start; places are sorted, so each tile holds a run of them."""
        width = window_letters(self.name, self.window, identity)
        for which in np.unique(places.sequence).tolist():
            first, last = np.searchsorted(places.sequence, [which, which + 1]).tolist()
            index, length = places.index[first:last], len(changes.sequences[which])
            weights = np.ones(width)
            if self.tiling == "optimal" or length <= width:
                starts, begin = np.unique(places.start[first:last], return_index=True)
                stop, times = np.append(begin[1:], len(index)), np.ones(len(starts), dtype=np.int64)
            else:
                starts, times = tile_starts(length, width)
                begin, stop = np.searchsorted(index, starts), np.searchsorted(index, starts + width)
                weights = edge_weights(width)
            for start, lo, hi, count in np.column_stack([starts, begin, stop, times]).tolist():
                if lo < hi:
                    end = min(length, start + width)
                    yield Tile(which, start, end, first + lo, first + hi, count * weights[: end - start])

    def _mean(
        self,
        model: MaskedModel,
        changes: Substitutions,
        places: Places,
        *,
        tiles: Sequence[Tile],
        reference: NDArray[np.int64],
        reverse: bool,
    ) -> NDArray[np.float64]:
        """Weighted mean over tiles of the log-probability of each letter, shape (places, letters)."""
        identity = model.identity
        ids = token_ids(model, ALPHABET[identity.alphabet])
        ids = ids[COMPLEMENT] if reverse else ids
        total, weight = np.zeros((len(places.index), len(ids))), np.zeros((len(places.index), 1))
        widest = max((tile.end - tile.start for tile in tiles), default=1) + identity.prefix + identity.suffix
        size = rows_per_call(self.chunk, widest)
        for some in (tiles[first : first + size] for first in range(0, len(tiles), size)):
            texts = [text_of(changes.sequences[t.sequence], t.start, t.end, reverse=reverse) for t in some]
            rows, positions = model.encode(texts), []
            for tile, row in zip(some, rows, strict=True):
                index = places.index[tile.first : tile.last]
                positions.append((tile.end - 1 - index if reverse else index - tile.start) + identity.prefix)
                expected = ids[reference[tile.first : tile.last]]
                check_tokens(model, row, own=tile.end - tile.start, at=positions[-1], ids=expected)
            for tile, found in zip(some, model.log_probabilities(rows, positions), strict=True):
                here = slice(tile.first, tile.last)
                weights = tile.weights[places.index[here] - tile.start, None]
                total[here] += weights * found[:, ids]
                weight[here] += weights
        return total / weight
