"""From scores of items to values with intervals, and from two systems to a verdict."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, product
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric, Regime, Role, Verdict
from engine.records import Comparison, Score
from engine.run.measure import METRICS_OF, Measured, Memory, difference, measure
from engine.run.parts import parts_of, side_of
from engine.statistics.verdict import MINIMUM_EFFECT, PairedDifference, adjusted, verdict, verdict_article

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.run.measure import Settings
    from engine.run.parts import Mask, Names, Part, Side, System
    from engine.variants import VariantTask

    _Found = tuple[Side, Measured]

LEAST_COVERAGE = 0.9
FEWEST_ITEMS = 30
FEWEST_OF_A_CLASS = 10


def evaluate(
    data: VariantTask,
    systems: Sequence[System],
    registered: Mapping[str, str],
    settings: Settings,
    groups: Names | None = None,
) -> tuple[list[Score], list[Comparison]]:
    """Every system on every stratum, and every model next to every baseline.

    Args:
        data: The task.
        systems: Models, baselines and controls.
        registered: Baseline declared the strongest before the test set was opened, by stratum.
        settings: Draws and provenance.
        groups: shape (n,), names of what items share, for a cluster bootstrap.

    Returns:
        Scores and comparisons; `q` and the paired verdict wait for the whole family, see `judge`.
    """
    scores: list[Score] = []
    comparisons: list[Comparison] = []
    for part in parts_of(data, groups):
        memory = Memory()
        sides = [side_of(system, part, data.positive_is) for system in systems]
        for metric in settings.metrics or METRICS_OF[data.task.kind]:
            found = [(side, _measured(metric, part, side, settings, memory)) for side in sides]
            scores += [_score(data, part, metric, side, measured, settings) for side, measured in found]
            for (model, value), (baseline, other) in _pairs(found):
                is_registered = registered.get(part.stratum.stratum) == baseline.system.model_id
                row = _compare(metric, part, ((model, value), (baseline, other)), settings, memory)
                comparisons.append(replace(row, task_id=data.task.task_id, registered=is_registered))
    return scores, comparisons


def judge(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Add q and the paired verdict.

    A family is all comparisons of one metric with registered, or with other, baselines.
    """
    judged: list[Comparison] = []
    for _, family in groupby(sorted(comparisons, key=_family), key=_family):
        rows = list(family)
        judged += [_judged(row, q) for row, q in zip(rows, adjusted([row.p for row in rows]), strict=True)]
    return judged


def _family(row: Comparison) -> tuple[str, bool]:
    return row.metric, not row.registered


def _judged(row: Comparison, q: float | None) -> Comparison:
    if row.verdict_article is None or row.minimum_effect is None:
        return replace(row, q=q)
    paired = PairedDifference(delta=row.delta, ci_low=row.ci_low, ci_high=row.ci_high, q=q)
    return replace(row, q=q, verdict=verdict(Verdict(row.verdict_article), paired, row.minimum_effect))


def _pairs(found: Sequence[_Found]) -> Iterator[tuple[_Found, _Found]]:
    """Every model with every baseline; a model may be there twice, with our scores and with those of its authors."""
    baselines = [one for one in found if one[0].system.role == Role.BASELINE]
    return product([one for one in found if one[0].system.role == Role.MODEL], baselines)


def _measured(metric: Metric, part: Part, side: Side, settings: Settings, memory: Memory) -> Measured:
    covered = np.isfinite(side.scores)
    reason = _no_value(part, covered)
    if reason:
        return Measured(reason=reason)
    return measure(metric, part.only(covered), side.only(covered), settings, memory)


def _no_value(part: Part, covered: Mask) -> str | None:
    """Why there is no honest value on this stratum, or None."""
    total, own = len(covered), int(covered.sum())
    if own == 0:
        return f"scores none of the {total} items"
    if own < LEAST_COVERAGE * total:
        return f"scores {own} of {total} items: a value over a part is another quantity"
    labels = part.labels[covered]
    return f"all {own} items have label {labels[0]}" if len(np.unique(labels)) == 1 else None


def _score(data: VariantTask, part: Part, metric: Metric, side: Side, measured: Measured, settings: Settings) -> Score:
    return Score(
        model_id=side.system.model_id,
        task_id=data.task.task_id,
        stratum=part.stratum.stratum,
        regime=Regime.ZERO_SHOT,
        protocol=side.system.protocol,
        metric=metric,
        value=measured.value,
        ci_low=measured.low,
        ci_high=measured.high,
        ci_method=measured.method,
        n=int(np.isfinite(side.scores).sum()) or None,
        undefined_reason=measured.reason,
        origin="engine",
        provenance="computed by this engine",
        run_id=settings.run_id,
        source_id=settings.source_id,
        threshold=measured.threshold,
        threshold_source=measured.threshold_source,
    )


def _compare(
    metric: Metric, part: Part, found: tuple[_Found, _Found], settings: Settings, memory: Memory
) -> Comparison:
    """One model next to one baseline, on the items that both score."""
    sides, values = (found[0][0], found[1][0]), (found[0][1], found[1][1])
    both = np.isfinite(sides[0].scores) & np.isfinite(sides[1].scores)
    empty = Comparison(
        task_id="",
        stratum=part.stratum.stratum,
        regime=Regime.ZERO_SHOT,
        protocol=sides[0].system.protocol,
        metric=metric,
        model_id=sides[0].system.model_id,
        baseline_id=sides[1].system.model_id,
        delta=None,
        ci_low=None,
        ci_high=None,
        p=None,
        q=None,
        verdict_article=None,
        verdict=None,
        flags=None,
        run_id=settings.run_id,
        n=int(both.sum()) or None,
        ci_method=None,
        p_method=None,
        minimum_effect=MINIMUM_EFFECT[metric],
        registered=None,
        undefined_reason=_incomparable(part, both, sides, values),
    )
    if empty.undefined_reason:
        return empty
    common, pair = part.only(both), (sides[0].only(both), sides[1].only(both))
    apart = difference(metric, common, pair, settings, memory)
    if apart.reason:
        return replace(empty, undefined_reason=apart.reason)
    # Where one of the two scores more items, its own value is over others: the rule needs both on the common ones.
    again = [
        value if np.isfinite(side.scores).sum() == both.sum() else measure(metric, common, own, settings, memory)
        for value, side, own in zip(values, sides, pair, strict=True)
    ]
    return replace(
        empty,
        delta=apart.delta,
        ci_low=apart.low,
        ci_high=apart.high,
        p=apart.p,
        ci_method=apart.method,
        p_method=apart.p_method,
        verdict_article=verdict_article(again[0].value, again[0].low, again[1].value, again[1].high),
    )


def _incomparable(part: Part, both: Mask, sides: tuple[Side, Side], values: tuple[Measured, Measured]) -> str | None:
    """Why two systems cannot be compared on a stratum, or None."""
    for side, value in zip(sides, values, strict=True):
        if value.reason:
            return f"{side.system.model_id}: {value.reason}"
    labels = part.labels[both]
    smaller = min(int(labels.sum()), len(labels) - int(labels.sum()))
    if len(labels) < FEWEST_ITEMS or smaller < FEWEST_OF_A_CLASS:
        return f"too few to judge: {len(labels)} items, {smaller} in the smaller class"
    return None
