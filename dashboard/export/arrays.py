"""What a figure's lists hold, as Plotly keeps them: lists, arrays, or bytes of an array."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np


def decoded(packed: dict[str, Any]) -> np.ndarray:
    """An array as Plotly passes it between two processes and in JSON: bytes in base64, a type, a shape if not flat."""
    found = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=np.dtype(packed["dtype"]))
    shape = packed.get("shape")
    return found if shape is None else found.reshape([int(part) for part in str(shape).split(",")])


def plain(values: Any) -> list[Any]:
    """Values of a figure as a list; a number that is none is None, and nothing at all is the empty list."""
    if values is None:
        return []
    if isinstance(values, dict) and "bdata" in values:
        values = decoded(values)
    listed = values.tolist() if hasattr(values, "tolist") else list(values)
    return [plain(one) if isinstance(one, (list, tuple)) else _known(one) for one in listed]


def each(value: Any, n: int) -> list[Any]:
    """A setting for each of n points, whether a figure gives one for all or one for each."""
    if value is None or isinstance(value, (str, int, float)):
        return [value] * n
    found = plain(value)
    return found if len(found) == n else (found + [None] * n)[:n]


def unseen(trace: Any) -> bool:
    """Whether no marker of a scatter trace can be seen: those that only answer to clicks."""
    found = trace.marker.opacity
    return found is not None and all(
        one == 0 for one in (plain(found) if not isinstance(found, (int, float)) else [found])
    )


def _known(value: Any) -> Any:
    """The value; None for NaN."""
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN
