"""From what a task's systems came to, to rows of the store: scores, comparisons, values of single items."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.names import ALL_STRATA, Metric, Role, Suite
from engine.records import Comparison, ItemMeasure, Score
from engine.run.bookkeeping import SOURCE_ID
from engine.run.flags import flag, of_model
from engine.run.singlecell.systems import RANDOM_INIT, WITH_GENES
from engine.singlecell.estimates import NO_INTERVAL, apart, around, estimate
from engine.singlecell.networks.evaluate import FEWEST_PAIRS, differences, signed_rank_p
from engine.statistics.bootstrap import interval
from engine.statistics.verdict import MINIMUM_EFFECT, bootstrap_p, verdict_article

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.records import Model
    from engine.registry.singlecell import CellTaskCard
    from engine.run.flags import Flag
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell.contract import Floats, Outcome, Replicated


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A task's systems with what each came to, and what its reader should know of how, by model_id."""

    card: CellTaskCard
    run_id: str
    systems: Mapping[str, CellSystem]
    models: Mapping[str, Model]
    outcomes: Mapping[str, Outcome]
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of_genes(self, model_id: str) -> list[Flag]:
        """That a system does not know all genes, with what was done about it."""
        told = self.notes.get(model_id.removeprefix(WITH_GENES), ())
        return [flag("PARTIAL_GENES", "info", note) for note in told]


def scores_of(found: Judged) -> list[Score]:
    """One row for each system and metric that it was measured by, values or reasons."""
    return [
        _score(found, system, metric, measured)
        for model_id, system in found.systems.items()
        for metric, measured in found.outcomes[model_id].values.items()
    ]


def comparisons_of(found: Judged, scores: Sequence[Score]) -> list[Comparison]:
    """Pairs of systems by every metric of which more is better; q and the paired verdict wait for the family."""
    by_key = {(row.model_id, row.metric): row for row in scores}
    rows = [
        _compare(found, pair, metric, (by_key[pair[0].model_id, metric], by_key[pair[1].model_id, metric]))
        for pair in _pairs(found)
        for metric in found.outcomes[pair[0].model_id].values
        if metric in MINIMUM_EFFECT and metric in found.outcomes[pair[1].model_id].values
    ]
    return [replace(row, flags=_flags(found, row, by_key)) for row in rows]


def _flags(found: Judged, row: Comparison, scores: Mapping[tuple[str, str], Score]) -> str | None:
    """What a reader should know of a comparison, as JSON: of the model, and of a baseline that another one passes."""
    flags = [*of_model(found.models[row.model_id]), *found.of_genes(row.model_id)]
    own = scores[row.baseline_id, row.metric].value
    rivals = {
        name: score.value
        for name, system in found.systems.items()
        if system.role == Role.BASELINE
        and (score := scores.get((name, row.metric))) is not None
        and score.value is not None
        and name != row.model_id
    }
    best = max(rivals, key=lambda name: rivals[name], default=row.baseline_id)
    if own is not None and rivals.get(best, own) > own:
        flags.append(flag("WEAK_BASELINE", "info", f"{best} reaches {rivals[best]:.3f}, {row.baseline_id} {own:.3f}"))
    return _as_json(flags)


def _as_json(flags: Sequence[Flag]) -> str | None:
    return json.dumps(flags, ensure_ascii=False) if flags else None


def items_of(found: Judged) -> list[ItemMeasure]:
    """Values of single perturbations and cell types."""
    return [
        ItemMeasure(
            run_id=found.run_id,
            model_id=model_id,
            task_id=found.card.task_id,
            protocol=found.card.protocol,
            item_id=item.item_id,
            metric=item.metric,
            value=item.value,
            n=item.n or None,
            undefined_reason=None if item.value is not None else item.reason or "not computed",
        )
        for model_id in found.systems
        for item in found.outcomes[model_id].items
    ]


def _pairs(found: Judged) -> Iterator[tuple[CellSystem, CellSystem]]:
    """Models and their twins next to every baseline, a model next to its twin, all others next to the registered one.

    Among baselines the registered one is what a claim would have to beat: whether another one does is told too.
    """
    systems = list(found.systems.values())
    registered = found.systems.get(found.card.registered.baseline)
    for system in systems:
        if system.role == Role.MODEL or system.is_twin:
            yield from ((system, other) for other in systems if other.role == Role.BASELINE)
            yield from ((system, other) for other in systems if _is_twin_of(other, system))
        elif registered is not None and system is not registered:
            yield system, registered


def _is_twin_of(twin: CellSystem, system: CellSystem) -> bool:
    same_use = twin.model_id == system.model_id.replace(system.base, twin.base)
    return twin.is_twin and system.role == Role.MODEL and twin.base == RANDOM_INIT + system.base and same_use


def _score(found: Judged, system: CellSystem, metric: Metric, measured: Replicated) -> Score:
    own = estimate(metric, measured)
    return Score(
        model_id=system.model_id,
        task_id=found.card.task_id,
        stratum=ALL_STRATA,
        regime=system.regime,
        protocol=found.card.protocol,
        metric=metric,
        value=own.value,
        ci_low=own.low,
        ci_high=own.high,
        ci_method=measured.method or "percentile bootstrap" if own.low is not None else None,
        n=measured.n or None,
        undefined_reason=None if own.value is not None else measured.reason or "not computed",
        origin="engine",
        provenance="computed by this engine",
        run_id=found.run_id,
        source_id=SOURCE_ID,
        flags=_as_json(found.of_genes(system.model_id)),
    )


def _compare(
    found: Judged, pair: tuple[CellSystem, CellSystem], metric: Metric, values: tuple[Score, Score]
) -> Comparison:
    """One system next to another on the same resamples."""
    first, second = values
    reason = next((f"{row.model_id}: {row.undefined_reason}" for row in values if row.value is None), None)
    own, other = (found.outcomes[system.model_id].values[metric] for system in pair)
    delta = first.value - second.value if first.value is not None and second.value is not None else None
    resampled = apart(own, other)
    bounds = interval(resampled) if delta is not None else None
    low, high = around(delta, bounds) if delta is not None and bounds else (None, None)
    p, how = _p(found, pair, resampled) if delta is not None else (None, None)
    return Comparison(
        task_id=found.card.task_id,
        stratum=ALL_STRATA,
        regime=first.regime,
        protocol=first.protocol,
        metric=metric,
        model_id=first.model_id,
        baseline_id=second.model_id,
        delta=delta,
        ci_low=low,
        ci_high=high,
        p=p,
        q=None,
        verdict_article=verdict_article(first.value, first.ci_low, second.value, second.ci_high),
        verdict=None,
        flags=None,
        run_id=found.run_id,
        n=min(first.n or 0, second.n or 0) or None,
        ci_method=f"paired {first.ci_method}" if bounds else None,
        p_method=how,
        minimum_effect=MINIMUM_EFFECT[metric],
        registered=second.model_id == found.card.registered.baseline,
        undefined_reason=reason or (None if bounds else NO_INTERVAL),
    )


def _p(found: Judged, pair: tuple[CellSystem, CellSystem], resampled: Floats) -> tuple[float | None, str | None]:
    """Two-sided p: of networks by Wilcoxon over perturbations, as the published audit has it, else by resamples."""
    if found.card.suite == Suite.NETWORKS:
        first, second = (found.outcomes[system.model_id] for system in pair)
        per_item = differences(first, second)
        p = signed_rank_p(per_item) if len(per_item) >= FEWEST_PAIRS else None
        if p is not None:
            return p, f"Wilcoxon's signed-rank test over {len(per_item)} perturbations"
    p = bootstrap_p(resampled)
    return p, None if p is None else "paired bootstrap"
