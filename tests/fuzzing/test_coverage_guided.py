"""Inputs that are bred by the lines they reach (atheris), from good ones on: a few seconds of each parser here.

For hours: VLEDGER_FUZZ_RUNS=5000000 python -m pytest tests/fuzzing/test_coverage_guided.py -k uploads
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import engine
from dashboard.view import PAGES
from engine.published.geneb_submissions import Meta, submission
from tests.fuzzing.test_decks import DECK, FILE
from tests.fuzzing.test_specs import TOML
from tests.fuzzing.test_typed import _SEQUENCES, _SPLIT
from tests.fuzzing.uploads import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

_RUNS = os.environ.get("VLEDGER_FUZZ_RUNS")
_ROOT = Path(engine.__file__).resolve().parents[1]
_HAS_WHEELS = (
    sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
)  # as the extra dev of pyproject.toml says
_LONGEST_RUN = 300
_QUERIES = (
    "suite=clinvar&sort=size&sizes=1000000&sizes=100000000", "task=brca1&slices=a~label%3D1%26gap%3D10&gap=20",
    "weights=Promoter~2&family=Transformer&search=esm&sheet=3", "deck=abcdefghij&present=yes&slide=2",
    "cell=a~b&start=1&end=9",
)  # fmt: skip


class Harness(NamedTuple):
    """How often a harness is run here, and how long its inputs may be."""

    runs: int
    longest: int


HARNESSES = {
    "uploads": Harness(3_000, 20_000),
    "changes": Harness(20_000, 2_000),
    "specs": Harness(5_000, 4_000),
    "decks": Harness(5_000, 20_000),
    "addresses": Harness(1_500, 1_000),
    "kept": Harness(1_500, 8_000),
    "cells": Harness(300, 40),
}


def _seeds(name: str, folder: Path) -> list[bytes]:
    """Good inputs to begin with."""
    submitted = submission("mine", Meta(display="Mine", params=1), {})
    return {
        "uploads": lambda: list(seeds(folder)),
        "changes": lambda: [
            b"M1775R",
            b"p.(Met1775Arg)",
            b"Pathogenic/Likely_pathogenic|risk_factor (2)",
            b"1.5e3",
            b"[h]:mm;@",
        ],
        "specs": lambda: [
            TOML,
            b"name = 'a'\ntasks = 'all'\nprotocol = 'fair-v1'\n[[models]]\nid = 'x'\nlayers = [-1]\n",
        ],
        "decks": lambda: [DECK.model_dump_json(exclude_defaults=True).encode(), FILE],
        "addresses": lambda: [bytes([at]) + query.encode() for at in range(len(PAGES)) for query in _QUERIES],
        "kept": lambda: [json.dumps(submitted).encode(), _SPLIT, _SEQUENCES],
        # One of each thing that is done to a file, somewhere in it.
        "cells": lambda: [
            bytes([form, 0, kind, place, place]) for form in (0, 1) for kind in range(11) for place in (1, 9, 20)
        ],
    }[name]()


@pytest.fixture
def served(name: str, request: pytest.FixtureRequest) -> Path:
    """The cache whose store the addresses are about; the other harnesses need none."""
    return request.getfixturevalue("store").parent.parent if name == "addresses" else Path(os.environ["VLEDGER_CACHE"])


@pytest.mark.parametrize("name", HARNESSES)
def test_no_input_that_reaches_new_lines_of_a_parser_breaks_it(
    name: str, served: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    if importlib.util.find_spec("atheris") is None:
        if _HAS_WHEELS and os.environ.get("CI") == "true":
            pytest.fail("atheris is not installed, and it has a wheel for this machine")
        pytest.skip("atheris has no wheel for this machine, or is not installed")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, content in enumerate(_seeds(name, tmp_path)):
        (corpus / f"{number:04}").write_bytes(content)
    harness = HARNESSES[name]
    options = {
        "runs": _RUNS or harness.runs,
        "seed": 1 if _RUNS is None else 0,
        "max_len": harness.longest,
        "timeout": 120,
        "rss_limit_mb": 3000,
        "artifact_prefix": f"{tmp_path}/",
        "print_final_stats": 1,
    }
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            f"tests.fuzzing.harness.{name}",
            *(f"-{key}={value}" for key, value in options.items()),
            corpus,
        ],
        cwd=_ROOT,
        env=os.environ | {"VLEDGER_CACHE": str(served), "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=None if _RUNS else _LONGEST_RUN,
        check=False,
    )
    tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    record_property("inputs tried", {"parser": f"{name}, guided", "count": int(tried[1]) if tried else 0})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    assert tried is not None
    assert int(tried[1]) >= int(options["runs"])
