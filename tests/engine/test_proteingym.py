from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.errors import TableError
from engine.names import Metric
from engine.published import proteingym
from engine.registry import read_systems

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Bundle

ZERO_SHOT = "proteingym_zero_shot_substitutions.csv"


@pytest.fixture(scope="module")
def bundle(published: Path) -> Bundle:
    return proteingym.read(published)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_every_system_has_every_group_in_every_metric(bundle: Bundle) -> None:
    scores = [score for score in bundle.scores if score.task_id == proteingym.DMS_TASK]
    assert len(scores) == 97 * 18 * 3
    assert len({score.model_id for score in scores}) == 97
    assert len({score.stratum for score in scores}) == 18
    assert {score.metric for score in scores} == {Metric.SPEARMAN, Metric.AUROC, Metric.MCC}


def test_clinical_substitutions_are_there(bundle: Bundle) -> None:
    scores = [score for score in bundle.scores if score.task_id == proteingym.CLINICAL_TASK]
    assert len({score.model_id for score in scores}) == len(scores) == 13
    assert {score.metric for score in scores} == {Metric.AUROC}


def test_a_registered_system_keeps_its_registry_id(bundle: Bundle) -> None:
    registered = {row.model_id for row in read_systems()}
    scored = {score.model_id for score in bundle.scores}
    assert {"esm-2-650m", "esm-1b", "gemme", "trancepteve-l"} <= scored & registered
    assert not registered & {model.model_id for model in bundle.models}


def test_every_scored_system_is_registered_or_described(bundle: Bundle) -> None:
    described = {model.model_id for model in bundle.models} | {row.model_id for row in read_systems()}
    assert {score.model_id for score in bundle.scores} <= described


def test_group_sizes_add_up_to_all_assays(bundle: Bundle) -> None:
    sizes = {stratum.stratum: stratum.n for stratum in bundle.strata if stratum.task_id == proteingym.DMS_TASK}
    for kind in ("selection_type", "msa_depth", "taxon"):
        assert sum(n or 0 for name, n in sizes.items() if name.startswith(f"{kind}:")) == sizes["all"] == 217


@pytest.mark.parametrize("metric", ["Spearman", "AUC", "MCC"])
def test_all_assays_is_the_mean_of_the_five_selection_types(published: Path, metric: str) -> None:
    rows = pd.read_csv(published / ZERO_SHOT, dtype={"group": str})
    rows = rows[rows["metric"] == metric]
    overall = rows[rows["group_kind"] == "overall"].set_index("model")["value"]
    types = rows[rows["group_kind"] == "selection_type"].pivot_table(index="model", columns="group", values="value")
    assert types.shape == (97, 5)
    # Both sides are rounded to three decimals, each by at most half a unit.
    assert (overall - types.mean(axis=1)).abs().max() <= 0.001


def test_a_lost_line_is_refused(precomputed_copy: Path) -> None:
    path = precomputed_copy / "published" / ZERO_SHOT
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    with pytest.raises(TableError, match="1 combinations of metric, model and group are missing"):
        proteingym.read(precomputed_copy / "published")


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("Spearman,AIDO", "Kendall,AIDO", "metric"),
        ("overall", "average", "group_kind"),
        ("0.518", "1.518", "value"),
        ("0.518", "nan", "value"),
    ],
)
def test_a_value_outside_its_vocabulary_or_range_names_the_line(
    precomputed_copy: Path, old: str, new: str, column: str
) -> None:
    _edit(precomputed_copy / "published" / ZERO_SHOT, old, new)
    with pytest.raises(TableError, match=f"line 2, column '{column}'"):
        proteingym.read(precomputed_copy / "published")


def test_a_misspelt_system_is_noticed(precomputed_copy: Path) -> None:
    _edit(precomputed_copy / "published" / ZERO_SHOT, "AIDO Protein-RAG (16B)", "AIDO Protein-RAC (16B)")
    with pytest.raises(TableError, match="combinations of metric, model and group are missing"):
        proteingym.read(precomputed_copy / "published")


def test_an_alias_of_an_unknown_family_is_refused(precomputed_copy: Path) -> None:
    _edit(precomputed_copy / "published" / "system_aliases.csv", "Conservation score (baseline)", "Tea leaves")
    with pytest.raises(TableError, match=r"system_aliases\.csv, line \d+, column 'family'.*Tea leaves"):
        proteingym.read(precomputed_copy / "published")


def test_sizes_come_from_names_and_say_so(bundle: Bundle) -> None:
    models = {model.name: model for model in bundle.models}
    assert models["SaProt (650M)"].parameters == 650_000_000
    assert models["SaProt (650M)"].parameters_note == "as stated in the system's name"
    assert models["ProSST (K=1024)"].parameters is None
    assert models["ProSST (K=1024)"].parameters_note is None
