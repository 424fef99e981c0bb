"""What the Task page is asked and what it found: the value that all of its pieces are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.components.about import systems
from dashboard.database import load
from dashboard.queries.provenance import Shown
from dashboard.queries.suites import SUITES
from dashboard.queries.task import read_task
from dashboard.queries.verdicts import beside, read_verdicts
from dashboard.text import METRICS, count

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context
    from dashboard.queries.suites import SuiteText
    from dashboard.queries.task import TaskView


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task, or a part of it, in one regime and metric.

    `metric` is the one that is shown, which may not be the one asked for; `verdicts` are as `read_verdicts` gives them,
    `rows` the scores with a value in the order asked for, each beside its verdicts.
    """

    ctx: Context
    task_id: str
    stratum: str
    metric: str
    shown: TaskView
    verdicts: pd.DataFrame
    rows: pd.DataFrame

    @property
    def suite(self) -> SuiteText:
        """Words of the suite."""
        return SUITES[self.ctx.view.suite]

    @property
    def regime(self) -> str:
        """The regime shown."""
        return self.ctx.view.shown_regime

    @property
    def metric_name(self) -> str:
        """The metric as the screen calls it."""
        return METRICS[self.metric].name

    @property
    def baseline_id(self) -> str | None:
        """The registered baseline, where anybody was compared with it."""
        return str(self.verdicts["baseline_id"].iloc[0]) if len(self.verdicts) else None

    @property
    def part(self) -> str | None:
        """Label of the part; None for the whole task."""
        return None if self.stratum == "all" else str(self.shown.stratum["label"])

    @property
    def noun(self) -> str:
        """What is counted on this task."""
        return "variant" if self.shown.facts["kind"] == "variant_effect" else self.suite.noun

    @property
    def asked(self) -> Shown:
        """The scores that are shown."""
        probe = self.shown.probe
        return Shown(
            tasks=(self.task_id,),
            stratum=self.stratum,
            metric=self.metric,
            regimes=(self.regime,),
            protocols=(*self.suite.protocols, *([probe] if probe else [])),
        )

    @property
    def items(self) -> str:
        """'10,412 variants': how many the values are over."""
        return count(self.shown.stratum["n"], self.noun)

    @property
    def counted(self) -> str:
        """Items and systems with a value."""
        return f"{self.items}, {systems(self.rows['role'])}"

    @property
    def place(self) -> str:
        """The task, and the part of it where one is shown."""
        return ", ".join(filter(None, (str(self.shown.facts["label"]), self.part)))

    @property
    def file(self) -> str:
        """Stem of the names of its CSV files."""
        found = f"{self.task_id}-{self.stratum}-{self.regime}-{self.metric}"
        return "".join("-" if letter in ":/\\ " else letter for letter in found)


def task_page(ctx: Context) -> TaskPage:
    """Read everything that the values of the page are drawn from."""
    view, suite = ctx.view, SUITES[ctx.view.suite]
    task_id, stratum, metric = view.task or "", view.stratum or "all", view.metric or ""
    shown = load(read_task, ctx.catalog, task_id, stratum, view.shown_regime, metric, view.probe)
    primary = str(ctx.catalog.tasks.at[task_id, "primary_metric"])
    # A suite may publish one of its tasks in fewer metrics than the rest: then the task's own metric is shown.
    if shown.scores.empty and metric != primary:
        metric = primary
        shown = load(read_task, ctx.catalog, task_id, stratum, view.shown_regime, metric, view.probe)
    verdicts = load(read_verdicts, view.suite, task_id, stratum, view.shown_regime, metric, view.probe)
    rows = beside(shown.scores, verdicts).dropna(subset=["value"])
    if view.order == "size":
        rows = rows.sort_values("parameters", ascending=False, na_position="last", kind="stable")
    elif view.order == "group":
        rows = rows.sort_values(suite.group_by, na_position="last", kind="stable")
    return TaskPage(ctx, task_id, stratum, metric, shown, verdicts, rows)
