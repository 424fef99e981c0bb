"""Runs over real data that several tests look at, each carried out once, and the spec-to-summary call they share."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.datasets.fetch import MIRROR
from engine.run import publishing
from engine.run.execute import Summary, devices_for, execute, prepare
from engine.spec import make_spec
from tests.models.conftest import CHECKPOINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.places import Folder
    from engine.run.plan import Job, Refused

TASK = "dms:BLAT_ECOLX"
# Tests may move the cache while they run; what they share stays in the session's own, which is swept at its end.
_TOP = Path(os.environ["VLEDGER_CACHE"])


class Listener:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.refused: list[Refused] = []
        self.steps: list[tuple[int, int, int]] = []
        self.stages: list[str] = []

    def planned(self, jobs: Sequence[Job], refused: Sequence[Refused]) -> None:
        self.jobs, self.refused = list(jobs), list(refused)

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        assert seconds >= 0
        self.steps.append((done, total, tokens))

    def stage(self, sentence: str) -> None:
        self.stages.append(sentence)


def carry_out(content: dict[str, Any], *, results: Folder | None = None, listener: Listener | None = None) -> Summary:
    """From a spec to results, as the command line does it; few draws and no other group's scores where not asked."""
    few = {"name": "a", "tasks": [TASK], "baselines": ["blosum62"], "published": False}
    spec = make_spec(
        few | content | {"options": {"device": "cpu", "draws": 100} | content.get("options", {})}, where="a test"
    )
    devices = devices_for(spec.options)
    asked = prepare(spec, devices=devices)
    return execute(
        asked, command="vledger run a.toml", devices=devices, reporter=listener or Listener(), results=results
    )


@cache
def published_with_data(mirror: Path) -> Path:
    """A cache with a store of what is shipped and of all data; read only, but it may be copied."""
    folder = Path(tempfile.mkdtemp(dir=_TOP))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", str(folder))
        publishing.publish()
    return folder


@cache
def brca1(mirror: Path) -> Summary:
    """Everything that is known of BRCA1's saturation genome editing, with the shipped number of draws."""
    # Not where `publish` looks: the session's store is that of what is shipped.
    results = Path(tempfile.mkdtemp(dir=_TOP))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        return carry_out(
            {
                "name": "brca1",
                "tasks": ["brca1_sge"],
                "baselines": "all",
                "published": True,
                "options": {"draws": 2000},
            },
            results=results,
        )


@cache
def tiny(name: str, seed: int = 1) -> Path:
    """The folder of a tiny checkpoint of a real class with random weights, see `tests.models.conftest`; read only."""
    torch = pytest.importorskip("torch")
    folder = Path(tempfile.mkdtemp(dir=_TOP)) / f"tiny-{name}"
    torch.manual_seed(seed)
    CHECKPOINTS[name](folder)
    return folder
