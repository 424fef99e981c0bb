from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from engine.run.sealing import is_sealed, sealed
from engine.store.parquet import read_frame, write_frame

if TYPE_CHECKING:
    from pathlib import Path

COST: dict[str, Any] = {"tokens": 7, "seconds": 0.1 + 0.2, "identity": {"dtype": "float32", "kmer": None}}


def _rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": pd.array(["a", "b", "ü"], dtype="string"),
            "score": [0.1, -2.0, np.pi],
            "probability": pd.array([0.5, None, 1.0], dtype="Float64"),
            "clipped": [True, False, True],
            "predicted": np.array([0, 1, 2], np.int64),
        }
    )


def test_a_seal_holds_after_both_files_were_written_and_read(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.parquet", _rows())
    cost = json.loads(json.dumps(sealed(COST, _rows())))
    assert is_sealed(cost, read_frame(tmp_path / "a.parquet"))


def test_a_part_without_rows_is_sealed_too(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.parquet", _rows()[:0])
    assert is_sealed(sealed(COST, _rows()[:0]), read_frame(tmp_path / "a.parquet"))


@pytest.mark.parametrize(
    ("column", "value"),
    [("item_id", "c"), ("score", np.nextafter(0.1, 1)), ("probability", None), ("clipped", False), ("predicted", 1)],
)
def test_any_other_cell_breaks_the_seal(column: str, value: object) -> None:
    other = _rows()
    other.loc[0, column] = value
    assert not is_sealed(sealed(COST, _rows()), other)


def test_another_order_a_lost_row_or_another_column_name_breaks_the_seal() -> None:
    cost = sealed(COST, _rows())
    assert not is_sealed(cost, _rows()[::-1])
    assert not is_sealed(cost, _rows()[:2])
    assert not is_sealed(cost, _rows().rename(columns={"score": "scores"}))


def test_any_other_figure_of_the_cost_breaks_the_seal() -> None:
    cost = sealed(COST, _rows())
    assert not is_sealed(cost | {"tokens": 8}, _rows())
    assert not is_sealed(cost | {"identity": {"dtype": "float16", "kmer": None}}, _rows())
    assert not is_sealed(COST, _rows())
