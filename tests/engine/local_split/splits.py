"""Splits as an inspection leaves them, made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.local_split.exchange import Options, ScoreColumn, Shape
from engine.local_split.split import LocalSplit
from engine.names import Suite
from engine.records import Task
from engine.sequences import SequenceTask, Split
from tests.engine.local_split import results
from tests.engine.small_tasks import small_task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike


def made(
    labels: ArrayLike,
    *,
    shape: Shape = Shape.SCORES,
    train: ArrayLike | None = None,
    scores: Mapping[str, ArrayLike] | None = None,
    groups: ArrayLike | None = None,
    strata: Mapping[str, ArrayLike] | None = None,
    **columns: Any,
) -> LocalSplit:
    """A split of scores or variants; `columns` are those of its items."""
    numbers = np.asarray(labels, dtype=np.int64)
    return LocalSplit(
        inspection=results.inspection(),
        shape=shape,
        fields={},
        rows=np.arange(len(numbers)) + 2,
        labels=numbers,
        train=np.zeros(len(numbers), dtype=bool) if train is None else np.asarray(train, dtype=bool),
        scores={name: np.asarray(values, dtype=np.float64) for name, values in (scores or {}).items()},
        groups=None if groups is None else np.asarray(groups, dtype=np.str_),
        strata={name: np.asarray(values, dtype=np.str_) for name, values in (strata or {}).items()},
        variants=small_task(numbers, **columns),
    )


def of_sequences(
    train: tuple[Sequence[str], ArrayLike],
    test: tuple[Sequence[str], ArrayLike],
    scores: Mapping[str, ArrayLike] | None = None,
) -> LocalSplit:
    """A split of labelled DNA, the rows of train before those of test."""
    parts = [Split(sequences=list(texts), labels=np.asarray(labels, dtype=np.int64)) for texts, labels in (train, test)]
    labels = np.concatenate([part.labels for part in parts])
    task = Task(
        task_id="small",
        label="Sequences made by hand",
        suite=Suite.GENEB,
        category="made by hand",
        kind="sequence_classification",
        primary_metric="MCC",
        position=0,
        source_id="engine",
    )
    return LocalSplit(
        inspection=results.inspection(),
        shape=Shape.SEQUENCES,
        fields={},
        rows=np.arange(len(labels)) + 2,
        labels=labels,
        train=np.arange(len(labels)) < len(parts[0]),
        scores={name: np.asarray(values, dtype=np.float64) for name, values in (scores or {}).items()},
        sequences=SequenceTask(
            task=task, alphabet="dna", classes=tuple(np.unique(labels).tolist()), train=parts[0], test=parts[1]
        ),
    )


def asked(*columns: str, baseline: str | None = None, **options: Any) -> Options:
    """Options that evaluate columns, of which a high value speaks for label 1."""
    named = [ScoreColumn(column=name, higher_is="1") for name in columns]
    if baseline:
        named.append(ScoreColumn(column=baseline, higher_is="1", role="baseline"))
    return Options(scores=tuple(named), **options)


def noisy(labels: ArrayLike, signal: float, *, seed: int) -> np.ndarray:
    """Scores that tell the labels apart by `signal` standard deviations."""
    truth = np.asarray(labels)
    return np.random.default_rng(seed).normal(size=len(truth)) + signal * truth
