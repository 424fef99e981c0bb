"""Embeddings of another data set, drawn ones, and files."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from engine.errors import StatisticError, TableError
from engine.singlecell.contract import GeneEmbedding, Pseudobulk
from engine.singlecell.perturbation import embeddings
from engine.singlecell.perturbation.parts import conditions_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Drawn = Callable[..., Pseudobulk]

GENES, VECTORS = ("KLF1", "NA", "SGK1"), np.array([[1.5, -2.0], [0.25, 1e-9], [3.0, 4.0]])


def test_vectors_of_measured_genes_are_the_principal_scores_of_the_other_profiles(drawn: Drawn) -> None:
    other = drawn()
    found = embeddings.of_genes(other, width=4)
    assert found.genes == other.genes
    expected = PCA(4, svd_solver="full").fit_transform(other.profiles.T)
    np.testing.assert_allclose(np.abs(found.vectors), np.abs(expected), atol=1e-10)


def test_vectors_of_perturbed_genes_are_those_of_their_singles_with_control_among_the_profiles(drawn: Drawn) -> None:
    other = drawn()
    found = embeddings.of_perturbations(other, width=4)
    assert found.genes == tuple(genes[0] for genes in other.conditions if len(genes) == 1)
    alone = [place for place, genes in enumerate(other.conditions) if len(genes) == 1]
    profiles = np.vstack([other.profiles[alone], other.control])
    expected = PCA(4, svd_solver="full").fit_transform(profiles)[:-1]
    np.testing.assert_allclose(np.abs(found.vectors), np.abs(expected), atol=1e-10)


def test_another_data_set_without_singles_or_without_differences_has_no_embedding(drawn: Drawn) -> None:
    other = drawn()
    with pytest.raises(StatisticError, match="no gene is perturbed alone"):
        embeddings.of_perturbations(conditions_of(other, [other.names.index("T0+T1")]))
    flat = replace(other, profiles=np.ones_like(other.profiles))
    with pytest.raises(StatisticError, match="do not differ"):
        embeddings.of_genes(flat)


def test_the_random_twin_has_the_genes_and_the_scale_of_the_embedding_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    genes = tuple(f"g{number}" for number in range(4000))
    vectors = rng.normal([5, -1], [0.1, 3], (4000, 2))
    order = rng.permutation(4000)
    twin = embeddings.random_like(GeneEmbedding(genes=genes, vectors=vectors), seed=3)
    turned = GeneEmbedding(genes=tuple(genes[place] for place in order), vectors=vectors[order])
    assert twin.genes == tuple(sorted(genes))
    np.testing.assert_allclose(twin.vectors, embeddings.random_like(turned, seed=3).vectors, atol=1e-12)
    np.testing.assert_allclose(twin.vectors.mean(axis=0), vectors.mean(axis=0), atol=0.2)
    np.testing.assert_allclose(twin.vectors.std(axis=0), vectors.std(axis=0), rtol=0.05)
    own = dict(zip(genes, vectors[:, 1], strict=True))
    assert abs(np.corrcoef(twin.vectors[:, 1], [own[gene] for gene in twin.genes])[0, 1]) < 0.05


def _write(path: Path, genes: object = GENES, vectors: object = VECTORS) -> Path:
    if path.suffix == ".npz":
        np.savez(path, genes=np.array(genes), vectors=np.array(vectors))
        return path
    rows = pd.DataFrame(vectors, columns=["v1", "v2"])
    rows.insert(0, "gene", genes)
    if path.suffix == ".csv":
        rows.to_csv(path, index=False)
    else:
        duckdb.from_df(rows).write_parquet(str(path))
    return path


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet"])
def test_each_kind_of_file_gives_back_what_was_written(tmp_path: Path, kind: str) -> None:
    found = embeddings.read_embedding(_write(tmp_path / f"vectors.{kind}"))
    assert found.genes == GENES
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert found.vectors.dtype == np.float64


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet"])
@pytest.mark.parametrize(
    ("genes", "vectors", "sentence"),
    [
        (("A", "B", "A"), VECTORS, "a gene has two vectors .found 'A'."),
        (("A", "", "C"), VECTORS, "the name of gene 2 is empty"),
        (GENES, [[1, 2], [3, np.inf], [5, 6]], "the vector of NA has a value that is not a finite number"),
    ],
    ids=["repeated", "empty name", "infinite"],
)
def test_a_file_with_a_wrong_row_is_refused_in_one_sentence(
    tmp_path: Path, kind: str, genes: object, vectors: object, sentence: str
) -> None:
    with pytest.raises(TableError, match=sentence) as caught:
        embeddings.read_embedding(_write(tmp_path / f"vectors.{kind}", genes, vectors))
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.tsv", b"gene\tv1\n", "cannot be read; expected a file that ends in .npz, .csv or .parquet"),
        ("a.csv", b"", "not a CSV table"),
        ("a.csv", b"name,v1\nA,1\n", "a.csv, line 1: there is no column 'gene'"),
        ("a.csv", b"gene,v1\nA,1\nB,x\n", "a.csv, line 3, column 'v1': not a number .found 'x'."),
        ("a.csv", b"gene,v1\nA,1\nB,\n", "a.csv, line 3, column 'v1': not a number .found ''."),
        ("a.csv", b"gene,v1\nA,1,2\n", "not a CSV table"),
        ("a.csv", b"gene,v1\nA,\xff\n", "not a CSV table"),
        ("a.csv", b"gene\nA\n", "the embedding is empty"),
        ("a.csv", b"gene,v1\n", "the embedding is empty"),
        ("a.npz", b"PK\x03\x04 cut off", "not an .npz"),
        ("a.npz", b"", "not an .npz"),
        ("a.parquet", b"PAR1", "not a Parquet table"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.decode("latin-1").encode("unicode_escape").decode(),
)
def test_a_file_that_is_no_embedding_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=sentence) as caught:
        embeddings.read_embedding(tmp_path / name)
    assert str(caught.value).count("\n") == 0


def test_arrays_that_do_not_fit_or_hold_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for arrays, sentence in (
        ({"genes": np.array(GENES)}, "an array is missing"),
        ({"genes": np.array(GENES, dtype=object), "vectors": VECTORS}, "not an .npz of plain arrays"),
        ({"genes": np.arange(3), "vectors": VECTORS}, "the arrays are not an embedding"),
        ({"genes": np.array(GENES[:2]), "vectors": VECTORS}, "2 names and 3 vectors"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(TableError, match=sentence):
            embeddings.read_embedding(path)


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet"])
@settings(max_examples=100)
@given(data=st.data())
def test_a_damaged_file_is_an_embedding_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    path = _write(tmp_path_factory.mktemp("damaged") / f"vectors.{kind}")
    content = bytearray(path.read_bytes())
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        content[place] = value
    path.write_bytes(content[: data.draw(places) if data.draw(st.booleans()) else None])
    try:
        found: GeneEmbedding | str = embeddings.read_embedding(path)
    except TableError as error:
        found = str(error)
    assert "\n" not in found if isinstance(found, str) else len(found.genes) == len(found.vectors)


def test_whole_numbers_of_any_size_and_a_line_with_too_many_cells_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"gene,v1\nA,{10**40}\n")
    assert embeddings.read_embedding(path).vectors.tolist() == [[1e40]]
    path.write_text("gene,v1\nA,1,2\nB,3,4\n")
    with warnings.catch_warnings(action="ignore"), pytest.raises(TableError, match="not a CSV table"):
        embeddings.read_embedding(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"scgpt\.csv: the file is missing"):
        embeddings.read_embedding(tmp_path / "scgpt.csv")
