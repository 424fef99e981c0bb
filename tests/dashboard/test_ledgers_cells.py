"""Claims on single cells: numbers of the store, and what models of one's own would decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from dashboard.queries.ledgers_cells import BesideBaselines, VectorsOverDrawn
from dashboard.queries.ledgers_checks import AGREES, DISAGREES, UNDECIDED, Finding
from dashboard.queries.ledgers_measured import MEASURED, read_measured
from dashboard.queries.single_cells import SINGLE_CELL, read_single_cells, read_units, why_not
from dashboard.text import interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ask import Ask

ON_CELLS = [name for name, one in MEASURED.items() if isinstance(one.check, BesideBaselines | VectorsOverDrawn)]
DOUBLES = "perturbench:doubles"


@pytest.fixture(scope="module")
def measured(ask: Ask) -> dict[str, Finding]:
    return read_measured(ask)


def compared(*rows: tuple[str, str, float, float], metric: str = "L2Skill") -> pd.DataFrame:
    """Models next to baselines: model, baseline and the bounds of the difference."""
    found = pd.DataFrame(rows, columns=["model_id", "baseline_id", "ci_low", "ci_high"])
    return found.assign(
        task_id=DOUBLES, metric=metric, name=found["model_id"], baseline=found["baseline_id"], n=5,
        delta=(found["ci_low"] + found["ci_high"]) / 2,
    )  # fmt: skip


def with_models(ask: Ask, models: pd.DataFrame) -> Ask:
    """The store, as if these models had been run."""

    def asked(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        return models if "m.role = 'model'" in sql else ask(sql, parameters)

    return asked


@pytest.mark.parametrize("claim", ON_CELLS)
def test_without_a_model_nobody_can_tell_and_the_baselines_stand_there(
    claim: str, measured: dict[str, Finding], ask: Ask
) -> None:
    found, task = measured[claim], MEASURED[claim].query.get("task")
    assert found.verdict == UNDECIDED
    assert "No model of this kind was run here." in found.numbers
    rows = read_single_cells(ask)
    own = rows[rows["to_beat"] & (rows["suite"] == MEASURED[claim].query["suite"])]
    for row in own[(own["task_id"] == task) | (task is None)].itertuples():
        if isinstance(MEASURED[claim].check, BesideBaselines):
            assert f"{row.name} {three(row.value)}" in found.numbers
            assert f"{int(row.n)} " in found.numbers


def test_every_value_that_is_told_is_the_stores_with_its_interval(measured: dict[str, Finding], ask: Ask) -> None:
    rows = ask(
        "SELECT m.name, s.value, s.ci_low, s.ci_high FROM score s JOIN model m USING (model_id) "
        "WHERE task_id = 'perturbench:doubles' AND metric = 'L2Skill' "
        "AND model_id IN ('linear', 'no-change', 'perturbation-mean')"
    )
    assert len(rows) == 3
    for row in rows.itertuples():
        told = f"{row.name} {three(row.value)} ({interval(row.ci_low, row.ci_high)})"
        assert told in measured["perturb-additive-double"].numbers


def test_a_system_without_a_value_says_why(measured: dict[str, Finding]) -> None:
    assert "Correlation edges has no value: scores none of" in measured["variance-baseline-auroc"].numbers
    assert "Linear has no value: " in measured["perturb-linear-single"].numbers
    for told in ("has a value for none of 9 perturbations: X is not there", "the data set has no batch column"):
        assert why_not(f"additive: {told}") == why_not(told)
    assert why_not("has a value for none of 9 perturbations: X: no") == "none of 9 perturbations has one (X: no)"
    assert why_not("harmony: the data set has no batch column") == "the data set has no batch column"


@pytest.mark.parametrize(
    ("rows", "strict", "lenient"),
    [
        ((("m", "additive", -0.9, -0.2),), AGREES, AGREES),
        ((("m", "additive", -0.9, 0.04),), UNDECIDED, AGREES),
        ((("m", "additive", -0.9, 0.2),), UNDECIDED, UNDECIDED),
        ((("m", "additive", 0.1, 0.2),), DISAGREES, DISAGREES),
        ((("m", "additive", -0.9, -0.2), ("n", "additive", 0.1, 0.2)), DISAGREES, DISAGREES),
        ((("m", "linear", 0.1, 0.2),), UNDECIDED, UNDECIDED),
    ],
    ids=["below", "level", "open", "above", "one above", "next to another baseline"],
)
def test_models_that_were_run_decide(
    rows: tuple[tuple[str, str, float, float], ...], strict: str, lenient: str, ask: Ask
) -> None:
    stored = with_models(ask, compared(*rows))
    for not_above, expected in ((False, strict), (True, lenient)):
        for baselines in (("additive",), ()):
            found = BesideBaselines(tasks=(DOUBLES,), baselines=baselines, not_above=not_above).measure(stored)
            assert found is not None
            assert found.verdict == expected


def test_only_the_models_and_edges_that_a_claim_is_about_decide_it(ask: Ask) -> None:
    rows = compared(("scgpt-whole-human", "gene-lr", -0.3, -0.2), ("gene-lr+scgpt-whole-human", "gene-lr", 0.1, 0.2))
    stored = with_models(ask, rows.assign(task_id="networks:perturbench", metric="AUROC"))

    def verdict(*, model: str, combined: bool) -> str:
        check = BesideBaselines(tasks=("networks:perturbench",), baselines=("gene-lr",), model=model, combined=combined)
        found = check.measure(stored)
        assert found is not None
        return found.verdict

    assert verdict(model="scgpt", combined=False) == AGREES
    assert verdict(model="scgpt", combined=True) == DISAGREES
    assert verdict(model="geneformer", combined=False) == UNDECIDED


def test_the_gain_of_vectors_is_the_difference_of_both_values_with_a_paired_interval(
    measured: dict[str, Finding], ask: Ask
) -> None:
    rows = read_single_cells(ask)
    own = rows[rows["task_id"] == "perturbench:singles"].set_index("model_id")
    pair = ["linear-p-mcfaline23", "linear-p-random-mcfaline23"]
    numbers = measured["perturb-pretraining-gain"].numbers
    assert f"The difference is +{three(own.at[pair[0], 'value'] - own.at[pair[1], 'value'])} (" in numbers
    units = read_units(ask, "perturbench:singles", "L2", [*pair, "perturbation-mean"])
    gain = (units[pair[1]].mean() - units[pair[0]].mean()) / units["perturbation-mean"].mean()
    assert gain == pytest.approx(own.at[pair[0], "value"] - own.at[pair[1], "value"], abs=1e-9)
    assert f"closer on {(units[pair[0]] < units[pair[1]]).sum()} of {len(units)} perturbations" in numbers


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.3, DISAGREES), (-0.3, 0.01, AGREES), (-0.3, 0.3, UNDECIDED)]
)
def test_pretrained_vectors_next_to_their_twin_decide(low: float, high: float, expected: str, ask: Ask) -> None:
    rows = compared(("linear-g-m", "linear-g-random-init:m", low, high)).assign(task_id="perturbench:singles")
    check = MEASURED["perturb-pretraining-gain"].check
    assert isinstance(check, VectorsOverDrawn)
    found = check.measure(with_models(ask, rows))
    assert found is not None
    assert found.verdict == expected


def test_a_store_without_the_tasks_says_nothing() -> None:
    columns = ["suite", "task_id", "task", "metric", "protocol", "model_id", "name", "role", "value", "ci_low"]
    columns += ["ci_high", "n", "undefined_reason", "to_beat", "delta", "delta_low", "delta_high", "item_id"]

    def asked(_sql: str, _parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        return pd.DataFrame(columns=columns).astype({"value": float, "to_beat": bool})

    for claim in ON_CELLS:
        assert MEASURED[claim].check.measure(asked) is None


def test_the_baseline_to_beat_comes_first_in_every_task(ask: Ask) -> None:
    rows = read_single_cells(ask)
    assert set(rows["suite"]) == set(SINGLE_CELL)
    for _, own in rows.groupby("task_id"):
        assert list(own["to_beat"]) == [True, *[False] * (len(own) - 1)]
        assert not own["model_id"].duplicated().any()
        missing = own["value"].isna()
        assert own.loc[missing, "undefined_reason"].notna().all()
        assert np.isfinite(own.loc[~missing, ["ci_low", "ci_high", "n"]].to_numpy(float)).all()
