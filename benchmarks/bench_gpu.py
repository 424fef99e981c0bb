"""Scoring on one GPU with an ESM-2 of 650M parameters, next to the card's own matrix speed and to simpler loops.

Prints a table and writes results/gpu_<card>.json. The weights are random: nothing is downloaded.
"""

from __future__ import annotations

import argparse
import platform
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from bench_scoring import load
from checkpoint import SIZES, write_esm2
from one_at_a_time import Plain, variants_of
from rows import faster_than, noted, show, timed, write

from engine.genome import RESIDUES
from engine.names import Protocol
from engine.registry import scorers
from engine.variants import Substitutions

if TYPE_CHECKING:
    from engine.protocols import MaskedModel

RESULTS = Path(__file__).resolve().parent / "results"
DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is scored, and how long each side is watched.

    Attributes:
        proteins: random sequences with lengths evenly from `shortest` to `longest`.
        positions: in each, all 19 substitutions at so many places.
        loop: variants on which the loop over single variants is timed.
        batches: sizes from which the padded batches take their fastest.
        matrix: rows and columns of the square matrices.
        repeats: median of so many.
    """

    proteins: int = 40
    positions: int = 50
    shortest: int = 100
    longest: int = 1000
    loop: int = 200
    batches: tuple[int, ...] = (16, 32, 64, 128)
    matrix: int = 8192
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class Where:
    """A size of `checkpoint.SIZES` on a device in a precision."""

    size: str
    device: str
    dtype: str


def changes_for(how: Load) -> Substitutions:
    """The variants, in the order of proteins and positions."""
    rng = np.random.default_rng(0)
    names, others = np.array(list(RESIDUES)), len(RESIDUES) - 1
    lengths = np.linspace(how.shortest, how.longest, how.proteins).astype(int)
    letters = [rng.integers(0, len(RESIDUES), length) for length in lengths]
    places = [np.sort(rng.choice(length, how.positions, replace=False)) for length in lengths]
    old = np.concatenate([row[at] for row, at in zip(letters, places, strict=True)]).repeat(others)
    count = len(old)
    return Substitutions(
        sequences=tuple("".join(names[row]) for row in letters),
        sequence=np.arange(how.proteins).repeat(how.positions * others),
        index=np.concatenate(places).repeat(others),
        ref=names[old],
        alt=names[(old + 1 + np.arange(count) % others) % len(RESIDUES)],
        owner=np.arange(count),
        count=count,
    )


def operations(parameters: int, size: str, lengths: np.ndarray) -> float:
    """Floating-point operations of passes over rows of these lengths, shape (rows,), in tokens.

    Two for each parameter and token; in attention, two for each pair of tokens, channel and layer, for the products
    with the keys and again for those with the values.
    """
    width, layers, _, _ = SIZES[size]
    return 2.0 * parameters * float(lengths.sum()) + 4.0 * layers * width * float((lengths.astype(float) ** 2).sum())


def matrix_speed(where: Where, how: Load, products: int = 10) -> float:
    """Operations per second of square matrix products, the best of a few."""
    one = torch.randn(how.matrix, how.matrix, device=where.device, dtype=DTYPES[where.dtype])

    def multiply() -> None:
        for _ in range(products):
            torch.matmul(one, one)
        finish(where.device)

    multiply()
    seconds = min(timed(multiply)[1] for _ in range(how.repeats + 2))
    return 2.0 * how.matrix**3 * products / seconds


def finish(device: str) -> None:
    """Wait for what the device has been given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def engine_seconds(model: MaskedModel, changes: Substitutions, repeats: int) -> tuple[np.ndarray, float]:
    """Scores and median seconds, after one pass that is not counted."""
    scorer = scorers.make(Protocol.MASKED_MARGINAL, {})
    scorer.score(model, changes)
    found, seconds = timed(lambda: scorer.score(model, changes).scores, repeats)
    return found, seconds


def agree(found: np.ndarray, expected: np.ndarray, dtype: str) -> None:
    """Stop where two ways of scoring differ by more than their precision explains."""
    if dtype == "float32":
        assert np.abs(found - expected).max() < 1e-4
    else:
        assert np.corrcoef(found, expected)[0, 1] > 0.99


def loop_seconds(plain: Plain, changes: Substitutions, scores: np.ndarray, where: Where, how: Load) -> float:
    """Seconds that single variants, one pass each, would take for all; timed on some drawn at random."""
    listed = variants_of(changes)
    chosen = np.random.default_rng(0).choice(len(listed), min(how.loop, len(listed)), replace=False)
    plain.score(listed[0])
    expected, seconds = timed(lambda: [plain.score(listed[number]) for number in chosen])
    agree(scores[chosen], np.array(expected), where.dtype)
    return seconds * len(listed) / len(chosen)


def batched_seconds(
    plain: Plain, changes: Substitutions, scores: np.ndarray, where: Where, how: Load
) -> tuple[float, int]:
    """Seconds for one row for each place in random order, in padded batches; of the fastest size, and that size."""
    listed, each = variants_of(changes), len(RESIDUES) - 1
    # One variant of each place: what is compared is the batches, not that places are shared.
    chosen = np.random.default_rng(0).permutation(np.arange(0, len(listed), each))
    rows = [listed[number] for number in chosen]
    found = []
    for size in how.batches:
        plain.score_in_batches(rows[:size], size)
        expected, seconds = timed(lambda size=size: plain.score_in_batches(rows, size))
        agree(scores[chosen], expected, where.dtype)
        found.append((seconds, size))
    return min(found)


_AIMS = {"share": 0.5, "one at a time": 200.0, "batched": 1.5}


def measure(where: Where, how: Load) -> list[dict[str, Any]]:
    """All rows; the aims are those set for the 650M network in bfloat16 on a GPU."""
    aims = _AIMS if where.device.startswith("cuda") and (where.size, where.dtype) == ("650M", "bfloat16") else {}
    changes = changes_for(how)
    peak = matrix_speed(where, how)
    with tempfile.TemporaryDirectory() as name:
        folder = write_esm2(Path(name), where.size)
        model = load(folder, device=where.device, dtype=where.dtype)
        plain = Plain(folder, device=where.device, dtype=DTYPES[where.dtype])
    scores, seconds = engine_seconds(model, changes, how.repeats)
    loop = loop_seconds(plain, changes, scores, where, how)
    batched, size = batched_seconds(plain, changes, scores, where, how)
    lengths = (np.array([len(sequence) for sequence in changes.sequences]) + 2).repeat(how.positions)
    tokens = float(lengths.sum()) / seconds
    share = operations(model.identity.parameters, where.size, lengths) / seconds / peak
    what = f"ESM-2 {where.size}, {where.dtype}, {changes.count:,} variants"
    speed = f"measured matrix speed, {peak / 1e12:.2f} TFLOP/s"
    return [
        noted(f"{what}: tokens", tokens, "tokens/s", "rows of the engine, special tokens counted, padding not"),
        noted(f"{what}: share of matrix speed", 100 * share, "%", speed, share)
        | ({"target": aims["share"], "met": share >= aims["share"]} if aims else {}),
        faster_than(
            f"{what}: all", seconds, loop, f"one at a time, timed on {how.loop} and scaled", aims.get("one at a time")
        ),
        faster_than(
            f"{what}: a row for each place",
            seconds,
            batched,
            f"padded batches of {size}, full logits",
            aims.get("batched"),
        ),
    ]


def card_name(device: str) -> str:
    """The device's own name."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine()


def report(where: Where, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the file holds: the rows, and on what and with which command they were made."""
    return {
        "card": card_name(where.device),
        "command": shlex.join(["python", "benchmarks/bench_gpu.py", *sys.argv[1:]]),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "transformers": transformers.__version__,
        "rows": rows,
    }


def main() -> int:
    """The exit status is 0 also where there is no GPU: that is said, and nothing is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--size", default="650M", choices=SIZES)
    parser.add_argument("--dtype", default="bfloat16", choices=DTYPES)
    asked = parser.parse_args()
    if asked.device.startswith("cuda") and not torch.cuda.is_available():
        print(f"skipped: torch {torch.__version__} finds no CUDA device on this machine")
        return 0
    where = Where(asked.size, asked.device, asked.dtype)
    rows = measure(where, Load())
    show(rows)
    card = re.sub(r"[^a-z0-9]+", "_", card_name(where.device).lower()).strip("_")
    write(RESULTS / f"gpu_{card}.json", report(where, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
