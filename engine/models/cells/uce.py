"""Universal Cell Embedding through its own package, uce-model (snap-stanford/UCE, 0.1.2).

The package reads and writes files: cells are written to a temporary .h5ad, its `AnndataProcessor` embeds them and
writes them back with `obsm["X_uce"]`. It downloads what it does not find; here all its files must stand in one folder
beforehand, so that what was used can be told. It holds all cells in memory, and samples the genes of each cell with
numpy's global generator, which is seeded for it and put back.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, vstack

from engine.errors import NotHereError, SpecError
from engine.models.cells.counts import pieces
from engine.models.cells.kinds import CellIdentity, silent
from engine.models.weights import fingerprint
from engine.protocols import Meter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from engine.models.cells.kinds import AttentionEdges, CellOptions, Counts, GeneVectors, Matching, Tell

_WEIGHTS = {"uce-4-layer": (4, "4layer_model.torch"), "uce-33-layer": (33, "33l_8ep_1024t_1280.torch")}
_BESIDE = {
    "spec_chrom_csv_path": "species_chrom.csv",
    "token_file": "all_tokens.torch",
    "offset_pkl_path": "species_offsets.pkl",
    "protein_embeddings_dir": "protein_embeddings",
}
"""Options of the package's script, and what the files are called where they are published."""
_CONTEXT = 1_024
_NAME = "cells"


class UceModel:
    """The files of a UCE; fulfils `engine.models.cells.kinds.CellModel`, for vectors of cells only."""

    def __init__(self, identity: CellIdentity, folder: Path, options: CellOptions) -> None:
        """Take over a folder; nothing of it is read before cells are embedded."""
        self._identity, self._folder, self._options = identity, folder, options
        self._meter = Meter()

    @property
    def identity(self) -> CellIdentity:
        """What exactly is loaded."""
        return self._identity

    @property
    def name(self) -> str:
        """The same as `identity.name`."""
        return self._identity.name

    @property
    def revision(self) -> str:
        """The same as `identity.revision`."""
        return self._identity.revision

    @property
    def meter(self) -> Meter:
        """Stays at zero: the package runs its own batches."""
        return self._meter

    def matched(self, genes: Sequence[str]) -> Matching:
        """Not told by the package.

        Raises:
            SpecError: always.
        """
        raise SpecError(f"{self.name} does not say which of {len(genes):,} genes it knows before it embeds cells.")

    def embed(
        self, chunks: Iterable[Counts], genes: Sequence[str], *, tell: Tell = silent, cells: int = 0
    ) -> NDArray[np.float32]:
        """One vector of 1,280 numbers per cell; see `CellModel.embed`. Genes are named by human symbols.

        Raises:
            NotHereError: uce-model, accelerate or anndata is not installed.
            SpecError: a gene is named twice, the cells are no counts, or the package leaves out cells.
        """
        if self._options.scale != "counts":
            raise SpecError(f"{self.name} samples genes by their counts; give the layer that holds counts.")
        if len({gene.upper() for gene in genes}) < len(genes):
            raise SpecError(f"{self.name} cannot tell columns of the same name apart; sum or rename them first.")
        anndata, evaluate, script, accelerate = (
            _package(name) for name in ("anndata", "uce.evaluate", "uce.eval_single_anndata", "accelerate")
        )
        table = vstack([piece.astype(np.float32) for _, piece in pieces(chunks, genes=len(genes), scale="counts")])
        tell(f"{self.name}: cells", 0, cells or table.shape[0])
        with tempfile.TemporaryDirectory() as folder, _seeded(self._options.seed):
            data = anndata.AnnData(csr_matrix(table))
            data.var_names, data.obs_names = _names(genes), _names(map(str, range(table.shape[0])))
            data.write_h5ad(Path(folder) / f"{_NAME}.h5ad")
            arguments = self._arguments(script.parser, Path(folder))
            processor = evaluate.AnndataProcessor(arguments, accelerate.Accelerator(project_dir=folder))
            processor.preprocess_anndata()
            processor.generate_idxs()
            processor.run_evaluation()
            found = anndata.read_h5ad(Path(folder) / f"{_NAME}_uce_adata.h5ad")
        if list(found.obs_names) != list(data.obs_names):
            raise SpecError(
                f"{self.name} gave vectors for {found.n_obs:,} of {data.n_obs:,} cells; leave out cells that have "
                "hardly any genes."
            )
        tell(f"{self.name}: cells", table.shape[0], table.shape[0])
        return np.asarray(found.obsm["X_uce"], dtype=np.float32)

    def attention(self, *_data: object, **_options: object) -> AttentionEdges:
        """Not read.

        Raises:
            SpecError: always.
        """
        raise SpecError(f"{self.name} hands out no attention; take a Geneformer for attention edges.")

    def gene_embedding(self, genes: Sequence[str]) -> GeneVectors:
        """Not its own.

        Raises:
            SpecError: always.
        """
        raise SpecError(
            f"{self.name} has no vectors of its own for {len(genes):,} genes: it takes ESM-2 protein means, "
            "so take those themselves."
        )

    def _arguments(self, parser: Any, folder: Path) -> Any:
        """The script's options; folders end with a slash, since it puts names together by adding."""
        layers, weights = _WEIGHTS[self.name]
        arguments = parser.parse_args([])
        arguments.adata_path, arguments.dir = str(folder / f"{_NAME}.h5ad"), f"{folder}/"
        arguments.species, arguments.filter, arguments.skip = "human", False, False
        arguments.model_loc, arguments.nlayers = str(self._folder / weights), layers
        for option, file in _BESIDE.items():
            slash = "/" if option.endswith("_dir") else ""
            setattr(arguments, option, f"{self._folder / file}{slash}")
        return arguments


def load(model_id: str, options: CellOptions) -> UceModel:
    """A UCE from the folder that holds its files as they are published.

    Args:
        model_id: `uce-4-layer` or `uce-33-layer`.
        options: `weights` names the folder. Its revision is the digest of the weights alone.

    Raises:
        NotHereError: a file is missing; UCE is on no hub.
        SpecError: a twin is asked for, or pickles are not allowed.
    """
    if model_id not in _WEIGHTS or options.random_init is not None:
        raise SpecError(
            f"{model_id.removeprefix('random-init:')} cannot be drawn at random through its package; take "
            "random-init:geneformer as the control."
        )
    weights = _WEIGHTS[model_id][1]
    folder = options.weights
    needed = [weights, *_BESIDE.values()]
    missing = [name for name in needed if folder is None or not (folder / name).exists()]
    if folder is None or missing:
        where = f"{folder} lacks {', '.join(missing)}" if folder else "no folder is given"
        raise NotHereError(
            f"{model_id} is on no hub and {where}; download its model_files as its authors say and give the folder "
            "with --weights DIR."
        )
    if not options.allow_pickle:
        raise SpecError(
            f"{model_id}: its files are pickled, which can hold more than numbers; if you trust them, allow them with "
            "--allow-pickle."
        )
    identity = CellIdentity(
        name=model_id,
        source=str(folder),
        revision=fingerprint([folder / weights]),
        genes=0,
        context=_CONTEXT,
        parameters=0,
        dtype="float32",
        device="as its package chooses",
    )
    return UceModel(identity, folder, options)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise NotHereError(
            f"UCE needs the package '{name.split('.', maxsplit=1)[0]}', which cannot be imported ({error}); "
            "pip install uce-model accelerate anndata, or leave this model out."
        ) from error


def _names(names: Iterable[str]) -> pd.Index[str]:
    # As objects: anndata writes no other strings without being told to, and older ones cannot read them.
    return pd.Index(list(names), dtype=object)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """While this holds, numpy's global generator starts from a seed; afterwards it is where it was."""
    before = np.random.get_state()  # noqa: NPY002 - the package draws from it
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
