"""Gene embeddings to put into the linear model: of another data set, or read from a file."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd

from engine.errors import StatisticError, TableError, one_line
from engine.singlecell.contract import GeneEmbedding
from engine.singlecell.perturbation.linear import WIDTH, principal_scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.singlecell.contract import Pseudobulk

    Floats = NDArray[np.float64]

_KINDS = ".npz, .csv or .parquet"
_TABLE = "a column 'gene' and one number per further column"


def of_genes(other: Pseudobulk, *, width: int = WIDTH) -> GeneEmbedding:
    """Measured genes of another data set: their scores on the first principal components of its profiles.

    The same as the default G of the linear model, on other perturbations; shape (genes, at most `width`).

    Raises:
        StatisticError: all genes have the same profile.
    """
    return _principal(other.genes, other.profiles.T, width)


def of_perturbations(other: Pseudobulk, *, width: int = WIDTH) -> GeneEmbedding:
    """Perturbed genes of another data set: scores of their own conditions on the first principal components.

    Profiles are centred over conditions, control being one of them, as in the published code.

    Raises:
        StatisticError: there is no condition of a single gene, or all have the profile of control.
    """
    alone = [place for place, genes in enumerate(other.conditions) if len(genes) == 1]
    if not alone:
        raise StatisticError("no gene is perturbed alone: there is no embedding of perturbed genes.")
    names = tuple(other.conditions[place][0] for place in alone)
    found = _principal((*names, ""), np.vstack([other.profiles[alone], other.control]), width)
    return GeneEmbedding(genes=names, vectors=found.vectors[:-1])


def random_like(embedding: GeneEmbedding, *, seed: int = 0) -> GeneEmbedding:
    """Normal vectors for the genes of an embedding: the control that knows as many genes, and nothing of them.

    Each column has the mean and the spread that it has in the embedding, since a ridge penalty shrinks small columns
    more. Which gene gets which vector depends on the sorted names and the seed alone; shape as the embedding.
    """
    means, spreads = embedding.vectors.mean(axis=0), embedding.vectors.std(axis=0)
    vectors = means + spreads * np.random.default_rng(seed).standard_normal(embedding.vectors.shape)
    return GeneEmbedding(genes=tuple(sorted(embedding.genes)), vectors=vectors)


def read_embedding(path: Path) -> GeneEmbedding:
    """An embedding from a file.

    A table (.csv with a header line, .parquet) has the gene's name in the column `gene` and its vector in all others,
    in their order; an .npz has the arrays `genes`, shape (n,), and `vectors`, shape (n, width).

    Raises:
        TableError: the file is missing, damaged or of another kind; a name is empty or repeated; a value is not a
            finite number.
    """
    readers: dict[str, Callable[[Path], GeneEmbedding]] = {".npz": _npz, ".csv": _csv, ".parquet": _parquet}
    if path.suffix not in readers:
        raise TableError(path, "an embedding of this kind cannot be read", expected=f"a file that ends in {_KINDS}")
    if not path.is_file():
        raise TableError(path, f"the file is missing from {path.parent}", expected="an embedding file there")
    embedding = readers[path.suffix](path)
    _check(path, embedding)
    return embedding


def _principal(genes: tuple[str, ...], matrix: Floats, width: int) -> GeneEmbedding:
    vectors = principal_scores(matrix, width)
    if not vectors.shape[1]:
        raise StatisticError("the profiles do not differ: they have no principal components.")
    return GeneEmbedding(genes=genes, vectors=vectors)


def _npz(path: Path) -> GeneEmbedding:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            genes, vectors = arrays["genes"], arrays["vectors"]
    except KeyError as error:
        raise TableError(path, "an array is missing", expected="the arrays 'genes' and 'vectors'") from error
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise TableError(path, f"not an .npz of plain arrays: {one_line(str(error))}") from error
    if genes.dtype.kind != "U" or genes.ndim != 1 or vectors.dtype.kind not in "fiu" or vectors.ndim != 2:
        shapes = f"genes {genes.dtype} {genes.shape}, vectors {vectors.dtype} {vectors.shape}"
        raise TableError(path, f"the arrays are not an embedding ({shapes})", expected="names (n,), numbers (n, width)")
    return GeneEmbedding(genes=tuple(map(str, genes)), vectors=vectors.astype(np.float64))


def _csv(path: Path) -> GeneEmbedding:
    try:
        # A line with more cells than the header is cut off with nothing but a warning.
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            frame = pd.read_csv(path, dtype={"gene": str}, keep_default_na=False, encoding="utf-8", index_col=False)
    except (ValueError, OSError, pd.errors.ParserWarning) as error:
        raise TableError(path, f"not a CSV table: {one_line(str(error))}", expected=_TABLE) from error
    return _of_frame(path, frame)


def _parquet(path: Path) -> GeneEmbedding:
    try:
        with duckdb.connect() as database:
            frame: pd.DataFrame = database.read_parquet(str(path)).df()
    except (duckdb.Error, RuntimeError, ValueError) as error:  # the latter two of names that are no UTF-8
        raise TableError(path, f"not a Parquet table: {one_line(str(error))}", expected=_TABLE) from error
    return _of_frame(path, frame)


def _of_frame(path: Path, frame: pd.DataFrame) -> GeneEmbedding:
    if "gene" not in frame.columns:
        raise TableError(path, "there is no column 'gene'", line=1 if path.suffix == ".csv" else None, expected=_TABLE)
    numbers = frame.drop(columns="gene")
    if not numbers.size:
        raise TableError(path, "the embedding is empty", expected=_TABLE)
    columns = [_numbers(path, str(name), numbers[name]) for name in numbers.columns]
    names = tuple("" if pd.isna(gene) else str(gene) for gene in frame["gene"])
    return GeneEmbedding(genes=names, vectors=np.column_stack(columns))


def _numbers(path: Path, name: str, column: pd.Series[Any]) -> Floats:
    """A column as numbers; whole ones of more than 64 bits and decimals arrive as objects."""
    numeric: Floats = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(np.isnan(numeric))
    if not len(wrong):
        return numeric
    line = int(wrong[0]) + 2 if path.suffix == ".csv" else None
    value = column.iloc[wrong[0]]
    raise TableError(path, "not a number", line=line, column=name, value=value, expected=_TABLE)


def _check(path: Path, embedding: GeneEmbedding) -> None:
    genes, vectors = embedding.genes, embedding.vectors
    if len(genes) != len(vectors):
        raise TableError(path, f"{len(genes)} names and {len(vectors)} vectors", expected="a vector per name")
    if not vectors.size:
        raise TableError(path, "the embedding is empty", expected=_TABLE)
    if "" in genes:
        raise TableError(path, f"the name of gene {genes.index('') + 1} is empty", expected="a name per vector")
    if len(set(genes)) != len(genes):
        repeated, _ = Counter(genes).most_common(1)[0]
        raise TableError(path, "a gene has two vectors", value=repeated, expected="each gene once")
    wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(wrong):
        raise TableError(path, f"the vector of {one_line(genes[wrong[0]])} has a value that is not a finite number")
