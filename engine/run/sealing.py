"""The seal of a part of the journal: one digest over its rows and its cost, so that a byte that flipped is noticed.

DuckDB writes Parquet pages without checksums, and a flipped byte in one mostly reads as another number.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from pandas.api.types import is_numeric_dtype

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_NAME = "sha256"


def sealed(cost: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """The cost with the seal of both; to be written before the rows."""
    return {**cost, _NAME: _digest(cost, rows)}


def is_sealed(cost: Mapping[str, Any], rows: pd.DataFrame) -> bool:
    """Whether a cost and rows read back are those that were sealed."""
    return cost.get(_NAME) == _digest({name: value for name, value in cost.items() if name != _NAME}, rows)


def _digest(cost: Mapping[str, Any], rows: pd.DataFrame) -> str:
    digest = hashlib.sha256(json.dumps(cost, sort_keys=True).encode())
    for name in rows.columns:
        digest.update(f"\0{name}\0{len(rows)}\0".encode())
        digest.update(_content(rows[name]))
    return digest.hexdigest()


def _content(column: pd.Series[Any]) -> bytes:
    """The same before a column is written and after it is read: numbers as float64, NULL as one NaN."""
    if is_numeric_dtype(column.dtype):
        values = column.to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(values), np.nan, values).tobytes()
    return "\0".join(map(str, column)).encode()
