"""The baseline that learns from letters: a convolutional network trained on a task alone, tuned on a part of train.

Test sequences are predicted once, at the end; nothing is chosen by them. Protocol: learning rate, and for DNA whether
both strands count, chosen by the cross-entropy on the validation rows with one seed; then five seeds, the first used
again, whose softmax outputs are averaged. After Gresova et al., BMC Genom Data 2023;24:25, without the faults of its
notebook: the loss takes logits, dense layers have a ReLU between them, and test rows never say when to stop.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import StratifiedGroupKFold

from engine.errors import SpecError, StatisticError
from engine.models.cnn_training import LOCAL_FIELD, Carved, Setting, encode, predict, train_network
from engine.models.loading import choose_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.models.cnn_training import Letters, Trained
    from engine.sequences import Split

    Progress = Callable[[int, int], None]

LEARNING_RATES = (1e-3, 3e-4, 3e-3)
NETWORKS = 5
FEWEST_ROWS = 50
_PARTS = 10
_ALPHABETS = ("dna", "protein")


@dataclass(frozen=True, slots=True, kw_only=True)
class CnnResult:
    """What the networks say about test, and what they are.

    Attributes:
        probabilities: shape (n_test, K), mean of the networks' softmax, rows adding to 1.
        learning_rate: chosen on validation.
        both_strands: whether reverse complements were trained on and averaged over, chosen on validation.
        validation_mcc: MCC of the averaged networks on the validation rows, which also said when to stop; None where
            they say one class only.
        receptive_field: letters that a prediction sees: the longest sequence, since pooling is over all places.
        local_field: letters that one place sees before that pooling.
        epochs: the epoch that each network was taken from.
        parameters: of one network.
        seconds: wall time of all trainings and predictions.
    """

    probabilities: NDArray[np.float64]
    learning_rate: float
    both_strands: bool
    validation_mcc: float | None
    receptive_field: int
    local_field: int
    epochs: tuple[int, ...]
    parameters: int
    seconds: float


def train_and_predict(
    train: Split,
    test_sequences: Sequence[str],
    *,
    classes: int,
    alphabet: str,
    seed: int = 0,
    device: str | None = None,
    progress: Progress | None = None,
) -> CnnResult:
    """Train on `train` alone, and say what the test sequences are.

    On a CPU the numbers are the same for a seed and a number of threads; letters outside the alphabet count as none.

    Args:
        train: sequences of any lengths with class numbers 0 .. classes - 1; with `groups`, no group is both fitted
            and validated on.
        test_sequences: what to predict.
        classes: K.
        alphabet: "dna" or "protein".
        seed: of the validation rows and of all networks.
        device: "cpu" or "cuda:N"; None takes the first GPU where there is one.
        progress: called with trainings done and to do.

    Raises:
        StatisticError: train is too small, or has too few rows of a class or too few groups to hold any out.
        SpecError: there is no such alphabet or device.
        NotHereError: this machine has no such GPU.
    """
    started = time.perf_counter()
    if alphabet not in _ALPHABETS:
        raise SpecError(f"A network reads {' or '.join(_ALPHABETS)}, not '{alphabet}'; say which the sequences are.")
    placed = choose_device(device)
    validation = validation_rows(train, classes=classes, seed=seed)
    data = _data(train, validation, classes, alphabet, placed)
    networks = _train_all(data, seed, progress)
    test = encode(test_sequences, alphabet, placed)
    found = _mean_softmax(networks, data.letters, data.validation)
    return CnnResult(
        probabilities=_mean_softmax(networks, test, torch.arange(len(test.lengths), device=placed)),
        learning_rate=networks[0].setting.learning_rate,
        both_strands=networks[0].setting.both_strands,
        validation_mcc=_mcc(train.labels[validation], found.argmax(axis=1)),
        receptive_field=max(data.letters.codes.shape[2], test.codes.shape[2]),
        local_field=LOCAL_FIELD,
        epochs=tuple(one.epoch for one in networks),
        parameters=sum(weight.numel() for weight in networks[0].network.parameters()),
        seconds=time.perf_counter() - started,
    )


def validation_rows(train: Split, *, classes: int, seed: int) -> NDArray[np.int64]:
    """A tenth of train, classes in proportion and no group in both parts; rows in rising order.

    Args:
        train: labels, shape (n,), and groups where there are some.
        classes: K.
        seed: of the shuffling.

    Raises:
        StatisticError: train is too small, or has too few rows of a class or too few groups to hold any out.
    """
    counts = np.bincount(train.labels, minlength=classes)
    _check(train, counts)
    rng = np.random.default_rng(seed)
    if train.groups is None:
        per_class = [rng.permutation(np.flatnonzero(train.labels == number)) for number in range(classes)]
        return np.sort(np.concatenate([rows[: max(1, round(len(rows) / _PARTS))] for rows in per_class]))
    parts = min(_PARTS, int(counts.min()), len(np.unique(train.groups)))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    fitted, held_out = next(splitter.split(train.labels, train.labels, train.groups))
    if len(held_out) == 0 or len(np.unique(train.labels[fitted])) < classes:
        raise StatisticError(
            "All train rows of a class are in one group, so that none can be held out for the network; "
            "give finer groups, or leave the network out."
        )
    return np.sort(held_out)


def _check(train: Split, counts: NDArray[np.int64]) -> None:
    if len(counts) < 2 or counts.min() < 2:
        raise StatisticError(
            f"Class {int(counts.argmin())} has {int(counts.min())} train rows, a network needs at least two classes "
            "with at least 2 rows each; add rows, or leave the network out."
        )
    if len(train) < FEWEST_ROWS:
        raise StatisticError(
            f"Train has {len(train)} rows, too few to train a network and to hold some out (at least {FEWEST_ROWS}); "
            "add rows, or leave the network out."
        )
    if train.groups is not None and len(np.unique(train.groups)) < 2:
        raise StatisticError(
            "All train rows are in one group, so that none can be held out for the network; "
            "give finer groups, or leave the network out."
        )


def _data(train: Split, validation: NDArray[np.int64], classes: int, alphabet: str, device: torch.device) -> Carved:
    fitted = np.setdiff1d(np.arange(len(train)), validation)
    return Carved(
        letters=encode(train.sequences, alphabet, device),
        labels=torch.from_numpy(train.labels.astype(np.int64)).to(device),
        classes=classes,
        fitted=torch.from_numpy(fitted).to(device),
        validation=torch.from_numpy(validation).to(device),
    )


def _train_all(data: Carved, seed: int, progress: Progress | None) -> list[Trained]:
    """The networks whose softmax is averaged, all of the setting that validation chose."""
    seeds = [int(number) for number in np.random.SeedSequence(seed).generate_state(NETWORKS)]
    strands = [False, True] if data.letters.strands == 2 else [False]
    total = len(strands) + len(LEARNING_RATES) - 1 + NETWORKS - 1
    done = 0

    def train(setting: Setting) -> Trained:
        nonlocal done
        trained = train_network(data, setting)
        done += 1
        if progress:
            progress(done, total)
        return trained

    first, *others = LEARNING_RATES
    # Strands once, at the middle rate: the choice hardly depends on the rate, and six trainings would be dear.
    tried = [train(Setting(learning_rate=first, both_strands=both, seed=seeds[0])) for both in strands]
    best = _best(tried)
    tried += [train(replace(best.setting, learning_rate=rate)) for rate in others]
    best = _best(tried)
    return [best, *(train(replace(best.setting, seed=number)) for number in seeds[1:])]


def _best(tried: Sequence[Trained]) -> Trained:
    return min(tried, key=lambda one: one.loss)


def _mean_softmax(networks: Sequence[Trained], letters: Letters, rows: torch.Tensor) -> NDArray[np.float64]:
    parts = [predict(one.network, letters, rows, both_strands=one.setting.both_strands) for one in networks]
    found: NDArray[np.float64] = np.mean(parts, axis=0)
    return found


def _mcc(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float | None:
    if min(len(np.unique(labels)), len(np.unique(predicted))) < 2:
        return None
    return float(matthews_corrcoef(labels, predicted))
