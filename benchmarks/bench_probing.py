"""What the probing engine promises: speed next to scikit-learn and GENEB's harness, and memory that stays small."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from peers import grid_search, harness
from rows import at_most, faster_than, timed
from threadpoolctl import threadpool_limits

from engine import models
from engine.baselines.kmers import four_mers, kmer_counts
from engine.datasets.fetch import in_mirror
from engine.embedders.cache import Cache, digests_of
from engine.embedders.embed import fill, units
from engine.errors import NotHereError
from engine.probes.fair_v1 import FairV1
from engine.probes.few_shot import GENEB_SEEDS, geneb_draw
from engine.probes.folds import make_folds
from engine.probes.geneb_exact import GenebExact
from engine.protocols import Recipe
from engine.registry.adapters import AdapterCard, resolve
from engine.run.probing.tasks import load_sequence_task
from engine.statistics import metrics

if TYPE_CHECKING:
    from engine.sequences import SequenceTask

SMALL, LARGE = "leannmlindsey_GUE_mouse_0", "leannmlindsey_GUE_human_tf_0"
CHECKPOINT = "weights/mistral_dna_1M_tf0"
PROBE_MANY = Path(__file__).resolve().with_name("probe_many.py")
SHOTS = (None, 10, 1)


def kmers_row(task_id: str = LARGE) -> dict[str, Any]:
    """6-mers of every training sequence, as scikit-learn counts them."""
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415 - the peer

    sequences = list(load_sequence_task(task_id).train.sequences)
    vectorizer = CountVectorizer(analyzer="char", ngram_range=(6, 6), lowercase=False)
    kmer_counts(sequences, 6)
    ours, seconds = timed(lambda: kmer_counts(sequences, 6), 3)
    theirs, others = timed(lambda: vectorizer.fit_transform(sequences))
    columns = [_number(word) for word in vectorizer.get_feature_names_out()]
    assert (ours[:, columns] != theirs).nnz == 0
    assert ours.sum() == theirs.sum()
    name = f"6-mer counts of {len(sequences):,} sequences"
    return faster_than(name, seconds, others, "scikit-learn's CountVectorizer", 10)


def _number(word: str) -> int:
    return int(word.translate(str.maketrans("ACGT", "0123")), 4)


def exact_evaluation(data: SequenceTask, train: np.ndarray, test: np.ndarray) -> dict[int | None, list[float]]:
    """MCC of the three regimes and all seeds as the engine finds them: the full one is fitted once."""
    found: dict[int | None, list[float]] = {}
    for shots in SHOTS:
        draws = (
            [np.arange(len(train))] if shots is None else [geneb_draw(data.train.labels, shots, s) for s in GENEB_SEEDS]
        )
        fitted = [GenebExact().fit([train[rows]], data.train.labels[rows], classes=2, folds=None) for rows in draws]
        found[shots] = [metrics.mcc(data.test.labels, one.predict(test)) or 0.0 for one in fitted]
    return found


def exact_row(task_id: str = SMALL) -> dict[str, Any]:
    """The whole evaluation under `geneb-exact` of given features."""
    data = load_sequence_task(task_id)
    features = four_mers(data.train, data.test, alphabet="dna")[0]
    train, test = np.asarray(features.train), np.asarray(features.test)
    ours, seconds = timed(lambda: exact_evaluation(data, train, test), 3)
    theirs, others = timed(lambda: harness(train, data.train.labels, test, data.test.labels))
    assert abs(ours[None][0] - np.mean(theirs[None])) < 1e-6
    name = f"geneb-exact, three regimes, {len(train):,} x {train.shape[1]}"
    return faster_than(name, seconds, others, "GENEB's harness, its five seeds", 5)


def fair_row(task_id: str = SMALL) -> dict[str, Any]:
    """Choosing C and class weights on the same folds."""
    data = load_sequence_task(task_id)
    train = np.asarray(four_mers(data.train, data.test, alphabet="dna")[0].train)
    folds = make_folds(data.train.labels)
    assert folds is not None
    ours, seconds = timed(lambda: FairV1().fit([train], data.train.labels, classes=2, folds=folds), 3)
    theirs, others = timed(lambda: grid_search(train, data.train.labels, folds.held_out))
    assert (ours.choice.c, ours.choice.class_weight) == theirs
    name = f"fair-v1, 14 settings x 5 folds, {len(train):,} x {train.shape[1]}"
    return faster_than(name, seconds, others, "scikit-learn's GridSearchCV, same choice", 3)


def cache_row(task_id: str = SMALL) -> dict[str, Any]:
    """A task whose sequences were embedded before, next to embedding it."""
    config = in_mirror(f"{CHECKPOINT}/config.json", None)
    if config is None:
        raise NotHereError(f"{CHECKPOINT} is not here: set VLEDGER_MIRROR to a folder that has it")
    card = resolve(str(config.parent))
    assert isinstance(card, AdapterCard)
    model, recipe = models.load(card, device="cpu"), Recipe()
    data = load_sequence_task(task_id)
    sequences = [*data.train.sequences, *data.test.sequences]
    with tempfile.TemporaryDirectory() as folder:
        collection = Cache(Path(folder)).collection(model.identity, recipe)

        def embed() -> None:
            for unit in units(sequences, recipe, collection):
                fill(model, unit, recipe, collection)

        def read() -> Any:
            assert not units(sequences, recipe, collection)
            return collection.gather(digests_of(sequences, recipe), Path(folder) / "all.npy")

        _, others = timed(embed)
        (vectors, _), seconds = timed(read, 3)
        assert vectors.shape[0] == len(sequences)
    name = f"vectors of {len(sequences):,} sequences from the cache, 0.7M parameters"
    return faster_than(name, seconds, others, "embedding them on the CPU", 50)


def memory_row(rows: int = 100_000, width: int = 4_096) -> dict[str, Any]:
    """Peak of a process that gathers a large task from the cache and fits `fair-v1` to it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(PROBE_MANY), folder, str(rows), str(width)]
        one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread)
    megabytes, seconds = map(float, done.stdout.split())
    name = f"peak memory, fair-v1 on {rows:,} x {width:,} vectors"
    return at_most(name, megabytes / 1000, "GB", 8, f"aim of 8 GB ({seconds:.0f} s)")


def measure() -> list[dict[str, Any]]:
    """All rows, both sides on one thread: products this small are slower on several."""
    with threadpool_limits(1):
        return [kmers_row(), exact_row(), fair_row(), cache_row(), memory_row()]
