"""Any two systems of the store, item by item: the answer to a question that no run has asked yet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import QueryError, SpecError
from engine.names import Direction, Metric, Role
from engine.registry.singlecell import CELL_TASKS
from engine.registry.tasks import find_task
from engine.registry.thresholds import THRESHOLDS
from engine.run.data import load_task
from engine.run.evaluate import evaluate, judge
from engine.run.measure import METRICS_OF, Settings
from engine.run.parts import System, groups_of
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    import duckdb

    from engine.variants import VariantTask

_QUERY = """
    SELECT item_id, score, higher_is, run_id FROM prediction WHERE model_id = $model AND task_id = $task
    AND run_id = (
        SELECT p.run_id FROM prediction p LEFT JOIN run r USING (run_id)
        WHERE p.model_id = $model AND p.task_id = $task ORDER BY r.finished_at DESC NULLS LAST, p.run_id LIMIT 1
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Two systems on one stratum."""

    stratum: str
    metric: str
    n: int | None
    first: float | None
    first_low: float | None
    first_high: float | None
    second: float | None
    second_low: float | None
    second_high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p: float | None
    q: float | None
    verdict_article: str | None
    verdict: str | None
    undefined_reason: str | None

    def as_dict(self) -> dict[str, Any]:
        """All fields by name."""
        return asdict(self)


def compare(model: str, baseline: str, task_id: str, metric: Metric | None = None) -> list[Line]:
    """Compare two systems on every stratum of a task.

    Raises:
        SpecError: there is no such task, or it has no such metric.
        QueryError: the store has no scores of single items of a system.
        NotHereError: the task's data are not on this machine.
        StoreError: there is no store.
    """
    if task_id in CELL_TASKS:
        raise SpecError(
            f"{task_id} has no scores of single items to compare: a run of kind single-cell compares its systems, and "
            "the page Compare two models any two of them"
        )
    card, data = find_task(task_id), load_task(task_id)
    wanted = metric or Metric(data.task.primary_metric)
    if wanted not in METRICS_OF[data.task.kind]:
        raise SpecError(f"{task_id} is not measured by {wanted}: choose {', '.join(METRICS_OF[data.task.kind])}")
    path, _ = current_store()
    with open_read_only(path) as con:
        systems = [_system(con, model, data, Role.MODEL), _system(con, baseline, data, Role.BASELINE)]
    settings = Settings(run_id="compare", source_id="engine", metrics=(wanted,))
    scores, comparisons = evaluate(data, systems, {}, settings, groups_of(data, card.clusters))
    found = {(row.stratum, row.model_id): row for row in scores}
    return [_line(row, found[row.stratum, model], found[row.stratum, baseline]) for row in judge(comparisons)]


def _system(con: duckdb.DuckDBPyConnection, model_id: str, data: VariantTask, role: Role) -> System:
    rows = con.execute(_QUERY, {"model": model_id, "task": data.task.task_id}).fetchall()
    if not rows:
        raise QueryError(
            f"the store has no scores of single items of '{model_id}' on {data.task.task_id}: "
            f"`vledger score --model {model_id} --task {data.task.task_id}` makes them"
        )
    row_of = {item: number for number, item in enumerate(data.items["item_id"])}
    scores = np.full(len(row_of), np.nan)
    for item, value, _, _ in rows:
        if item not in row_of:
            raise QueryError(
                f"the store has a score of '{model_id}' for {item}, which the data of {data.task.task_id} here do not "
                "have: run `vledger publish`"
            )
        scores[row_of[item]] = np.nan if value is None else value
    return System(
        model_id=model_id,
        role=role,
        protocol="as stored",
        higher_is=Direction(rows[0][2]),
        scores=scores,
        threshold=THRESHOLDS.get(model_id),
    )


def _line(row: Any, first: Any, second: Any) -> Line:
    return Line(
        stratum=row.stratum,
        metric=row.metric,
        n=row.n,
        first=first.value,
        first_low=first.ci_low,
        first_high=first.ci_high,
        second=second.value,
        second_low=second.ci_low,
        second_high=second.ci_high,
        difference=row.delta,
        difference_low=row.ci_low,
        difference_high=row.ci_high,
        p=row.p,
        q=row.q,
        verdict_article=row.verdict_article,
        verdict=row.verdict,
        undefined_reason=row.undefined_reason,
    )
