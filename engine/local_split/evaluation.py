"""Every system on the whole split and on its parts, and the owner's next to every baseline."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.exchange import Difference, Value
from engine.local_split.measuring import RANKED, Measuring, most_drawn
from engine.names import Metric, Verdict
from engine.statistics.verdict import MINIMUM_EFFECT, PairedDifference, adjusted, verdict, verdict_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.local_split.exchange import Options, Progress
    from engine.local_split.split import LocalSplit
    from engine.local_split.strata import Items, Stratum
    from engine.local_split.systems import Scored, Systems
    from engine.statistics.estimates import Measured

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

COMPARED = (Metric.AUROC, Metric.AUPRC, Metric.MCC)
"""Metrics of which a smallest difference that counts is declared."""
_DRAWN_TOGETHER = 100_000_000
"""Rows in all resamples of the systems drawn at once: about a second, so that progress moves."""
_CLASSES_ALONE = "it predicts classes, no scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All values and differences, part by part."""

    values: tuple[Value, ...]
    differences: tuple[Difference, ...]


def metrics_of(split: LocalSplit, systems: Systems) -> tuple[Metric, ...]:
    """What is measured, the metric of the verdicts first.

    AUROC of scores; MCC of the classes that probes predict, unless the owner has scores to hold against them.
    """
    if split.sequences is None:
        return (*RANKED, Metric.MCC)
    predicted = (Metric.MCC, Metric.ACC, Metric.F1)
    if len(split.sequences.classes) > 2:
        return predicted
    return (*RANKED, *predicted) if systems.of("yours") else (*predicted, *RANKED)


def evaluate(
    items: Items,
    parts: Sequence[Stratum],
    systems: Systems,
    metrics: Sequence[Metric],
    options: Options,
    progress: Progress | None = None,
) -> Evaluation:
    """Values of every system on every part, and differences of the owner's systems to every baseline.

    Args:
        items: the test rows.
        parts: of them.
        systems: with their scores and classes of the test rows.
        metrics: what is measured.
        options: draws and seed.
        progress: told of every system on every part.
    """
    values: list[Value] = []
    differences: list[Difference] = []
    count = len(systems.scored)
    for number, part in enumerate(parts):
        measured = _OnPart(items, part, options, systems.of("baseline"))
        together = max(1, _DRAWN_TOGETHER // (options.draws * max(1, len(part.rows))))
        for at, system in enumerate(systems.scored):
            if progress:
                progress(f"{system.system.name}: {part.part.label}", number * count + at, len(parts) * count)
            if at % together == 0:
                measured.draw(systems.scored[at : at + together])
            values += [measured.value(metric, system) for metric in metrics]
        compared = [metric for metric in COMPARED if metric in metrics]
        for metric, one, other in product(compared, systems.of("yours"), systems.of("baseline")):
            differences.append(measured.difference(metric, one, other))
    return Evaluation(values=tuple(values), differences=tuple(judge(differences)))


def judge(differences: Sequence[Difference]) -> list[Difference]:
    """Add q, and the paired verdict where the article's rule has one.

    A family of tests is all differences of one metric to the registered, or to the other baselines.
    """
    families: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for number, row in enumerate(differences):
        families[row.metric, row.registered].append(number)
    judged = list(differences)
    for members in families.values():
        q = adjusted([differences[number].p for number in members])
        for number, own in zip(members, q, strict=True):
            judged[number] = _judged(differences[number], own)
    return judged


def _judged(row: Difference, q: float | None) -> Difference:
    if row.verdict_article is None:
        return replace(row, q=q)
    paired = PairedDifference(delta=row.delta, ci_low=row.low, ci_high=row.high, q=q)
    found = verdict(Verdict(row.verdict_article), paired, row.minimum_effect)
    return replace(row, q=q, verdict=None if found is None else found.value)


class _OnPart:
    """A part while it is measured: a system is drawn once for its value and for all its differences."""

    def __init__(self, items: Items, part: Stratum, options: Options, baselines: Sequence[Scored]) -> None:
        self._items, self._options = items.only(part.rows), options
        self._part, self._rows = part.part, part.rows
        self._baselines = baselines
        self._most_grouped = most_drawn(len(items.labels))
        self._whole = Measuring(self._items, options, most_grouped=self._most_grouped)
        self._common: dict[bytes, Measuring] = {}
        self._found: dict[tuple[Metric, str], Measured] = {}

    def draw(self, systems: Sequence[Scored]) -> None:
        """Draw at once for those systems that score every row."""
        self._whole.draw([one.scores[self._rows] for one in systems if one.scores is not None])

    def value(self, metric: Metric, system: Scored) -> Value:
        """A metric of a system on the part."""
        values = self._values(metric, system)
        blank = Value(
            system_id=system.system.system_id,
            part_id=self._part.part_id,
            metric=metric.value,
            value=None,
            low=None,
            high=None,
            method=None,
            n=0,
        )
        if values is None:
            scored = 0 if system.scores is None else int(np.isfinite(system.scores[self._rows]).sum())
            return replace(blank, n=scored, undefined_reason=_no_values(metric, system))
        found = self._measured(metric, system, values)
        return replace(
            blank,
            value=found.value,
            low=found.low,
            high=found.high,
            method=found.method,
            n=found.n,
            undefined_reason=found.undefined_reason,
        )

    def difference(self, metric: Metric, system: Scored, baseline: Scored) -> Difference:
        """A system minus a baseline on the rows that both have."""
        sides = [(one, self._values(metric, one)) for one in (system, baseline)]
        both = np.ones(len(self._rows), dtype=bool)
        for _, values in sides:
            both &= np.isfinite(values) if values is not None else False
        reason = self._no_difference(metric, sides, both)
        blank = Difference(
            system_id=system.system.system_id,
            baseline_id=baseline.system.system_id,
            part_id=self._part.part_id,
            metric=metric.value,
            delta=None,
            low=None,
            high=None,
            method=None,
            p=None,
            q=None,
            p_method=None,
            n=int(both.sum()),
            verdict_article=None,
            verdict=None,
            minimum_effect=MINIMUM_EFFECT[metric],
            registered=baseline.system.registered,
            undefined_reason=reason,
        )
        known = [(one, values) for one, values in sides if values is not None]
        return blank if reason else self._compared(blank, metric, known, both)

    def _compared(
        self, blank: Difference, metric: Metric, sides: Sequence[tuple[Scored, Floats]], both: Mask
    ) -> Difference:
        rows = self._measuring(both)
        first, second = (values[both] for _, values in sides)
        apart = rows.difference(metric, first, second)
        if apart.undefined_reason:
            return replace(blank, undefined_reason=apart.undefined_reason)
        # Where one of the two has more rows, its own value is over others: the rule needs both on the common ones.
        one, other = (
            self._measured(metric, system, values) if both.all() else rows.measure(metric, values[both])
            for system, values in sides
        )
        article = verdict_article(one.value, one.low, other.value, other.high)
        return replace(
            blank,
            delta=apart.delta,
            low=apart.low,
            high=apart.high,
            method=apart.method,
            p=apart.p,
            p_method=apart.p_method,
            verdict_article=None if article is None else article.value,
        )

    def _no_difference(self, metric: Metric, sides: Sequence[tuple[Scored, Floats | None]], both: Mask) -> str | None:
        if self._part.reason:
            return self._part.reason
        for system, values in sides:
            reason = (
                _no_values(metric, system)
                if values is None
                else self._measured(metric, system, values).undefined_reason
            )
            if reason:
                return f"{system.system.name}: {reason}"
        return self._items.only(both).too_few()

    def _values(self, metric: Metric, system: Scored) -> Floats | None:
        values = system.scores if metric in RANKED else system.classes
        return None if values is None else values[self._rows]

    def _measured(self, metric: Metric, system: Scored, values: Floats) -> Measured:
        key = (metric, system.system.system_id)
        if key not in self._found:
            self._found[key] = self._whole.measure(metric, values)
        return self._found[key]

    def _measuring(self, rows: Mask) -> Measuring:
        """Systems that lack the same rows share what is drawn."""
        if rows.all():
            return self._whole
        key = rows.tobytes()
        if key not in self._common:
            found = Measuring(self._items.only(rows), self._options, most_grouped=self._most_grouped)
            found.draw([one.scores[self._rows][rows] for one in self._baselines if one.scores is not None])
            self._common[key] = found
        return self._common[key]


def _no_values(metric: Metric, system: Scored) -> str:
    return _CLASSES_ALONE if metric in RANKED else system.no_classes or "it predicts no classes"
