"""Rules on BRCA1 saturation genome editing, against values computed independently of this code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from engine.names import Consequence, Direction
from engine.records import Task
from engine.registry.baselines import find_baseline
from engine.variants import Region, VariantTask

if TYPE_CHECKING:
    from pathlib import Path

_REGION_START = 41_100_001


@pytest.fixture(scope="module")
def sheet(mirror: Path) -> pd.DataFrame:
    return pd.read_excel(mirror / "brca1" / "41586_2018_461_MOESM3_ESM.xlsx", header=2)


@pytest.fixture(scope="module")
def brca1(mirror: Path, sheet: pd.DataFrame) -> VariantTask:
    words = {word.value.lower(): word.value for word in Consequence}
    change = sheet["transcript_variant"].where(sheet["protein_variant"].isna(), sheet["protein_variant"])
    items = pd.DataFrame(
        {
            "item_id": "17:" + sheet["position (hg19)"].astype(str) + sheet["reference"] + ">" + sheet["alt"],
            "chrom": sheet["chromosome"].astype(str),
            "pos": sheet["position (hg19)"],
            "ref": sheet["reference"],
            "alt": sheet["alt"],
            "gene": sheet["gene"],
            "protein_variant": change.str.removeprefix("p."),
            "consequence": sheet["consequence"].str.lower().map(words),
            "groups": [json.dumps({"transcript_position": str(place)}) for place in sheet["transcript_position"]],
        },
        dtype="string",
    ).astype({"pos": "Int64"})
    sequence = (mirror / "brca1" / "brca1_hg19.txt").read_text("utf-8").strip().upper()
    return VariantTask(
        task=Task(
            task_id="brca1", label="BRCA1", suite="brca1_sge", category="brca1", kind="variant_effect",
            primary_metric="AUROC", position=1, source_id="findlay_2018",
        ),
        positive_is=Direction.DAMAGING,
        items=items,
        strata=(),
        membership=pd.DataFrame(index=items.index),
        measured=sheet[["sift", "polyphen2"]].astype("float64"),
        regions={"17": Region("GRCh37", "17", _REGION_START, sequence)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def lost(sheet: pd.DataFrame) -> pd.Series:
    return sheet["func.class"] == "LOF"


def _damaging(model_id: str, data: VariantTask) -> np.ndarray:
    card = find_baseline(model_id)
    sign = 1 if card.higher_is == Direction.DAMAGING else -1
    return sign * card.resolve()(data)


@pytest.mark.parametrize(("model_id", "expected"), [("consequence", 0.762), ("consequence+blosum62", 0.817)])
def test_a_rule_on_all_variants_has_its_known_auroc(
    model_id: str, expected: float, brca1: VariantTask, lost: pd.Series
) -> None:
    assert len(lost) == 3893
    assert roc_auc_score(lost, _damaging(model_id, brca1)) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [("blosum62", 0.691), ("grantham", 0.669), ("hydropathy", 0.643), ("volume", 0.615), ("sift", 0.697)],
)
def test_a_rule_on_missense_variants_has_its_known_auroc(
    model_id: str, expected: float, brca1: VariantTask, lost: pd.Series
) -> None:
    missense = (brca1.items["consequence"] == Consequence.MISSENSE).to_numpy(dtype=bool)
    assert missense.sum() == 2086
    found = roc_auc_score(lost[missense], _damaging(model_id, brca1)[missense])
    assert found == pytest.approx(expected, abs=0.001)


def test_substitution_rules_speak_of_missense_variants_alone(brca1: VariantTask) -> None:
    # Nonsense variants end in '*', synonymous ones in '='.
    missense = (brca1.items["consequence"] == Consequence.MISSENSE).to_numpy(dtype=bool)
    for model_id in ("blosum62", "grantham", "hydropathy", "volume"):
        assert np.array_equal(np.isfinite(_damaging(model_id, brca1)), missense)


def test_the_distance_to_a_splice_site_alone_orders_the_other_noncoding_variants(
    brca1: VariantTask, lost: pd.Series
) -> None:
    # BRCA1 lies on the minus strand and its distances come from transcript positions, not from the chromosome's.
    noncoding = brca1.items["consequence"].isin(["intronic", "splice region", "5' UTR"]).to_numpy(dtype=bool)
    scores = _damaging("splice-distance", brca1)[noncoding]
    assert (len(scores), lost[noncoding].sum()) == (982, 111)
    assert np.isfinite(scores).all()
    # Above the splice-region flag alone, 0.762.
    assert roc_auc_score(lost[noncoding], scores) == pytest.approx(0.812, abs=0.001)


def test_canonical_splice_variants_lie_one_or_two_bases_into_an_intron(brca1: VariantTask) -> None:
    canonical = (brca1.items["consequence"] == Consequence.CANONICAL_SPLICE).to_numpy(dtype=bool)
    assert set(2 ** -_damaging("splice-distance", brca1)[canonical]) == {1.0, 2.0}


def test_cpg_agrees_with_reading_the_region_base_by_base(brca1: VariantTask) -> None:
    region = brca1.regions["17"]
    expected = []
    for position in brca1.items["pos"]:
        index = position - _REGION_START
        expected.append("CG" in (region.sequence[index - 1 : index + 1], region.sequence[index : index + 2]))
    assert sum(expected) > 0
    assert np.array_equal(_damaging("cpg", brca1), expected)
