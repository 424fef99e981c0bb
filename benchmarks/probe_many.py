"""Gather many vectors from a cache and fit `fair-v1`; print peak resident memory in MB, and seconds of the fit."""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from pathlib import Path

import numpy as np

from engine.embedders.cache import Cache
from engine.probes.fair_v1 import FairV1
from engine.probes.folds import make_folds
from engine.protocols import ModelIdentity, Recipe

SHARD = 5_000


def main(folder: Path, rows: int, width: int) -> None:
    """Vectors of two classes that differ in a few of many directions."""
    identity = ModelIdentity(
        model_id="many", source="random", revision=None, kind="encoder", alphabet="dna", tokens="nucleotide",
        kmer=None, context=None, prefix=0, suffix=0, parameters=0, dtype="float32", device="cpu",
    )  # fmt: skip
    collection = Cache(folder).collection(identity, Recipe())
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, rows)
    digests = np.array([hashlib.sha256(str(row).encode()).digest() for row in range(rows)], dtype="S16")
    for first in range(0, rows, SHARD):
        some = slice(first, min(rows, first + SHARD))
        vectors = rng.standard_normal((some.stop - first, width), dtype=np.float32)
        vectors[:, :20] += 0.2 * labels[some, None].astype(np.float32)
        collection.add(digests[some], vectors, np.full(some.stop - first, 100))
    gathered, _ = collection.gather(digests, folder / "all.npy")
    start = time.perf_counter()
    fitted = FairV1().fit([gathered], labels, classes=2, folds=make_folds(labels))
    right = (fitted.predict(gathered[:1000]) == labels[:1000]).mean()
    assert right > 0.6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(peak, time.perf_counter() - start)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
