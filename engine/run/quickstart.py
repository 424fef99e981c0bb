"""The quickstart: a protein language model and a matrix baseline on the same labelled variants, side by side.

Equal to the article's procedure on the same input: masked marginals, minus BLOSUM62, AUROC with the percentile
interval of 2,000 iid resamples from seed 0, and its PASS rule. Beyond it: checks of every line, more baselines, the
paired verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine import models
from engine.datasets.split import read_split
from engine.errors import NotHereError, SpecError
from engine.names import ALL_STRATA, Metric, Protocol, Role
from engine.registry import scorers
from engine.registry.adapters import CannotRun, resolve
from engine.registry.baselines import find_baseline
from engine.run.changes import changes_of
from engine.run.evaluate import evaluate, judge
from engine.run.measure import Settings
from engine.run.parts import System
from engine.statistics.resampling import Resampling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.records import Comparison, Score
    from engine.variants import VariantTask

DEFAULT_MODEL = "esm-2-35m"
BASELINE = "blosum62"
_OTHERS = ("grantham", "hydropathy", "volume")
_DRAWS, _SEED = 2000, 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the quickstart found.

    Attributes:
        scores: AUROC of every system, the model first.
        comparisons: the model next to every baseline; empty where no model was scored.
        problem: why the model is missing, or None.
        identity: what exactly was loaded, in words.
    """

    data: VariantTask
    scores: Sequence[Score]
    comparisons: Sequence[Comparison]
    problem: str | None
    identity: str | None


def quickstart(
    path: Path, *, model: str | None = DEFAULT_MODEL, weights: Path | None = None, device: str | None = None
) -> Answer:
    """Score a split with a model and with the baselines.

    Args:
        path: A CSV or TSV file, see `engine.datasets.split`.
        model: Registry id or local folder; None for the baselines alone.
        weights: Folder with the model's weights.
        device: Where to run the model.

    Raises:
        TableError: the split is not as it must be.
        SpecError: the model does not exist, or cannot read proteins.
    """
    data = read_split(path)
    systems = [_rule(data, model_id) for model_id in (BASELINE, *_OTHERS)]
    problem = identity = None
    if model is not None:
        try:
            scored, identity = _score(data, model, weights, device)
            systems.insert(0, scored)
        except NotHereError as error:
            problem = str(error)
    how = Resampling("iid", _DRAWS, _SEED)
    settings = Settings(run_id="quickstart", source_id="engine", draws=_DRAWS, seed=_SEED, resampling=how)
    scores, comparisons = evaluate(data, systems, {ALL_STRATA: BASELINE}, settings)
    judged = judge(comparisons)
    return Answer(
        data,
        [row for row in scores if row.metric == Metric.AUROC],
        [row for row in judged if row.metric == Metric.AUROC],
        problem,
        identity,
    )


def _rule(data: VariantTask, model_id: str) -> System:
    card = find_baseline(model_id)
    return System(
        model_id=model_id,
        role=Role.BASELINE,
        protocol=Protocol.RULE,
        higher_is=card.higher_is,
        scores=card.resolve()(data),
    )


def _score(data: VariantTask, model: str, weights: Path | None, device: str | None) -> tuple[System, str]:
    card = resolve(model)
    if isinstance(card, CannotRun):
        raise SpecError(card.sentence)
    if card.alphabet != "protein":
        raise SpecError(f"{card.model_id} reads DNA; the quickstart's variants are of proteins: choose a protein model")
    # The article's rule is the masked marginal, whatever else the model could be asked.
    scorer = scorers.make(Protocol.MASKED_MARGINAL, {})
    loaded = models.load(card, weights=weights, device=device)
    scorer.check(loaded.identity)
    changes = changes_of(data, "protein")
    scores = np.full(len(data.items), np.nan)
    scores[changes.items] = scorer.score(loaded, changes.substitutions).scores
    system = System(
        model_id=card.model_id,
        role=Role.MODEL,
        protocol=Protocol.MASKED_MARGINAL,
        higher_is=scorer.higher_is,
        scores=scores,
    )
    own = loaded.identity
    return system, f"{own.source} at {own.revision}, {own.dtype} on {own.device}"
