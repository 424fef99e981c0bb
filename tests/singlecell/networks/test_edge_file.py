from __future__ import annotations

import gzip
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import TableError
from engine.singlecell.networks.edge_file import read_edges
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from pathlib import Path

    from engine.singlecell.networks.edges import Edges

GENES = ("G0", "G1", "G2")
PERTURBED = ("A", "B", "C")


def _read(path: Path) -> Edges:
    return read_edges(path, genes=GENES, regulators=PERTURBED)


def _written(folder: Path, text: str | bytes, name: str = "net.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _pairs(edges: Edges) -> dict[tuple[str, str], float]:
    return {
        (regulator, gene): float(edges.values[row, column])
        for row, regulator in enumerate(edges.regulators)
        for column, gene in enumerate(edges.genes)
        if not np.isnan(edges.values[row, column])
    }


EXPECTED = {("A", "G1"): 0.5, ("A", "G0"): 2.0, ("B", "G1"): 1e-3}
LINES = [("regulator", "target", "score"), ("A", "G1", "0.5"), ("B", "G1", "1e-3"), ("A", "G0", "2")]


@pytest.mark.parametrize("separator", [",", "\t", ";"], ids=["comma", "tab", "semicolon"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n\n"], ids=["unix", "windows", "empty lines"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_edges_are_read_from_text(tmp_path: Path, separator: str, end: str, *, packed: bool) -> None:
    text = "".join(separator.join(cells) + end for cells in LINES).encode()
    path = _written(tmp_path, gzip.compress(text) if packed else text, "net.tsv.gz" if packed else "net.tsv")
    found = _read(path)
    assert _pairs(found) == EXPECTED
    assert found.note is None


def test_the_names_and_further_columns_of_grnboost_are_accepted(tmp_path: Path) -> None:
    text = "\ufeffimportance,TF,target,rank\n 0.5 , A ,G1,1\n1e-3,B,G1,2\n2,A,G0,3\n"
    assert _pairs(_read(_written(tmp_path, text))) == EXPECTED


def test_edges_are_read_from_parquet(tmp_path: Path) -> None:
    rows = pd.DataFrame([cells[:2] for cells in LINES[1:]], columns=["TF", "target"])
    write_frame(tmp_path / "net.parquet", rows.assign(importance=[0.5, 1e-3, 2.0]))
    assert _pairs(_read(tmp_path / "net.parquet")) == EXPECTED


def test_edges_of_other_genes_do_not_count_and_are_told(tmp_path: Path) -> None:
    found = _read(_written(tmp_path, "regulator,target,score\nA,G1,1\nZ,G1,1\nA,X,7\nB,G0,0\n"))
    assert _pairs(found) == {("A", "G1"): 1, ("B", "G0"): 0}
    assert found.note == "2 of 4 edges of the file do not join a perturbed gene to a measured one"
    assert found.otherwise == "has no edge in net.csv"


def test_a_gene_called_na_is_a_gene(tmp_path: Path) -> None:
    path = _written(tmp_path, "regulator,target,score\nNA,null,1\n")
    found = read_edges(path, genes=["null"], regulators=["NA"])
    assert _pairs(found) == {("NA", "null"): 1}


HEADER = "regulator,target,score\n"
MALFORMED = {
    "empty": ("", "net.csv: the file is empty; expected a header with regulator, target and score"),
    "no edges": (HEADER, "the table has no edges below its header; expected one line per edge"),
    "no column": ("regulator,target\nA,G1\n", "column 'score': the column is missing (found 'regulator, target')"),
    "no header": ("A,G1,0.5\nB,G1,0.1\n", "column 'regulator': the column is missing (found 'A, G1, 0.5')"),
    "two names": ("TF,regulator,target,score\nA,A,G1,1\n", "column 'regulator': the header names it twice"),
    "NaN": (HEADER + "A,G1,1\nA,G0,nan\n", "line 3, column 'score': the score is not a number (found 'nan')"),
    "infinite": (HEADER + "A,G1,inf\n", "line 2, column 'score': the score is not a number (found 'inf')"),
    "empty score": (HEADER + "A,G1,\n", "line 2, column 'score': the score is not a number (found '')"),
    "text": (HEADER + "\nA,G1,strong\n", "line 3, column 'score': the score is not a number (found 'strong')"),
    "comma": (HEADER + 'A,G1,"0,5"\n', "line 2, column 'score': the score is not a number (found '0,5')"),
    "negative": (HEADER + "A,G1,1\n\nA,G0,-0.5\n", "line 4, column 'score': the score is negative (found -0.5); "),
    "twice": (HEADER + "A,G1,1\nB,G1,1\nA,G1,1\n", "line 4, column 'target': the edge is there already (found 'A to"),
    "no name": (HEADER + "A,G1,1\n ,G1,1\n", "line 3, column 'regulator': a gene has no name; expected a gene symbol"),
    "short line": (HEADER + "A,G1,1\nB\n", "line 3, column 'score': the score is not a number"),
    "long line": (HEADER + "A,G1,1\nB,G1,1,7\n", "it cannot be read (Expected 3 fields in line 3, saw 4)"),
    "all lines long": (HEADER + "x,A,G1,1\ny,B,G1,1\n", "line 2: its lines have more cells than the header"),
    "open quotation": (HEADER + 'A,"G1,1\n', "it cannot be read (EOF inside string"),
    "other regulators": (HEADER + "Z,G1,1\n", "no regulator is one of the perturbed genes (found 'Z'); expected"),
    "other targets": (HEADER + "A,ENSG01,1\n", "no edge joins a perturbed gene to a measured one (found 'ENSG01')"),
    "latin-1": ((HEADER + "A,G1,1\n").encode() + b"\xe9,G1,1\n", "the text is not UTF-8; expected UTF-8"),
    "latin-1 header": (b"r\xe9gulator,target,score\nA,G1,1\n", "the text is not UTF-8; expected UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_gets_one_sentence(tmp_path: Path, case: str) -> None:
    text, words = MALFORMED[case]
    with pytest.raises(TableError) as caught:
        _read(_written(tmp_path, text))
    told = str(caught.value)
    assert words in told
    assert told.startswith("net.csv")
    assert told.endswith(".")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"no Parquet", "net.parquet", "net.parquet: not a readable Parquet file"),
        (b"\x1f\x8b\x08 broken", "net.csv.gz", "net.csv.gz: it cannot be read"),
        (b"plain text", "net.csv.gz", "net.csv.gz: it cannot be read (Not a gzipped file"),
        (gzip.compress(HEADER.encode() + b"A,G1,1\n" * 9)[:-20], "net.csv.gz", "net.csv.gz: it cannot be read"),
    ],
    ids=["parquet", "damaged gzip", "no gzip", "cut off gzip"],
)
def test_a_damaged_file_gets_one_sentence(tmp_path: Path, content: bytes, name: str, words: str) -> None:
    with pytest.raises(TableError) as caught:
        _read(_written(tmp_path, content, name))
    assert words in str(caught.value)


def test_a_parquet_file_whose_score_is_null_is_refused_by_record(tmp_path: Path) -> None:
    rows = pd.DataFrame({"regulator": ["A", "A"], "target": ["G0", "G1"], "score": [1.0, None]})
    write_frame(tmp_path / "net.parquet", rows)
    with pytest.raises(TableError, match="line 2, column 'score': the score is not a number"):
        _read(tmp_path / "net.parquet")


@pytest.mark.parametrize("column", ["score", "target"])
def test_a_parquet_file_with_lists_is_refused(tmp_path: Path, column: str) -> None:
    rows = {"regulator": ["A"], "target": ["G0"], "score": [1.0]} | {column: [[1.0, 2.0]]}
    write_frame(tmp_path / "net.parquet", pd.DataFrame(rows))
    with pytest.raises(TableError, match="holds lists or records"):
        _read(tmp_path / "net.parquet")


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="there is no such file in"):
        _read(tmp_path / "net.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_edges_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for start in (b"", HEADER.encode()):
        with suppress(TableError):
            assert len(_read(_written(folder, start + content)).regulators)
