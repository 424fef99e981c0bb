from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.local_split import own_model
from engine.local_split.exchange import OwnModel, ScoreColumn, Shape
from engine.local_split.systems import systems_of
from engine.local_split.thresholds import best_threshold, calls, decide
from engine.statistics import metrics
from engine.variants import Region
from tests.engine.local_split.splits import asked, made, of_sequences

if TYPE_CHECKING:
    from engine.local_split.systems import Scored, Systems

LABELS = [0, 1] * 6
RESIDUES = ["A1V", "W2G", "I3V", "C4R", "L5I", "G6W", "S7T", "P8L", "D9E", "H10Q", "K11R", "N12Y"]


def ids(found: Systems, role: str | None = None) -> list[str]:
    return [one.system.system_id for one in found.scored if role in {None, one.system.role}]


def one(found: Systems, name: str) -> Scored:
    return next(one for one in found.scored if one.system.system_id == name)


def test_protein_variants_have_four_matrix_baselines_and_two_controls() -> None:
    found = systems_of(made(LABELS, shape=Shape.PROTEIN, protein_variant=RESIDUES), asked())
    assert ids(found) == ["blosum62", "grantham", "hydropathy", "volume", "constant", "random"]
    assert found.registered is not None
    assert found.registered.system.system_id == "blosum62"
    assert one(found, "blosum62").scores[1] == 2  # W to G is -2 in BLOSUM62
    assert not found.failed


def test_dna_variants_have_the_baselines_that_their_columns_carry() -> None:
    place = {"chrom": "17", "pos": range(1, 13), "ref": "A", "alt": ["C", "G"] * 6, "assembly": "GRCh37"}
    bare = systems_of(made(LABELS, shape=Shape.DNA, **place), asked())
    assert ids(bare, "baseline") == ["transversion"]
    assert bare.registered.system.system_id == "transversion"
    words = ["missense", "synonymous"] * 6
    told = systems_of(made(LABELS, shape=Shape.DNA, consequence=words, **place), asked())
    assert ids(told, "baseline") == ["consequence", "transversion"]
    assert told.registered.system.threshold == 2
    assert "declared with the rule" in told.registered.system.threshold_source
    full = made(LABELS, shape=Shape.DNA, consequence=words, protein_variant=RESIDUES, gene="G", **place)
    assert ids(systems_of(full, asked()), "baseline")[:2] == ["consequence+blosum62", "consequence"]
    assert systems_of(full, asked()).registered.system.system_id == "consequence+blosum62"


def test_a_rule_that_reads_a_wrong_reference_fails_alone() -> None:
    region = {"17": Region("GRCh37", "17", 1, "C" * 12)}
    place = {"chrom": "17", "pos": range(1, 13), "ref": "A", "alt": "C", "assembly": "GRCh37"}
    found = systems_of(made(LABELS, shape=Shape.DNA, regions=region, **place), asked())
    assert [problem.value for problem in found.failed] == ["cpg", "gc"]
    assert "GRCh37 has C there" in found.failed[0].problem
    assert ids(found, "baseline") == ["transversion"]


def test_regions_bring_gc_and_cpg() -> None:
    region = {"17": Region("GRCh37", "17", 1, "ACGT" * 3)}
    place = {"chrom": "17", "pos": range(1, 13), "ref": list("ACGT" * 3), "alt": list("CATG" * 3), "assembly": "GRCh37"}
    found = systems_of(made(LABELS, shape=Shape.DNA, regions=region, **place), asked())
    assert ids(found, "baseline") == ["transversion", "cpg", "gc"]
    assert one(found, "cpg").scores[:4].tolist() == [0, 1, 1, 0]


def test_a_column_of_the_owner_is_the_baseline_to_beat_where_one_is_named() -> None:
    scores = {"model": range(12), "old": range(12, 0, -1)}
    split = made(LABELS, shape=Shape.PROTEIN, protein_variant=RESIDUES, scores=scores)
    found = systems_of(split, asked("model", baseline="old"))
    assert ids(found)[:3] == ["column:model", "column:old", "blosum62"]
    assert found.registered.system.system_id == "column:old"
    assert [entry.system.registered for entry in found.scored].count(True) == 1


def test_bare_scores_have_no_baseline_of_their_own() -> None:
    found = systems_of(made(LABELS, scores={"model": range(12)}), asked("model"))
    assert ids(found) == ["column:model", "constant", "random"]
    assert found.registered is None
    assert found.failed[0].remedy == "name one of your columns as the baseline"


def test_a_column_whose_direction_nobody_said_is_not_evaluated() -> None:
    split = made(LABELS, scores={"model": range(12)})
    found = systems_of(split, replace(asked(), scores=(ScoreColumn(column="model"),)))
    assert ids(found, "yours") == []
    assert found.failed[0].column == "model"
    assert "label 1 or for label 0" in found.failed[0].remedy


def test_a_column_that_speaks_for_label_0_is_turned() -> None:
    split = made(LABELS, scores={"fit": range(12)})
    found = systems_of(split, replace(asked(), scores=(ScoreColumn(column="fit", higher_is="0", threshold=6),)))
    assert one(found, "column:fit").scores.tolist() == [-float(value) for value in range(12)]
    assert one(found, "column:fit").classes.tolist() == [1.0] * 6 + [0.0] * 6
    assert one(found, "column:fit").system.threshold_source == "given with the split"


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match="there is no column of scores 'modle': name one of model"):
        systems_of(made(LABELS, scores={"model": range(12)}), asked("modle"))


def test_a_column_that_is_named_twice_is_refused() -> None:
    with pytest.raises(SpecError, match="the column 'model' is named twice"):
        systems_of(made(LABELS, scores={"model": range(12)}), asked("model", baseline="model"))


def test_an_infinite_score_is_none() -> None:
    found = systems_of(made(LABELS, scores={"model": [np.inf, -np.inf, *range(10)]}), asked("model"))
    assert np.isnan(one(found, "column:model").scores).tolist() == [True, True] + [False] * 10


def test_thresholds_come_from_train_for_columns_and_baselines_alike() -> None:
    labels, train = [0, 0, 1, 1, 0, 1], [True] * 4 + [False] * 2
    variants = ["I1V", "L2I", "W3G", "C4R", "I5V", "W6G"]
    split = made(
        labels, shape=Shape.PROTEIN, train=train, protein_variant=variants, scores={"model": [1, 2, 3, 4, 2.5, 3]}
    )
    found = systems_of(split, asked("model"))
    assert one(found, "column:model").system.threshold == 3
    assert one(found, "column:model").system.threshold_source == "chosen on 4 train rows: the largest MCC there"
    assert one(found, "column:model").classes.tolist() == [0, 1]
    assert one(found, "blosum62").system.threshold == 2
    assert one(found, "blosum62").classes.tolist() == [0, 1]
    assert one(found, "constant").no_classes == "no threshold is declared, and none separates the 4 train rows"


def test_without_train_no_threshold_is_chosen() -> None:
    found = systems_of(made(LABELS, scores={"model": range(12)}), asked("model"))
    assert one(found, "column:model").classes is None
    assert "no train rows" in one(found, "column:model").no_classes


def test_the_smallest_of_equally_good_thresholds_is_taken() -> None:
    # Both from 2 on and from 4 on, one of the four is wrong and the table is mirrored.
    assert best_threshold(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])) == 2


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_no_threshold_has_a_larger_mcc_than_the_chosen_one(rows: list[tuple[int, bool]]) -> None:
    scores, high = (np.array(column) for column in zip(*rows, strict=True))
    found = {
        value: metrics.mcc(high.astype(int), (scores >= value).astype(int)) for value in np.unique(scores).tolist()
    }
    known = {value: mcc for value, mcc in found.items() if mcc is not None}
    chosen = best_threshold(scores.astype(float), high)
    if not known:
        assert chosen is None
        return
    assert known[chosen] == pytest.approx(max(known.values()))
    assert all(
        mcc < known[chosen] for value, mcc in known.items() if value < chosen and mcc != pytest.approx(known[chosen])
    )
    assert chosen == min(value for value, mcc in known.items() if mcc == pytest.approx(known[chosen]))


def test_rows_without_a_score_are_not_called_and_choose_nothing() -> None:
    scores = np.array([np.nan, 1.0, 2.0])
    assert np.isnan(calls(scores, 1.5, high_is_1=True)).tolist() == [True, False, False]
    found = decide(scores, np.array([True, False, True]), np.array([True, False, False]), None)
    assert found.value is None
    assert found.reason == "no threshold is declared, and it has no score on train"


def test_a_model_that_is_not_here_fails_alone() -> None:
    split = made(LABELS, shape=Shape.PROTEIN, protein_variant=RESIDUES)
    found = systems_of(split, replace(asked(), model=OwnModel(model="no-such-model")))
    assert [problem.value for problem in found.failed] == ["no-such-model"]
    assert ids(found, "yours") == []
    assert "blosum62" in ids(found)


def test_a_model_of_the_owner_is_evaluated_like_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    split = made(LABELS, shape=Shape.PROTEIN, protein_variant=RESIDUES, train=[True] * 4 + [False] * 8)
    monkeypatch.setattr(own_model, "score", lambda *_: (np.arange(12.0), "0", "A toy, in float32 on cpu."))
    found = systems_of(split, replace(asked(), model=OwnModel(model="toy")))
    toy = one(found, "model:toy")
    assert (toy.system.role, toy.system.higher_is, toy.system.sentence) == ("yours", "0", "A toy, in float32 on cpu.")
    assert toy.scores is not None
    assert toy.scores.tolist() == [-float(value) for value in range(4, 12)]
    assert (toy.system.threshold_source or "").startswith("chosen on 4 train rows")


def test_probes_of_sequences_name_the_baseline_by_their_inner_folds() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 60)
    texts = ["".join(rng.choice(list("GC" if label else "AT"), 30)) for label in labels]
    found = systems_of(of_sequences((texts[:80], labels[:80]), (texts[80:], labels[80:])), asked())
    assert [one.system.registered for one in found.scored].count(True) == 1
    assert found.registered.system.role == "baseline"
    assert found.registered.classes.tolist() == labels[80:].tolist()
    assert one(found, "majority").system.role == "control"


def test_a_score_is_not_held_against_more_than_two_classes() -> None:
    labels = np.tile([0, 1, 2], 10)
    texts = ["ACGTACGTAA"] * 30
    split = of_sequences((texts[:21], labels[:21]), (texts[21:], labels[21:]), {"model": range(30)})
    found = systems_of(split, asked("model"))
    assert ids(found, "yours") == []
    assert found.failed[0].kind == "classes"
