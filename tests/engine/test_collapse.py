from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run.publishing import with_collapse_flags
from engine.statistics.collapse import is_majority_collapse, majority_macro_f1
from engine.statistics.metrics import accuracy, macro_f1, mcc

if TYPE_CHECKING:
    from engine.records import Bundle, Score

ECOLI, PICKERINGII, SUBTERRANEUS = (f"deep4mc_{name}_4mC" for name in ("E.coli", "G.pickeringii", "G.subterraneus"))
CADUCEUS_PH = "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3"
CADUCEUS_PS = "caduceus-ps_seqlen-131k_d_model-256_n_layer-16"
COLLAPSED = {
    (CADUCEUS_PH, ECOLI),
    (CADUCEUS_PH, PICKERINGII),
    (CADUCEUS_PH, SUBTERRANEUS),
    (CADUCEUS_PS, ECOLI),
    (CADUCEUS_PS, SUBTERRANEUS),
    ("hyenadna-large-1m-seqlen-hf", ECOLI),
    ("JanusDNA_72_wo", ECOLI),
    ("JanusDNA_72_wo", SUBTERRANEUS),
    ("PlantCaduceus_l32", ECOLI),
    ("PlantCaduceus_l32", SUBTERRANEUS),
    ("eccdnamamba_weights", ECOLI),
    ("enformer-official-rough", ECOLI),
    ("evo-1-131k-base", ECOLI),
    ("evo-1-131k-base", PICKERINGII),
    ("evo-1-131k-base", SUBTERRANEUS),
    ("space", ECOLI),
}
"""Every published row whose MCC is exactly 0, the six that were known before among them."""


@pytest.fixture(scope="module")
def flagged(geneb_bundle: Bundle) -> list[Score]:
    return [score for score in with_collapse_flags(geneb_bundle.scores, geneb_bundle.tasks) if score.flags]


def test_five_sixths_of_one_class_give_a_macro_f1_of_five_elevenths() -> None:
    assert majority_macro_f1(5 / 6, 2) == pytest.approx(5 / 11)
    assert round(majority_macro_f1(0.8334, 2), 4) == 0.4546


@pytest.mark.parametrize(
    ("values", "classes", "share", "expected"),
    [
        ((0.0, 0.83337, 0.45455), 2, None, True),
        ((0.0, 0.83337, 0.45455), None, None, True),
        ((0.0, 0.83337, 0.45455), 3, None, False),
        ((0.0, 0.83337, 0.45455), 2, 0.83337, True),
        ((0.0, 0.83337, 0.45455), 2, 0.9, False),
        ((None, 0.83337, 0.45455), 2, None, True),  # undefined, as it is for a constant answer
        ((0.00766, 0.83335, 0.45476), 2, None, False),  # nearly: a few sequences of the other class are found
        ((0.0, 0.5, 0.5), 2, None, False),  # a coin toss
        ((0.0, 0.5, 1 / 3), 2, None, True),
        ((0.0, 0.3, 0.6 / 1.3 / 2), 2, None, False),  # always the rarer class
        ((0.0, 0.4, 0.8 / 1.4 / 3), 3, None, True),
        ((0.0, 0.4, 0.8 / 1.4 / 3), None, None, True),
        ((0.0, None, 0.45455), 2, None, False),
        ((0.0, 0.83337, None), 2, None, False),
        ((None, None, None), None, None, False),
    ],
)
def test_what_is_a_majority_collapse(
    values: tuple[float | None, float | None, float | None], classes: int | None, share: float | None, *, expected: bool
) -> None:
    assert is_majority_collapse(*values, classes, tolerance=1e-4, share=share) is expected


@given(labels=st.lists(st.integers(0, 4), min_size=4, max_size=60).filter(lambda labels: len(set(labels)) > 1))
def test_always_answering_the_most_frequent_class_is_one(labels: list[int]) -> None:
    most, count = Counter(labels).most_common(1)[0]
    answers = [most] * len(labels)
    assert mcc(labels, answers) is None
    assert is_majority_collapse(
        0.0,
        accuracy(labels, answers),
        macro_f1(labels, answers),
        len(set(labels)),
        tolerance=1e-9,
        share=count / len(labels),
    )


@given(seed=st.integers(0, 2**32 - 1), classes=st.integers(2, 5))
def test_answers_that_are_better_than_chance_are_none(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(200) % classes
    answers = np.where(rng.random(200) < 0.5, labels, rng.integers(0, classes, 200))
    assert not is_majority_collapse(
        mcc(labels, answers), accuracy(labels, answers), macro_f1(labels, answers), classes, tolerance=1e-4
    )


def test_sixteen_published_rows_are_majority_collapses_and_no_other(flagged: list[Score]) -> None:
    assert {(score.model_id, score.task_id) for score in flagged} == COLLAPSED
    assert Counter(score.metric for score in flagged) == {"MCC": 16, "Acc": 16, "F1": 16}
    assert {score.regime for score in flagged} == {"full"}


def test_they_are_all_rows_of_the_full_regime_whose_mcc_is_zero(geneb_bundle: Bundle) -> None:
    zero = [s for s in geneb_bundle.scores if s.metric == "MCC" and s.regime == "full" and s.value == 0]
    assert {(score.model_id, score.task_id) for score in zero} == COLLAPSED


def test_a_flag_has_the_style_of_all_flags(flagged: list[Score]) -> None:
    found = next(score.flags for score in flagged if (score.model_id, score.task_id) == (CADUCEUS_PH, ECOLI))
    assert json.loads(found or "") == [
        {
            "flag": "MAJORITY_COLLAPSE",
            "severity": "warning",
            "evidence": "MCC 0, accuracy 0.8334 and macro-F1 0.4546 are those of always answering the largest class",
        }
    ]


def test_flags_change_no_value_and_no_order(geneb_bundle: Bundle) -> None:
    found = with_collapse_flags(geneb_bundle.scores, geneb_bundle.tasks)
    assert [replace(score, flags=None) for score in found] == list(geneb_bundle.scores)


def test_where_the_share_of_the_classes_is_known_the_accuracy_must_be_it(geneb_bundle: Bundle) -> None:
    own = {"model_id": "m", "task_id": "leannmlindsey_GUE_mouse_3", "regime": "full"}
    template = replace(geneb_bundle.scores[0], **own)
    share = 1 - 0.497908
    for value, expected in ((share, 3), (0.6, 0)):
        three = {"MCC": 0.0, "Acc": value, "F1": majority_macro_f1(value, 2)}
        scores = [replace(template, metric=metric, value=number) for metric, number in three.items()]
        assert sum(score.flags is not None for score in with_collapse_flags(scores, geneb_bundle.tasks)) == expected


def test_scores_of_the_engines_own_protocols_are_not_read(geneb_bundle: Bundle) -> None:
    rows = [s for s in geneb_bundle.scores if (s.model_id, s.task_id) == (CADUCEUS_PH, ECOLI)]
    own = [replace(score, protocol="geneb-exact", origin="engine") for score in rows]
    assert with_collapse_flags(own, geneb_bundle.tasks) == own
