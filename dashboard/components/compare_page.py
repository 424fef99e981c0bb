"""What the comparison of two systems is asked and what the store has of it: the value all its pieces are drawn from."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.components.about import intervals
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.compare import Pair, read_flags, read_over_tasks, read_thresholds
from dashboard.queries.compare_whole import UNIT_METRIC, unit_metric
from dashboard.queries.flags import Told, told
from dashboard.queries.item_rows import spelled
from dashboard.queries.provenance import Evidence, Shown, read_evidence
from dashboard.queries.suites import MAIN_TASK, SUITES, of_tasks
from dashboard.text import METRICS, count, plain
from engine.names import ALL_STRATA, Metric
from engine.singlecell.paired import reference

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context
    from dashboard.queries.compare import OverTasks
    from dashboard.queries.suites import SuiteText

_VALUES = (
    "SELECT task_id, stratum, model_id, value, ci_low, ci_high, n FROM score "
    "WHERE task_id = $task AND regime = $regime AND metric = $metric AND model_id IN ($first, $second) ORDER BY ALL"
)

_DIFFERENCE = (
    "SELECT task_id, model_id, baseline_id, metric, delta, ci_low, ci_high, p, q, n, ci_method FROM comparison "
    "WHERE task_id = $task AND stratum = 'all' AND regime = $regime AND metric = $metric "
    "AND model_id IN ($first, $second) AND baseline_id IN ($first, $second)"
)

_SINGLE_VALUES = (
    "SELECT item_id, model_id, metric, value, n, undefined_reason "
    "FROM item_value SEMI JOIN score USING (run_id, model_id, task_id, protocol) "
    "WHERE task_id = $task AND metric = $metric AND list_contains($models, model_id) ORDER BY ALL"
)

_SINGLE = (
    "SELECT i.item_id, i.label, s.model_id, s.score FROM standing s JOIN numbered_item i USING (task_id, item_no) "
    "WHERE s.task_id = $task AND s.model_id IN ($first, $second) ORDER BY ALL"
)


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two systems of a suite; `over` are their values on whole tasks."""

    ctx: Context
    pair: Pair
    over: OverTasks

    @property
    def suite(self) -> SuiteText:
        """Words of the suite."""
        return SUITES[self.pair.suite]

    @property
    def models(self) -> tuple[pd.Series, pd.Series]:
        """Rows of the catalog."""
        models = self.ctx.catalog.models
        return models.loc[self.pair.first], models.loc[self.pair.second]

    @property
    def names(self) -> tuple[str, str]:
        """Names of the first and the second."""
        one, other = (str(row["name"]) for row in self.models)
        return one, other

    @property
    def metric_name(self) -> str:
        """The metric as the screen calls it."""
        return METRICS[self.pair.metric].name

    @property
    def over_categories(self) -> str:
        """The mean of the category means, as the title calls it."""
        return f"{self.metric_name} over categories" if self.pair.metric == Metric.F1 else f"macro {self.metric_name}"

    @property
    def by_tasks(self) -> bool:
        """Whether tasks are what is compared; else the parts of the suite's main task are."""
        return not self.suite.kinds or self.over.enough

    @property
    def alone(self) -> bool:
        """Whether each task is on a scale of its own, so that nothing is put together over tasks."""
        return of_tasks(self.pair.suite)

    @property
    def main_task(self) -> str:
        """The task whose parts are compared."""
        return MAIN_TASK[self.pair.suite]

    @property
    def noun(self) -> str:
        """What is counted in a task."""
        return self.suite.noun

    @property
    def category(self) -> str | None:
        """The category whose tasks are listed; None for all."""
        keys = [column.key for column in self.ctx.catalog.columns_of(self.pair.suite, "") if column.kind == "category"]
        return self.ctx.view.column if self.ctx.view.column in keys and not self.suite.kinds else None

    @property
    def scored(self) -> list[str]:
        """Tasks whose single items both have scored."""
        catalog = self.ctx.catalog
        wanted = {self.pair.first, self.pair.second}
        return [task for task in catalog.tasks_of(self.pair.suite) if wanted <= catalog.scored.get(task, {}).keys()]

    @property
    def item_task(self) -> str | None:
        """The task that is looked at item by item: the one asked for, or the first that both have scored."""
        scored = self.scored
        return self.ctx.view.task if self.ctx.view.task in scored else next(iter(scored), None)

    @property
    def asked(self) -> Shown:
        """The scores of the two on whole tasks."""
        pair, protocols = self.pair, tuple(dict.fromkeys(self.over.protocols))
        return Shown(
            suite=pair.suite,
            stratum=ALL_STRATA,
            metric=pair.metric,
            regimes=(pair.regime,),
            protocols=protocols,
            models=(pair.first, pair.second),
        )

    @property
    def about(self) -> About:
        """What stands beside values and differences on whole tasks."""
        n = f"{count(len(self.over.rows), 'task')} that both have, 2 systems"
        return about_differences(self.over.rows, self.asked, n)

    @property
    def file(self) -> str:
        """Stem of the names of its CSV files."""
        found = f"{self.pair.first}-{self.pair.second}-{self.pair.suite}-{self.pair.metric}"
        return "".join("-" if letter in ":/\\ +" else letter for letter in found)

    def label(self, task: str) -> str:
        """Name of a task."""
        return str(self.ctx.catalog.tasks.at[task, "label"])


def about_differences(rows: pd.DataFrame, asked: Shown, n: str) -> About:
    """What stands beside differences.

    Args:
        rows: with delta and low, and with `method` where intervals are not simply those of two values put together.
        asked: the scores of the two.
        n: how many of what.
    """
    found = load(read_evidence, asked)
    bounded = rows[rows["low"].notna()]
    ways = tuple(dict.fromkeys(map(str, bounded["method"].dropna()))) if "method" in rows else ()
    given = int(rows["delta"].notna().sum())
    methods = (ways or found.methods) if len(bounded) else ()
    told = intervals(Evidence(found.sources, methods, given, given - len(bounded)))
    return About(n, told if ways or bounded.empty else f"of values on different items: {told}", found.sources)


def compare_page(ctx: Context) -> ComparePage | None:
    """Read what the two have on whole tasks; None where the suite has no two systems."""
    view = ctx.view
    if view.first is None or view.second is None:
        return None
    pair = Pair(view.suite, view.shown_regime, view.metric or "", view.first, view.second)
    return ComparePage(ctx, pair, load(read_over_tasks, ctx.catalog, pair))


def for_items(page: ComparePage, task: str) -> Pair:
    """The same pair by a metric that single scores have: MCC only where a threshold is stated for both."""
    pair, measures = page.pair, page.ctx.catalog.measures_of(task)
    if pair.metric in measures or (pair.metric == Metric.MCC and load(read_thresholds, pair, task)):
        return pair
    return replace(pair, metric=str(Metric.AUROC))


def flags_of(page: ComparePage, task: str) -> list[Told]:
    """Flags of the two systems' values on a task, or on all of the suite, and of their comparison."""
    scores, comparisons = load(read_flags, page.pair, task)
    return told(scores, comparisons, page.ctx.catalog.models["name"].to_dict())


def over_suite(page: ComparePage) -> str:
    """The command that compares the two task by task."""
    pair = page.pair
    words = ["vledger", "compare", pair.first, pair.second, "--suite", pair.suite, "--metric", pair.metric]
    words += ["--regime", pair.regime] if len(page.suite.regimes) > 1 else []
    words += [] if pair.margin_set else ["--margin", f"{pair.margin:g}"]
    return shlex.join(words)


def over_items(page: ComparePage, task: str) -> str:
    """The command that compares the two on a task: item by item where the engine can, else what it would compare."""
    pair = page.pair
    if task in page.scored and page.ctx.catalog.tasks.at[task, "kind"] != "sequence_classification":
        return shlex.join(["vledger", "compare", pair.first, pair.second, "--task", task, "--metric", pair.metric])
    asked = {"task": task, "regime": pair.regime, "metric": pair.metric, "first": pair.first, "second": pair.second}
    if task in page.scored:
        return f'vledger sql "{spelled(_SINGLE, asked)}" --format csv'
    return f'vledger sql "{spelled(_VALUES, asked)}" --format csv'


def over_task(page: ComparePage, row: pd.Series) -> str:
    """The command that prints what a difference on a whole task comes from; a row of `OverWhole`."""
    pair, task = page.pair, str(row["task_id"])
    asked = {"task": task, "regime": pair.regime, "metric": pair.metric, "first": pair.first, "second": pair.second}
    if row["how"] == "stored":
        return f'vledger sql "{spelled(_DIFFERENCE, asked)}" --format csv'
    return over_units(page, task) if row["how"] == "items" else over_items(page, task)


def over_units(page: ComparePage, task: str) -> str:
    """The command that prints both systems' values of single perturbations or cell types, beside the baseline's."""
    pair, metric = page.pair, unit_metric(page.pair.metric)
    to_beat = next(iter(page.ctx.catalog.registered.get(task, [])), pair.second)
    base = to_beat if metric == UNIT_METRIC else reference(pair.metric, to_beat) or to_beat
    models = tuple(dict.fromkeys((pair.first, pair.second, base)))
    return f'vledger sql "{spelled(_SINGLE_VALUES, {"task": task, "metric": metric, "models": models})}" --format csv'


def protocol_words(page: ComparePage) -> str:
    """By which protocols, where they are not one and the same."""
    one, other = page.over.protocols
    if one == other:
        return ""
    return f"{plain(page.names[0])} by {one}, {plain(page.names[1])} by {other}, which repeats it. "


def left_out_words(page: ComparePage) -> str:
    """How many tasks of the suite one of the two does not have."""
    if not page.over.left_out:
        return ""
    total, verb = len(page.over.rows) + page.over.left_out, "is" if page.over.left_out == 1 else "are"
    return f"{page.over.left_out} of {count(total, 'task')} {verb} left out: one of the two has no value there. "
