"""Published scores of GENEB with the intervals that their confusion tables give, and next to the baseline to beat."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.names import Metric
from engine.records import Comparison
from engine.statistics.bootstrap import MCC_DRAWS
from engine.statistics.intervals import independent_difference
from engine.statistics.reconstruction import (
    ONE_ANSWER,
    PERFECT,
    Numbers,
    intervals,
    printing_error,
    reconstruct,
    replicates,
    unpaired_difference,
)
from engine.statistics.verdict import MINIMUM_EFFECT, verdict_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from engine.records import Score, Task

    Key = tuple[str, str]
    Replicates = Mapping[Metric, NDArray[np.float64]]

NOT_PAIRED = "the paired test needs the model's answer to every item, which is not published"
_SOURCE = "reconstructed from published MCC, accuracy, n and prevalence"
_METHOD = f"{_SOURCE}: percentile bootstrap of the confusion table, {MCC_DRAWS} draws, iid, seed 0"
_UNPAIRED = (
    "it ignores that both saw the same items and is wider than a paired interval where they agree; the model's table "
    f"is {_SOURCE}"
)
_DRAWN = f"unpaired: the two confusion tables bootstrapped apart, {MCC_DRAWS} draws, seeds 0 and 1; {_UNPAIRED}"
_ADDED = f"unpaired: the two systems' own intervals added in squares; {_UNPAIRED}"
_METRICS = (Metric.MCC, Metric.ACC, Metric.F1)
_COMPUTED = 1e-9


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a table gives: replicates and intervals by metric, or the reason why there are none."""

    replicates: Replicates
    intervals: Mapping[Metric, tuple[float, float]]
    reason: str | None = None

    def why_not(self, metric: Metric) -> str | None:
        """Why there is no interval, or None where there is one."""
        return None if metric in self.intervals else self.reason


def drawn_of(scores: Iterable[Score], tasks: Mapping[str, Task]) -> dict[Key, Drawn]:
    """Tables of published scores in the full regime, drawn from; by model_id and task_id.

    Args:
        scores: MCC, accuracy and macro-F1 of models on whole tasks.
        tasks: by task_id: those with two classes whose n_test and prevalence are known; others are left out.
    """
    values = _by_system(score for score in scores if score.task_id in tasks)
    printed: dict[str, list[float]] = defaultdict(list)
    for (model_id, _), row in values.items():
        printed[model_id] += row.values()
    # How many digits a table prints shows only over all that it has of a system: any one value may end in zeros.
    errors = {model_id: printing_error(row) for model_id, row in printed.items() if row}
    return {key: _drawn(row, tasks[key[1]], error=errors.get(key[0], 0)) for key, row in values.items()}


def with_intervals(scores: Iterable[Score], drawn: Mapping[Key, Drawn]) -> list[Score]:
    """Those of the scores that have an interval, with it."""
    found = []
    for score in scores:
        system = drawn.get((score.model_id, score.task_id))
        bounds = system.intervals.get(Metric(score.metric)) if system else None
        if bounds is not None and score.value is not None:
            # Values are cut after a few digits, the table's own is not: the point stays inside its interval.
            low, high = min(bounds[0], score.value), max(bounds[1], score.value)
            found.append(replace(score, ci_low=low, ci_high=high, ci_method=_METHOD))
    return found


def compared(
    scores: Iterable[Score], drawn: Mapping[Key, Drawn], baselines: Sequence[Score], tasks: Mapping[str, Task]
) -> list[Comparison]:
    """Each model next to the baseline of its task, by every metric that both have.

    Args:
        scores: of models, with their intervals.
        drawn: of the same models.
        baselines: of the baselines to beat, one system a task, computed here and therefore unrounded.
        tasks: as in `drawn_of`.
    """
    rivals = {(score.task_id, score.metric): score for score in baselines}
    other = {
        task_id: _drawn(row, tasks[task_id], error=_COMPUTED, seed=1)
        for (_, task_id), row in _by_system(baselines).items()
    }
    return [
        _compare(score, rivals[score.task_id, score.metric], drawn[score.model_id, score.task_id], other[score.task_id])
        for score in scores
        if (score.task_id, score.metric) in rivals and (score.model_id, score.task_id) in drawn
    ]


def difference_of_intervals(model: Score, baseline: Score) -> tuple[float, float] | None:
    """Interval of model minus baseline from their own ones, as if on different items; None where one is missing."""
    known = [
        (score.value, score.ci_low, score.ci_high)
        for score in (model, baseline)
        if score.value is not None and score.ci_low is not None and score.ci_high is not None
    ]
    return independent_difference(known[0], known[1]) if len(known) == 2 else None


def _by_system(scores: Iterable[Score]) -> dict[Key, dict[Metric, float]]:
    """Values by metric; an undefined one is missing."""
    found: dict[Key, dict[Metric, float]] = {}
    for score in scores:
        row = found.setdefault((score.model_id, score.task_id), {})
        if score.value is not None and score.metric in _METRICS:
            row[Metric(score.metric)] = score.value
    return found


def _drawn(values: Mapping[Metric, float], task: Task, *, error: float, seed: int = 0) -> Drawn:
    """Draw from the table of one system; a baseline, of another seed than the models, in random order."""
    if task.n_test is None or task.prevalence is None or not values.keys() >= {Metric.MCC, Metric.ACC}:
        return Drawn({}, {}, "MCC, accuracy, n and prevalence are not all known")
    numbers = Numbers(
        mcc=values[Metric.MCC],
        accuracy=values[Metric.ACC],
        macro_f1=values.get(Metric.F1),
        n=task.n_test,
        prevalence=task.prevalence,
    )
    found = reconstruct(numbers, error=error)
    if found.table is None:
        return Drawn({}, {}, found.reason)
    drawn = replicates(found.table, seed=seed, shuffled=seed != 0)
    reason = PERFECT if found.table.perfect else ONE_ANSWER if found.table.one_answer else None
    return Drawn(drawn, intervals(found.table, drawn), reason)


def _compare(model: Score, baseline: Score, one: Drawn, other: Drawn) -> Comparison:
    metric = Metric(model.metric)
    delta = None if model.value is None or baseline.value is None else model.value - baseline.value
    reason = _why_not(model, baseline, one, other)
    if reason:
        bounds = None
    elif metric is Metric.MCC:
        bounds = unpaired_difference(one.replicates[metric], other.replicates[metric])
    else:
        # Of metrics that no claim is made of, without a pass over the draws.
        bounds = difference_of_intervals(model, baseline)
    low, high = (None, None) if bounds is None or delta is None else (min(bounds[0], delta), max(bounds[1], delta))
    return Comparison(
        task_id=model.task_id,
        stratum=model.stratum,
        regime=model.regime,
        protocol=model.protocol,
        metric=metric,
        model_id=model.model_id,
        baseline_id=baseline.model_id,
        delta=delta,
        ci_low=low,
        ci_high=high,
        p=None,
        q=None,
        verdict_article=verdict_article(model.value, model.ci_low, baseline.value, baseline.ci_high),
        verdict=None,
        flags=None,
        run_id=None,
        n=model.n,
        ci_method=None if low is None else _DRAWN if metric is Metric.MCC else _ADDED,
        p_method=None,
        minimum_effect=MINIMUM_EFFECT.get(metric),
        registered=True,
        undefined_reason=reason or NOT_PAIRED,
    )


def _why_not(model: Score, baseline: Score, one: Drawn, other: Drawn) -> str | None:
    """Why there is no difference, or no interval of one; None where there is."""
    for score, drawn in ((model, one), (baseline, other)):
        if score.value is None:
            return f"{score.model_id}: {score.undefined_reason}"
        if reason := drawn.why_not(Metric(model.metric)):
            return f"no interval of {score.model_id}: {reason}"
    return None
