"""Probing runs over real data that several tests look at, each carried out once, and own tasks of a few sequences."""

from __future__ import annotations

import csv
import gzip
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.datasets.fetch import MIRROR
from engine.names import ALL_STRATA
from engine.probe_spec import make_probe_spec
from engine.run.probing.execute import Summary, execute, prepare
from engine.store.parquet import read_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from engine.records import ProbeFit, Score
    from engine.run.plan import Refused

MOUSE = "leannmlindsey_GUE_mouse_3"
HUMAN = "leannmlindsey_GUE_human_tf_0"
MODEL = "mistral_dna_1M_tf0"
TWIN, CONTROL = f"random-init:{MODEL}", f"shuffled:{MODEL}"
BASELINES = ("kmer-best", "kmer-4", "gc", "majority")
# Tests may move the cache while they run; what they share stays in the session's own, which is swept at its end.
_TOP = Path(os.environ["VLEDGER_CACHE"])


class Listener:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.nouns: list[str] = []
        self.steps: list[tuple[str, int, int, int]] = []
        self.stages: list[str] = []
        self.told: list[Refused] = []

    def count(self, noun: str) -> None:
        self.nouns.append(noun)

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        assert seconds >= 0
        self.steps.append((self.nouns[-1], done, total, tokens))

    def stage(self, sentence: str) -> None:
        self.stages.append(sentence)

    def refused(self, rows: Sequence[Refused]) -> None:
        self.told = list(rows)

    @property
    def embedded(self) -> list[str]:
        return [noun for noun in self.nouns if "embedded" in noun]


def carry_out(content: dict[str, Any], *, results: Path | None = None, listener: Listener | None = None) -> Summary:
    """From a spec to results, as the command line does it; few draws and one quick baseline where not asked."""
    few = {"name": "a", "protocol": "geneb-exact", "baselines": ["gc"]}
    options = {"device": "cpu", "few_shot_draws": 20} | content.get("options", {})
    asked = prepare(make_probe_spec(few | content | {"options": options}, where="a test"))
    return execute(asked, command="vledger probe", reporter=listener or Listener(), results=results)


def weights(mirror: Path) -> Path:
    """The real checkpoint: a Mistral of a million parameters, fine-tuned on one task of GENEB's."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return mirror / "weights" / MODEL


def trio(mirror: Path) -> list[dict[str, Any]]:
    """The real checkpoint, its randomly initialised twin, and itself on shuffled sequences."""
    return [{"id": f"{prefix}{weights(mirror)}"} for prefix in ("", "random-init:", "shuffled:")]


@cache
def shared_cache() -> Path:
    """The cache in which `exact` and, after it, `fair` were carried out."""
    return Path(tempfile.mkdtemp(dir=_TOP))


@cache
def exact(mirror: Path) -> Summary:
    """A real task under GENEB's own protocol: the trio, baselines, and the network that has no place there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", str(shared_cache()))
        return carry_out({"tasks": [MOUSE], "baselines": [*BASELINES, "cnn"], "models": trio(mirror)})


@cache
def fair(mirror: Path) -> tuple[Summary, Listener]:
    """The same under the project's protocol, in the same cache, where no model can be loaded any more."""
    exact(mirror)
    listener = Listener()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", str(shared_cache()))
        without_models(patch)
        content = {"name": "b", "protocol": "fair-v1", "regimes": ["full", "1shot"], "baselines": BASELINES}
        return carry_out(content | {"tasks": [MOUSE], "models": trio(mirror)}, listener=listener), listener


def without_models(patch: pytest.MonkeyPatch) -> None:
    """From now on, whoever loads a model fails."""
    from engine.run import work  # noqa: PLC0415 - a test's own way to look inside

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a model was loaded")

    work.loaded.cache_clear()
    patch.setattr(work.models, "load", refuse)


def rows_of_mirror(mirror: Path, task_id: str) -> list[dict[str, str]]:
    """Lines of a mirrored task as they stand there: text, label, split."""
    with gzip.open(mirror / "geneb_tasks" / f"{task_id}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """A CSV file with these rows."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def own_task(
    path: Path, *, classes: int = 2, each: int = 20, letters: str = "ACGT", every: int = 3, length: int = 30
) -> Path:
    """A file of random sequences, `each` per class in train and half of that in test.

    In class c letter c stands in every third place, or less often: the fewer, the harder to tell.
    """
    rng = np.random.default_rng(classes)
    rows = []
    for split, count in (("train", each), ("test", each // 2)):
        for number in range(count * classes):
            text = rng.choice(list(letters), length)
            text[::every] = letters[number % classes]
            rows.append({"text": "".join(text), "label": number % classes, "split": split})
    return write_rows(path, rows)


# ---- one row out of many ----


def score(summary: Summary, model_id: str, *, regime: str = "full", metric: str = "MCC", **where: str) -> Score:
    """The one score of a system; `stratum` and `task_id` may be given."""
    wanted = {"model_id": model_id, "regime": regime, "metric": metric, "stratum": ALL_STRATA, **where}
    (found,) = (row for row in summary.scores if all(getattr(row, name) == value for name, value in wanted.items()))
    return found


def value(summary: Summary, model_id: str, **where: str) -> float | None:
    """Its value."""
    return score(summary, model_id, **where).value


def fit(summary: Summary, model_id: str, regime: str = "full") -> ProbeFit:
    """How a system's probe was fitted on the one task."""
    (found,) = (row for row in summary.fits if (row.model_id, row.regime) == (model_id, regime))
    return found


def flags(text: str | None) -> set[str]:
    """Names of flags."""
    return {one["flag"] for one in json.loads(text or "[]")}


def predictions(summary: Summary, model_id: str) -> pd.DataFrame:
    """What a system said of each test sequence."""
    rows = read_frame(summary.folder / "prediction.parquet")
    return rows[rows["model_id"] == model_id]
