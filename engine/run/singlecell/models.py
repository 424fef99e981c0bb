"""The model behind a unit, opened once per process."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError
from engine.models.cells import open_cell_model
from engine.run.singlecell.systems import RANDOM_INIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.models.cells.kinds import CellModel, Scale
    from engine.run.singlecell.request import Request
    from engine.singlecell_spec import CellModel as Asked
    from engine.singlecell_spec import CellOptions


def opened(request: Request, scale: Scale, genes: Sequence[str]) -> tuple[CellModel, dict[str, Any]]:
    """The model of a unit's system, and what exactly is loaded, for the run's provenance.

    Args:
        request: The unit.
        scale: What the numbers are that the model will be given.
        genes: Those it will be asked about.

    Raises:
        SpecError: the system is no model, or its options are not possible.
        NotHereError: torch, a package or weights are not here.
        TableError: a dictionary is damaged.
    """
    if request.system.model is None:
        raise SpecError(f"{request.system.model_id} is no model.")
    model = _opened(request.system.model, request.options, request.device, scale)
    return model, {"identity": asdict(model.identity), "notes": _unknown(model, genes)}


def _unknown(model: CellModel, genes: Sequence[str]) -> list[str]:
    """That a model does not know all genes it is asked about; nothing of one that does not tell beforehand."""
    try:
        found = model.matched(genes)
    except SpecError:
        return []
    return [found.sentence] if found.share_unknown else []


@lru_cache(maxsize=1)
def _opened(asked: Asked, options: CellOptions, device: str, scale: Scale) -> CellModel:
    return open_cell_model(
        asked.id,
        weights=asked.weights,
        device=device,
        dtype=None if options.dtype == "auto" else options.dtype,
        batch_tokens=options.batch_tokens,
        allow_pickle=options.allow_pickle,
        random_init=options.seed if asked.id.startswith(RANDOM_INIT) else None,
        layer=asked.layer,
        pooling=asked.pooling,
        scale=scale,
        seed=options.seed,
    )
