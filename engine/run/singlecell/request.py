"""What a worker is sent for one system on one task: names and options, no data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.places import Folder
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell_spec import CellOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One unit.

    Attributes:
        key: name of the unit's part in the journal.
        device: "cpu" or "cuda:N", of the worker.
    """

    key: str
    system: CellSystem
    task_id: str
    options: CellOptions
    journal: Folder
    device: str = "cpu"

    @property
    def seed(self) -> int:
        """Of everything that is drawn."""
        return self.options.seed
