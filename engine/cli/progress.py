"""How a run shows itself: the plan first, then a bar with rate and time left; lines where there is no terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.run.plan import Job, Refused

_QUIET_SECONDS = 10.0


def duration(seconds: float) -> str:
    """A time for people: '45 s', '12 min', '3.5 h'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class ConsoleReporter:
    """Tells a person at the terminal; to a file or a pipe, a line at most every ten seconds."""

    def __init__(self) -> None:
        """Write to standard error: standard output is for results."""
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task = None
        self._said = 0.0

    def planned(self, jobs: Sequence[Job], refused: Sequence[Refused]) -> None:
        """Print what will be done and what cannot be."""
        if jobs:
            self._console.print(plan_table(jobs))
        for row in refused:
            what = " on ".join(filter(None, (row.model_id, row.task_id)))
            self._console.print(f"[yellow]not run[/yellow] {escape(what)}: {escape(row.message)}", highlight=False)

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        """Move the bar."""
        words = _words(done, total, tokens, seconds)
        if not self._console.is_terminal:
            if time.monotonic() - self._said > _QUIET_SECONDS or done == total:
                self._said = time.monotonic()
                self._console.print(f"{done:,} of {total:,} variants{words}", highlight=False)
            return
        if self._bar is None:
            columns = (
                TextColumn("{task.completed:,.0f} of {task.total:,.0f} variants"),
                BarColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Progress(*columns, console=self._console)
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done, description=words.lstrip(", "))
        if done == total:
            self.close()

    def stage(self, sentence: str) -> None:
        """Say what begins now."""
        self.close()
        self._console.print(f"[dim]{escape(sentence)} ...[/dim]", highlight=False)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _words(done: int, total: int, tokens: int, seconds: float) -> str:
    if tokens == 0 or seconds <= 0:
        return ""
    left = ""
    if 0 < done < total:
        left = f", {duration(seconds * (total - done) / done)} left"
    return f", {tokens / seconds:,.0f} tokens/s{left}"


def plan_table(jobs: Sequence[Job]) -> Table:
    """What will be done: one line per model and task."""
    table = Table("model", "task", "score", "variants", "tokens", "time", box=None, pad_edge=False, header_style="bold")
    for job in jobs:
        shown = len(job.changes.items)
        part = f"{shown:,}" if shown == job.n_items else f"{shown:,} of {job.n_items:,}"
        about = "" if job.exact else "at most "
        estimate = f"about {duration(job.seconds)} ({job.basis})" if job.seconds is not None else job.basis
        table.add_row(job.card.model_id, job.task_id, job.protocol, part, f"{about}{job.tokens:,}", estimate)
    return table
