from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.baselines.nucleotide import GC_WINDOW, cpg, gc, transversion
from engine.errors import SequenceError
from engine.variants import ITEM_COLUMNS, Region

_NAMES = ("chrom", "pos", "ref", "alt")


def _task(*rows: tuple[str | None, int | None, str | None, str | None], **regions: Region) -> SimpleNamespace:
    columns = list(zip(*rows, strict=True))
    items = pd.DataFrame(
        {name: pd.array(values, dtype=ITEM_COLUMNS[name]) for name, values in zip(_NAMES, columns, strict=True)}
    )
    items["item_id"] = pd.array([f"v{number}" for number in range(len(items))], dtype="string")
    return SimpleNamespace(items=items, regions=regions)


def _region(sequence: str, start: int = 101) -> Region:
    return Region("GRCh37", "X", start, sequence)


@pytest.mark.parametrize("change", ["AG", "GA", "CT", "TC"])
def test_a_transition_scores_zero(change: str) -> None:
    assert transversion(_task(("1", 5, *change)))[0] == 0


@pytest.mark.parametrize("change", ["AC", "AT", "CA", "CG", "GC", "GT", "TA", "TG"])
def test_a_transversion_scores_one(change: str) -> None:
    assert transversion(_task(("1", 5, *change)))[0] == 1


@pytest.mark.parametrize(("ref", "alt"), [("A", "AC"), ("AC", "A"), ("AC", "GT"), ("A", "A"), ("N", "A"), (None, "A")])
def test_what_exchanges_no_single_base_is_no_transversion(ref: str | None, alt: str) -> None:
    assert np.isnan(transversion(_task(("1", 5, ref, alt))))[0]


def test_either_base_of_a_cpg_counts_and_its_neighbours_do_not() -> None:
    # 101 A, 102 C, 103 G, 104 T, 105 G, 106 C, 107 A: one CpG at 102-103; 105-106 reads GC.
    region = _region("ACGTGCA")
    rows = [("X", 101 + index, base, "T" if base != "T" else "A") for index, base in enumerate("ACGTGCA")]
    assert cpg(_task(*rows, X=region)).tolist() == [0, 1, 1, 0, 0, 0, 0]


def test_a_cpg_cut_by_the_end_of_a_region_is_not_known() -> None:
    data = _task(("X", 101, "G", "A"), ("X", 104, "C", "T"), ("X", 102, "C", "T"), X=_region("GCNC"))
    assert np.isnan(cpg(data)).tolist() == [True, True, True]


def test_a_variant_outside_the_region_has_no_score() -> None:
    rows = [
        ("X", 100, "A", "C"),
        ("X", 104, "A", "C"),
        ("Y", 102, "A", "C"),
        (None, 102, "A", "C"),
        ("X", None, "A", "C"),
    ]
    data = _task(*rows, X=_region("AAA"))
    assert np.isnan(cpg(data)).all()
    assert np.isnan(gc(data)).all()


def test_each_variant_is_read_from_its_own_region() -> None:
    data = _task(("Y", 7, "C", "T"), ("X", 101, "C", "T"), X=_region("CA"), Y=Region("GRCh37", "Y", 7, "CG"))
    assert cpg(data).tolist() == [1, 0]
    assert gc(data).tolist() == [1, 0.5]


@pytest.mark.parametrize("rule", [cpg, gc])
def test_a_wrong_reference_base_stops_the_rule(rule: object) -> None:
    data = _task(("X", 101, "A", "C"), ("X", 102, "G", "C"), X=_region("AAA"))
    with pytest.raises(SequenceError, match=r"X:102 G>C \(item v1\): GRCh37 has A there"):
        rule(data)


def test_gc_counts_501_bases_around_the_variant() -> None:
    # 250 C, then A, then 250 G and a further 99 T that the window must not reach.
    sequence = "T" * 99 + "C" * 250 + "A" + "G" * 250 + "T" * 99
    assert GC_WINDOW == 501
    assert gc(_task(("X", 101 + 349, "A", "C"), X=_region(sequence)))[0] == pytest.approx(500 / 501)


def test_gc_is_taken_over_what_the_region_covers_and_over_known_bases() -> None:
    assert gc(_task(("X", 101, "C", "A"), X=_region("CNNT")))[0] == 0.5
    assert np.isnan(gc(_task(("X", 101, "C", "A"), X=_region("NNN"))))[0]


@given(st.text(alphabet="ACGT", min_size=1, max_size=1200), st.data())
def test_gc_agrees_with_counting(sequence: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=len(sequence) - 1))
    window = sequence[max(0, index - 250) : index + 251]
    ref = sequence[index]
    found = gc(_task(("X", 101 + index, ref, "T" if ref != "T" else "A"), X=_region(sequence)))[0]
    assert found == pytest.approx((window.count("C") + window.count("G")) / len(window))
