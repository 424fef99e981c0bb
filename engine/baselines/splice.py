"""How close a variant lies to a splice junction, from positions in HGVS coding notation.

The position stands in the item's `groups` under "transcript_position": '5128' and '-19' are exonic (there is no 0:
-1 is followed by 1), '4986+3' is the third base of the intron after 4986, '4987-2' and '-19-2' are the second last
base of an intron before 4987 and before -19. '*12' lies behind the stop.

Intronic positions carry their distance. They also say where exons end, for 'X+k' means that X is an exon's last base,
and 'Y-k' that Y is an exon's first. The distance of an exonic position is taken to the nearest junction that any
variant of the same gene names in this way, so it is an upper bound where the data leave an exon's intron out.
Distance 1 is the base next to the junction, on either side.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from engine.variants import VariantTask

_POSITION = re.compile(r"(?:c\.)?(\*|-)?([0-9]{1,9})(?:([+-])([0-9]{1,9}))?")


class _Place(NamedTuple):
    """A position in a transcript.

    Attributes:
        base: number of the exonic base, counted through -1, 1 without a gap; None behind the stop, where the
            numbering starts again.
        offset: bases into the intron, negative before an exon, 0 in an exon.
    """

    base: int | None
    offset: int


def minus_log_distance(data: VariantTask) -> NDArray[np.float64]:
    """-log2 of the distance to the nearest splice junction, shape (n,), high for damaging, NaN where it is not known.

    The logarithm ranks like the distance itself; it only keeps bases deep in an exon from setting the scale.
    """
    places = [_place(groups) for groups in data.items["groups"]]
    distances = np.full(len(places), np.nan)
    for rows in data.items.groupby("gene", sort=False, dropna=False).indices.values():
        junctions = _junctions(places[row] for row in rows)
        # Bases of no gene in particular are not on one transcript.
        known = junctions if pd.notna(data.items["gene"].iloc[rows[0]]) else []
        for row in rows:
            distances[row] = _distance(places[row], known)
    # A difference, not a sign: next to the junction the score is 0, not -0.
    scores: NDArray[np.float64] = 0 - np.log2(distances)
    return scores


def _place(groups: object) -> _Place | None:
    text = json.loads(groups).get("transcript_position") if isinstance(groups, str) else None
    found = _POSITION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    sign, base, side, offset = found.groups()
    number = {"*": None, "-": 1 - int(base), None: int(base)}[sign]
    return _Place(number, int(f"{side}{offset}") if side else 0)


def _junctions(places: Iterable[_Place | None]) -> list[int]:
    """Sorted numbers of the bases after which an exon ends, as the intronic positions state them."""
    return sorted(
        {place.base - (place.offset < 0) for place in places if place and place.offset and place.base is not None}
    )


def _distance(place: _Place | None, junctions: Sequence[int]) -> float:
    if place is None:
        return np.nan
    if place.offset:
        return abs(place.offset)
    if place.base is None or not junctions:
        return np.nan
    following = bisect_left(junctions, place.base)
    after = [junction - place.base + 1 for junction in junctions[following : following + 1]]
    before = [place.base - junction for junction in junctions[max(0, following - 1) : following]]
    return min(after + before)
