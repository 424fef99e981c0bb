"""What a worker does with a shard: load the model once, score, put the rows down."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine import models
from engine.errors import VledgerError
from engine.executors.journal import Journal
from engine.executors.local import Outcome
from engine.executors.needs import Need
from engine.models.devices import described
from engine.registry import scorers
from engine.run.sealing import sealed
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from pathlib import Path

    from engine.places import Folder
    from engine.protocols import SequenceModel
    from engine.registry.adapters import AdapterCard
    from engine.variants import Substitutions

_WEIGHTS = {".safetensors", ".bin", ".pt"}
_FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """Everything that decides what is loaded; hashable, so that a worker knows what it has."""

    card: AdapterCard
    weights: Path | None
    dtype: str | None
    batch_tokens: int | None
    allow_remote_code: bool
    allow_pickle: bool
    random_init: int | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """Some neighbouring variants of one task for one model and scorer."""

    key: str
    request: LoadRequest
    protocol: str
    options: tuple[tuple[str, Any], ...]
    item_ids: tuple[str, ...]
    changes: Substitutions
    journal: Folder


def score_shard(shard: Shard, device: str) -> Outcome:
    """Score a shard and write its part of the journal; a fault of the shard's own comes back as an outcome."""
    stage = "load"
    try:
        model = loaded(shard.request, device)
        stage = "score"
        cost = _score(shard, model)
    except VledgerError as error:
        return Outcome(stage=stage, error_type=type(error).__name__, message=str(error))
    except Exception as error:  # noqa: BLE001 - other people's model code may raise anything; it becomes a failure row
        message = f"{shard.request.card.model_id}: {str(error).strip() or 'no message'}"
        return Outcome(stage=stage, error_type=type(error).__name__, message=message)
    return Outcome(result=cost)


@lru_cache
def need_of(request: LoadRequest) -> Need:
    """What a worker needs to hold the model of a request."""
    name = request.card.model_id if request.random_init is None else f"random-init:{request.card.model_id}"
    return Need(name, parameters_of(request.card, request.weights))


def parameters_of(card: AdapterCard, weights: Path | None) -> int | None:
    """How many parameters a model has; a folder's files tell of it where no card does, as float32."""
    folder = weights or card.folder
    if card.parameters is not None or folder is None or not folder.is_dir():
        return card.parameters
    files = [path for path in folder.iterdir() if path.suffix in _WEIGHTS]
    return sum(path.stat().st_size for path in files) // _FLOAT32_BYTES or None


@lru_cache(maxsize=1)
def loaded(request: LoadRequest, device: str) -> SequenceModel:
    """The model of a request; the one asked for last stays in memory."""
    return models.load(
        request.card,
        weights=request.weights,
        device=device,
        dtype=request.dtype,
        batch_tokens=request.batch_tokens,
        allow_remote_code=request.allow_remote_code,
        allow_pickle=request.allow_pickle,
        random_init=request.random_init,
    )


def _score(shard: Shard, model: SequenceModel) -> dict[str, Any]:
    scorer = scorers.make(shard.protocol, dict(shard.options))
    scorer.check(model.identity)
    before = replace(model.meter)
    scored = scorer.score(model, shard.changes)
    after = model.meter
    cost = {
        "n_items": len(shard.item_ids),
        "tokens": after.tokens - before.tokens,
        "seconds": after.seconds - before.seconds,
        "halvings": after.halvings - before.halvings,
        "peak_bytes": after.peak_bytes,
        "hardware": described(model.identity.device),
        "identity": asdict(model.identity),
        "details": {name: float(np.mean(values)) for name, values in scored.details.items()},
    }
    columns = {"item_id": pd.array(shard.item_ids, dtype="string"), "score": scored.scores, **scored.details}
    rows = pd.DataFrame(columns)
    Journal(shard.journal).write(shard.key, sealed(cost, rows), lambda path: write_frame(path, rows))
    return cost
