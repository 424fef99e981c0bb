from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from sklearn.metrics import roc_auc_score

from engine.datasets import brca1
from engine.errors import NotHereError, SequenceError, TableError
from engine.names import Direction
from engine.registry.files import ASSAYS, BRCA1_ASSAY, BRCA1_EVO2, BRCA1_REGION
from engine.registry.tasks import find_task

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

COLUMNS = [
    *("gene", "chromosome", "position (hg19)", "reference", "alt", "aa_pos", "aa_ref", "aa_alt", "consequence"),
    *("function.score.mean", "func.class", "CADD.score", "phyloP (mammalian)", "sift", "polyphen2"),
    *("transcript_position", "transcript_variant", "experiment", "clinvar_simple"),
]
MISSENSE = ["BRCA1", 17, 41100001, "A", "C", 2, "D", "G", "Missense", -1.5, "LOF", 25, 2, 0, 0.9]
INTRONIC = ["BRCA1", 17, 41100003, "G", "T", "NA", "NA", "NA", "Intronic", 0.1, "INT", 1, -1, "NA", "NA"]
NAMES = ["5+1", "c.5+1A>C", "X2", "absent"]
EVO2 = [["17", "41100001", "A", "C", "-0.25"], ["17", "41100003", "G", "T", "0.5"]]


@pytest.fixture(scope="module")
def task(mirror: Path) -> VariantTask:
    card = find_task("brca1_sge")
    return brca1.read({name: mirror / name for name in card.files + card.optional_files})


def _write(folder: Path, rows: list[list[object]], scores: list[list[str]], *, region: str = "acgtACGT\n") -> dict:
    book = openpyxl.Workbook()
    for row in (["title"], ["note"], COLUMNS, *rows):
        book.active.append(row)
    paths = {name: folder / name.rpartition("/")[2] for name in (BRCA1_ASSAY, BRCA1_REGION, BRCA1_EVO2)}
    book.save(paths[BRCA1_ASSAY])
    paths[BRCA1_REGION].write_text(region, "utf-8")
    with paths[BRCA1_EVO2].open("w", newline="") as file:
        csv.writer(file).writerows([["chrom", "pos", "ref", "alt", "delta"], *scores])
    return paths


def _rows(column: str = "gene", value: object = "BRCA1") -> list[list[object]]:
    """The two rows, the first with one cell changed."""
    first = [*MISSENSE, *NAMES]
    first[COLUMNS.index(column)] = value
    return [first, [*INTRONIC, *NAMES]]


def test_all_variants_are_there_with_the_published_classes(task: VariantTask) -> None:
    assert task.task.n_test == len(task.items) == 3893
    assert int(task.items["label"].sum()) == 823
    assert task.positive_is == Direction.DAMAGING
    assert task.items["item_id"].iloc[0] == "17-41276135-T-G"


@pytest.mark.parametrize(
    ("stratum", "n", "positives"),
    [
        ("all", 3893, 823),
        ("missense", 2086, 441),
        ("splice_region", 446, 102),
        ("other_noncoding", 536, 9),
        ("noncoding", 982, 111),
        ("canonical_splice", 143, 128),
        ("nonsense", 138, 136),
        ("synonymous", 544, 7),
    ],
)
def test_strata_have_the_sizes_of_the_protocol(task: VariantTask, stratum: str, n: int, positives: int) -> None:
    inside = task.membership[stratum].to_numpy()
    assert int(inside.sum()) == n
    assert int(task.items["label"].to_numpy(int)[inside].sum()) == positives


@pytest.mark.parametrize(
    ("model", "stratum", "auroc"),
    [
        ("phylop", "all", 0.781),
        ("cadd", "all", 0.804),
        ("phylop", "missense", 0.724),
        ("cadd", "missense", 0.738),
        ("phylop", "noncoding", 0.800),
        ("evo2-1b", "all", 0.729),
    ],
)
def test_scores_that_came_with_the_data_give_their_known_auroc(
    task: VariantTask, model: str, stratum: str, auroc: float
) -> None:
    inside = task.membership[stratum].to_numpy()
    sign = -1 if model == "evo2-1b" else 1
    found = roc_auc_score(task.items["label"].to_numpy(int)[inside], sign * task.measured[model][inside])
    assert found == pytest.approx(auroc, abs=5e-4)


def test_missense_predictors_score_missense_variants_alone(task: VariantTask) -> None:
    scored = task.measured["sift"].notna().to_numpy()
    assert np.array_equal(scored, task.membership["missense"].to_numpy())
    assert task.measured["evo2-1b"].notna().all()


def test_every_stated_residue_is_the_proteins(task: VariantTask) -> None:
    stated = task.items["protein_variant"].dropna()
    assert len(stated) == 2086 + 138 + 544 + 35
    assert all(task.proteins["BRCA1"][int(text[1:-1]) - 1] == text[0] for text in stated)


def test_the_region_has_every_reference_base(task: VariantTask) -> None:
    region = task.regions["17"]
    assert (region.assembly, region.start, len(region.sequence)) == ("GRCh37", 41_100_001, 200_000)
    bases = [region.sequence[position - region.start] for position in task.items["pos"]]
    assert bases == list(task.items["ref"])


def test_groups_keep_where_in_the_transcript_a_variant_lies(task: VariantTask) -> None:
    assert json.loads(task.items["groups"].iloc[0]) == {
        "transcript_position": "-19-3",
        "transcript_variant": "c.-19-3A>C",
        "exon": "X2",
        "func_class": "FUNC",
        "clinvar": "absent",
    }


def test_intermediate_function_counts_as_functional(tmp_path: Path) -> None:
    task = brca1.read(_write(tmp_path, _rows(), EVO2))
    assert task.items["label"].tolist() == [1, 0]
    assert task.items["value"].tolist() == [-1.5, 0.1]
    assert task.items["protein_variant"].tolist()[0] == "D2G"
    assert task.items["protein_variant"].isna().tolist() == [False, True]
    assert task.measured["evo2-1b"].tolist() == [-0.25, 0.5]
    assert [stratum.stratum for stratum in task.strata] == ["all", "missense", "other_noncoding", "noncoding"]


def test_deltas_are_joined_by_variant_and_not_by_line(tmp_path: Path) -> None:
    task = brca1.read(_write(tmp_path, _rows(), EVO2[::-1]))
    assert task.measured["evo2-1b"].tolist() == [-0.25, 0.5]


def test_without_the_reference_file_there_is_no_protein(tmp_path: Path) -> None:
    assert brca1.read(_write(tmp_path, _rows(), EVO2)).proteins == {}


def test_a_wrong_residue_names_variant_and_protein(tmp_path: Path) -> None:
    files = _write(tmp_path, _rows(), EVO2)
    files[ASSAYS] = tmp_path / "assays.csv"
    files[ASSAYS].write_text(
        "DMS_id,UniProt_ID,target_seq,DMS_binarization_cutoff,raw_DMS_phenotype_name\n"
        "BRCA1_HUMAN_Findlay_2018,BRCA1_HUMAN,MEL,-1,score\n",
        "utf-8",
    )
    with pytest.raises(SequenceError, match=r"line 4, column 'aa_pos': the variant D2G .* BRCA1 in assays.csv has E"):
        brca1.read(files)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("func.class", "LOSS", r"line 4, column 'func.class': an unknown word \(found 'LOSS'\); expected one of FUNC"),
        ("func.class", "NA", r"line 4, column 'func.class': an unknown word"),
        ("consequence", "Frameshift", r"line 4, column 'consequence': an unknown word \(found 'Frameshift'\)"),
        ("chromosome", 13, r"line 4, column 'chromosome': an unknown word \(found '13'\); expected one of 17"),
        ("gene", "BRCA2", r"line 4, column 'gene'"),
        ("reference", "AC", r"line 4, column 'reference': .*expected one of A, C, G, T"),
        ("alt", "A", r"line 4, column 'alt': the alternate allele is the reference allele"),
        ("position (hg19)", "here", r"line 4, column 'position \(hg19\)': not a number"),
        ("function.score.mean", "NA", r"line 4, column 'function.score.mean': the cell is empty"),
        ("CADD.score", "high", r"line 4, column 'CADD.score': not a number that can stand here \(found 'high'\)"),
        ("aa_ref", "U", r"line 4, column 'aa_ref': 'U2G' is no substitution .*expected standard residues"),
        ("aa_pos", "NA", r"line 4, column 'aa_pos': a coding variant without its residue"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, column: str, value: object, message: str) -> None:
    with pytest.raises(TableError, match=message):
        brca1.read(_write(tmp_path, _rows(column, value), EVO2))


def test_a_wrong_reference_base_names_variant_base_and_assembly(tmp_path: Path) -> None:
    message = r"line 4, column 'reference': the variant 17:41100001 has the reference G, GRCh37 has A there; use"
    with pytest.raises(SequenceError, match=message):
        brca1.read(_write(tmp_path, _rows("reference", "G"), EVO2))


@pytest.mark.parametrize("position", [41100000, 41100009, 43044295])
def test_a_position_of_another_assembly_is_refused(tmp_path: Path, position: int) -> None:
    with pytest.raises(SequenceError, match=rf"17:{position} lies outside .*use positions of GRCh37"):
        brca1.read(_write(tmp_path, _rows("position (hg19)", position), EVO2))


def test_a_repeated_variant_names_both_lines(tmp_path: Path) -> None:
    rows = [*_rows(), [*MISSENSE, *NAMES]]
    with pytest.raises(TableError, match=r"line 6, .*the same variant as in line 4, 17-41100001-A-C"):
        brca1.read(_write(tmp_path, rows, EVO2))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="the table has no rows"):
        brca1.read(_write(tmp_path, [], EVO2))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (EVO2[:1], r"xlsx, line 5, .*17-41100003-G-T is not in evo2_1b_delta_scores.csv"),
        ([*EVO2, ["17", "41100002", "C", "T", "1"]], r"scores.csv, line 4, .*17-41100002-C-T is not in"),
        ([*EVO2, EVO2[0]], r"scores.csv, line 4, .*the same variant as in line 2"),
        ([[*EVO2[0][:4], ""], EVO2[1]], r"scores.csv, line 2, column 'delta': the cell is empty"),
    ],
)
def test_deltas_that_do_not_fit_the_variants_are_refused(tmp_path: Path, scores: list, message: str) -> None:
    with pytest.raises(TableError, match=message):
        brca1.read(_write(tmp_path, _rows(), scores))


@pytest.mark.parametrize(("region", "message"), [("", "the file is empty"), ("ACGX", "letters that are no bases: X")])
def test_a_damaged_region_is_refused(tmp_path: Path, region: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        brca1.read(_write(tmp_path, _rows(), EVO2, region=region))


def test_a_file_that_was_not_given_is_named(tmp_path: Path) -> None:
    files = _write(tmp_path, _rows(), EVO2)
    del files[BRCA1_REGION]
    with pytest.raises(NotHereError, match=r"brca1/brca1_hg19.txt is missing: bring it with `vledger fetch`"):
        brca1.read(files)
