"""One unit of a probing run: one system on one task, fitted in every regime, its answers put into the journal."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from engine.embedders.cache import digests_of
from engine.errors import NotHereError, SpecError, VledgerError
from engine.executors.journal import Journal
from engine.executors.local import Outcome
from engine.names import Metric, Protocol, Regime
from engine.probes.fair_v1 import FairV1
from engine.probes.few_shot import draws
from engine.probes.folds import make_folds
from engine.probes.scale import Scale
from engine.registry.probes import find_probe
from engine.run.probing.embedding import both_splits
from engine.run.sealing import sealed
from engine.sequences import Candidate
from engine.statistics import metrics
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.embedders.cache import Collection
    from engine.places import Folder
    from engine.probes.contract import Fitted, Probe
    from engine.probes.folds import Folds
    from engine.run.probing.systems import ProbedSystem
    from engine.sequences import Features, SequenceTask

SHOTS = {Regime.TEN_SHOT: 10, Regime.ONE_SHOT: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """Everything that a worker needs for one system on one task.

    Attributes:
        key: name of the unit's part in the journal.
        task: as the system sees it.
        collections: where a model's vectors are, one for each candidate layer.
    """

    key: str
    system: ProbedSystem
    task: SequenceTask
    protocol: Protocol
    regimes: tuple[Regime, ...]
    seed: int
    few_shot_draws: int
    collections: tuple[Collection, ...]
    journal: Folder


def fit_unit(request: FitRequest, device: str) -> Outcome:
    """Fit, predict, and write the unit's part of the journal; a fault of the unit's own comes back as an outcome."""
    start = time.perf_counter()
    try:
        if request.system.kind == "network":
            facts, frame = _train_network(request, device)
        else:
            facts, frame = _fit_probe(request)
        facts["seconds"] = time.perf_counter() - start
        Journal(request.journal).write(request.key, sealed(facts, frame), lambda path: write_frame(path, frame))
    except VledgerError as error:
        return Outcome(stage="probe", error_type=type(error).__name__, message=str(error))
    return Outcome(result=facts)


def _fit_probe(request: FitRequest) -> tuple[dict[str, Any], pd.DataFrame]:
    if request.system.embedding is None:
        return _fit_candidates(request, _of_baseline(request), None)
    # The vectors of one task at a time lie together on disk, however many there are.
    with Journal(request.journal).scratch() as scratch:
        candidates, truncated = _of_model(request, scratch)
        return _fit_candidates(request, candidates, truncated)


def _of_baseline(request: FitRequest) -> list[Candidate]:
    task, system = request.task, request.system
    if system.features is None:
        raise SpecError(f"{system.model_id} has neither features nor a model.")
    return system.features.candidates(task.train, task.test, alphabet=task.alphabet)


def _of_model(request: FitRequest, scratch: Path) -> tuple[list[Candidate], float]:
    """Vectors of both splits by layer, mapped from a file, and the share of sequences that the model saw cut off."""
    task = request.task
    sequences, positions = both_splits(task)
    lengths = np.array([len(sequence) for sequence in sequences])
    found, cut = [], 0.0
    recipes = request.system.embedding.recipes if request.system.embedding else ()
    for number, (recipe, collection) in enumerate(zip(recipes, request.collections, strict=True)):
        digests = digests_of(sequences, recipe, positions)
        vectors, letters = collection.gather(digests, scratch / f"{number}.npy")
        found.append(Candidate(f"layer {recipe.layer}", vectors[: len(task.train)], vectors[len(task.train) :]))
        cut = max(cut, float((letters < lengths).mean()))
    return found, cut


def _fit_candidates(
    request: FitRequest, candidates: Sequence[Candidate], truncated: float | None
) -> tuple[dict[str, Any], pd.DataFrame]:
    card = find_probe(request.protocol)
    if not card.chooses:
        candidates = candidates[:1]
    probe: Probe = card.make()
    # Small products are slower on several threads; and GENEB's solver stops early, where the order of additions, which
    # depends on the threads, can move predictions.
    threads = 1 if request.protocol == Protocol.GENEB_EXACT else None
    facts: dict[str, Any] = {"candidates": [one.name for one in candidates], "truncated": truncated, "few": {}}
    facts["widths"] = [int(one.train.shape[1]) for one in candidates]
    frame = _answers(None, None)
    if Regime.FULL in request.regimes:
        with threadpool_limits(threads):
            folds = folds_of(request.task, seed=request.seed) if card.chooses else None
            fitted, predicted, probabilities = fit_full(probe, candidates, request.task, folds)
        facts["choice"] = asdict(fitted.choice)
        frame = _answers(predicted, probabilities)
    for regime, shots in SHOTS.items():
        if regime in request.regimes:
            # So few labels choose no representation: the first is declared beforehand.
            with threadpool_limits(1):
                facts["few"][str(regime)] = _few_shot(probe, candidates[0], request, shots, choosing=card.chooses)
    return facts, frame


def folds_of(task: SequenceTask, *, seed: int) -> Folds | None:
    """Inner folds of a task's train split, the same for every system; None where nothing can be held out."""
    return make_folds(task.train.labels, task.train.groups, seed=seed)


def fit_full(
    probe: Probe, candidates: Sequence[Candidate], task: SequenceTask, folds: Folds | None
) -> tuple[Fitted, NDArray[np.int64], NDArray[np.float64]]:
    """Fit to all of train, and predict test once.

    Args:
        probe: what is fitted.
        candidates: features of the task's sequences; the first alone without folds.
        task: as the system sees it.
        folds: from `folds_of`; None for a probe that does not choose.

    Returns:
        The fitted probe, class numbers of test, shape (n_test,), and probabilities, shape (n_test, K).
    """
    if folds is None:
        # As with one row of a class: nothing is held out, so nothing can be chosen.
        candidates = candidates[:1]
    fitted = probe.fit([one.train for one in candidates], task.train.labels, classes=len(task.classes), folds=folds)
    test = candidates[fitted.choice.candidate].test
    return fitted, fitted.predict(test), fitted.probabilities(test)


def _answers(predicted: NDArray[np.int64] | None, probabilities: NDArray[np.float64] | None) -> pd.DataFrame:
    """Class numbers and, of two classes, the probability of the second; no rows where nothing was predicted."""
    if predicted is None or probabilities is None:
        return pd.DataFrame({"predicted": pd.array([], dtype="int64"), "probability": pd.array([], dtype="float64")})
    second = probabilities[:, 1] if probabilities.shape[1] == 2 else np.full(len(predicted), np.nan)
    return pd.DataFrame({"predicted": predicted, "probability": pd.array(second, dtype="Float64")})


def _few_shot(probe: Probe, candidate: Candidate, request: FitRequest, shots: int, *, choosing: bool) -> dict[str, Any]:
    """Metrics of every draw, the harness's five first."""
    task = request.task
    if request.protocol == Protocol.FAIR_V1:
        # A handful of rows has no spread of its own: that of all of train serves, which takes no labels.
        probe = FairV1(scales=[Scale.of(candidate.train)])
    found: dict[str, list[float]] = {Metric.MCC: [], Metric.ACC: [], Metric.F1: []}
    one_class = 0
    for rows in draws(task.train.labels, shots, request.few_shot_draws).values():
        labels = task.train.labels[rows]
        folds = make_folds(labels, seed=request.seed) if choosing else None
        drawn: Features = candidate.train[rows]
        fitted = probe.fit([drawn], labels, classes=len(task.classes), folds=folds)
        predicted = fitted.predict(candidate.test)
        mcc = metrics.mcc(task.test.labels, predicted)
        one_class += mcc is None
        # One of many draws: a probe that says one class there has told nothing, as GENEB and scikit-learn count it.
        found[Metric.MCC].append(mcc or 0.0)
        found[Metric.ACC].append(metrics.accuracy(task.test.labels, predicted))
        found[Metric.F1].append(metrics.macro_f1(task.test.labels, predicted))
    return {**found, "one_class": one_class}


def _train_network(request: FitRequest, device: str) -> tuple[dict[str, Any], pd.DataFrame]:
    try:
        from engine.models.cnn import train_and_predict  # noqa: PLC0415 - torch is loaded where a network is trained
    except ImportError as error:
        raise NotHereError(
            f"{request.system.model_id} needs {error.name or 'torch'}, which is not installed: "
            "pip install 'validity-ledger[models]', or leave it out of the baselines."
        ) from error
    task = request.task
    trained = train_and_predict(
        task.train,
        task.test.sequences,
        classes=len(task.classes),
        alphabet=task.alphabet,
        seed=request.seed,
        device=device,
    )
    predicted = trained.probabilities.argmax(axis=1).astype(np.int64)
    facts = {
        "candidates": ["letters"],
        "widths": [None],
        "truncated": None,
        "few": {},
        "choice": {"candidate": 0, "inner_score": trained.validation_mcc, "converged": True},
        "network": {
            "learning_rate": trained.learning_rate,
            "receptive_field": trained.receptive_field,
            "parameters": trained.parameters,
        },
    }
    return facts, _answers(predicted, trained.probabilities)
