from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import TableError
from engine.published import vep_eval
from engine.registry import read_systems
from engine.run.catalogue import engine_models

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Bundle

CLASSES = "vep_eval_clinvar_auroc_by_class.csv"


@pytest.fixture(scope="module")
def bundle(published: Path) -> Bundle:
    return vep_eval.read(published)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_all_rows_predictors_and_classes_are_there(bundle: Bundle) -> None:
    assert len(bundle.scores) == 210
    assert len({score.model_id for score in bundle.scores}) == 17
    assert len(bundle.strata) == len({score.stratum for score in bundle.scores}) == 16


def test_overall_comes_first_then_the_two_groups(bundle: Bundle) -> None:
    ordered = sorted(bundle.strata, key=lambda stratum: stratum.position)
    assert ordered[0].stratum == "all"
    assert {stratum.stratum for stratum in ordered[1:3]} == {"coding", "noncoding"}


def test_the_overall_size_is_that_of_the_task(bundle: Bundle) -> None:
    assert bundle.tasks[0].n_test == 241_509
    assert bundle.tasks[0].prevalence == pytest.approx(0.2877)


def test_coding_and_noncoding_add_up_to_overall(bundle: Bundle) -> None:
    sizes = {stratum.stratum: stratum.n or 0 for stratum in bundle.strata}
    assert sizes["coding"] + sizes["noncoding"] == sizes["all"]


def test_every_predictor_is_registered_or_described(bundle: Bundle) -> None:
    described = {model.model_id for model in [*bundle.models, *engine_models()]}
    described |= {row.model_id for row in read_systems()}
    assert {score.model_id for score in bundle.scores} <= described


def test_a_predictor_without_alias_is_refused(precomputed_copy: Path) -> None:
    _edit(precomputed_copy / "published" / CLASSES, "PhyloP,Overall", "PhyloQ,Overall")
    with pytest.raises(TableError, match=r"line 2, column 'model': no alias \(found 'PhyloQ'\)"):
        vep_eval.read(precomputed_copy / "published")


def test_a_class_with_two_sizes_is_refused(precomputed_copy: Path) -> None:
    _edit(
        precomputed_copy / "published" / CLASSES,
        "Evo2_7B,Overall,0.9716,241509",
        "Evo2_7B,Overall,0.9716,241508",
    )
    with pytest.raises(TableError, match=r"line 3, column 'n_variants'.*241509 variants further up"):
        vep_eval.read(precomputed_copy / "published")


def test_a_repeated_row_is_refused(precomputed_copy: Path) -> None:
    path = precomputed_copy / "published" / CLASSES
    path.write_text(path.read_text("utf-8") + path.read_text("utf-8").splitlines()[1] + "\n", "utf-8")
    with pytest.raises(TableError, match=r"line 212.*the same model \+ variant_class as in line 2"):
        vep_eval.read(precomputed_copy / "published")


@pytest.mark.parametrize("value", ["1.0001", "-0.1", "nan", ""])
def test_an_auroc_outside_zero_to_one_is_refused(precomputed_copy: Path, value: str) -> None:
    _edit(precomputed_copy / "published" / CLASSES, "PhyloP,Overall,0.9083", f"PhyloP,Overall,{value}")
    with pytest.raises(TableError, match="line 2, column 'auroc'"):
        vep_eval.read(precomputed_copy / "published")
