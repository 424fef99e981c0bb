"""Controls of the Task page, and the choice of a task that other pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.controls import board
from dashboard.filters import one, pick
from dashboard.queries.parts import side_by_side
from dashboard.queries.suites import CLAIMS, SUITES
from dashboard.text import PROBE_SENTENCE, PROTOCOLS
from dashboard.view import choices

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """Which task, which part of it, which probe, regime and metric."""
    which(ctx)
    # Few parts stand as tabs on the page itself.
    if len(choices("stratum", ctx.view, ctx.catalog)) > 1 and not side_by_side(ctx.catalog, ctx.view.task or ""):
        rows = ctx.catalog.strata[ctx.catalog.strata["task_id"] == ctx.view.task]
        parts = dict(zip(rows["stratum"], rows["label"], strict=True))
        pick("stratum", "Part of the task", ctx, parts.__getitem__)
    if len(choices("probe", ctx.view, ctx.catalog)) > 1:
        one("probe", "Probe", ctx, PROTOCOLS.__getitem__, help=PROBE_SENTENCE[ctx.view.probe or CLAIMS])
    board.regime_and_metric(ctx)
    group = SUITES[ctx.view.suite].group_label
    one("order", "Order", ctx, {"value": "Value", "size": "Size", "group": group}.get)


def which(ctx: Context) -> None:
    """Suite and task."""
    pick("suite", "Suite", ctx, lambda suite: SUITES[suite].label)
    tasks = ctx.catalog.tasks
    if len(choices("task", ctx.view, ctx.catalog)) > 1:
        categories, labels = tasks["category"].to_dict(), tasks["label"].to_dict()
        several = not SUITES[ctx.view.suite].kinds

        def words(task: str) -> str:
            return f"{categories[task]} · {labels[task]}" if several else str(labels[task])

        pick("task", "Task", ctx, words)
