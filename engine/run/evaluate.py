"""From scores of items to values with intervals, and from two systems to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Direction, Kind, Metric, Regime
from engine.records import Comparison, Score
from engine.statistics import metrics
from engine.statistics.bootstrap import (
    MCC_DRAWS,
    interval,
    mcc_replicates,
    paired_mcc_replicates,
    paired_replicates,
    replicates,
)
from engine.statistics.delong import paired_test
from engine.statistics.resampling import default_resampling
from engine.statistics.verdict import (
    MINIMUM_EFFECT,
    PairedDifference,
    adjusted,
    bootstrap_p,
    verdict,
    verdict_article,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.names import Role
    from engine.records import Stratum
    from engine.statistics.resampling import Resampling
    from engine.variants import VariantTask

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_COVERAGE = 0.9
FEWEST_ITEMS = 30
FEWEST_OF_A_CLASS = 10
METRICS_OF: dict[str, tuple[Metric, ...]] = {
    Kind.VARIANT_EFFECT: (Metric.AUROC, Metric.AUPRC, Metric.MCC),
    Kind.FITNESS: (Metric.SPEARMAN, Metric.AUROC, Metric.AUPRC, Metric.MCC),
}
_RULE_OF_MEDIAN = "median of the system's own scores in the stratum (ProteinGym's rule)"
_NO_THRESHOLD = "no threshold is declared for this system, and none is chosen on test data"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Scores of one system on all items of a task.

    Attributes:
        scores: shape (n,), in the system's own direction, NaN where it has none.
        threshold: from which score on an item counts as `higher_is`, and who says so.
    """

    model_id: str
    role: Role
    protocol: str
    higher_is: Direction
    scores: Floats
    threshold: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is the same for a whole run."""

    run_id: str
    source_id: str
    draws: int = 2000
    seed: int = 0
    resampling: Resampling | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A stratum: which items, their labels and measured values, and the groups they are drawn by."""

    stratum: Stratum
    mask: Mask
    labels: NDArray[np.int64]
    values: Floats | None
    groups: NDArray[np.str_] | None

    def truth(self, metric: Metric) -> Floats | NDArray[np.int64]:
        return self.values if metric is Metric.SPEARMAN and self.values is not None else self.labels


def evaluate(
    data: VariantTask,
    systems: Sequence[System],
    registered: Mapping[str, str],
    settings: Settings,
    groups: NDArray[np.str_] | None = None,
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
    for part in _parts(data, groups):
        found = {(row.model_id, row.protocol, row.metric): row for row in _scores(data, part, systems, settings)}
        scores += found.values()
        for model, baseline in _pairs(systems):
            for metric in METRICS_OF[data.task.kind]:
                rows = (
                    found[model.model_id, model.protocol, metric],
                    found[baseline.model_id, baseline.protocol, metric],
                )
                row = _compare(data, part, (model, baseline), rows, settings)
                is_registered = registered.get(part.stratum.stratum) == baseline.model_id
                comparisons.append(replace(row, registered=is_registered))
    return scores, comparisons


def judge(scores: Sequence[Score], comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Add q and both verdicts; a family is all comparisons of one metric with registered, or with other, baselines."""
    value_of = {(row.task_id, row.stratum, row.model_id, row.protocol, row.metric): row for row in scores}
    by_baseline = {(row.task_id, row.stratum, row.model_id, row.metric): row for row in scores}
    judged: list[Comparison] = []
    order = sorted(comparisons, key=_family)
    for _, family in groupby(order, key=_family):
        rows = list(family)
        for row, q in zip(rows, adjusted([row.p for row in rows]), strict=True):
            model = value_of[row.task_id, row.stratum, row.model_id, row.protocol, row.metric]
            baseline = by_baseline[row.task_id, row.stratum, row.baseline_id, row.metric]
            judged.append(_with_verdicts(replace(row, q=q), model, baseline))
    return judged


def _family(row: Comparison) -> tuple[str, bool]:
    return row.metric, not row.registered


def _with_verdicts(row: Comparison, model: Score, baseline: Score) -> Comparison:
    if row.delta is None or row.minimum_effect is None or row.undefined_reason:
        return row
    article = verdict_article(model.value, model.ci_low, baseline.value, baseline.ci_high)
    difference = PairedDifference(delta=row.delta, ci_low=row.ci_low, ci_high=row.ci_high, q=row.q)
    four_way = verdict(article, difference, row.minimum_effect)
    return replace(row, verdict_article=article, verdict=four_way)


def _pairs(systems: Sequence[System]) -> Iterator[tuple[System, System]]:
    for model in systems:
        if model.role == "model":
            yield from ((model, other) for other in systems if other.role == "baseline")


def _parts(data: VariantTask, groups: NDArray[np.str_] | None) -> Iterator[_Part]:
    labels = data.items["label"].to_numpy(np.int64)
    values = data.items["value"].to_numpy(np.float64, na_value=np.nan) if data.task.kind == Kind.FITNESS else None
    for stratum in data.strata:
        mask = data.membership[stratum.stratum].to_numpy(bool)
        yield _Part(
            stratum,
            mask,
            labels[mask],
            None if values is None else values[mask],
            None if groups is None else groups[mask],
        )


def _oriented(data: VariantTask, system: System, part: _Part) -> Floats:
    """Scores of the stratum's items, turned so that higher means label 1."""
    sign = 1.0 if system.higher_is == data.positive_is else -1.0
    return sign * system.scores[part.mask]


def _scores(data: VariantTask, part: _Part, systems: Sequence[System], settings: Settings) -> Iterator[Score]:
    for system in systems:
        oriented = _oriented(data, system, part)
        covered = np.isfinite(oriented)
        for metric in METRICS_OF[data.task.kind]:
            empty = Score(
                model_id=system.model_id,
                task_id=data.task.task_id,
                stratum=part.stratum.stratum,
                regime=Regime.ZERO_SHOT,
                protocol=system.protocol,
                metric=metric,
                value=None,
                n=int(covered.sum()) or None,
                origin="engine",
                provenance="computed by this engine",
                run_id=settings.run_id,
                source_id=settings.source_id,
            )
            reason = _no_value(part, covered)
            yield (
                replace(empty, undefined_reason=reason)
                if reason
                else _valued(
                    empty, metric, _covered(part, covered), oriented[covered], (system, data.positive_is), settings
                )
            )


def _no_value(part: _Part, covered: Mask) -> str | None:
    """Why there is no honest value on this stratum, or None."""
    total, own = len(covered), int(covered.sum())
    if own == 0:
        return f"scores none of the {total} items"
    if own < LEAST_COVERAGE * total:
        return f"scores {own} of {total} items: a value over a part is another quantity"
    labels = part.labels[covered]
    return f"all {own} items have label {labels[0]}" if len(set(labels.tolist())) == 1 else None


def _covered(part: _Part, covered: Mask) -> _Part:
    return replace(
        part,
        labels=part.labels[covered],
        values=None if part.values is None else part.values[covered],
        groups=None if part.groups is None else part.groups[covered],
    )


def _valued(
    row: Score, metric: Metric, part: _Part, oriented: Floats, system: tuple[System, Direction], settings: Settings
) -> Score:
    if metric is Metric.MCC:
        return _mcc(row, part, oriented, system, settings)
    value = {Metric.AUROC: metrics.auroc, Metric.AUPRC: metrics.auprc, Metric.SPEARMAN: metrics.spearman}[metric](
        part.truth(metric), oriented
    )
    if value is None:
        return replace(row, undefined_reason="all scores are equal")
    how = _resampling(metric, part, settings)
    found = replicates(metric, part.truth(metric), oriented, how, groups=part.groups)
    return _with_interval(replace(row, value=value), interval(found), how.describe())


def _mcc(row: Score, part: _Part, oriented: Floats, system: tuple[System, Direction], settings: Settings) -> Score:
    cut = _cut(part, oriented, *system)
    if cut is None:
        return replace(row, undefined_reason=_NO_THRESHOLD)
    threshold, source, called = cut
    value = metrics.mcc(part.labels, called)
    row = replace(row, threshold=threshold, threshold_source=source)
    if value is None:
        return replace(row, undefined_reason="every item is on one side of the threshold")
    found = mcc_replicates(part.labels, called, seed=settings.seed)
    method = f"percentile bootstrap of the confusion table, {MCC_DRAWS} draws, iid, seed {settings.seed}"
    return _with_interval(replace(row, value=value), interval(found), method)


def _cut(
    part: _Part, oriented: Floats, system: System, positive_is: Direction
) -> tuple[float, str, NDArray[np.int64]] | None:
    """Threshold in the system's own scale, who says so, and the calls, shape (n,); None where none is declared."""
    sign = 1.0 if system.higher_is == positive_is else -1.0
    if system.threshold is not None:
        threshold, source = system.threshold
        high = sign * oriented >= threshold
        return threshold, source, (high if sign > 0 else ~high).astype(np.int64)
    if part.values is None:
        return None
    middle = float(np.median(oriented))
    return sign * middle, _RULE_OF_MEDIAN, (oriented >= middle).astype(np.int64)


def _with_interval(row: Score, bounds: tuple[float, float] | None, method: str) -> Score:
    if bounds is None or row.value is None:
        return row
    # With ties or few items the point can lie outside its percentile interval by a rounding error.
    low, high = min(bounds[0], row.value), max(bounds[1], row.value)
    return replace(row, ci_low=low, ci_high=high, ci_method=method)


def _resampling(metric: Metric, part: _Part, settings: Settings) -> Resampling:
    return settings.resampling or default_resampling(
        metric, part.truth(metric), groups=part.groups, draws=settings.draws, seed=settings.seed
    )


def _compare(
    data: VariantTask, part: _Part, pair: tuple[System, System], rows: tuple[Score, Score], settings: Settings
) -> Comparison:
    """One model next to one baseline, on the items that both score."""
    metric = Metric(rows[0].metric)
    first, second = (_oriented(data, system, part) for system in pair)
    both = np.isfinite(first) & np.isfinite(second)
    empty = Comparison(
        task_id=rows[0].task_id,
        stratum=rows[0].stratum,
        regime=rows[0].regime,
        protocol=rows[0].protocol,
        metric=metric,
        model_id=pair[0].model_id,
        baseline_id=pair[1].model_id,
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
        undefined_reason=None,
    )
    for system, row in zip(pair, rows, strict=True):
        if row.value is None:
            return replace(empty, undefined_reason=f"{system.model_id}: {row.undefined_reason}")
    common = _covered(part, both)
    if reason := _too_few(common.labels):
        return replace(empty, undefined_reason=reason)
    if metric is Metric.MCC:
        return _compare_calls(empty, common, (first[both], second[both]), (pair, data.positive_is), settings)
    return _compare_ranks(empty, metric, common, (first[both], second[both]), settings)


def _too_few(labels: NDArray[np.int64]) -> str | None:
    smaller = min(int(labels.sum()), len(labels) - int(labels.sum()))
    if len(labels) >= FEWEST_ITEMS and smaller >= FEWEST_OF_A_CLASS:
        return None
    return f"too few to judge: {len(labels)} items, {smaller} in the smaller class"


def _compare_ranks(
    row: Comparison, metric: Metric, part: _Part, scores: tuple[Floats, Floats], settings: Settings
) -> Comparison:
    truth = part.truth(metric)
    function = {Metric.AUROC: metrics.auroc, Metric.AUPRC: metrics.auprc, Metric.SPEARMAN: metrics.spearman}[metric]
    values = [function(truth, oriented) for oriented in scores]
    if values[0] is None or values[1] is None:
        return replace(row, undefined_reason="all scores of one of the two are equal")
    how = _resampling(metric, part, settings)
    found = paired_replicates(metric, truth, *scores, how, groups=part.groups)
    test = paired_test(truth, *scores) if metric is Metric.AUROC and how.kind != "cluster" else None
    return _with_difference(
        row,
        values[0] - values[1],
        found,
        how.describe(),
        (test.p, "DeLong, paired") if test else (bootstrap_p(found), "paired bootstrap"),
    )


def _compare_calls(
    row: Comparison,
    part: _Part,
    scores: tuple[Floats, Floats],
    systems: tuple[tuple[System, System], Direction],
    settings: Settings,
) -> Comparison:
    pair, positive_is = systems
    cuts = [_cut(part, oriented, system, positive_is) for oriented, system in zip(scores, pair, strict=True)]
    if cuts[0] is None or cuts[1] is None:
        return replace(row, undefined_reason=_NO_THRESHOLD)
    values = [metrics.mcc(part.labels, cut[2]) for cut in cuts if cut]
    if values[0] is None or values[1] is None:
        return replace(row, undefined_reason="every item is on one side of a threshold")
    found = paired_mcc_replicates(part.labels, cuts[0][2], cuts[1][2], seed=settings.seed)
    method = f"percentile bootstrap of the paired confusion table, {MCC_DRAWS} draws, iid, seed {settings.seed}"
    return _with_difference(row, values[0] - values[1], found, method, (bootstrap_p(found), "paired bootstrap"))


def _with_difference(
    row: Comparison, delta: float, found: Floats, method: str, test: tuple[float | None, str]
) -> Comparison:
    bounds = interval(found)
    if bounds is None:
        return replace(row, undefined_reason="too few resamples have both classes")
    p, p_method = test
    return replace(
        row,
        delta=delta,
        ci_low=min(bounds[0], delta),
        ci_high=max(bounds[1], delta),
        ci_method=method,
        p=p,
        p_method=p_method if p is not None else None,
    )
