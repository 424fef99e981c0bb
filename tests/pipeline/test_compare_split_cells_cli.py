"""`vledger compare --split cells.h5ad` as it is typed: what it prints where, what it writes, what it refuses."""

from __future__ import annotations

import json
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from engine import cli
from engine.cli.split_cells import SaidOfCells, is_cells
from engine.local_split.cells.compare import command_of, compare_cells
from engine.local_split.cells.exchange import CellOptions
from engine.local_split.cells.inspect import inspect_cells
from engine.local_split.cells.report import as_csv, as_html
from engine.local_split.limits import MOST_CELL_BYTES, MOST_EMBEDDINGS, MOST_GENE_NUMBERS, MOST_SINGLE_CELLS
from engine.local_split.report import as_json
from engine.singlecell.reading import trial
from tests.engine.local_split.cells.blood import blood, only
from tests.singlecell.files import content, write
from tests.singlecell.reading.malformed import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

NAMED = ("--label", "condition", "--batch", "batch", "--embedding", "X_model")
MET = {
    "not HDF5": (),
    "empty": (),
    "cut off": (),
    "only a signature": (),
    "a zip of something": (),
    "HDF5 without obs": (),
    "no cells": (),
    "no genes": (),
    "a trillion cells": (),
    "genes named twice": (),
    "only zeros": NAMED,
    "no such layer": (*NAMED, "--layer", "raw_counts"),
    "NaN in a sparse X": NAMED,
    "more than can be squared": NAMED,
    "an encoding that is an array": NAMED,
    "a shape of texts": NAMED,
    "infinity in a dense layer": (*NAMED, "--layer", "dense"),
    "texts for a matrix": NAMED,
    "another shape than obs": (*NAMED, "--layer", "dense"),
    "rows that end before they begin": NAMED,
    "a value outside the genes": NAMED,
    "parts of a sparse matrix missing": NAMED,
    "parts of other lengths": NAMED,
    "an embedding of fewer cells": NAMED,
    "an embedding with NaN": NAMED,
    "no such embedding": ("--label", "condition", "--embedding", "X_scGPT"),
    "a measured column as label": ("--label", "depth"),
    "a single class": ("--label", "batch"),
    "a link to another file": NAMED,
    "all of obs in another file": NAMED,
    "a link within the file": (*NAMED, "--layer", "dense"),
    "bytes of another file": ("--label", "depth"),
    "a virtual array": NAMED,
    "an old table whose values lie elsewhere": (),
    "an old table in pieces of a gigabyte": NAMED,
    "an old table without names of cells": (),
    "a code outside the categories of an old table": NAMED,
    "an array for obs": (),
    "raw behind a link": (*NAMED, "--layer", "raw.X"),
    "raw without genes": (*NAMED, "--layer", "raw.X"),
    "raw with a gene named twice": (*NAMED, "--layer", "raw.X"),
    "an unknown encoding": ("--label", "whole"),
    "a code outside the categories": ("--label", "condition"),
    "a column of another length": ("--label", "depth"),
    "one value for a column": ("--label", "depth"),
    "an array in pieces of a gigabyte": (*NAMED, "--layer", "dense"),
    "names that are no texts": (),
}
"""Malformed files that a comparison meets, and how it is asked; all others are good for it."""


@pytest.fixture
def vledger(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Exit code, standard output and standard error of `vledger compare ...`, run in this process."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vledger", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


@pytest.fixture(scope="module")
def folder(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every fifth blood cell lies as the cells.h5ad of the document."""
    place = tmp_path_factory.mktemp("mine")
    write(place / "cells.h5ad", only(blood(mirror), slice(None, None, 5), 150))
    return place


def unfolded(shown: str) -> str:
    """What typer put into a frame, as one line."""
    return " ".join(shown.replace("│", " ").split())


def test_every_command_of_the_document_runs(
    vledger: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, precomputed: Path
) -> None:
    text = (precomputed.parent / "docs" / "your-split.md").read_text("utf-8")
    commands = re.findall(r"^vledger compare (.*?\.h5ad.*?)(?:\s+#.*)?$", text, re.MULTILINE)
    assert len(commands) == 4
    monkeypatch.chdir(folder)
    for line in commands:
        code, out, err = vledger(*shlex.split(line), *([] if "--check" in line else ["--draws", "100"]))
        assert code == 0, (line, err)
        assert out, line
    assert (folder / "cells.html").read_bytes().startswith(b"<!doctype html>")


def test_the_document_names_every_option_system_and_limit(precomputed: Path) -> None:
    text = " ".join((precomputed.parent / "docs" / "your-split.md").read_text("utf-8").split("## Cells")[1].split())
    for option in ("--label", "--batch", "--embedding", "--layer", "--draws", "--seed", "--check", "--html", "--csv"):
        assert f"`{option}`" in text
    assert all(f"`{system}`" in text for system in ("hvg-pca", "hvg", "random-projection"))
    assert f"{MOST_CELL_BYTES // 10**9} GB and {MOST_SINGLE_CELLS:,} cells" in text
    assert f"{MOST_GENE_NUMBERS:,}" in text
    assert f"at most {MOST_EMBEDDINGS})" in text


def test_reports_and_output_are_those_of_the_engine_and_the_command_gives_them_again(
    vledger: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = CellOptions(label="cell_type", embeddings=("X_pca",), draws=100, seed=2)
    result = compare_cells(folder / "cells.h5ad", options)
    words = shlex.split(result.command)
    assert words[:2] == ["vledger", "compare"]
    monkeypatch.chdir(folder)
    code, out, err = vledger(*words[2:], "--format", "json", "--html", "a.html", "--json", "a.json", "--csv", "a.csv")
    assert (code, out.encode()) == (0, as_json(result)), err
    written = [(folder / name).read_bytes() for name in ("a.html", "a.json", "a.csv")]
    assert written == [as_html(result), as_json(result), as_csv(result)]
    assert "X_pca: clusterings ..." in err


@pytest.mark.parametrize("name", ["cell type", "it's", "--label", "=1", "Zelltyp/ä", "-"])
def test_a_command_asks_what_was_asked_whatever_columns_are_called(
    name: str, vledger: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[SaidOfCells] = []
    monkeypatch.setattr("engine.cli.split_cells.answer", heard.append)
    options = CellOptions(label=name, batch=name, embeddings=(name, "X_b"), layer=name, draws=500, seed=7)
    for asked in (options, CellOptions(label=name)):
        words = shlex.split(command_of("cells.h5ad", asked))
        monkeypatch.chdir(folder)
        assert vledger(*words[2:])[0] == 0
        assert heard[-1].options == asked
        assert heard[-1].split.name == "cells.h5ad"


def test_the_table_has_problems_values_verdicts_types_and_the_finding(vledger: Command, folder: Path) -> None:
    path = folder / "cells.h5ad"
    code, out, _ = vledger("--split", path, "--label", "cell_type", "--batch", "donor", "--draws", "100")
    places = [
        out.index(text)
        for text in (
            "cells.h5ad: 140 of 140 cells of 10 types and 2 batches, 150 genes; AvgBIO decides",
            "note: the matrix has scaled values",
            "HVG + PCA (to beat)",
            "paired verdict",
            "ASW of a cell type",
            "Dendritic",
            "of 2 embeddings",
        )
    ]
    assert code == 0
    assert places == sorted(places)


def test_check_says_what_the_file_holds(vledger: Command, folder: Path) -> None:
    path = folder / "cells.h5ad"
    code, out, _ = vledger("--split", path, "--check")
    assert code == 0
    assert out.startswith("cells.h5ad: 140 cells, 150 genes, scaled in X")
    assert re.search(r"cell_type +text +10 +0 +a type", out)
    assert re.search(r"donor +text +2 +0 +a batch", out)
    assert re.search(r"X_pca +50", out)
    code, out, _ = vledger("--split", path, "--check", "--layer", "counts", "--format", "json")
    assert (code, json.loads(out)["state"]) == (0, "counts")
    assert out.encode() == as_json(inspect_cells(path, layer="counts"))
    code, out, err = vledger("--split", path, "--check", "--format", "csv")
    assert (code, out) == (2, "")
    assert "give --format table or json" in err
    code, _, err = vledger("--split", path, "--check", "--html", "a.html")
    assert (code, "--check compares nothing" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--positive", "1"),
        ("--score", "X_pca=1"),
        ("--by", "donor"),
        ("--group", "donor"),
        ("--labels", "cell_type"),
        ("--column", "label=cell_type"),
        ("--threshold", "a=1"),
        ("--model", "esm2"),
        ("--problems", "p.csv"),
        ("--sheet", "a"),
    ],
    ids=lambda words: words[0],
)
def test_options_of_tables_are_refused_for_cells(words: tuple[str, str], vledger: Command, folder: Path) -> None:
    code, out, err = vledger("--split", folder / "cells.h5ad", "--label", "cell_type", *words)
    assert (code, out) == (2, "")
    assert f"{words[0]} is about tables of variants, sequences or scores: leave it out" in unfolded(err)


@pytest.mark.parametrize("option", ["--label", "--batch", "--embedding", "--layer"])
def test_options_of_cells_are_refused_for_tables_and_without_a_split(
    option: str, vledger: Command, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("label,a\n1,0.2\n0,0.3\n")
    code, out, err = vledger("--split", path, option, "x")
    assert (code, out) == (2, "")
    assert f"{option} is about a file of cells, an .h5ad: leave it out for a table." in unfolded(err)
    code, _, err = vledger("a", "b", option, "x")
    assert (code, f"{option} goes with --split FILE" in unfolded(err)) == (2, True)


def test_a_file_is_known_by_its_name_or_its_first_bytes(tmp_path: Path) -> None:
    renamed = write(tmp_path / "cells.bin", content())
    (tmp_path / "text.csv").write_text("label,a\n")
    assert [is_cells(tmp_path / name) for name in ("A.H5AD", "a.zarr.zip", "none.csv", "text.csv")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert is_cells(renamed)


def test_without_a_label_the_columns_that_may_be_one_are_named(vledger: Command, folder: Path) -> None:
    code, out, err = vledger("--split", folder / "cells.h5ad")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        "vledger: cells.h5ad: name the column of obs with the type of each cell with --label; it may be 'cell_type' "
        "(10 values), 'louvain' (11 values); a batch, with --batch, may be 'donor'."
    )


def test_a_report_without_a_folder_is_refused_before_anything_is_read(vledger: Command, tmp_path: Path) -> None:
    code, _, err = vledger("--split", tmp_path / "none.h5ad", "--html", tmp_path / "nowhere" / "a.html")
    assert (code, "there is no folder" in err) == (2, True)


def test_every_malformed_file_of_the_corpus_is_known_here() -> None:
    assert set(MET) <= set(CORPUS)


@pytest.mark.parametrize("name", list(MET))
def test_a_malformed_file_is_one_sentence(name: str, vledger: Command, tmp_path: Path) -> None:
    path = CORPUS[name].build(tmp_path)
    asked = MET[name] or ("--label", "condition")
    code, out, err = vledger("--split", path, *asked, "--draws", "100")
    complaint = [line for line in err.splitlines() if line.startswith("vledger: ")]
    assert (code, out, len(complaint)) == (2, "", 1)
    assert complaint[0] == err.splitlines()[-1]
    assert all(part in complaint[0] for part in CORPUS[name].says)
    assert "Traceback" not in err


@pytest.mark.parametrize("name", sorted(set(CORPUS) - set(MET)))
def test_what_is_wrong_for_other_tasks_alone_is_checked_without_a_complaint(
    name: str, vledger: Command, tmp_path: Path
) -> None:
    code, out, err = vledger("--split", CORPUS[name].build(tmp_path), "--check")
    assert (code, "Traceback" in err) == (0, False), err
    assert out.startswith("bad.h5ad: ")


def test_a_file_that_kills_who_reads_it_is_one_sentence(
    vledger: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(trial.sys, "executable", str(program))
    code, out, err = vledger("--split", folder / "cells.h5ad", *NAMED)
    assert (code, out) == (2, "")
    assert "the process that tried to read it died of it" in err.splitlines()[-1]


def test_without_the_extra_the_command_that_brings_it_is_named(
    vledger: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    code, out, err = vledger("--split", folder / "cells.h5ad", "--label", "cell_type")
    assert (code, out) == (3, "")
    assert "pip install 'validity-ledger[singlecell]'" in err
