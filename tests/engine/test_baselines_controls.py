from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.baselines.controls import constant, random


def _task(*names: str) -> SimpleNamespace:
    return SimpleNamespace(items=pd.DataFrame({"item_id": pd.array(names, dtype="string")}))


def test_the_constant_is_zero_for_all() -> None:
    assert constant(_task("a", "b", "c")).tolist() == [0, 0, 0]


def test_the_random_score_is_that_of_the_identifier() -> None:
    # SHA-256 of "abc" begins ba7816bf 8f01cfea (FIPS 180-2); its first 53 bits over 2^53.
    assert random(_task("abc"))[0] == (0xBA7816BF8F01CFEA >> 11) / 2**53


@given(st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True), st.data())
def test_the_random_score_depends_on_neither_order_nor_subset(names: list[str], data: st.DataObject) -> None:
    whole = dict(zip(names, random(_task(*names)), strict=True))
    some = data.draw(st.lists(st.sampled_from(names), unique=True))
    assert random(_task(*some)).tolist() == [whole[name] for name in some]


def test_random_scores_are_uniform() -> None:
    scores = random(_task(*(f"chr17:{number}" for number in range(20_000))))
    assert 0 <= scores.min() < scores.max() < 1
    counts = np.histogram(scores, bins=10, range=(0, 1))[0]
    # Chi-squared with 9 degrees of freedom: 27.9 at p = 0.001.
    assert ((counts - 2000) ** 2 / 2000).sum() < 27.9


def test_no_variants_have_no_random_scores() -> None:
    assert random(_task()).shape == (0,)
