from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from engine.errors import TableError
from engine.names import LicenceGroup, Role
from engine.registry import SystemRow, read_systems, registry_path
from engine.registry.systems import as_model, bp_per_token, context_bp

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def systems() -> dict[str, SystemRow]:
    return {row.model_id: row for row in read_systems()}


def _with_cell(folder: Path, line: int, column: str, value: str) -> Path:
    with registry_path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[line - 1][rows[0].index(column)] = value
    path = folder / "models.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_all_systems_are_read(systems: dict[str, SystemRow]) -> None:
    assert len(systems) == 100


def test_a_copy_without_damage_is_read(tmp_path: Path) -> None:
    assert len(read_systems(_with_cell(tmp_path, 2, "display_name", "METAGENE-1"))) == 100


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("model_id", ""),
        ("role", "champion"),
        ("modality", "RNA"),
        ("family", "Perceptron"),
        ("tokenizer_kind", "morse code"),
        ("context_value", "0"),
        ("context_unit", "miles"),
        ("params", "-7000000000"),
        ("params", "7B"),
        ("hf_id", "no slash"),
        ("hf_revision", "a" * 39),
        ("hf_revision", "A" * 40),
        ("hf_revision", "main"),
        ("access_kind", "secret"),
        ("supervised_on_assay", "perhaps"),
        ("geneb_full_macro_mcc", "1.5"),
        ("geneb_full_macro_mcc", "nan"),
        ("source", ""),
    ],
)
def test_a_damaged_cell_names_line_and_column(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(TableError) as caught:
        read_systems(_with_cell(tmp_path, 37, column, value))
    assert (caught.value.path.name, caught.value.line, caught.value.column) == ("models.csv", 37, column)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("family", "Perceptron", "Transformer (encoder)"),
        ("tokenizer_kind", "morse code", "single-nucleotide"),
        ("hf_revision", "a" * 39, "40 hexadecimal digits"),
        ("role", "champion", "baseline"),
    ],
)
def test_a_word_outside_the_vocabulary_is_told_what_is_in_it(
    tmp_path: Path, column: str, value: str, expected: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_systems(_with_cell(tmp_path, 2, column, value))
    assert expected in str(caught.value)


def test_a_repeated_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="line 3, column 'model_id': the same model_id as in line 2"):
        read_systems(_with_cell(tmp_path, 3, "model_id", "METAGENE-1"))


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("nucleotide-transformer-2.5b-multi-species", 5994),
        ("nt-v1-2.5b-1000g", 5994),
        ("nucleotide-transformer-v2-250m-multi-species", 12282),
        ("GENERator-eukaryote-3b-base", 98304),
        ("evo-1-131k-base", 131072),
        ("evo-2-40b", 1_000_000),
        ("enformer-official-rough", 196608),
        ("splicebert-1024nt", 1024),
        ("gpn-msa-sapiens", 128),
        ("METAGENE-1", None),
        ("DNABERT-S", None),
        ("Omni-DNA-1B", None),
        ("dnabert2-no-flashattention", None),
        ("dnabert-6-mer-v1", None),
        ("phylogpn", None),
        ("esm-2-650m", None),
        ("scgpt-whole-human", None),
    ],
)
def test_a_context_is_given_in_bases_only_where_bases_were_stated(
    systems: dict[str, SystemRow], model_id: str, expected: int | None
) -> None:
    assert context_bp(systems[model_id]) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (None, None),
        ("1", 1.0),
        ("6", 6.0),
        ("~5 (1024 tokens ~ 5.1 kb)", 5.0),
        ("~8.8 (512 tokens ~ 4500 bp)", 8.8),
        ("BioToken (annotated)", None),
    ],
)
def test_bases_per_token_are_the_leading_number(stated: str | None, expected: float | None) -> None:
    assert bp_per_token(stated) == expected


def test_only_baselines_and_models_are_registered(systems: dict[str, SystemRow]) -> None:
    roles = {name: as_model(row).role for name, row in systems.items()}
    assert {roles[name] for name in ("phylop", "cadd", "gemme", "evmutation", "scvi")} == {Role.BASELINE}
    assert {roles[name] for name in ("evo-2-7b", "METAGENE-1", "esm-1b")} == {Role.MODEL}


def test_a_system_without_a_licence_is_not_called_permissive(systems: dict[str, SystemRow]) -> None:
    unlicensed = [as_model(row) for row in systems.values() if row.weights_licence is None]
    assert unlicensed
    assert {row.licence_group for row in unlicensed} == {LicenceGroup.UNKNOWN}


def test_an_empty_context_has_no_unit(systems: dict[str, SystemRow]) -> None:
    assert as_model(systems["eccdnamamba_weights"]).context_unit is None
