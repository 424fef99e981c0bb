"""What single-cell tasks promise: the numbers of scanpy and scikit-learn, and large files in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cells_by_hand
import made_up_cells
import numpy as np
from rows import at_most, faster_than, noted
from threadpoolctl import threadpool_limits

from engine.datasets.fetch import in_mirror
from engine.datasets.single_cells import norman
from engine.errors import NotHereError
from engine.names import Metric
from engine.registry.files import PERTURBENCH
from engine.singlecell.cells.evaluate import evaluate as evaluated
from engine.singlecell.cells.evaluate import measure as measured
from engine.singlecell.perturbation import evaluate as perturbation
from engine.singlecell.perturbation import splits
from engine.singlecell.perturbation.parts import most_expressed
from engine.singlecell.perturbation.predictions import predict_all
from engine.singlecell.perturbation.systems import BASELINES, CONTROLS

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]

FROM_FILE = Path(__file__).resolve().with_name("cells_from_file.py")
CELLS, GENES = 200_000, 2_000
EMBEDDED = 10_000
DRAWS, LOOP_DRAWS = 2_000, 50
ROUNDS = 2


def worked(call: Callable[[], Any]) -> tuple[Any, float]:
    """A result and the processor's seconds for it: with a thread each, a busy machine does not decide who is ahead."""
    start = time.process_time()
    return call(), time.process_time() - start


def fastest(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """The fewest seconds of each side, in turns: what else the machine does only ever adds to them."""
    pairs = [(worked(ours)[1], worked(theirs)[1]) for _ in range(rounds)]
    return min(own for own, _ in pairs), min(other for _, other in pairs)


def avg_bio_row(cells: int = EMBEDDED, rounds: int = ROUNDS, weights: str = "umap") -> Row:
    """Graph, twenty clusterings and silhouettes of an embedding; scanpy weighs edges as its users have it."""
    embedding, labels = made_up_cells.embedded(cells)
    found = evaluated({"one": measured(embedding, labels)}, labels, draws=1)["one"].values[Metric.AVG_BIO].value
    assert abs((found or 0) - cells_by_hand.avg_bio(embedding, labels, weights)) < 1e-9
    ours, theirs = fastest(
        lambda: measured(embedding, labels), lambda: cells_by_hand.avg_bio(embedding, labels, weights), rounds
    )
    name = f"AvgBIO of {cells:,} cells x {embedding.shape[1]}, 20 resolutions"
    return faster_than(name, ours, theirs, "scanpy, scikit-network and scikit-learn by hand, same value", None)


def resamples_row(cells: int = EMBEDDED, loop_draws: int = LOOP_DRAWS) -> Row:
    """AvgBIO of all resamples of one system; those of the loop must be the same."""
    embedding, labels = made_up_cells.embedded(cells)
    of_cells = {"one": measured(embedding, labels)}
    clusters = of_cells["one"].clusters
    types = np.unique(labels, return_inverse=True)[1]
    expected, loop = worked(lambda: cells_by_hand.avg_bio_loop(clusters, embedding, types, loop_draws))
    found, seconds = worked(lambda: evaluated(of_cells, labels, draws=DRAWS)["one"].values[Metric.AVG_BIO].replicates)
    assert np.abs(found[:loop_draws] - expected).max() < 1e-9
    name = f"AvgBIO bootstrap of {cells:,} cells, {DRAWS:,} draws"
    compared_with = f"loop over scikit-learn, timed on {loop_draws} draws and scaled"
    return faster_than(name, seconds, loop * DRAWS / loop_draws, compared_with, 20)


def perturbation_row(draws: int = DRAWS, rounds: int = ROUNDS) -> Row:
    """Distances and resampled skills of baselines and controls on a task of perturbations."""
    path = in_mirror(PERTURBENCH, None)
    if path is None:
        raise NotHereError(f"{PERTURBENCH} is not in the mirror: set VLEDGER_MIRROR")
    data = most_expressed(norman({PERTURBENCH: path}))
    held_out = splits.doubles(data)
    predictions = {system.name: predict_all(system, data, held_out) for system in (*BASELINES, *CONTROLS)}

    def ours() -> dict[str, Any]:
        found = perturbation.evaluate(predictions, data, held_out, reference="additive", over_mean=False, draws=draws)
        return {name: one.values[Metric.L2_SKILL].replicates for name, one in found.items()}

    def theirs() -> dict[str, Any]:
        of_systems = {name: cells_by_hand.distances(one, data, held_out) for name, one in predictions.items()}
        return cells_by_hand.skill_loop(of_systems, "additive", draws)

    expected, found = theirs(), ours()
    assert all(np.abs(found[name] - values).max() < 1e-9 for name, values in expected.items())
    seconds, others = fastest(ours, theirs, rounds)
    name = f"L2Skill bootstrap, {len(predictions)} systems, {draws:,} draws"
    return faster_than(name, seconds, others, "loop over resamples with numpy, L2Skill alone", 3)


def through_file(way: str, path: Path) -> tuple[float, float, dict[str, Any]]:
    """Peak memory in GB, processor seconds and what is found, of a process that goes one way through a file."""
    out = path.with_suffix(".npz")
    command = [sys.executable, str(FROM_FILE), way, str(path), str(out)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread)
    megabytes, seconds = map(float, done.stdout.split())
    with np.load(out) as found:
        return megabytes / 1000, seconds, dict(found)


def file_rows(path: Path, what: str, ways: tuple[str, str], peer: str, rounds: int) -> list[Row]:
    """Time and memory of two ways through a file that must come to the same."""
    tried = [tuple(through_file(way, path) for way in ways) for _ in range(rounds)]
    own, other = (found for _, _, found in tried[0])
    for name, values in own.items():
        same = (
            np.array_equal(values, other[name])
            if values.dtype.kind == "U"
            else np.allclose(values, other[name], rtol=1e-3, atol=1e-4)
        )
        assert same, (what, name)
    (memory, seconds), (their_memory, their_seconds) = (
        tuple(min(found[place][part] for found in tried) for part in range(2)) for place in range(2)
    )
    return [
        faster_than(what, seconds, their_seconds, peer, None),
        noted(f"{what}, peak memory", memory, "GB", f"{peer}: {their_memory:.2f} GB", their_memory / memory),
    ]


def large_file_rows(cells: int = CELLS, genes: int = GENES, rounds: int = ROUNDS) -> list[Row]:
    """What is made of a file of many cells, next to what holds all of it in memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.h5ad"
        made_up_cells.write(path, cells, genes)
        size = f"{cells:,} x {genes:,} cells"
        components = ("components_by_pieces", "components_in_memory")
        profiles = ("profiles_by_pieces", "profiles_in_memory")
        memory, seconds, _ = through_file("everything", path)
        return [
            *file_rows(path, f"variable genes and components of {size}", components, "scanpy, in memory", rounds),
            *file_rows(path, f"profiles of 60 conditions of {size}", profiles, "anndata and scanpy, in memory", rounds),
            at_most(
                f"peak memory, components, projection and profiles of {size}",
                memory, "GB", 8, f"aim of 8 GB ({seconds:.0f} s)",
            ),
        ]  # fmt: skip


def measure() -> list[Row]:
    """All lines of this topic, both sides on one thread."""
    with threadpool_limits(1):
        return [avg_bio_row(), resamples_row(), perturbation_row(), *large_file_rows()]
