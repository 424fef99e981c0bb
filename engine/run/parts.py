"""What is evaluated: systems with their scores, and the parts of a task on which they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Kind, Metric, Protocol
from engine.registry.baselines import find_baseline
from engine.registry.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from engine.names import Direction, Role
    from engine.records import Stratum
    from engine.variants import VariantTask

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Names = NDArray[np.str_]


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


@dataclass(frozen=True, slots=True)
class Part:
    """A stratum, or the items of it that somebody scores.

    Attributes:
        rows: shape (m,), row numbers in the task's items.
        labels: shape (m,), 0 or 1.
        values: shape (m,), measured values of a fitness task.
        groups: shape (m,), names of what items share, for a cluster bootstrap.
    """

    stratum: Stratum
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    values: Floats | None
    groups: Names | None

    def truth(self, metric: Metric) -> Floats | NDArray[np.int64]:
        """What a metric is measured against."""
        return self.values if metric is Metric.SPEARMAN and self.values is not None else self.labels

    def only(self, mask: Mask) -> Part:
        """The part's items where `mask`, shape (m,), is true."""
        return replace(
            self,
            rows=self.rows[mask],
            labels=self.labels[mask],
            values=None if self.values is None else self.values[mask],
            groups=None if self.groups is None else self.groups[mask],
        )


@dataclass(frozen=True, slots=True)
class Side:
    """A system on the items of a part.

    Attributes:
        scores: shape (m,), turned so that higher means label 1, NaN where there is none.
        sign: the turn: +1 where the system's own direction is that of label 1, else -1.
    """

    system: System
    scores: Floats
    sign: float

    def only(self, mask: Mask) -> Side:
        """The side's items where `mask`, shape (m,), is true."""
        return replace(self, scores=self.scores[mask])


def rule_system(data: VariantTask, model_id: str, **built_from: object) -> System:
    """A baseline or control with the scores that its rule gives.

    Args:
        data: The task.
        model_id: Id of the rule.
        **built_from: What the rule is built from besides the task, see `BaselineCard.built_from`.

    Raises:
        SpecError: there is no such rule, or it is built from other things.
        SequenceError: the task contradicts a sequence that the rule reads.
    """
    card = find_baseline(model_id)
    return System(
        model_id=model_id,
        role=card.role,
        protocol=Protocol.RULE,
        higher_is=card.higher_is,
        scores=card.resolve(**built_from)(data),
        threshold=THRESHOLDS.get(model_id),
    )


def groups_of(data: VariantTask, column: str | None) -> Names | None:
    """What items share, shape (n,), for a cluster bootstrap; None where they count as independent."""
    return data.items[column].to_numpy(str) if column else None


def parts_of(data: VariantTask, groups: Names | None) -> Iterator[Part]:
    """The strata of a task."""
    labels = data.items["label"].to_numpy(np.int64)
    values = data.items["value"].to_numpy(np.float64, na_value=np.nan) if data.task.kind == Kind.FITNESS else None
    whole = np.arange(len(labels))
    for stratum in data.strata:
        mask = data.membership[stratum.stratum].to_numpy(bool)
        yield Part(stratum, whole, labels, values, groups).only(mask)


def side_of(system: System, part: Part, positive_is: Direction) -> Side:
    """A system's scores of a part's items."""
    sign = 1.0 if system.higher_is == positive_is else -1.0
    return Side(system, sign * system.scores[part.rows], sign)
