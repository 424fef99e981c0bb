"""The example files: of every shape, the same everywhere, and understood without a word from anybody."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys

import pytest

from engine.local_split.examples import EXAMPLES, Example
from engine.local_split.exchange import Files, Shape
from engine.local_split.inspect import inspect

BY_NAME = {example.name: example for example in EXAMPLES}


@pytest.fixture(autouse=True)
def no_store(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", f"{tmp_path}/cache")


def test_there_is_one_of_every_shape() -> None:
    assert {example.shape for example in EXAMPLES} == set(Shape)
    assert len(BY_NAME) == len(EXAMPLES)
    assert len({example.make().name for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_file_is_the_same_whenever_it_is_made(example: Example) -> None:
    assert example.files() == example.files()
    assert len(example.make().content) < 100_000


def test_the_files_are_those_of_yesterday() -> None:
    """`random()` alone is drawn from, whose sequence Python promises to keep."""
    content = b"".join(example.make().content for example in EXAMPLES)
    assert hashlib.sha256(content).hexdigest()[:16] == "d65290f3b6567b4c"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_its_shape_and_columns_are_recognised(example: Example) -> None:
    inspection, split = inspect(example.files(), example.options())
    assert inspection.missing is None
    assert inspection.shape is example.shape
    assert split is not None
    if example.name != "faults":
        assert {score.column for score in example.scores} <= set(inspection.score_columns)
        aside = sum(word.count for word in inspection.label_words if word.read_as == "set aside")
        assert inspection.used == inspection.rows - aside
        assert inspection.used >= 200


def test_every_fault_that_was_put_in_is_found() -> None:
    example = BY_NAME["faults"]
    inspection, _ = inspect(example.files(), example.options())
    rows = {problem.row for problem in inspection.problems}
    assert rows >= {6, 10, 15, 21, 34, 39, 45, 51, 58, 64, 71, 72}
    assert b"'=SUM(A1:A9)" in inspection.problem_table or b"=SUM" not in inspection.problem_table


def test_a_variant_names_the_residue_that_its_sequence_has() -> None:
    lines = BY_NAME["protein-variants"].make().content.decode().splitlines()[1:]
    three = {"Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G",
             "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S",
             "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V"}  # fmt: skip
    for line in lines:
        _, sequence, change, *_ = line.split(",")
        found = re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)[A-Z][a-z]{2}", change)
        assert found
        assert sequence[int(found[2]) - 1] == three[found[1]]


def test_a_fasta_beside_a_table_has_all_that_its_rows_name() -> None:
    files: Files = BY_NAME["named-proteins"].files()
    assert files.sequences is not None
    named = {line.split(",")[0] for line in files.table.content.decode().splitlines()[1:]}
    assert named == set(re.findall(r"^>(\w+)", files.sequences.content.decode(), re.MULTILINE))


def test_making_them_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom engine.local_split.examples import EXAMPLES\n[one.files() for one in EXAMPLES]\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'numpy', 'pandas', 'scipy', 'torch'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
