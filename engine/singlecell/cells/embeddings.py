"""The systems that every cell embedding is compared with, and embeddings that a file brings along."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from engine.errors import SpecError, StatisticError, one_line
from engine.singlecell.cells import checks, optional
from engine.singlecell.cells.components import WIDTH, principal_components
from engine.singlecell.contract import silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from engine.singlecell.cells.checks import Matrix
    from engine.singlecell.contract import Tell

    Floats = NDArray[np.float64]

_SCVI_LATENT = 30
_SCVI_LAYERS = 2


def hvg(features: ArrayLike) -> Matrix:
    """Highly variable genes as they are, shape (n, genes).

    Raises:
        StatisticError: not finite numbers, one row per cell.
    """
    return checks.embedding(features)


def hvg_pca(features: ArrayLike, *, width: int = WIDTH, seed: int = 0, tell: Tell = silent) -> Floats:
    """Principal components of highly variable genes, shape (n, at most width).

    Args:
        features: shape (n, genes).
        width: components wanted.
        seed: of the solver where there are more than 5,000 genes.
        tell: told after each block of cells.

    Raises:
        StatisticError: not finite numbers, one row per cell.
    """
    return principal_components(hvg(features), width=width, seed=seed, tell=tell)


def random_projection(features: ArrayLike, *, width: int = WIDTH, seed: int = 0) -> Floats:
    """Highly variable genes on directions drawn at random, shape (n, width): a control that has learnt nothing.

    Directions have independent normal coordinates of variance 1 / width, so squared distances are kept on average
    (Johnson and Lindenstrauss 1984).

    Args:
        features: shape (n, genes).
        width: directions.
        seed: of their coordinates.

    Raises:
        StatisticError: not finite numbers, one row per cell.
    """
    values = hvg(features)
    directions = np.random.default_rng(seed).normal(scale=width**-0.5, size=(values.shape[1], width))
    return np.asarray(values @ directions, dtype=np.float64)


def stored(obsm: Mapping[str, ArrayLike], name: str, n: int) -> Matrix:
    """An embedding that came with the cells, shape (n, d).

    Args:
        obsm: embeddings of a file by name.
        name: of the one wanted, as `X_umap`.
        n: number of cells.

    Raises:
        SpecError: there is none of that name.
        StatisticError: it is not n rows of finite numbers.
    """
    if name not in obsm:
        there = ", ".join(one_line(key) for key in sorted(obsm)) or "none"
        raise SpecError(f"there is no embedding '{one_line(name)}' in obsm: choose one of those there ({there}).")
    return checks.embedding(obsm[name], n)


def harmony(components: ArrayLike, batches: ArrayLike | None, *, seed: int = 0) -> Floats:
    """Principal components in which batches are aligned by Harmony (Korsunsky et al. 2019), shape (n, width).

    With the settings of harmonypy; on one thread, as its result depends on how many there are.

    Args:
        components: shape (n, width), such as `hvg_pca` gives.
        batches: shape (n,), the batch of each cell.
        seed: of its clusters.

    Raises:
        NotHereError: harmonypy is not installed.
        SpecError: there is no batch column, or one batch only.
        StatisticError: components are not finite numbers, or a cell has no batch.
    """
    values = checks.embedding(components)
    named = _several_batches(batches, len(values), "Harmony")
    package = optional.load("harmonypy", purpose="Harmony", install="pip install harmonypy")
    frame = pd.DataFrame({"batch": named})
    with threadpool_limits(1):
        found = package.run_harmony(
            values, frame, "batch", random_state=checks.short_seed(seed), ncores=1, verbose=False
        )
    return np.asarray(found.Z_corr, dtype=np.float64).reshape(values.shape)


def scvi(counts: ArrayLike, batches: ArrayLike | None = None, *, seed: int = 0, epochs: int | None = None) -> Floats:
    """The latent space of scVI trained on these cells, shape (n, 30).

    Two layers, 30 latent dimensions and a negative binomial likelihood, as Kedzierska et al. (2025,
    doi:10.1186/s13059-025-03574-x) have it; the rest as scvi-tools sets it.

    Args:
        counts: shape (n, genes), molecules counted.
        batches: shape (n,), the batch of each cell, where known.
        seed: of weights and of the order of training.
        epochs: of training; None leaves it to scvi-tools, which takes fewer the more cells there are.

    Raises:
        NotHereError: scvi-tools is not installed.
        SpecError: the values are no counts.
        StatisticError: not finite numbers, one row per cell, or a cell has no batch.
    """
    values = checks.embedding(counts)
    _require_counts(values)
    named = None if batches is None else _named(batches, len(values))
    install = "pip install scvi-tools"
    package = optional.load("scvi", purpose="scVI", install=install)
    table = optional.load("anndata", purpose="scVI", install=install).AnnData(values.astype(np.float32))
    if named is not None:
        table.obs["batch"] = pd.Categorical(named)
    package.settings.seed = checks.short_seed(seed)
    # Progress of Lightning goes to standard output, which belongs to whoever called us.
    with redirect_stdout(sys.stderr):
        package.model.SCVI.setup_anndata(table, batch_key=None if named is None else "batch")
        model = package.model.SCVI(table, n_layers=_SCVI_LAYERS, n_latent=_SCVI_LATENT, gene_likelihood="nb")
        model.train(max_epochs=epochs, enable_progress_bar=False, logger=False)
        return np.asarray(model.get_latent_representation(), dtype=np.float64)


def _several_batches(batches: ArrayLike | None, n: int, system: str) -> list[str]:
    if batches is None:
        raise SpecError(f"{system} needs to know the batch of each cell: name the batch column of the data.")
    named = _named(batches, n)
    if len(set(named)) == 1:
        raise SpecError(f"all {n} cells are of one batch: {system} has nothing to align.")
    return named


def _named(batches: ArrayLike, n: int) -> list[str]:
    found = checks.groups(batches, n, "batches")
    return [found.names[code] for code in found.codes]


def _require_counts(values: Matrix) -> None:
    # Row by row: a boolean table of the whole would be as long as the data.
    for row, cell in enumerate(values):
        if (cell < 0).any() or (cell != np.rint(cell)).any():
            raise SpecError(
                f"scVI needs counts, and row {row} (counted from 0) has values that are negative or not whole: "
                "give the layer with the raw counts."
            )
    if not values.any(axis=1).all():
        raise StatisticError("a cell without any count has no place in scVI's latent space: filter such cells out.")
