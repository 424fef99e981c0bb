from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.datasets import blat
from engine.errors import SequenceError, TableError
from engine.names import Direction
from engine.registry.files import ASSAYS, BLAT_ASSAY

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

SEEDS = [f"esm1v_t33_650M_UR90_{seed}" for seed in range(1, 6)]
EFFECTS = [f"mutation_effect_prediction_{name}" for name in ("independent", "pairwise", "vae_ensemble")]
HEADER = ",".join(["mutant", "2500", *SEEDS, *EFFECTS])
FIT = "S2T,-0.5,1,2,3,4,5,0.1,0.2,0.3"
UNFIT = "I3P,-2,-1,-2,-3,-4,-5,,,"
ASSAY_HEADER = "DMS_id,UniProt_ID,target_seq,DMS_binarization_cutoff,raw_DMS_phenotype_name"
ASSAY = "BLAT_ECOLX_Stiffler_2015,BLAT_ECOLX,MSIQ,-1.16,2500"


@pytest.fixture(scope="module")
def task(mirror: Path) -> VariantTask:
    return blat.read({name: mirror / name for name in (BLAT_ASSAY, ASSAYS)})


def _files(folder: Path, *rows: str, header: str = HEADER, assay: str = ASSAY) -> dict[str, Path]:
    paths = {BLAT_ASSAY: folder / "blat.csv", ASSAYS: folder / "assays.csv"}
    paths[BLAT_ASSAY].write_text("\n".join([header, *rows]) + "\n", "utf-8")
    paths[ASSAYS].write_text(f"{ASSAY_HEADER}\n{assay}\n", "utf-8")
    return paths


def test_all_substitutions_are_there_and_half_of_them_are_fit(task: VariantTask) -> None:
    assert task.task.n_test == 4996
    assert int(task.items["label"].sum()) == 2498
    assert task.positive_is == Direction.FIT
    assert task.task.primary_metric == "Spearman"


def test_every_reference_residue_is_the_proteins(task: VariantTask) -> None:
    sequence = task.proteins["BLAT_ECOLX"]
    assert len(sequence) == 286
    assert all(sequence[int(text[1:-1]) - 1] == text[0] for text in task.items["protein_variant"])


def test_the_ensemble_is_the_mean_of_its_five_seeds(task: VariantTask) -> None:
    seeds = task.measured[[f"esm-1v:{seed}" for seed in range(1, 6)]]
    np.testing.assert_allclose(task.measured["esm-1v-5-seeds"], seeds.mean(axis=1), rtol=1e-12)


def test_alignment_scores_are_missing_where_the_file_has_none(task: VariantTask) -> None:
    missing = task.measured.isna().sum()
    assert missing["site-independent"] == missing["evmutation"] == missing["proteingym:deepsequence-ensemble"] == 208
    assert missing["esm-1v-5-seeds"] == 0


def test_the_measured_value_ranks_with_the_scores_as_declared(task: VariantTask) -> None:
    # As its authors computed it from the same columns: Spearman's rho of the ensemble.
    rho = spearmanr(task.measured["esm-1v-5-seeds"], task.items["value"].to_numpy(float)).statistic
    assert rho == pytest.approx(0.703, abs=5e-4)


def test_a_small_file_reads_as_it_says(tmp_path: Path) -> None:
    task = blat.read(_files(tmp_path, FIT, UNFIT))
    assert task.items["label"].tolist() == [1, 0]
    assert task.measured["esm-1v-5-seeds"].tolist() == [3, -3]
    assert task.measured["evmutation"].isna().tolist() == [False, True]
    assert [stratum.stratum for stratum in task.strata] == ["all"]


def test_a_value_at_the_cutoff_is_fit(tmp_path: Path) -> None:
    assert blat.read(_files(tmp_path, FIT.replace("-0.5", "-1.16"), UNFIT)).items["label"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (UNFIT.replace("I3P", "I3"), r"line 3, column 'mutant': 'I3' is no substitution of one residue"),
        (UNFIT.replace("I3P", "I3X"), r"line 3, column 'mutant': .*standard residues"),
        (UNFIT.replace("I3P", "S2T"), r"line 3, column 'mutant': the same variant as in line 2, S2T"),
        (UNFIT.replace("-2,-1", ",-1", 1), r"line 3, column '2500': the cell is empty"),
        (UNFIT.replace("-3", "nan"), r"line 3, column 'esm1v_t33_650M_UR90_3': not a number"),
        ("I3P,-2", "line 3: 2 cells where the header has 10"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        blat.read(_files(tmp_path, FIT, row))


@pytest.mark.parametrize(
    ("mutant", "message"),
    [
        ("Q3P", r"line 3, column 'mutant': the variant Q3P has the reference Q at 3, BLAT_ECOLX in assays.csv has I"),
        ("H26C", r"the variant H26C has the reference H at 26, BLAT_ECOLX in assays.csv ends at 4; use positions"),
    ],
)
def test_a_change_that_does_not_fit_the_protein_is_refused(tmp_path: Path, mutant: str, message: str) -> None:
    with pytest.raises(SequenceError, match=message):
        blat.read(_files(tmp_path, FIT, UNFIT.replace("I3P", mutant)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Stiffler", "Deng", r"assays.csv, column 'DMS_id': no assay BLAT_ECOLX_Stiffler_2015"),
        ("2500", "625", r"column 'raw_DMS_phenotype_name': the cutoff of .* is one of the column 625"),
        ("-1.16", "", r"line 2, column 'DMS_binarization_cutoff': the cell is empty"),
        ("MSIQ", "MSJQ", r"line 2, column 'target_seq': letters that are no residues: J"),
        (ASSAY, f"{ASSAY}\n{ASSAY}", r"line 3, column 'DMS_id': the same assay as in line 2"),
    ],
)
def test_a_reference_file_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        blat.read(_files(tmp_path, FIT, UNFIT, assay=ASSAY.replace(old, new)))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"blat.csv, line 1, column 'esm1v_t33_650M_UR90_4': the column is missing"):
        blat.read(_files(tmp_path, FIT, UNFIT, header=HEADER.replace("UR90_4", "UR90_6")))
