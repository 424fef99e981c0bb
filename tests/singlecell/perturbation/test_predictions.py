"""Predictions as a run keeps them: written as a table and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import StatisticError
from engine.singlecell.perturbation.predictions import Predictions, from_frame, predict, predict_all
from engine.singlecell.perturbation.splits import doubles_new, items, singles
from engine.singlecell.perturbation.systems import Additive, Linear, NoChange, PerturbationMean
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.singlecell.contract import Pseudobulk

    Drawn = Callable[..., Pseudobulk]

SHARED = ("T0", "T2", "T3", "T4", "T6")


def _same(one: Predictions, other: Predictions) -> None:
    assert (one.seeds, one.items, one.genes) == (other.seeds, other.items, other.genes)
    np.testing.assert_array_equal(one.values, other.values)
    assert dict(one.reasons) == dict(other.reasons)
    assert one.notes == other.notes


def test_predictions_of_all_splits_are_those_of_each_split_at_their_place(drawn: Drawn) -> None:
    data = drawn()
    splits = singles(data, shared=SHARED)
    told: list[tuple[str, int, int]] = []
    found = predict_all(PerturbationMean(), data, splits, tell=lambda *one: told.append(one))
    assert found.items == items(data, splits)
    for split in splits:
        one = predict(PerturbationMean(), data, split)
        for place, profile in zip(split.test, one.profiles, strict=True):
            np.testing.assert_array_equal(found.of(split.seed, data.names[place]), profile)
    n = len(splits)
    assert told == [*((f"perturbation-mean, seed {seed}", seed, n) for seed in range(n)), ("perturbation-mean", n, n)]


@pytest.mark.parametrize("system", [NoChange(), Additive(), Linear()], ids=lambda system: system.name)
def test_a_table_written_as_parquet_gives_back_the_same_predictions_to_the_last_bit(
    drawn: Drawn, tmp_path: Path, system: NoChange | Additive | Linear
) -> None:
    data = drawn()
    predictions = predict_all(system, data, singles(data, shared=SHARED))
    write_frame(tmp_path / "rows.parquet", predictions.to_frame())
    read = duckdb.read_parquet(str(tmp_path / "rows.parquet")).df()
    _same(from_frame(read, genes=data.genes), predictions)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_rows_is_of_no_meaning(drawn: Drawn, seed: int) -> None:
    data = drawn(genes=4)
    predictions = predict_all(Linear(perturbations="random"), data, doubles_new(data))
    _same(from_frame(predictions.to_frame().sample(frac=1, random_state=seed), genes=data.genes), predictions)


def test_reasons_and_notes_survive_the_table(drawn: Drawn) -> None:
    data = drawn()
    predictions = predict_all(Linear(), data, doubles_new(data))
    again = from_frame(predictions.to_frame(), genes=data.genes)
    assert again.of(*next(iter(predictions.reasons))) == next(iter(predictions.reasons.values()))
    assert len(again.notes) == 2


def test_a_prediction_that_is_not_there_is_an_error_and_no_gap(drawn: Drawn) -> None:
    data = drawn()
    splits = doubles_new(data)
    predictions = predict_all(NoChange(), data, splits)
    held_out = data.names[splits[0].test[0]]
    with pytest.raises(StatisticError, match=f"no prediction of {held_out.replace('+', '.')} with seed 77"):
        predictions.of(77, held_out)
    frame = predictions.to_frame()
    cut = frame[~((frame["item"] == held_out) & (frame["gene"] == data.genes[3]))]
    with pytest.raises(StatisticError, match="predict all splits anew"):
        from_frame(cut, genes=data.genes).of(splits[0].seed, held_out)


def test_a_table_of_other_genes_or_with_two_values_for_one_is_refused(drawn: Drawn) -> None:
    data = drawn()
    frame = predict_all(NoChange(), data, doubles_new(data)).to_frame()
    with pytest.raises(StatisticError, match="have 1 genes that the data set lacks, such as G29"):
        from_frame(frame, genes=data.genes[:-1])
    with pytest.raises(StatisticError, match="a gene has two predictions"):
        from_frame(pd.concat([frame, frame.head(1)]), genes=data.genes)
    with pytest.raises(StatisticError, match="there is no column value"):
        from_frame(frame.drop(columns="value"), genes=data.genes)
