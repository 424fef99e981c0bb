"""Values as JSON can hold them: no NaN, no array, no object."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from dashboard.export import arrays
from dashboard.export.cell_words import missing

SAFE_INTEGER = 2**53
"""The last integer that every reader of JSON reads as it stands."""


def plain_tree(value: Any) -> Any:
    """Arrays as lists, NaN and the like as None, times as text, whatever the depth."""
    if isinstance(value, dict):
        if "bdata" in value:  # an array as Plotly passes it between processes
            return plain_tree(arrays.plain(value))
        return {str(name): plain_tree(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return [plain_tree(one) for one in value.tolist()]
    if isinstance(value, list | tuple):
        return [plain_tree(one) for one in value]
    return plain(value)


def plain(value: Any) -> bool | int | float | str | None:
    """One cell."""
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(value, str):
        return "".join(one for one in value if not "\ud800" <= one <= "\udfff")
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if missing(value):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
