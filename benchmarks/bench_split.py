"""What the page for a split of one's own promises: from the bytes of a file to its full result, warm, on two cores."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rows import at_most, timed
from sklearn.metrics import roc_auc_score

from engine.datasets.fetch import in_mirror
from engine.errors import NotHereError
from engine.genome import RESIDUES
from engine.local_split.compare import compare
from engine.local_split.exchange import Files, Options, ScoreColumn, Upload

if TYPE_CHECKING:
    from engine.local_split.exchange import Result

VARIANTS, ROWS = 5_000, 200_000
SEQUENCES = "geneb_tasks/leannmlindsey_GUE_human_tf_2.csv.gz"
_DRAWS = 2000


def variants_file(count: int = VARIANTS, proteins: int = 20) -> Upload:
    """Labelled missense variants of made-up proteins, each line with its whole sequence, and a column of scores."""
    draw = random.Random(0)  # noqa: S311 - a made-up table
    sequences = ["".join(draw.choices(RESIDUES, k=400)) for _ in range(proteins)]
    places = draw.sample([(protein, index) for protein in range(proteins) for index in range(400)], count)
    lines = ["gene,sequence,variant,label,score"]
    for protein, index in places:
        old = sequences[protein][index]
        new = draw.choice(RESIDUES.replace(old, ""))
        label = draw.random() < 0.4
        score = draw.gauss(float(label), 1)
        lines.append(f"G{protein},{sequences[protein]},{old}{index + 1}{new},{int(label)},{score:.4f}")
    return Upload("variants.csv", "\n".join(lines).encode())


def scores_file(count: int = ROWS) -> Upload:
    """Labels, a group, a class, and four columns of scores."""
    rng = np.random.default_rng(0)
    labels = (rng.random(count) < 0.3).astype(int)
    columns = {"label": labels, "gene": rng.integers(0, 2000, count), "class": rng.integers(0, 10, count)}
    columns |= {f"model {k}": np.round(rng.normal(labels * (0.5 + k / 4)), 4) for k in range(4)}
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return Upload("scores.csv", "\n".join(lines).encode())


def variants_row() -> dict[str, Any]:
    """A split as a gene panel has it, next to what its AUROC's interval alone costs with scikit-learn in a loop."""
    files = Files(table=variants_file())
    options = Options(scores=(ScoreColumn(column="score", higher_is="1"),))
    compare(files, options)
    found, seconds = timed(lambda: compare(files, options), 3)
    at_the_least(found, len(found.systems))
    rng = np.random.default_rng(0)
    labels, scores = (rng.random(VARIANTS) < 0.4).astype(int), rng.normal(size=VARIANTS)
    _, theirs = timed(lambda: [_resampled(labels, scores, rng) for _ in range(_DRAWS // 20)])
    name = f"{VARIANTS:,} protein variants with their sequence to full result"
    peer = f"aim of 3 s; scikit-learn's AUROC in {_DRAWS:,} resamples of one column of scores: {theirs * 20:.2f} s"
    return at_most(name, seconds, "s", 3, peer)


def _resampled(labels: Any, scores: Any, rng: Any) -> float:
    rows = rng.integers(0, len(labels), len(labels))
    return float(roc_auc_score(labels[rows], scores[rows]))


def scores_row() -> dict[str, Any]:
    """A large table of scores, by class."""
    files = Files(table=scores_file())
    columns = tuple(
        ScoreColumn(column=f"model {k}", higher_is="1", role="model" if k else "baseline") for k in range(4)
    )
    options = Options(scores=columns, strata=("class",))
    found, seconds = timed(lambda: compare(files, options))
    at_the_least(found, 4)
    return at_most(f"{ROWS:,} rows of a score table, 4 columns, 10 classes, to full result", seconds, "s", 10)


def sequences_row() -> dict[str, Any]:
    """GENEB's human_tf_2, 19,000 sequences to train on and 1,000 to test."""
    path = in_mirror(SEQUENCES, None)
    if path is None:
        raise NotHereError(f"{SEQUENCES} is not in the mirror: set VLEDGER_MIRROR")
    files = Files(table=Upload(path.name, Path(path).read_bytes()))
    found, seconds = timed(lambda: compare(files, Options()))
    at_the_least(found, 4)
    return at_most("20,000 sequences, fair-v1 probes of the k-mer baselines, to full result", seconds, "s", 60)


def at_the_least(found: Result, systems: int) -> None:
    """A fast answer that says nothing would be no answer."""
    assert len(found.systems) >= systems
    assert [row for row in found.values if row.value is not None and row.low is not None]


def measure() -> list[dict[str, Any]]:
    """All lines of this topic."""
    return [variants_row(), scores_row(), sequences_row()]
