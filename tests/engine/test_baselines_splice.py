from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.baselines.splice import minus_log_distance


def _distances(*positions: str | None, genes: list[str | None] | None = None) -> list[float]:
    groups = [None if position is None else json.dumps({"transcript_position": position}) for position in positions]
    items = pd.DataFrame({"groups": groups, "gene": genes or ["BRCA1"] * len(groups)}, dtype="string")
    scores = minus_log_distance(SimpleNamespace(items=items))
    return [round(float(2**-score), 9) for score in scores]


def test_an_intronic_position_carries_its_distance() -> None:
    assert _distances("4986+1", "4986+7", "4987-2", "-19-3", "c.80+4", "*12-5") == [1, 7, 2, 3, 4, 5]


def test_the_last_base_of_an_exon_and_the_first_of_the_next_are_next_to_the_junction() -> None:
    assert _distances("4986", "4987", "4986+1") == [1, 1, 1]
    assert _distances("4986", "4987", "4987-2") == [1, 1, 2]


def test_an_exonic_distance_is_taken_to_the_nearest_junction() -> None:
    # Junctions after 80 and after 134: the exon is 81-134.
    assert _distances("81-1", "134+1", "85", "130", "107", "108", "78")[2:] == [5, 5, 27, 27, 3]


def test_the_bases_before_and_after_the_start_codon_are_neighbours() -> None:
    # The exon begins at -2: -2, -1, 1, 2 are its first four bases.
    assert _distances("-2-1", "-2", "-1", "1", "2")[1:] == [1, 2, 3, 4]


def test_the_score_is_minus_the_binary_logarithm() -> None:
    items = pd.DataFrame({"groups": ['{"transcript_position": "80+8"}'], "gene": ["BRCA1"]}, dtype="string")
    assert minus_log_distance(SimpleNamespace(items=items)).tolist() == [-3.0]


def test_the_score_next_to_the_junction_is_a_plain_zero() -> None:
    items = pd.DataFrame({"groups": ['{"transcript_position": "80+1"}'], "gene": ["BRCA1"]}, dtype="string")
    assert str(minus_log_distance(SimpleNamespace(items=items))[0]) == "0.0"


@pytest.mark.parametrize("position", [None, "", "p.M1V", "80+", "80+1_80+3"])
def test_what_is_no_position_has_no_distance(position: str | None) -> None:
    assert np.isnan(_distances("80+1", position)[1])


def test_groups_without_a_position_have_no_distance() -> None:
    items = pd.DataFrame({"groups": ['{"experiment": "X2"}'], "gene": ["BRCA1"]}, dtype="string")
    assert np.isnan(minus_log_distance(SimpleNamespace(items=items)))[0]


def test_an_exonic_position_without_any_junction_has_no_distance() -> None:
    assert np.isnan(_distances("80", "85")).all()


def test_a_base_behind_the_stop_has_no_distance() -> None:
    assert np.isnan(_distances("80+1", "*3")[1])


def test_junctions_of_one_gene_say_nothing_about_another() -> None:
    found = _distances("80+1", "80", "80", genes=["BRCA1", "BRCA1", "PTEN"])
    assert found[:2] == [1, 1]
    assert np.isnan(found[2])


def test_junctions_of_variants_without_a_gene_are_not_shared() -> None:
    found = _distances("80+1", "80", genes=[None, None])
    assert found[0] == 1
    assert np.isnan(found[1])
