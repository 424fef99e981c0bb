"""Scores that know nothing: what any metric gives for free."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.variants import VariantTask

_BYTES = 8


def constant(data: VariantTask) -> NDArray[np.float64]:
    """0 for every variant, shape (n,)."""
    return np.zeros(len(data.items))


def random(data: VariantTask) -> NDArray[np.float64]:
    """A number in [0, 1) from the SHA-256 of the item's identifier, shape (n,).

    It is the same in any order, in any subset and on any machine.
    """
    digests = b"".join(hashlib.sha256(item.encode()).digest()[:_BYTES] for item in data.items["item_id"])
    # 53 bits: as many as a double keeps, so that the result never rounds up to 1.
    return (np.frombuffer(digests, dtype=">u8") >> np.uint64(11)).astype(np.float64) * 2.0**-53
