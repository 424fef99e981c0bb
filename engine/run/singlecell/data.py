"""Single-cell tasks of the registry with their data, read once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.datasets.fetch import locate
from engine.names import ALL_STRATA, Kind
from engine.records import Stratum, Task
from engine.registry.files import input_file
from engine.registry.singlecell import find_cell_task
from engine.registry.tasks import dataset_files
from engine.run.singlecell import cells, networks, perturbation
from engine.store.location import cache_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from engine.registry.singlecell import CellTaskCard

FAMILIES: Mapping[Kind, ModuleType] = {
    Kind.PERTURBATION_PREDICTION: perturbation,
    Kind.CELL_EMBEDDING: cells,
    Kind.NETWORK_INFERENCE: networks,
}
"""What each kind of task has: `load`, `absent`, `answer` and `evaluate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTask:
    """A task with its data.

    Attributes:
        data: what the functions of its family take.
        n: items: perturbations or cells.
        inputs: SHA-256 of the files read, by name.
    """

    card: CellTaskCard
    data: Any
    n: int
    inputs: Mapping[str, str]
    facts: Mapping[str, Any]

    @property
    def family(self) -> ModuleType:
        """The functions for such tasks."""
        return FAMILIES[self.card.kind]

    @property
    def row(self) -> Task:
        """Its row of the store."""
        card = self.card
        return Task(
            task_id=card.task_id,
            label=card.label,
            suite=card.suite,
            category=card.category,
            kind=card.kind,
            primary_metric=card.primary,
            n_test=self.n,
            organism="human",
            position=card.position,
            source_id=card.source,
            **self.facts,
        )

    @property
    def stratum(self) -> Stratum:
        """Its only part: the whole."""
        label = "All cells" if self.card.kind == Kind.CELL_EMBEDDING else "All perturbations"
        return Stratum(task_id=self.card.task_id, stratum=ALL_STRATA, label=label, kind="all", n=self.n, position=0)


@lru_cache(maxsize=8)
def load_cell_task(task_id: str) -> CellTask:
    """A task with its data.

    Raises:
        SpecError: there is no such task.
        NotHereError: its data are not on this machine, or the extra for reading them is not installed.
        TableError: its data are damaged.
    """
    card = find_cell_task(task_id)
    files = {name: locate(name, cache_dir()) for name in dataset_files(card.dataset)}
    data = FAMILIES[card.kind].load(card, files)
    inputs = {name: input_file(name).sha256 or "" for name in files}
    return CellTask(card=card, data=data, n=data.n, inputs=inputs, facts=data.facts)
