"""Score many variants with one checkpoint and print this process's peak resident memory in MB."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from memory import peak_megabytes

from engine.datasets.assemble import Parts, assemble, make_items
from engine.executors.journal import Journal
from engine.genome import RESIDUES
from engine.names import Direction, Kind, Metric, Suite
from engine.records import Task
from engine.run.plan import plan_jobs
from engine.run.scoring import job_scores, score_jobs
from engine.spec import ModelSpec, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.run.plan import Job, Refused
    from engine.variants import VariantTask

LENGTH = 300


class Silent:
    """A reporter that says nothing."""

    def planned(self, jobs: Sequence[Job], refused: Sequence[Refused]) -> None:
        """Once, before anything is scored."""

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        """After every shard."""

    def stage(self, sentence: str) -> None:
        """When something else begins."""


def many_variants(count: int) -> VariantTask:
    """So many substitutions: all 19 at each position of as many random proteins as it takes."""
    rng = np.random.default_rng(0)
    numbers = np.arange(count)
    places, other = np.divmod(numbers, len(RESIDUES) - 1)
    owner, index = np.divmod(places, LENGTH)
    letters = rng.integers(0, len(RESIDUES), (int(owner[-1]) + 1, LENGTH))
    names = np.array(list(RESIDUES))
    old = letters[owner, index]
    new = (old + 1 + other) % len(RESIDUES)
    genes = np.char.add("P", owner.astype(str))
    changes = np.char.add(np.char.add(names[old], (index + 1).astype(str)), names[new])
    items = make_items(
        count, item_id=np.char.add("i", numbers.astype(str)), label=numbers % 2, gene=genes, protein_variant=changes
    )
    proteins = {f"P{number}": "".join(names[row]) for number, row in enumerate(letters)}
    task = Task(
        task_id="benchmark",
        label="Made for a benchmark",
        suite=Suite.DMS,
        category="benchmark",
        kind=Kind.VARIANT_EFFECT,
        primary_metric=Metric.AUROC,
        position=0,
        source_id="engine",
    )
    return assemble(task, Direction.FIT, Parts(items=items, strata=[], proteins=proteins))


def score(folder: Path, count: int) -> np.ndarray:
    """Scores of `many_variants`, by way of plan, shards and journal as in a run; shape (count,)."""
    data = many_variants(count)
    tasks, options = {data.task.task_id: data}, Options(device="cpu")
    jobs, refused = plan_jobs([data], [ModelSpec(id=str(folder))], shard=options.shard)
    with tempfile.TemporaryDirectory() as scratch:
        journal = Journal(Path(scratch))
        journal.open({})
        refused += score_jobs(jobs, tasks, options, journal, ["cpu"], Silent())
        assert not refused, refused
        return job_scores(jobs[0], data, journal)


if __name__ == "__main__":
    assert np.isfinite(score(Path(sys.argv[1]), int(sys.argv[2]))).all()
    print(peak_megabytes())
