"""How a run shows itself: the plan first, then a bar with rate and time left; lines where there is no terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from engine.cli.printing import UNFOLDED
from engine.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.run.plan import Job, Refused

_QUIET_SECONDS = 10.0
_INTERRUPTED = 130
PLAN_COLUMNS = ("system", "task", "score", "variants", "tokens", "time")


def _about(seconds: float) -> str:
    return duration(seconds) if seconds < 1 else f"about {duration(seconds)}"


def duration(seconds: float) -> str:
    """A time for people: '45 s', '12 min', '3.5 h', '12 days'."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:,.0f} days"


class ConsoleReporter:
    """Tells a person at the terminal; to a file or a pipe, a line at most every ten seconds."""

    def __init__(self) -> None:
        """Write to standard error: standard output is for results."""
        self._console = Console(stderr=True)
        if not self._console.is_terminal:
            self._console.width = UNFOLDED
        self._bar: Progress | None = None
        self._task: Any = None
        self._said: float | None = None
        self._before: int | None = None
        self._noun, self._rated = "variants", False

    def planned(self, jobs: Sequence[Job], refused: Sequence[Refused]) -> None:
        """Print what will be done and what cannot be."""
        if jobs:
            table = Table(*PLAN_COLUMNS, box=None, pad_edge=False, header_style="bold")
            for row in plan_rows(jobs):
                table.add_row(*map(escape, row))
            self._console.print(table, highlight=False)
        self.refused(refused)

    def refused(self, rows: Sequence[Refused]) -> None:
        """Print what cannot be done."""
        for one in rows:
            self.say(f"[yellow]not run[/yellow] {escape(subject(one))}: {escape(redacted(one.message))}")

    def count(self, noun: str, *, rated: bool = False) -> None:
        """Count something else from now on; `rated` where its own rate is told, not that of tokens."""
        self.close()
        self._noun, self._rated, self._said, self._before = noun, rated, None, None

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        """Move the bar."""
        if self._before is None:
            # What an earlier run has left is no measure of this one's speed.
            self._before = 0 if tokens else done
            if self._before:
                self.say(f"{done:,} of {total:,} {self._noun} were done before")
        words = _words(done - self._before, total - self._before, tokens, seconds)
        if self._rated and done and seconds > 0:
            words = f", {(done - self._before) / seconds:,.3g}/s{words}"
        if self._console.is_terminal:
            self._move(done, total, words)
        elif done == total or self._said is None or time.monotonic() - self._said > _QUIET_SECONDS:
            self._said = time.monotonic()
            self.say(f"{done:,} of {total:,} {self._noun}{words}")

    def _move(self, done: int, total: int, words: str) -> None:
        if self._bar is None:
            columns = (
                TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + self._noun),
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
        self.say(f"[dim]{escape(sentence)} ...[/dim]")

    def say(self, markup: str) -> None:
        """Print a line of rich markup, unfolded."""
        self._console.print(markup, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@contextmanager
def stopped(reporter: ConsoleReporter, sentence: str) -> Iterator[None]:
    """Turn an interruption (Ctrl-C) into a sentence and the exit code of an interrupted command, 130."""
    try:
        yield
    except KeyboardInterrupt:
        reporter.close()
        typer.echo(sentence, err=True)
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        reporter.close()


def subject(row: Any) -> str:
    """What a refusal or a failure is about."""
    return " on ".join(filter(None, (row.model_id, row.task_id))) or str(row.stage)


def _words(done: int, total: int, tokens: int, seconds: float) -> str:
    if done <= 0 or seconds <= 0:
        return ""
    rate = f", {tokens / seconds:,.0f} tokens/s" if tokens else ""
    return rate + (f", {duration(seconds * (total - done) / done)} left" if done < total else "")


def plan_rows(jobs: Sequence[Job]) -> list[list[str]]:
    """What will be done, cells of `PLAN_COLUMNS`: one line per model and task, and a sum of several."""
    rows = [_plan_row(job) for job in jobs]
    if len(jobs) > 1:
        seconds = [job.seconds for job in jobs if job.seconds is not None]
        about = _about(sum(seconds)) if len(seconds) == len(jobs) else ""
        variants, tokens = sum(len(job.changes.items) for job in jobs), sum(job.tokens for job in jobs)
        at_most = "" if all(job.exact for job in jobs) else "at most "
        rows.append(["all", "", "", f"{variants:,}", f"{at_most}{tokens:,}", about])
    return rows


def _plan_row(job: Job) -> list[str]:
    shown = len(job.changes.items)
    variants = f"{shown:,}" if shown == job.n_items else f"{shown:,} of {job.n_items:,}"
    tokens = f"{job.tokens:,}" if job.exact else f"at most {job.tokens:,}"
    estimate = f"{_about(job.seconds)} ({job.basis})" if job.seconds is not None else job.basis
    return [job.card.model_id, job.task_id, job.protocol, variants, tokens, estimate]
