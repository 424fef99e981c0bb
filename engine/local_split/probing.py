"""What k-mers and other simple features tell of labelled sequences: `fair-v1` on train, asked about test once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from engine.errors import SpecError, VledgerError
from engine.local_split.limits import MOST_WEIGHTS, MOST_WORDS, MOST_WORDS_OF_CLASSES
from engine.names import Regime
from engine.probes.fair_v1 import FairV1
from engine.run.probing.embedding import shown_to
from engine.run.probing.evaluate import Answer, registered_baseline
from engine.run.probing.fitting import fit_full, folds_of
from engine.run.probing.systems import system_of_features

if TYPE_CHECKING:
    from engine.local_split.exchange import Options, Progress
    from engine.local_split.split import LocalSplit
    from engine.probes.folds import Folds
    from engine.run.probing.systems import ProbedSystem
    from engine.sequences import SequenceTask

WORDS = "kmer-best"
PROBED = (WORDS, "kmer-4", "gc", "majority", "shuffled:kmer-4")
"""Always probed; a network trained from end to end takes too long beside them."""
ALIGNED = "onehot"
"""Probed too where all sequences have one length: else a column means nothing."""

# Candidates side by side: two of them are what a small machine has cores and memory for.
_THREADS = 2
# Columns of all words, and of the pairs at each position.
_WORDS = {"dna": 5460, "protein": 420}
_PAIRS = {"dna": 16, "protein": 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What the systems said of test.

    Attributes:
        answers: of each system in order, controls included; one that could not be run has no prediction and a reason
            under `absent[Regime.FULL]`. Facts are those of a probing run: `candidates`, `widths` and `choice`.
        registered: the baseline with the highest score over the inner folds of train, declared before test is read.
    """

    answers: tuple[Answer, ...]
    registered: str


def probe_systems(split: LocalSplit, options: Options, progress: Progress | None = None) -> Probes:
    """Fit every system to train, and predict test once.

    Args:
        split: with sequences of train and of test.
        options: `seed` draws the inner folds and the shuffled sequences.
        progress: told of each system how far its choice on train has come.

    Raises:
        SpecError: the split has no sequences, or no train.
    """
    data = split.sequences
    if data is None:
        raise SpecError("there is nothing to probe: the split needs sequences of train and of test")
    folds = folds_of(data, seed=options.seed)
    systems = [system_of_features(name) for name in names_for(data)]
    answers = tuple(_answer(system, data, folds, options.seed, progress) for system in systems)
    return Probes(answers=answers, registered=registered_baseline([one for one in answers if not one.absent]))


def names_for(data: SequenceTask) -> tuple[str, ...]:
    """Which systems suit the sequences, the registered baseline of all tasks first."""
    lengths = {len(sequence) for part in (data.train, data.test) for sequence in part.sequences}
    first, *others = PROBED
    return (first, ALIGNED, *others) if len(lengths) == 1 else PROBED


def _answer(
    system: ProbedSystem, data: SequenceTask, folds: Folds | None, seed: int, progress: Progress | None
) -> Answer:
    def told(done: int, total: int) -> None:
        if progress:
            progress(f"fitting to train: {system.name}", done, total)

    told(0, 0)
    try:
        # The order of additions would depend on how many threads there are, and the last digits with it.
        with threadpool_limits(1):
            return _fitted(system, shown_to(system, data, seed), folds, FairV1(progress=told, threads=_THREADS))
    except VledgerError as error:
        return Answer(system=system, predicted=None, probability=None, facts={}, absent={Regime.FULL: str(error)})


def _fitted(system: ProbedSystem, data: SequenceTask, folds: Folds | None, probe: FairV1) -> Answer:
    if system.features is None:
        raise SpecError(f"{system.model_id} has no features to probe.")
    _check_size(system.model_id, data)
    candidates = system.features.candidates(data.train, data.test, alphabet=data.alphabet)
    fitted, predicted, probabilities = fit_full(probe, candidates, data, folds)
    facts = {
        "candidates": [one.name for one in candidates],
        "widths": [int(one.train.shape[1]) for one in candidates],
        "choice": asdict(fitted.choice),
    }
    second = probabilities[:, 1] if len(data.classes) == 2 else np.full(len(predicted), np.nan)
    return Answer(system=system, predicted=predicted, probability=second, facts=facts)


def _check_size(model_id: str, data: SequenceTask) -> None:
    """Refuse what would take hours, or more memory than there is.

    Raises:
        SpecError: says how much there is, and what to do.
    """
    if model_id not in {WORDS, ALIGNED}:
        return
    scores = 1 if len(data.classes) == 2 else len(data.classes)
    lengths = [len(sequence) for part in (data.train, data.test) for sequence in part.sequences]
    columns = _WORDS[data.alphabet] if model_id == WORDS else max(lengths) * _PAIRS[data.alphabet]
    letters = sum(lengths) if model_id == WORDS else 0
    if letters <= MOST_WORDS and letters * scores <= MOST_WORDS_OF_CLASSES and columns * scores <= MOST_WEIGHTS:
        return
    raise SpecError(
        f"{sum(lengths):,} letters in {len(data.classes)} classes would take it hours or too much memory: bring a "
        "sample of the sequences, shorter ones, or fewer classes."
    )
