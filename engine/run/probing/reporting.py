"""Who is told how a probing run goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.run.plan import Refused


class Reporter(Protocol):
    """Who is told how a run goes."""

    def count(self, noun: str) -> None:
        """When something else is counted from now on."""

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        """After every unit: how many are done and wanted, tokens fed and wall seconds since the start."""

    def stage(self, sentence: str) -> None:
        """When something else begins."""

    def refused(self, rows: Sequence[Refused]) -> None:
        """Once, before anything is computed: what cannot be done."""
