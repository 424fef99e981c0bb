"""What the scoring engine promises: speed next to the article's quickstart, and memory that does not grow."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from checkpoint import write_esm2
from one_at_a_time import Plain, variants_of
from rows import at_most, faster_than, timed

from engine import models
from engine.names import Protocol
from engine.registry import scorers
from engine.registry.adapters import AdapterCard, resolve
from engine.run.changes import changes_of
from engine.run.data import load_task

if TYPE_CHECKING:
    from engine.protocols import MaskedModel
    from engine.variants import Substitutions

TASK = "dms:BLAT_ECOLX"
SAMPLE, ROUNDS = 50, 3
FEW, TENFOLD = 20_000, 200_000
SCORE_MANY = Path(__file__).resolve().with_name("score_many.py")


def load(folder: Path, **options: Any) -> MaskedModel:
    """A checkpoint as a user loads it; options as those of `engine.models.load`."""
    card = resolve(str(folder))
    assert isinstance(card, AdapterCard)
    found: Any = models.load(card, **options)
    return found


def compare(folder: Path, changes: Substitutions, *, sample: int, rounds: int) -> tuple[float, float]:
    """Seconds for all variants, engine and quickstart, in turns so that both meet the same machine.

    The quickstart is timed on `sample` variants drawn anew in each round, and scaled; its scores must be the engine's.
    """
    model, plain = load(folder, device="cpu"), Plain(folder, device="cpu", dtype=torch.float32)
    scorer, listed = scorers.make(Protocol.MASKED_MARGINAL, {}), variants_of(changes)
    rng = np.random.default_rng(0)
    plain.score(listed[0])
    ours, theirs = [], []
    for _ in range(rounds):
        chosen = rng.choice(len(listed), sample, replace=False)
        expected, seconds = timed(lambda some=chosen: [plain.score(listed[number]) for number in some])
        theirs.append(seconds * len(listed) / sample)
        found, seconds = timed(lambda: scorer.score(model, changes).scores)
        ours.append(seconds)
        assert np.abs(found[chosen] - expected).max() < 1e-4
    return statistics.median(ours), statistics.median(theirs)


def marginals_row() -> dict[str, Any]:
    """All variants of the BLAT assay with an ESM-2 of 8M parameters."""
    changes = changes_of(load_task(TASK), "protein").substitutions
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = compare(write_esm2(Path(folder), "8M"), changes, sample=SAMPLE, rounds=ROUNDS)
    threads = torch.get_num_threads()
    compared_with = f"quickstart, same {threads} threads, timed on {SAMPLE * ROUNDS} variants and scaled"
    name = f"masked marginals, {changes.count:,} variants, ESM-2 8M, CPU"
    return faster_than(name, ours, theirs, compared_with, 20)


def peak_megabytes(folder: Path, count: int) -> float:
    """Peak resident memory of a process that scores so many variants."""
    command = [sys.executable, str(SCORE_MANY), str(folder), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def memory_row(few: int = FEW, many: int = TENFOLD) -> dict[str, Any]:
    """Growth of the peak when there is ten times as much to score."""
    with tempfile.TemporaryDirectory() as folder:
        write_esm2(Path(folder), "tiny")
        small, large = (peak_megabytes(Path(folder), count) for count in (few, many))
    name = f"peak memory, {many:,} variants over {few:,}"
    return at_most(name, large / small, "x", 1.5, f"aim of 1.5 x ({large:.0f} MB over {small:.0f} MB)")


def measure() -> list[dict[str, Any]]:
    """All rows."""
    return [marginals_row(), memory_row()]
