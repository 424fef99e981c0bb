from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.datasets import clinvar_sample
from engine.datasets.clinvar_sample import SCORES, consequence_of
from engine.errors import TableError
from engine.names import Consequence, Suite
from engine.published.systems import read_aliases
from engine.registry.files import CLINVAR_SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

ROW = {
    "#CHROM": "1",
    "POS": "100",
    "ID": "7",
    "REF": "G",
    "ALT": "A",
    "ClinVar_label": "1.0",
    "ClinVar_gold_stars": "2.0",
    "ClinVarName_refseq_ids": "NM_1.1",
    "ClinVarName_AAPOS": "345.0",
    "ClinVarName_AAREF": "R",
    "ClinVarName_AAALT": "Q",
    "group: coding": "1",
    "group: noncoding": "0",
    "group: missense": "1",
    "group: splice": "0",
    "group: +": "1",
    "group: -": "0",
    "variant_id": "",
    **dict.fromkeys(SCORES, "0.5"),
}
SPLICE = {
    **ROW,
    "POS": "200",
    "ClinVar_label": "0.0",
    "ClinVarName_AAPOS": "",
    "ClinVarName_AAREF": "",
    "ClinVarName_AAALT": "",
    "group: coding": "0",
    "group: noncoding": "1",
    "group: missense": "0",
    "group: splice": "1",
    "variant_id": "chr1_200_G_A_b38",
    "AlphaMissense": "",
}


@pytest.fixture(scope="module")
def task(mirror: Path) -> VariantTask:
    return clinvar_sample.read({CLINVAR_SAMPLE: mirror / CLINVAR_SAMPLE})


def _files(folder: Path, *rows: dict[str, str]) -> dict[str, Path]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "sample.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode()))
    return {CLINVAR_SAMPLE: path}


def test_all_variants_are_there(task: VariantTask) -> None:
    assert task.task.n_test == 1000
    assert int(task.items["label"].sum()) == 489
    assert set(task.items["assembly"]) == {"GRCh38"}
    assert task.items["gene"].isna().all()


def test_ids_are_those_of_the_published_table(published: Path) -> None:
    aliases = read_aliases(published, Suite.CLINVAR)
    gated = {"PrimateAI_3D"}
    assert {name: row.model_id for name, row in aliases.items() if name not in gated} == SCORES


def test_classes_exclude_each_other_and_eleven_variants_have_none(task: VariantTask) -> None:
    classes = [stratum.stratum for stratum in task.strata if stratum.kind == "variant_class"]
    held = task.membership[classes].sum(axis=1)
    assert held.max() == 1
    assert (held == 0).sum() == task.items["consequence"].isna().sum() == 11


def test_coding_and_noncoding_add_up_to_all(task: VariantTask) -> None:
    sizes = {stratum.stratum: stratum.n for stratum in task.strata}
    assert (sizes["coding"], sizes["noncoding"]) == (464, 536)


@pytest.mark.parametrize(("stratum", "n"), [("stars>=1", 1000), ("stars>=2", 537), ("stars>=3", 130)])
def test_stars_are_cumulative(task: VariantTask, stratum: str, n: int) -> None:
    assert int(task.membership[stratum].sum()) == n


def test_no_stratum_is_named_after_a_strand(task: VariantTask) -> None:
    assert not {"+", "-"} & {stratum.stratum for stratum in task.strata}


def test_the_rule_has_one_value_per_class(task: VariantTask) -> None:
    classes = [json.loads(text)["variant_class"] for text in task.items["groups"]]
    frame = pd.DataFrame({"class": classes, "score": task.measured["rule-based"]}).dropna()
    ambiguous = frame.groupby("class")["score"].nunique()
    assert (ambiguous == 1).all()


def test_missing_scores_stay_missing(task: VariantTask) -> None:
    assert int(task.measured["alphamissense"].isna().sum()) == 698
    assert int(task.measured["gpn-msa-sapiens"].isna().sum()) == 1
    assert int(task.measured["evo-2-7b"].isna().sum()) == 0


def test_the_published_variant_without_a_change_is_kept_and_marked(task: VariantTask) -> None:
    marked = [json.loads(text)["unchanged"] for text in task.items["groups"]]
    same = (task.items["ref"] == task.items["alt"]).tolist()
    assert marked == same
    assert task.items["item_id"][marked].tolist() == ["18-62138299-C-C"]


def test_a_silent_residue_change_repeats_the_residue(task: VariantTask) -> None:
    silent = task.items.loc[task.items["consequence"] == "synonymous", "protein_variant"]
    assert len(silent) == 90
    assert all(text[0] == text[-1] for text in silent)


@pytest.mark.parametrize(
    ("variant_class", "word"),
    [
        ("missense", Consequence.MISSENSE),
        ("missense + 3'UTR", Consequence.MISSENSE),
        ("stop gain + intron (non-splice)", Consequence.NONSENSE),
        ("stop synonymous + 3'UTR", Consequence.SYNONYMOUS),
        ("3'UTR + splice", Consequence.CANONICAL_SPLICE),
        ("5'UTR + 3'UTR", Consequence.UTR5),
        ("3'UTR + RNA gene", Consequence.UTR3),
        ("intron (non-splice)", Consequence.INTRONIC),
    ],
)
def test_a_class_of_two_things_is_named_after_the_graver_one(variant_class: str, word: Consequence) -> None:
    assert consequence_of(variant_class) == word


def test_an_unknown_class_has_no_consequence() -> None:
    with pytest.raises(ValueError, match="frameshift"):
        consequence_of("frameshift")


def test_a_small_file_reads_as_it_says(tmp_path: Path) -> None:
    task = clinvar_sample.read(_files(tmp_path, ROW, SPLICE))
    assert task.items["item_id"].tolist() == ["1-100-G-A", "1-200-G-A"]
    assert task.items["protein_variant"].tolist()[0] == "R345Q"
    assert task.items["consequence"].tolist() == ["missense", "canonical splice"]
    assert task.measured["alphamissense"].isna().tolist() == [False, True]
    assert json.loads(task.items["groups"].iloc[0])["stars"] == 2


def test_the_gated_column_of_the_upstream_file_changes_nothing(tmp_path: Path) -> None:
    with_column = clinvar_sample.read(_files(tmp_path, {**ROW, "PrimateAI_3D": "0.9"}, {**SPLICE, "PrimateAI_3D": ""}))
    without = clinvar_sample.read(_files(tmp_path, ROW, SPLICE))
    assert list(with_column.measured.columns) == list(SCORES.values())
    pd.testing.assert_frame_equal(with_column.measured, without.measured)
    pd.testing.assert_frame_equal(with_column.items, without.items)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("ClinVar_label", "", r"line 2, column 'ClinVar_label': an unknown word"),
        ("ClinVar_label", "nan", r"line 2, column 'ClinVar_label': an unknown word \(found 'nan'\)"),
        ("ClinVar_label", "0.5", r"line 2, column 'ClinVar_label'.*expected one of 0, 1"),
        ("ClinVar_gold_stars", "5.0", r"line 2, column 'ClinVar_gold_stars'"),
        ("#CHROM", "chr1", r"line 2, column '#CHROM': an unknown word \(found 'chr1'\)"),
        ("POS", "0", r"line 2, column 'POS'"),
        ("ALT", "AT", r"line 2, column 'ALT': an unknown word \(found 'AT'\); expected one of A, C, G, T"),
        ("ALT", "G", r"line 2, column 'ALT': the alternate allele is the reference allele"),
        ("group: splice", "1", r"line 2, column 'group: splice': the variant is 'missense' too"),
        ("group: missense", "2", r"line 2, column 'group: missense': an unknown word"),
        ("group: noncoding", "1", r"line 2, column 'group: coding': coding and noncoding, or neither"),
        ("Evo2_7B", "low", r"line 2, column 'Evo2_7B': not a number that can stand here \(found 'low'\)"),
        ("ClinVarName_AAREF", "B", r"line 2, column 'ClinVarName_AAREF': 'B345Q' is no substitution"),
        ("variant_id", "chr1_100_G_A_b37", r"line 2, column 'variant_id': another variant or assembly .*_b38"),
        ("variant_id", "chr1_101_G_A_b38", r"line 2, column 'variant_id'"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, column: str, value: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        clinvar_sample.read(_files(tmp_path, {**ROW, column: value}, SPLICE))


def test_a_repeated_variant_names_both_lines(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="line 4, column 'POS': the same variant as in line 2, 1-100-G-A"):
        clinvar_sample.read(_files(tmp_path, ROW, SPLICE, ROW))


def test_a_class_that_we_have_no_word_for_is_refused(tmp_path: Path) -> None:
    strange = {**ROW, "group: missense": "0", "group: frameshift": "1"}
    with pytest.raises(TableError, match="column 'group: frameshift': an unknown class of variants"):
        clinvar_sample.read(_files(tmp_path, strange, {**SPLICE, "group: frameshift": "0"}))


def test_a_missing_score_column_is_named(tmp_path: Path) -> None:
    files = _files(tmp_path, ROW, SPLICE)
    path = files[CLINVAR_SAMPLE]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"Evo2_40B", b"Evo2_41B")))
    with pytest.raises(TableError, match="line 1, column 'Evo2_40B': the column is missing"):
        clinvar_sample.read(files)
