from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engine.datasets import clinvar_missense
from engine.datasets.clinvar_missense import gene_of
from engine.errors import TableError
from engine.registry.files import ASSAYS, CLINVAR_FOUR, CLINVAR_PROTEINS

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

HEADER = "protein_name,mutations,ClinVar_labels"
FIRST = ("BRCA1_HUMAN_b0.05,M1V,1.0", "BRCA1_HUMAN_RING_r1_110_b0.5,M1V,1.0", "PTEN_HUMAN,T2A,0.0")
SECOND = ("PTEN_HUMAN,T2A,benign,0.0", "PTEN_HUMAN,A3G,pathogenic,1.0")
FOUR_HEADER = "protein_name,mutations,ClinVar_labels_category,ClinVar_labels"


@pytest.fixture(scope="module")
def task(mirror: Path) -> VariantTask:
    return clinvar_missense.read({name: mirror / name for name in (CLINVAR_PROTEINS, CLINVAR_FOUR, ASSAYS)})


def _files(folder: Path, first: tuple[str, ...] = FIRST, second: tuple[str, ...] = SECOND) -> dict[str, Path]:
    paths = {CLINVAR_PROTEINS: folder / "proteins.csv", CLINVAR_FOUR: folder / "four.csv"}
    paths[CLINVAR_PROTEINS].write_text("\n".join((HEADER, *first)) + "\n", "utf-8")
    paths[CLINVAR_FOUR].write_text("\n".join((FOUR_HEADER, *second)) + "\n", "utf-8")
    return paths


def _assays(folder: Path, *rows: str) -> Path:
    header = "DMS_id,UniProt_ID,target_seq,DMS_binarization_cutoff,raw_DMS_phenotype_name"
    path = folder / "assays.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def test_every_label_is_there_once(task: VariantTask) -> None:
    # 20,027 + 405 lines; 119 repeat BRCA1 under the name of a domain, 355 stand in both files.
    assert task.task.n_test == 20_027 + 405 - 119 - 355
    entries = [json.loads(text)["entries"] for text in task.items["groups"]]
    assert sum(map(len, entries)) == 20_027 + 405
    assert task.items["gene"].nunique() == 1085


def test_genes_with_ten_of_each_class_are_strata(task: VariantTask) -> None:
    labels = task.items["label"].to_numpy(int)
    genes = [stratum for stratum in task.strata if stratum.kind == "gene"]
    assert len(genes) == 116
    for stratum in genes:
        inside = labels[task.membership[stratum.stratum].to_numpy()]
        assert min(inside.sum(), len(inside) - inside.sum()) >= 10
        assert set(task.items["gene"][task.membership[stratum.stratum]]) == {stratum.stratum}


def test_sequences_are_given_only_where_every_variant_fits(task: VariantTask) -> None:
    assert len(task.proteins) == 24
    assert not {"BRCA2_HUMAN", "KCNE1_HUMAN", "RASK_HUMAN"} & set(task.proteins)
    for gene, text in zip(task.items["gene"], task.items["protein_variant"], strict=True):
        if gene in task.proteins:
            assert task.proteins[gene][int(text[1:-1]) - 1] == text[0]


def test_the_same_change_under_two_names_is_one_item(tmp_path: Path) -> None:
    task = clinvar_missense.read(_files(tmp_path))
    assert task.items["item_id"].tolist() == ["BRCA1_HUMAN-M1V", "PTEN_HUMAN-T2A", "PTEN_HUMAN-A3G"]
    assert task.items["label"].tolist() == [1, 0, 1]
    assert json.loads(task.items["groups"].iloc[0]) == {
        "entries": ["BRCA1_HUMAN_b0.05", "BRCA1_HUMAN_RING_r1_110_b0.5"]
    }
    assert task.proteins == {}


def test_the_sequence_that_fits_is_taken_of_several(tmp_path: Path) -> None:
    files = _files(tmp_path)
    files[ASSAYS] = _assays(
        tmp_path, "a,PTEN_HUMAN,MTG,0,x", "b,PTEN_HUMAN,MTAI,0,x", "c,BRCA1_HUMAN,DLSA,0,x", "d,P53_HUMAN,MEE,0,x"
    )
    assert clinvar_missense.read(files).proteins == {"PTEN_HUMAN": "MTAI"}


@pytest.mark.parametrize(
    ("entry", "gene"),
    [
        ("BRCA1_HUMAN", "BRCA1_HUMAN"),
        ("BRCA1_HUMAN_b0.05", "BRCA1_HUMAN"),
        ("VKOR1_HUMAN_full_b0.3", "VKOR1_HUMAN"),
        ("1433G_HUMAN", "1433G_HUMAN"),
        ("brca1", None),
        ("BRCA1", None),
    ],
)
def test_the_gene_is_the_entry_without_its_suffix(entry: str, gene: str | None) -> None:
    assert gene_of(entry) == gene


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("PTEN_HUMAN,T2,0.0", r"proteins.csv, line 5, column 'mutations': 'T2' is no substitution"),
        ("PTEN_HUMAN,T2T,0.0", r"line 5, column 'mutations': not a missense variant"),
        ("PTEN_HUMAN,T2*,0.0", r"line 5, column 'mutations': not a missense variant"),
        ("PTEN_HUMAN,T9A,", r"line 5, column 'ClinVar_labels': an unknown word"),
        ("PTEN_HUMAN,T9A,2.0", r"line 5, column 'ClinVar_labels': an unknown word \(found '2.0'\)"),
        ("pten,T9A,0.0", r"line 5, column 'protein_name': no UniProt entry name \(found 'pten'\)"),
        ("PTEN_HUMAN,T2A,0.0", r"line 5, column 'mutations': the same variant as in line 4, PTEN_HUMAN-T2A"),
        (
            "BRCA1_HUMAN,M1V,0.0",
            r"line 5, column 'ClinVar_labels': BRCA1_HUMAN M1V has the label 1 in proteins.csv, line 2",
        ),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        clinvar_missense.read(_files(tmp_path, first=(*FIRST, row)))


def test_files_that_disagree_about_a_label_are_refused(tmp_path: Path) -> None:
    message = r"four.csv, line 2, column 'ClinVar_labels': PTEN_HUMAN T2A has the label 0 in proteins.csv, line 4"
    with pytest.raises(TableError, match=message):
        clinvar_missense.read(_files(tmp_path, second=("PTEN_HUMAN,T2A,pathogenic,1.0",)))


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"four.csv: the table has no rows"):
        clinvar_missense.read(_files(tmp_path, second=()))
