"""Published systems next to the baseline to beat: rows that follow from others, written once all are in the store."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pandas as pd

from engine.names import ALL_STRATA, Metric, Protocol, Regime, Role, Suite
from engine.records import Comparison, Model, Score, Stratum, Task
from engine.registry.published_systems import REGISTERED
from engine.run.evaluate import FEWEST_ITEMS, FEWEST_OF_A_CLASS
from engine.run.flags import Context, of_model, with_flags
from engine.run.reconstructed import compared, difference_of_intervals, drawn_of, with_intervals
from engine.statistics.verdict import MINIMUM_EFFECT, verdict_article
from engine.store.writer import frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_Row = TypeVar("_Row", Comparison, Model, Score, Stratum, Task)

_OF_TASK = frozenset({"DUPLICATE_ROWS", "LABEL_CONFLICT", "HOMOLOGY_LEAK"})
_OF_ANSWERS = frozenset({"MAJORITY_COLLAPSE"})
_NO_SCORES = "the paired test needs the score of every variant, which is not published"
_UNKNOWN_ITEMS = "the published table does not say which variants this value is over"
_NO_INTERVAL = "no interval is published: the two values cannot be told from chance"
_UNPAIRED = (
    "unpaired: the two Hanley-McNeil intervals added in squares, as of values over different variants; it ignores that "
    "both saw the same ones and is wider than a paired interval where they agree"
)
_TASKS = "SELECT * FROM task WHERE list_contains($tasks, task_id)"
_PARTS = "SELECT * FROM stratum WHERE list_contains($tasks, task_id)"
_BINARY = "SELECT * FROM task WHERE suite = $suite AND n_classes = 2 AND n_test IS NOT NULL AND prevalence IS NOT NULL"
_GENEB = """
    SELECT s.* FROM score s JOIN model m USING (model_id) SEMI JOIN stratum USING (task_id, stratum)
    WHERE s.protocol = $protocol AND s.regime = $regime AND s.stratum = $stratum AND m.role = $role
      AND list_contains($tasks, s.task_id)
    ORDER BY s.task_id, s.model_id, s.metric
"""
# Chosen by the inner folds of train, never by a value on test.
_TO_BEAT = """
    WITH chosen AS (
      SELECT f.task_id, f.model_id FROM probe_fit f JOIN model m USING (model_id)
      SEMI JOIN score s ON s.run_id = f.run_id AND s.task_id = f.task_id AND s.model_id = f.model_id
                        AND s.regime = f.regime AND s.protocol = f.protocol
      WHERE m.role = $role AND f.regime = $regime AND f.protocol = $protocol AND f.fold_hash IS NOT NULL
      QUALIFY row_number() OVER (PARTITION BY f.task_id ORDER BY f.inner_score DESC, f.model_id) = 1
    )
    SELECT s.* FROM score s SEMI JOIN chosen c ON c.task_id = s.task_id AND c.model_id = s.model_id
    WHERE s.protocol = $protocol AND s.regime = $regime AND s.stratum = $stratum AND list_contains($tasks, s.task_id)
    ORDER BY s.task_id, s.metric
"""
_KEEP_INTERVALS = """
    UPDATE score SET ci_low = i.ci_low, ci_high = i.ci_high, ci_method = i.ci_method FROM incoming i
    WHERE score.model_id = i.model_id AND score.task_id = i.task_id AND score.stratum = i.stratum
      AND score.regime = i.regime AND score.protocol = i.protocol AND score.metric = i.metric
"""
_CLINVAR = """
    SELECT s.* FROM score s JOIN model m USING (model_id) SEMI JOIN stratum USING (task_id, stratum)
    WHERE s.protocol = $protocol AND (m.role = $role OR s.model_id = $baseline)
    ORDER BY s.task_id, s.stratum, s.metric, s.model_id
"""
_INSERT = "INSERT INTO comparison BY NAME SELECT * FROM incoming"
_PROTEINGYM = """
    INSERT INTO comparison BY NAME
    SELECT s.task_id, s.stratum, s.regime, s.protocol, s.metric, s.model_id, b.model_id AS baseline_id,
           s.value - b.value AS delta, f.flags, s.n, f.minimum_effect, true AS registered,
           CASE WHEN s.value IS NULL THEN s.model_id || ': ' || s.undefined_reason
                WHEN b.value IS NULL THEN b.model_id || ': ' || b.undefined_reason
                ELSE $reason END AS undefined_reason
    FROM score s JOIN incoming f USING (model_id, metric)
    JOIN score b USING (task_id, stratum, regime, protocol, metric)
    WHERE s.protocol = $protocol AND b.model_id = $baseline
    ORDER BY s.task_id, s.stratum, s.metric, s.model_id
"""


def add_published_verdicts(path: Path) -> None:
    """Complete a store that holds all rows: intervals of GENEB's published scores, comparisons of published systems.

    GENEB's models stand next to the baseline to beat of each task that was probed here, predictors of ClinVar next to
    the rule by class, ProteinGym's next to column frequencies. Where no baseline has a value, there is no row.

    Args:
        path: the store; nothing else has it open.
    """
    with duckdb.connect(path) as con:
        models = {model.model_id: model for model in _read(con, Model, "SELECT * FROM model")}
        _add_geneb(con, models)
        _add_clinvar(con, models)
        _add_proteingym(con, models)


def _add_geneb(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    tasks = {task.task_id: task for task in _read(con, Task, _BINARY, suite=Suite.GENEB)}
    where = {"regime": Regime.FULL, "stratum": ALL_STRATA, "tasks": list(tasks)}
    scores = _read(con, Score, _GENEB, **where, protocol=Protocol.GENEB_PUBLISHED, role=Role.MODEL)
    drawn = drawn_of(scores, tasks)
    known = {_key(score): score for score in with_intervals(scores, drawn)}
    _execute(con, _KEEP_INTERVALS, frame(list(known.values()), Score))
    beside = _read(con, Score, _TO_BEAT, **where, protocol=Protocol.FAIR_V1, role=Role.BASELINE)
    rows = compared([known.get(_key(score), score) for score in scores], drawn, beside, tasks)
    rows = _flagged(con, rows, [*scores, *beside], models)
    _execute(con, _INSERT, frame(_with_told(rows, [*scores, *beside]), Comparison))


def _add_clinvar(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    protocol = Protocol.VEP_EVAL_PUBLISHED
    baseline = REGISTERED[protocol].baseline
    scores = _read(con, Score, _CLINVAR, protocol=protocol, role=Role.MODEL, baseline=baseline)
    rule = {_place(score): score for score in scores if score.model_id == baseline}
    beside = [score for score in scores if score.model_id != baseline and _place(score) in rule]
    strata = _strata(con, beside)
    rows = [_next_to(score, rule[_place(score)], strata[score.task_id, score.stratum]) for score in beside]
    _execute(con, _INSERT, frame(_flagged(con, rows, scores, models), Comparison))


def _add_proteingym(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    protocol = Protocol.PROTEINGYM_PUBLISHED
    told = [
        (model.model_id, str(metric), effect, _as_json(list(of_model(model))))
        for model in models.values()
        if model.role == Role.MODEL
        for metric, effect in MINIMUM_EFFECT.items()
    ]
    rows = pd.DataFrame(told, columns=["model_id", "metric", "minimum_effect", "flags"])
    where = {"protocol": protocol, "baseline": REGISTERED[protocol].baseline, "reason": _NO_INTERVAL}
    _execute(con, _PROTEINGYM, rows, **where)


def _next_to(model: Score, baseline: Score, stratum: Stratum) -> Comparison:
    """A predictor next to the rule on one class of variants."""
    reason, delta, bounds = _incomparable(model, stratum), None, None
    if reason is None and model.value is not None and baseline.value is not None:
        delta = model.value - baseline.value
        bounds = difference_of_intervals(model, baseline)
        reason = _NO_SCORES if bounds else _NO_INTERVAL
    return Comparison(
        task_id=model.task_id,
        stratum=model.stratum,
        regime=model.regime,
        protocol=model.protocol,
        metric=model.metric,
        model_id=model.model_id,
        baseline_id=baseline.model_id,
        delta=delta,
        ci_low=bounds[0] if bounds else None,
        ci_high=bounds[1] if bounds else None,
        p=None,
        q=None,
        verdict_article=verdict_article(model.value, model.ci_low, baseline.value, baseline.ci_high)
        if bounds
        else None,
        verdict=None,
        flags=None,
        run_id=None,
        n=model.n,
        ci_method=_UNPAIRED if bounds else None,
        p_method=None,
        minimum_effect=MINIMUM_EFFECT[Metric(model.metric)],
        registered=True,
        undefined_reason=reason,
    )


def _incomparable(model: Score, stratum: Stratum) -> str | None:
    """Why two published values of a class cannot be compared, or None; as for scores of our own."""
    if model.n is None or stratum.prevalence is None:
        return _UNKNOWN_ITEMS
    positives = round(model.n * stratum.prevalence)
    smaller = min(positives, model.n - positives)
    if model.n < FEWEST_ITEMS or smaller < FEWEST_OF_A_CLASS:
        return f"too few to judge: {model.n} items, {smaller} in the smaller class"
    return None


def _flagged(
    con: duckdb.DuckDBPyConnection, rows: Sequence[Comparison], scores: Sequence[Score], models: Mapping[str, Model]
) -> list[Comparison]:
    """With the flags that comparisons of our own have, as far as they can be known of published values."""
    context = Context(
        tasks={row.task_id: row for row in _read(con, Task, _TASKS, tasks=_task_ids(rows))},
        models=models,
        strata=_strata(con, rows),
        scores={(row.task_id, row.stratum, row.model_id, row.metric): row for row in scores},
        # Nobody published how many distinct scores a system gives.
        distinct=defaultdict(int),
        details={},
        identities={},
    )
    return with_flags(rows, context)


def _with_told(rows: Sequence[Comparison], scores: Sequence[Score]) -> list[Comparison]:
    """With what the scores' own flags say: the task's leaks from the baseline's, a collapse from the model's."""
    flags = {(row.task_id, row.model_id, row.metric): json.loads(row.flags or "[]") for row in scores}
    found = []
    for row in rows:
        own, of_baseline = (flags[row.task_id, system, row.metric] for system in (row.model_id, row.baseline_id))
        told = [one for one in of_baseline if one["flag"] in _OF_TASK]
        told += [one for one in own if one["flag"] in _OF_ANSWERS]
        found.append(replace(row, flags=_as_json([*told, *json.loads(row.flags or "[]")])))
    return found


def _strata(
    con: duckdb.DuckDBPyConnection, rows: Sequence[Score] | Sequence[Comparison]
) -> dict[tuple[str, str], Stratum]:
    found = _read(con, Stratum, _PARTS, tasks=_task_ids(rows))
    return {(row.task_id, row.stratum): row for row in found}


def _task_ids(rows: Sequence[Score] | Sequence[Comparison]) -> list[str]:
    return sorted({row.task_id for row in rows})


def _as_json(flags: Sequence[Mapping[str, str]]) -> str | None:
    return json.dumps(flags, ensure_ascii=False) if flags else None


def _key(score: Score) -> tuple[str, str, str]:
    return score.model_id, score.task_id, score.metric


def _place(score: Score) -> tuple[str, str, str]:
    return score.task_id, score.stratum, score.metric


def _read(con: duckdb.DuckDBPyConnection, record: type[_Row], query: str, **values: object) -> list[_Row]:
    """Rows of a query as records."""
    names = {field.name for field in fields(record)}
    result = con.execute(query, values)
    columns = [column[0] for column in result.description or ()]
    return [
        record(**{name: value for name, value in zip(columns, row, strict=True) if name in names})
        for row in result.fetchall()
    ]


def _execute(con: duckdb.DuckDBPyConnection, query: str, incoming: pd.DataFrame, **values: object) -> None:
    """A statement over rows of ours, which it finds as `incoming`."""
    con.register("incoming", incoming)
    con.execute(query, values)
    con.unregister("incoming")
