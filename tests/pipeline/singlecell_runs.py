"""Single-cell runs over the real data that several tests look at, and a model of cells that answers in numpy."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.datasets.fetch import MIRROR
from engine.models.cells.kinds import AttentionEdges, CellIdentity, GeneVectors, Matching
from engine.run.singlecell import models
from engine.run.singlecell.execute import Summary, execute, prepare
from engine.singlecell_spec import make_singlecell_spec
from tests.pipeline.probing_runs import Listener

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.records import Comparison, ItemMeasure, Score

DOUBLES, CELLS, NETWORKS = "perturbench:doubles", "cells:pbmc68k", "networks:perturbench"
_TOP = Path(os.environ["VLEDGER_CACHE"])


def carry_out(content: dict[str, Any], *, listener: Listener | None = None, results: Path | None = None) -> Summary:
    """From a spec to results, as the command line does it; few draws where not asked."""
    options = {"device": "cpu", "draws": 200} | content.get("options", {})
    whole = {"name": "a", "kind": "single-cell"} | content | {"options": options}
    asked = prepare(make_singlecell_spec(whole, where="a test"))
    return execute(asked, command="vledger run", reporter=listener or Listener(), results=results)


@cache
def everything(mirror: Path) -> Summary:
    """Every baseline and control on every task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", tempfile.mkdtemp(dir=_TOP))
        return carry_out({"name": "everything", "tasks": "all"})


def score(summary: Summary, task_id: str, model_id: str, metric: str) -> Score:
    """The one score of a system."""
    wanted = (task_id, model_id, metric)
    (found,) = (row for row in summary.scores if (row.task_id, row.model_id, row.metric) == wanted)
    return found


def compared(summary: Summary, task_id: str, model_id: str, baseline_id: str, metric: str) -> Comparison:
    """The one comparison of two systems."""
    (found,) = (
        row
        for row in summary.comparisons
        if (row.task_id, row.model_id, row.baseline_id, row.metric) == (task_id, model_id, baseline_id, metric)
    )
    return found


def items(summary: Summary, task_id: str, model_id: str, metric: str) -> dict[str, ItemMeasure]:
    """Values of single items, by item."""
    return {
        row.item_id: row
        for row in summary.items
        if (row.task_id, row.model_id, row.metric) == (task_id, model_id, metric)
    }


class NumpyModel:
    """A model of cells whose answers follow from a seed; it remembers what it was opened with and given."""

    def __init__(self, name: str, **options: Any) -> None:
        self.options = options
        self.given: list[str] = []
        seed = options["random_init"]
        self.identity = CellIdentity(
            name=name, source="numpy", revision="sha256:0", genes=0, context=10, parameters=1, dtype="float32",
            device=options["device"],
        )  # fmt: skip
        self._rng = np.random.default_rng(1 if seed is None else 2)

    def matched(self, genes: Sequence[str]) -> Matching:
        """All but every tenth."""
        return Matching(genes=tuple(genes), tokens=np.where(np.arange(len(genes)) % 10, 1, -1))

    def embed(self, chunks: Iterable[Any], genes: Sequence[str], *, cells: int = 0) -> np.ndarray:
        counts = np.vstack([chunk.toarray() if hasattr(chunk, "toarray") else chunk for chunk in chunks])
        assert counts.shape == (cells, len(genes))
        assert (counts == np.rint(counts)).all()
        self.given.append("counts")
        return np.asarray(np.log1p(counts) @ self._rng.normal(size=(len(genes), 8)), dtype=np.float32)

    def attention(
        self, chunks: Iterable[Any], genes: Sequence[str], *, regulators: Sequence[str], targets: Sequence[str]
    ) -> AttentionEdges:
        assert sum(chunk.shape[0] for chunk in chunks) == 100
        assert set(regulators) | set(targets) <= set(genes)
        shape = (len(regulators), len(targets))
        self.given.append("control cells")
        return AttentionEdges(
            regulators=tuple(regulators),
            targets=tuple(targets),
            sums=self._rng.random(shape),
            cells=np.ones(shape, dtype=np.int64),
        )

    def gene_embedding(self, genes: Sequence[str]) -> GeneVectors:
        self.given.append("genes")
        return GeneVectors(genes=tuple(genes), vectors=self._rng.normal(size=(len(genes), 12)))


def with_numpy_models(patch: pytest.MonkeyPatch) -> list[NumpyModel]:
    """From now on models of cells answer in numpy; those that were opened are in the list."""
    opened: list[NumpyModel] = []

    def open_model(name: str, **options: Any) -> NumpyModel:
        opened.append(NumpyModel(name, **options))
        return opened[-1]

    models._opened.cache_clear()
    patch.setattr(models, "open_cell_model", open_model)
    return opened
