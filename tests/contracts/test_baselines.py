"""What every baseline promises, checked over every card."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from engine.names import Consequence, Direction
from engine.records import Task
from engine.registry.baselines import BASELINES, BUILT_BASELINES
from engine.variants import ITEM_COLUMNS, Region, VariantTask

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.registry.baselines import Baseline, BaselineCard

CARDS = list((BASELINES | BUILT_BASELINES).values())
N = 60
PROTEIN = "MKVLAWCRDE"
_POSITIONS = ["80", "80+3", "81-2", "-19-4", "107", "*4", None]


@pytest.fixture(params=CARDS, ids=lambda card: card.model_id)
def card(request: pytest.FixtureRequest) -> BaselineCard:
    return request.param


@pytest.fixture(scope="module")
def data() -> VariantTask:
    """60 variants, each column with gaps, so that every rule meets what it applies to and what it does not."""
    rng = np.random.default_rng(5)
    sequence = "".join(rng.choice(list("ACGT"), 2000))
    columns = {name: _column(name, rng, sequence) for name in ITEM_COLUMNS}
    items = pd.DataFrame({name: pd.array(columns[name], dtype=kind) for name, kind in ITEM_COLUMNS.items()})
    comparators = [card.model_id for card in CARDS if card.pointer is None]
    measured = pd.DataFrame({name: rng.normal(size=N) for name in comparators})
    measured.iloc[::5] = np.nan
    return VariantTask(
        task=Task(
            task_id="toy", label="Toy", suite="dms", category="toy", kind="variant_effect", primary_metric="AUROC",
            position=1, source_id="toy",
        ),
        positive_is=Direction.DAMAGING,
        items=items,
        strata=(),
        membership=pd.DataFrame(index=items.index),
        measured=measured,
        proteins={"TOY": PROTEIN},
        regions={"17": Region("GRCh37", "17", 1001, sequence)},
    )  # fmt: skip


def _column(name: str, rng: np.random.Generator, sequence: str) -> list[Any]:
    positions = [1001 + 31 * number for number in range(N)]
    residues = [
        f"{PROTEIN[number % 10]}{number % 10 + 1}{'ACDEFGHIKL'[(number // 10 + number + 1) % 10]}"
        for number in range(N)
    ]
    values: dict[str, list[Any]] = {
        "item_id": [f"v{number}" for number in range(N)],
        "label": rng.integers(2, size=N).tolist(),
        "value": rng.normal(size=N).tolist(),
        "chrom": ["17" if number % 7 else "18" for number in range(N)],
        "pos": positions,
        "ref": [sequence[position - 1001] for position in positions],
        "alt": ["ACGT"[("ACGT".index(sequence[position - 1001]) + 1 + position % 3) % 4] for position in positions],
        "gene": ["TOY"] * N,
        "protein_variant": [text if number % 6 else None for number, text in enumerate(residues)],
        "consequence": [[*Consequence, None][number % (len(Consequence) + 1)] for number in range(N)],
        "groups": [json.dumps({"transcript_position": _POSITIONS[number % 7]}) for number in range(N)],
    }
    return values.get(name, [None] * N)


@pytest.fixture
def rule(card: BaselineCard, tmp_path: Path) -> Baseline:
    alignment = tmp_path / "toy.a2m"
    alignment.write_text(f">TOY\n{PROTEIN}\n>other\nMRVIAWC-EE\n", "utf-8")
    given: dict[str, object] = {"alignment_path": alignment, "first_position": 1}
    return card.resolve(**{name: given[name] for name in card.built_from})


def _reordered(data: VariantTask, order: NDArray[np.int64]) -> VariantTask:
    return dataclasses.replace(
        data,
        items=data.items.iloc[order].reset_index(drop=True),
        membership=data.membership.iloc[order].reset_index(drop=True),
        measured=data.measured.iloc[order].reset_index(drop=True),
    )


def test_a_baseline_gives_one_number_per_variant_finite_or_nan(rule: Baseline, data: VariantTask) -> None:
    scores = rule(data)
    assert scores.shape == (N,)
    assert scores.dtype == np.float64
    assert not np.isinf(scores).any()
    assert np.isfinite(scores).any()


def test_only_the_constant_says_the_same_about_all(card: BaselineCard, rule: Baseline, data: VariantTask) -> None:
    scores = rule(data)
    assert (len(np.unique(scores[np.isfinite(scores)])) > 1) == (card.model_id != "constant")


def test_a_baseline_is_deterministic(rule: Baseline, data: VariantTask) -> None:
    np.testing.assert_array_equal(rule(data), rule(data))


def test_a_baseline_does_not_depend_on_the_order_of_rows(rule: Baseline, data: VariantTask) -> None:
    order = np.random.default_rng(8).permutation(N)
    np.testing.assert_array_equal(rule(_reordered(data, order)), rule(data)[order])


def test_a_baseline_reads_neither_label_nor_value(rule: Baseline, data: VariantTask) -> None:
    changed = data.items.assign(label=1 - data.items["label"], value=-7 * data.items["value"])
    np.testing.assert_array_equal(rule(dataclasses.replace(data, items=changed)), rule(data))


def test_a_baseline_reads_only_what_its_card_says(card: BaselineCard, rule: Baseline, data: VariantTask) -> None:
    bare = dataclasses.replace(
        data,
        items=data.items[[name for name in ITEM_COLUMNS if name in card.needs]],
        measured=data.measured if "measured" in card.needs else data.measured[[]],
        regions=data.regions if "regions" in card.needs else {},
        proteins={},
    )
    np.testing.assert_array_equal(rule(bare), rule(data))


def test_a_baseline_leaves_the_task_as_it_was(rule: Baseline, data: VariantTask) -> None:
    before = data.items.copy(deep=True)
    rule(data)
    pd.testing.assert_frame_equal(data.items, before)


def test_a_card_names_columns_that_exist(card: BaselineCard) -> None:
    assert set(card.needs) <= {*ITEM_COLUMNS, "regions", "measured"}
    assert not {"label", "value", "split"} & set(card.needs)


def test_a_comparator_has_no_rule_and_all_others_have(card: BaselineCard) -> None:
    assert (card.pointer is None) == ("measured" in card.needs)


def test_a_card_declares_its_direction(card: BaselineCard) -> None:
    assert isinstance(card.higher_is, Direction)


def test_a_card_speaks_in_one_sentence_and_names_its_source(card: BaselineCard) -> None:
    assert card.sentence.endswith(".")
    assert 10 < len(card.sentence) < 130
    assert len(card.source) > 10
    assert card.name
