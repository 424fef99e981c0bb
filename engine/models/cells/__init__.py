"""Models of single cells: expression of genes in, vectors of cells, attention and vectors of genes out.

Nothing of torch is imported before a model is opened.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.errors import NotHereError, SpecError
from engine.models.cells.kinds import CellOptions
from engine.models.cells.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.models.cells.kinds import CellModel, CellPooling, Scale

__all__ = ["CELL_MODELS", "open_cell_model"]

_GENEFORMER, _SCGPT, _UCE = (
    "engine.models.cells.checkpoints",
    "engine.models.cells.scgpt",
    "engine.models.cells.uce",
)

CELL_MODELS = {
    **dict.fromkeys(["geneformer", *SHAPES], _GENEFORMER),
    "scgpt-whole-human": _SCGPT,
    "uce-4-layer": _UCE,
    "uce-33-layer": _UCE,
}
"""What can be opened by id, with the module that does; any folder of a Geneformer or scGPT can too."""


def open_cell_model(  # noqa: PLR0913 - what a user decides about loading, as the command line has it
    model: str | Path,
    *,
    weights: Path | None = None,
    device: str | None = None,
    dtype: str | None = None,
    batch_tokens: int | None = None,
    allow_pickle: bool = False,
    random_init: int | None = None,
    layer: int = -2,
    pooling: CellPooling = "mean",
    scale: Scale = "counts",
    seed: int = 0,
) -> CellModel:
    """A model of single cells, ready to be asked.

    Args:
        model: One of `CELL_MODELS`, or a folder with a Geneformer (config.json) or scGPT (args.json); behind
            `random-init:` the randomly initialised twin. `random-init:geneformer` needs no files at all.
        weights: Folder with the weights in place of the pinned download.
        device: "cpu" or "cuda:N"; None takes the first GPU where there is one.
        dtype: "float32", "bfloat16" or "float16"; None takes float32 on a CPU, half precision on a GPU.
        batch_tokens: Most tokens in one batch; None takes the device's default.
        allow_pickle: Read pickled weights and dictionaries, without arbitrary objects.
        random_init: Seed of the twin: the same architecture with weights drawn instead of read.
        layer: Whose states become a cell's vector, -1 the last; Geneformer only.
        pooling: How; Geneformer only, the others have a way of their own.
        scale: What the numbers are that it will be given.
        seed: Of what scGPT and UCE draw for each cell.

    Raises:
        NotHereError: torch, a package, weights, dictionaries or the device is not on this machine.
        SpecError: no model is called that, pickles are not allowed, files are damaged or belong to another model, or
            an option is not possible.
        TableError: a dictionary is damaged.
    """
    options = CellOptions(
        weights=weights,
        device=device,
        dtype=dtype,
        batch_tokens=batch_tokens,
        allow_pickle=allow_pickle,
        random_init=random_init,
        layer=layer,
        pooling=pooling,
        scale=scale,
        seed=seed,
    )
    try:
        entry = import_module(_module_of(str(model))).load
    except ImportError as error:
        raise NotHereError(
            f"{model} needs {error.name or 'torch and transformers'}, which is not installed: "
            "pip install 'validity-ledger[models]'."
        ) from error
    return cast("Callable[[str, CellOptions], CellModel]", entry)(str(model), options)


def _module_of(model: str) -> str:
    plain = model.removeprefix("random-init:")
    if plain in CELL_MODELS:
        return CELL_MODELS[plain]
    if (Path(plain) / "args.json").is_file():
        return _SCGPT
    if (Path(plain) / "config.json").is_file():
        return _GENEFORMER
    raise SpecError(
        f"No model of single cells is called '{plain}' and no such folder has a config.json or args.json; "
        f"known are {', '.join(CELL_MODELS)}."
    )
