"""From the answers of systems to scores with intervals, and from two systems to a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.names import ALL_STRATA, Metric, Protocol, Regime, Role
from engine.probes.few_shot import GENEB_SEEDS
from engine.records import Comparison, ProbeFit, Score, Stratum
from engine.registry.features import REGISTERED
from engine.run.bookkeeping import SOURCE_ID
from engine.run.evaluate import FEWEST_ITEMS, FEWEST_OF_A_CLASS
from engine.statistics import metrics
from engine.statistics.bootstrap import MCC_DRAWS, class_replicates, defined, interval
from engine.statistics.verdict import MINIMUM_EFFECT, bootstrap_p, verdict_article

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.run.probing.systems import ProbedSystem
    from engine.sequences import SequenceTask

    Floats = NDArray[np.float64]

METRICS = (Metric.MCC, Metric.ACC, Metric.F1)
NEAR, FAR = "near", "far"
_FUNCTION = {Metric.MCC: metrics.mcc, Metric.ACC: metrics.accuracy, Metric.F1: metrics.macro_f1}
_ONE_CLASS = "predicts one class for all sequences: the correlation is 0/0"
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one system said on one task.

    Attributes:
        predicted: shape (n_test,), class numbers in the full regime; None where that was not asked for.
        probability: shape (n_test,), of the second of two classes, NaN elsewhere.
        facts: what the journal keeps of the fit.
        absent: why there is no value, by regime.
    """

    system: ProbedSystem
    predicted: NDArray[np.int64] | None
    probability: Floats | None
    facts: Mapping[str, Any]
    absent: Mapping[Regime, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is the same for a whole run."""

    run_id: str
    protocol: Protocol
    regimes: tuple[Regime, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the test split: its row in the store, and which sequences it has."""

    stratum: Stratum
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a score stands."""

    task_id: str
    part: Part
    model_id: str
    regime: Regime
    settings: Settings


@dataclass(frozen=True, slots=True)
class _Value:
    """A value with its interval and how that was found, or the reason why there is none."""

    value: float | None = None
    bounds: tuple[float, float] | None = None
    method: str | None = None
    reason: str | None = None

    def limits(self) -> tuple[float, float] | tuple[None, None]:
        """The interval, the value inside it."""
        if self.value is None or self.bounds is None:
            return None, None
        low, high = min(self.bounds[0], self.value), max(self.bounds[1], self.value)
        # A perfect value is perfect in every resample; that its interval has no width says nothing of its uncertainty.
        return (None, None) if abs(self.value) == 1 and high - low < _ROUNDING else (low, high)


def parts_of(data: SequenceTask, near: NDArray[np.bool_]) -> list[Part]:
    """The whole test split and, where both hold sequences, those near to train and those far from it."""
    whole = np.arange(len(near))
    found = [Part(_stratum(data, ALL_STRATA, "All test sequences", "all", whole, 0), whole)]
    if near.any() and not near.all():
        texts = {NEAR: "Near a training sequence", FAR: "Far from every training sequence"}
        for position, (name, rows) in enumerate({FAR: whole[~near], NEAR: whole[near]}.items(), start=1):
            found.append(Part(_stratum(data, name, texts[name], "similarity to train", rows, position), rows))
    return found


def _stratum(data: SequenceTask, name: str, label: str, kind: str, rows: NDArray[np.int64], position: int) -> Stratum:
    labels = data.test.labels[rows]
    return Stratum(
        task_id=data.task.task_id,
        stratum=name,
        label=label,
        kind=kind,
        n=len(rows),
        prevalence=float((labels == 1).mean()) if len(data.classes) == 2 else None,
        position=position,
    )


def evaluate(
    data: SequenceTask, parts: Sequence[Part], answers: Sequence[Answer], settings: Settings
) -> tuple[list[Score], list[Comparison]]:
    """Every system on every part in every regime, and every model next to every baseline in the full one."""
    scores: list[Score] = []
    comparisons: list[Comparison] = []
    registered = registered_baseline(answers)
    for part in parts if Regime.FULL in settings.regimes else ():
        found = {answer.system.model_id: _full_scores(data, part, answer, settings) for answer in answers}
        scores += [row for rows in found.values() for row in rows.values()]
        for model, baseline in _pairs(answers):
            values = (found[model.system.model_id][Metric.MCC], found[baseline.system.model_id][Metric.MCC])
            row = _compare(data, part, (model, baseline), values, settings)
            comparisons.append(replace(row, registered=baseline.system.model_id == registered))
    for regime in settings.regimes:
        if regime != Regime.FULL:
            scores += [row for answer in answers for row in _few_shot_scores(data, parts[0], answer, regime, settings)]
    return scores, comparisons


def registered_baseline(answers: Sequence[Answer]) -> str:
    """The baseline to beat: the one with the highest score over the inner folds of train, never looked up on test.

    Where a probe has no inner folds, the one that is declared for all tasks, or else the first that was asked for. A
    network's score does not count: the rows that it was taken on also said when to stop training.
    """
    baselines = [answer for answer in answers if answer.system.role == Role.BASELINE]
    found = {answer.system.model_id: answer.facts.get("choice", {}) for answer in baselines}
    scored = {name: choice["inner_score"] for name, choice in found.items() if choice.get("fold_hash")}
    if scored:
        return max(scored, key=lambda name: scored[name])
    return REGISTERED if REGISTERED in found or not found else next(iter(found))


def _pairs(answers: Sequence[Answer]) -> Iterator[tuple[Answer, Answer]]:
    """Models, and twins of models, next to every baseline; a twin's own comparison tells what pretraining gave."""
    baselines = [one for one in answers if one.system.role == Role.BASELINE]
    models = [one for one in answers if one.system.kind == "model"]
    yield from ((model, baseline) for model in models for baseline in baselines)
    yield from (
        (model, twin)
        for model in models
        for twin in models
        if twin.system.model_id in {f"random-init:{model.system.model_id}", f"shuffled:{model.system.model_id}"}
    )


def _full_scores(data: SequenceTask, part: Part, answer: Answer, settings: Settings) -> dict[Metric, Score]:
    place = _Place(data.task.task_id, part, answer.system.model_id, Regime.FULL, settings)
    if answer.predicted is None:
        return {metric: _score(place, metric, _Value(reason=answer.absent.get(Regime.FULL))) for metric in METRICS}
    labels, predicted = data.test.labels[part.rows], answer.predicted[part.rows]
    drawn = class_replicates(labels, predicted, seed=settings.seed)
    found = {}
    for metric in METRICS:
        value = _FUNCTION[metric](labels, predicted)
        bounds = interval(defined(drawn[metric][0])) if value is not None else None
        reason = _no_value(labels) if value is None else None
        found[metric] = _score(place, metric, _Value(value, bounds, _method(settings), reason))
    return found


def _no_value(labels: NDArray[np.int64]) -> str:
    kinds = np.unique(labels)
    return f"all {len(labels)} sequences have one label" if len(kinds) == 1 else _ONE_CLASS


def _method(settings: Settings) -> str:
    return f"percentile bootstrap of the confusion table, {MCC_DRAWS} draws, iid, seed {settings.seed}"


def _few_shot_scores(
    data: SequenceTask, whole: Part, answer: Answer, regime: Regime, settings: Settings
) -> Iterator[Score]:
    place = _Place(data.task.task_id, whole, answer.system.model_id, regime, settings)
    drawn = answer.facts.get("few", {}).get(str(regime))
    for metric in METRICS:
        if drawn is None:
            yield _score(place, metric, _Value(reason=answer.absent.get(regime)))
            continue
        values = np.array(drawn[metric])
        if metric == Metric.MCC and drawn["one_class"] == len(values):
            yield _score(place, metric, _Value(reason=_ONE_CLASS))
            continue
        exact = settings.protocol == Protocol.GENEB_EXACT
        # GENEB reports the mean of its five seeds; elsewhere the median of all draws stands for them.
        value = float(values[: len(GENEB_SEEDS)].mean()) if exact else float(np.median(values))
        what = f"mean of GENEB's {len(GENEB_SEEDS)} seeds" if exact else "median"
        method = f"{what}; 2.5 to 97.5 percentile of {len(values)} draws of the training examples"
        yield _score(place, metric, _Value(value, interval(values), method))


def _score(place: _Place, metric: Metric, found: _Value) -> Score:
    low, high = found.limits()
    return Score(
        model_id=place.model_id,
        task_id=place.task_id,
        stratum=place.part.stratum.stratum,
        regime=place.regime,
        protocol=place.settings.protocol,
        metric=metric,
        value=found.value,
        ci_low=low,
        ci_high=high,
        ci_method=found.method if low is not None else None,
        n=len(place.part.rows),
        undefined_reason=None if found.value is not None else found.reason or "not computed",
        origin="engine",
        provenance="computed by this engine",
        run_id=place.settings.run_id,
        source_id=SOURCE_ID,
    )


def _compare(
    data: SequenceTask, part: Part, pair: tuple[Answer, Answer], values: tuple[Score, Score], settings: Settings
) -> Comparison:
    """One system next to another on the same sequences, by MCC; `q` and the paired verdict wait for the family."""
    first, second = pair
    labels = data.test.labels[part.rows]
    found: dict[str, Any] = {}
    reason = _incomparable(labels, values)
    if reason is None and first.predicted is not None and second.predicted is not None:
        drawn = class_replicates(labels, first.predicted[part.rows], second.predicted[part.rows], seed=settings.seed)
        found = _difference(drawn[Metric.MCC], values)
        reason = None if found else "too few resamples have both classes"
    blank = dict.fromkeys(("delta", "ci_low", "ci_high", "p", "verdict_article", "ci_method", "p_method"))
    return Comparison(
        task_id=data.task.task_id,
        stratum=part.stratum.stratum,
        regime=Regime.FULL,
        protocol=settings.protocol,
        metric=Metric.MCC,
        model_id=first.system.model_id,
        baseline_id=second.system.model_id,
        q=None,
        verdict=None,
        flags=None,
        run_id=settings.run_id,
        n=len(part.rows),
        minimum_effect=MINIMUM_EFFECT[Metric.MCC],
        registered=None,
        undefined_reason=reason,
        **{**blank, **found, **({"ci_method": _method(settings), "p_method": "paired bootstrap"} if found else {})},
    )


def _difference(drawn: Floats, values: tuple[Score, Score]) -> dict[str, Any]:
    apart = defined(drawn[0] - drawn[1])
    bounds = interval(apart)
    if bounds is None or values[0].value is None or values[1].value is None:
        return {}
    delta = values[0].value - values[1].value
    return {
        "delta": delta,
        "ci_low": min(bounds[0], delta),
        "ci_high": max(bounds[1], delta),
        "p": bootstrap_p(apart),
        "verdict_article": verdict_article(values[0].value, values[0].ci_low, values[1].value, values[1].ci_high),
    }


def _incomparable(labels: NDArray[np.int64], values: tuple[Score, Score]) -> str | None:
    for score in values:
        if score.value is None:
            return f"{score.model_id}: {score.undefined_reason}"
    smallest = int(np.unique(labels, return_counts=True)[1].min())
    if len(labels) < FEWEST_ITEMS or smallest < FEWEST_OF_A_CLASS:
        return f"too few to judge: {len(labels)} sequences, {smallest} in the smallest class"
    return None


def probe_fits(data: SequenceTask, answer: Answer, settings: Settings) -> list[ProbeFit]:
    """How the answers came about, one row for each regime."""
    facts, system = answer.facts, answer.system
    rows = []
    for regime in settings.regimes:
        if regime in answer.absent:
            continue
        full = regime == Regime.FULL
        choice = facts.get("choice", {}) if full else {}
        number = choice.get("candidate", 0)
        recipe = system.embedding.recipes[number] if system.embedding else None
        rows.append(
            ProbeFit(
                run_id=settings.run_id,
                model_id=system.model_id,
                task_id=data.task.task_id,
                regime=regime,
                protocol=settings.protocol,
                features=facts["candidates"][number],
                width=facts["widths"][number],
                pooling=recipe.pooling if recipe else None,
                layer=recipe.layer if recipe else None,
                strands=recipe.strands if recipe else None,
                truncated=facts["truncated"],
                c=choice.get("c"),
                class_weight=choice.get("class_weight"),
                c_at_edge=choice.get("c_at_edge"),
                inner_score=choice.get("inner_score"),
                converged=choice.get("converged"),
                fold_hash=choice.get("fold_hash"),
                draws=None if full else len(facts["few"][str(regime)][Metric.MCC]),
                seconds=facts["seconds"] if full else None,
            )
        )
    return rows
