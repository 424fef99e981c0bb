"""Files of cells, gene vectors and edges: whatever stands in them, a value or one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.exchange import CellOptions
from engine.local_split.cells.inspect import inspect_cells
from engine.singlecell.networks.edge_file import read_edges
from engine.singlecell.perturbation.embeddings import read_embedding
from tests.fuzzing.inputs import NUMBERS, damaged, encoded, texts, words
from tests.fuzzing.sentences import check_sentence, value_or_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

pytest.importorskip("h5py")
pytest.importorskip("sknetwork")

from tests.fuzzing.cells import Choices, changed, good, good_before_07, read_whole
from tests.singlecell.files import content, write

_COLUMNS = ("condition", "batch", "depth", "cluster", "_index")
_names = st.one_of(st.none(), st.sampled_from(_COLUMNS), texts)
OPTIONS = st.builds(
    CellOptions,
    label=_names,
    batch=_names,
    embeddings=st.lists(st.one_of(st.just("X_model"), texts), max_size=2).map(tuple),
    layer=st.one_of(st.none(), st.sampled_from(["counts", "dense"]), texts),
    draws=st.sampled_from([1, 3]),
    seed=st.sampled_from([0, 2**32]),
)
_TABLE = "gene,v1,v2\nKLF1,0.5,1\nMAP2K6,-2,1e-3\nCEBPA,0,7\n"
_EDGES = "regulator,target,score\nKLF1,G1,0.5\nKLF1,G2,1\nMAP2K6,G1,3e-2\n"


@pytest.mark.parametrize("make", [good, good_before_07], ids=["today", "before 0.7"])
def test_a_file_that_holds_anything_is_read_or_refused_in_one_sentence(
    make: Callable[[Path], bytes], fuzzed: Fuzzed, tmp_path: Path
) -> None:
    path = tmp_path / "cells.h5ad"
    whole = make(path)

    def check(recipe: bytes) -> None:
        path.write_bytes(whole)
        changed(path, Choices(recipe))
        read_whole(path)
        value_or_sentence(lambda: inspect_cells(path))

    fuzzed(
        "cells" if make is good else "cells before anndata 0.7", st.binary(min_size=4, max_size=40), check, examples=200
    )


def test_any_question_about_cells_is_answered_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = write(tmp_path / "cells.h5ad", content())

    def check(options: CellOptions) -> None:
        found = value_or_sentence(lambda: compare_cells(path, options))
        if found is None:
            return
        for problem in (*found.problems, *found.failed):
            check_sentence(problem.problem)
        assert all((value.value is None) == (value.undefined_reason is not None) for value in found.values)

    check(CellOptions(label="condition", batch="batch", layer="counts", draws=3))
    fuzzed("questions about cells", OPTIONS, check, examples=60)


def _tables(header: str) -> st.SearchStrategy[bytes]:
    cell = st.one_of(st.sampled_from(["KLF1", "G1", *NUMBERS]), words)
    line = st.lists(cell, min_size=1, max_size=4).map(",".join)
    return encoded(st.lists(line, max_size=4).map(lambda found: "\n".join([header, *found])))


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".parquet"])
def test_any_file_of_gene_vectors_is_read_or_refused_in_one_sentence(
    suffix: str, fuzzed: Fuzzed, tmp_path: Path
) -> None:
    path = tmp_path / f"vectors{suffix}"
    (tmp_path / "good.csv").write_text(_TABLE, "utf-8")
    if suffix == ".csv":
        path.write_text(_TABLE, "utf-8")
    elif suffix == ".npz":
        np.savez(path, genes=np.array(["KLF1", "MAP2K6"]), vectors=np.ones((2, 3)))
    else:
        duckdb.read_csv(str(tmp_path / "good.csv")).write_parquet(str(path))
    assert len(read_embedding(path).genes) in {2, 3}

    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = value_or_sentence(lambda: read_embedding(path))
        assert found is None or (len(found.genes) == len(set(found.genes)) and np.isfinite(found.vectors).all())

    whole = damaged([path.read_bytes()])
    fuzzed("gene vectors", st.one_of(whole, _tables("gene,v1,v2")) if suffix == ".csv" else whole, check, examples=150)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_any_file_of_edges_is_read_or_refused_in_one_sentence(suffix: str, fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = tmp_path / f"edges{suffix}"
    (tmp_path / "good.csv").write_text(_EDGES, "utf-8")
    table = duckdb.read_csv(str(tmp_path / "good.csv"))
    if suffix == ".parquet":
        table.write_parquet(str(path))
    else:
        table.write_csv(str(path), compression="gzip" if suffix.endswith("gz") else None)
    known = {"genes": {"G1", "G2"}, "regulators": {"KLF1", "MAP2K6"}}
    assert read_edges(path, **known).regulators == ("KLF1", "MAP2K6")

    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = value_or_sentence(lambda: read_edges(path, **known))
        assert found is None or (np.nan_to_num(found.values) >= 0).all()

    whole = damaged([path.read_bytes()])
    inputs = st.one_of(whole, _tables("regulator,target,score")) if suffix == ".csv" else whole
    fuzzed("edges", inputs, check, examples=150)
