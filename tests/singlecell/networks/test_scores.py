from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StatisticError
from engine.singlecell.networks.scores import Scores, without_scores
from engine.store.parquet import read_frame, write_frame

if TYPE_CHECKING:
    from pathlib import Path


def _some(note: str | None = "two genes rank last") -> Scores:
    values = np.array([[0.1, 1 / 3, -2e-300], [np.nan, np.nan, np.nan], [1e300, 0, 5]])
    names = ("B+C", "A", "D")
    return Scores(perturbations=names, genes=("G2", "G1", "NA"), values=values, reasons={"A": "no edges"}, note=note)


def _same(one: Scores, other: Scores) -> None:
    assert (one.perturbations, one.genes, one.reasons, one.note) == (
        other.perturbations,
        other.genes,
        other.reasons,
        other.note,
    )
    np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("note", [None, "a note"], ids=["no note", "note"])
def test_scores_come_back_from_a_journal_bit_by_bit(tmp_path: Path, note: str | None) -> None:
    write_frame(tmp_path / "part.parquet", _some(note).to_frame())
    _same(Scores.from_frame(read_frame(tmp_path / "part.parquet")), _some(note))


def test_scores_of_nothing_keep_their_reason(tmp_path: Path) -> None:
    nothing = without_scores(("A", "B"), ("G1",), "not measured")
    write_frame(tmp_path / "part.parquet", nothing.to_frame())
    found = Scores.from_frame(read_frame(tmp_path / "part.parquet"))
    assert found.reasons == {"A": "not measured", "B": "not measured"}
    assert found.of("A") is None
    assert found.reason("B") == "not measured"


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_any_scores_come_back_from_their_frame(perturbations: int, genes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(perturbations, genes))
    reasons = {f"P{row}": "lost" for row in range(perturbations - 1) if rng.random() < 0.3}
    for name in reasons:
        values[int(name[1:])] = np.nan
    one = Scores(
        perturbations=tuple(f"P{row}" for row in range(perturbations)),
        genes=tuple(f"G{column}" for column in range(genes)),
        values=values,
        reasons=reasons,
    )
    _same(Scores.from_frame(one.to_frame()), one)


def test_a_frame_that_was_cut_off_is_refused() -> None:
    with pytest.raises(StatisticError, match="5 rows of scores are not one for each of 2 perturbations and 3 genes"):
        Scores.from_frame(_some().to_frame().iloc[:-1])


def test_a_frame_with_a_row_twice_is_refused() -> None:
    rows = _some().to_frame()
    rows.loc[0, "gene"] = rows.loc[1, "gene"]
    with pytest.raises(StatisticError, match="cut off or written twice"):
        Scores.from_frame(rows)


def test_a_score_that_is_missing_without_a_reason_is_refused_by_name() -> None:
    with pytest.raises(StatisticError, match=r"2 of 3 scores of B are NaN or infinite, the first for G1"):
        Scores(perturbations=("A", "B"), genes=("G0", "G1", "G2"), values=np.array([[1, 2, 3], [1, np.nan, np.inf]]))


def test_scores_of_another_shape_are_refused() -> None:
    with pytest.raises(StatisticError, match="scores of 1 perturbations and 2 genes have the shape"):
        Scores(perturbations=("A",), genes=("G0", "G1"), values=np.zeros((2, 1)))


def test_a_perturbation_that_nobody_asked_about_has_no_scores() -> None:
    assert _some().of("Z") is None
    assert _some().reason("Z") == "the system was not asked about this perturbation"
