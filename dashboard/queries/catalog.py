"""What there is to choose from: models, tasks, strata and the values of every filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.queries.columns import Column, all_columns
from dashboard.queries.selection import COLUMN_OF
from dashboard.queries.suites import CLAIMS, MAIN_TASK, PROBES, SUITES, of_tasks
from engine.names import Metric

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from dashboard.queries.ask import Ask

_MODELS = """
    SELECT m.model_id, m.name, m.role, m.modality, m.family, m.architecture, m.inputs, m.tokenizer,
           m.context_bp, m.context_value, m.context_unit, m.parameters, m.parameters_note,
           coalesce(m.pretraining_group, 'not stated') AS pretraining_group, m.pretraining_data,
           m.licence, m.licence_group, m.access_kind, m.access,
           coalesce(m.supervised_on_assay, false) AS supervised_on_assay,
           m.contamination, m.known_defects, m.provenance_note, s.suites,
           p.statements AS parameter_statements
    FROM model m
    JOIN (SELECT s.model_id, list(DISTINCT t.suite ORDER BY t.suite) AS suites FROM score s JOIN task t USING (task_id)
          GROUP BY ALL) s USING (model_id)
    LEFT JOIN (SELECT model_id, list({'parameters': parameters, 'by': stated_by} ORDER BY stated_by) AS statements
               FROM parameter_statement GROUP BY ALL) p USING (model_id)
    ORDER BY m.role <> 'model', lower(m.name), m.model_id
"""
_TASKS = """
    SELECT t.task_id, t.label, t.suite, t.category, t.collection, t.redundancy_group, t.kind, t.primary_metric,
           t.n_train, t.n_test, t.n_classes, t.prevalence, t.organism, t.assembly, t.source_id
    FROM task t ORDER BY t.suite, t.position, t.task_id
"""
_PROVENANCES = "SELECT DISTINCT provenance FROM score ORDER BY provenance"
_PROTOCOLS = "SELECT DISTINCT task_id, protocol FROM score"
_SCORED = """
    SELECT s.task_id, s.model_id, m.role FROM scored s JOIN model m USING (model_id)
    ORDER BY s.task_id, list_position(['model', 'baseline', 'control'], m.role), lower(m.name), s.model_id
"""
_REGISTERED = """
    SELECT DISTINCT task_id, baseline_id FROM comparison WHERE registered AND stratum = 'all'
    UNION
    SELECT f.task_id, arg_max(f.model_id, f.inner_score) FROM probe_fit f JOIN model m USING (model_id)
    WHERE m.role = 'baseline' AND f.regime = 'full' AND f.protocol = $claims AND f.fold_hash IS NOT NULL GROUP BY ALL
"""
_CONSEQUENCES = "SELECT task_id, consequence FROM numbered_item WHERE consequence IS NOT NULL GROUP BY ALL ORDER BY ALL"
_PARTS = "SELECT task_id, stratum FROM part GROUP BY ALL"
_LEADERS = """
    SELECT model_id, macro AS value, 0 AS partial FROM suite_score
    WHERE $task IS NULL AND suite = $suite AND regime = $regime AND metric = $metric AND protocol = $protocols[1]
    UNION ALL
    -- A pooled value without its n stands where others state theirs: it is over something else.
    SELECT model_id, max(value), min((n IS NULL AND stated)::INTEGER) FROM (
      SELECT *, count(n) OVER () > 0 AS stated FROM score
      WHERE task_id = $task AND stratum = 'all' AND regime = $regime AND metric = $metric
        AND list_contains($protocols, protocol) AND value IS NOT NULL
    ) GROUP BY model_id
    ORDER BY partial, value DESC NULLS LAST, model_id
"""
_UNITS = "SELECT task_id, metric, item_id FROM item_value WHERE value IS NOT NULL GROUP BY ALL ORDER BY ALL"
_STRATA = "SELECT task_id, stratum, label, kind, n, prevalence FROM stratum ORDER BY task_id, position"


_FILTERED = tuple(column for column in COLUMN_OF.values() if column != "provenance")


_LEDGER = {
    "system": """
        SELECT f.system AS value FROM model_fact f LEFT JOIN claim c
          ON list_contains(string_split(c.system, '; '), f.system)
        GROUP BY f.system ORDER BY count(c.claim_id) DESC, lower(f.system)
    """,
    "task_family": "SELECT task_family AS value FROM claim GROUP BY ALL ORDER BY count(*) DESC, value",
    "outcome": "SELECT outcome AS value FROM claim GROUP BY ALL ORDER BY count(*) DESC, value",
    "evidence": "SELECT evidence AS value FROM claim GROUP BY ALL ORDER BY count(*) DESC, value",
    "access": """
        SELECT access AS value FROM model_fact WHERE access IS NOT NULL GROUP BY ALL ORDER BY count(*) DESC, value
    """,
    "topic": "SELECT task AS value FROM decision ORDER BY rowid",
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that a link or a widget may name. It follows from the store alone: `version` stands for it.

    `benchmark` are the tasks that count on the board of their suite: a split of one's own that was probed does not.
    `scored` has the role of every system whose single scores are in the store, by task; `registered` the baselines that
    were declared as those to beat. `leaders` are the systems of each suite's board, the highest value first, and
    `compared` all its models, then all its baselines, in that order. `filter_values` has the distinct values of the
    model columns that rows are filtered by, in alphabetical order, and `incomplete` those columns that lack some.
    `units` are the perturbations or cell types, and `unit_metrics` the metrics, that somebody has single values of, by
    task. `ledger` has what the literature names: `system` (most claims first), `task_family`, `outcome`, `evidence` and
    `access` of claims, and the `topic`s of the decision matrix.
    """

    version: str
    models: pd.DataFrame
    tasks: pd.DataFrame
    strata: pd.DataFrame
    columns: dict[tuple[str, str], tuple[Column, ...]]
    task_ids: dict[str, list[str]]
    stratum_ids: dict[str, list[str]]
    stratum_labels: dict[tuple[str, str], str]
    provenances: list[str]
    probes: dict[str, list[str]]
    benchmark: frozenset[str]
    scored: dict[str, dict[str, str]]
    registered: dict[str, list[str]]
    mostly_registered: dict[str, str]
    consequences: dict[str, list[str]]
    parts: dict[str, list[str]]
    leaders: dict[str, list[str]]
    compared: dict[str, list[str]]
    filter_values: dict[str, list[str]]
    incomplete: frozenset[str]
    units: dict[str, list[str]]
    unit_metrics: dict[str, list[str]]
    ledger: dict[str, list[str]]
    remembered: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was worked out from it for one reader and holds for all; whoever adds to it keeps it small."""

    def values(self, column: str) -> list[str]:
        """Distinct values of a column that rows are filtered by; missing ones left out.

        Provenance is no column of a model: the same one has official scores in one suite and our own in another.
        """
        return self.provenances if column == "provenance" else self.filter_values[column]

    def suite_of(self, task: str) -> str | None:
        """The suite of a task, where the store has both."""
        found = self.tasks["suite"].get(task)
        return str(found) if found in self.suites else None

    def tasks_of(self, suite: str) -> list[str]:
        """Task ids of a suite in their own order."""
        return self.task_ids.get(suite, [])

    def strata_of(self, task_id: str) -> list[str]:
        """Strata of a task in their own order, `all` first."""
        return self.stratum_ids.get(task_id, [])

    def stratum_label(self, task_id: str, stratum: str) -> str:
        """Name of a part of a task."""
        return self.stratum_labels[task_id, stratum]

    def probes_of(self, task_id: str) -> list[str]:
        """Probes that were fitted here on a task, the one that claims are made from first."""
        return self.probes.get(task_id, [])

    def scored_on(self, task_id: str) -> list[str]:
        """Systems whose scores of a task's single items are in the store: models, then baselines, then controls."""
        return list(self.scored.get(task_id, {}))

    def rivals_on(self, task_id: str) -> list[str]:
        """The same systems, the registered baseline first, then the other baselines."""
        first = self.registered.get(task_id, [])
        roles = self.scored.get(task_id, {})
        order = ("baseline", "model", "control")
        return sorted(roles, key=lambda model: (model not in first, order.index(roles[model])))

    def consequences_of(self, task_id: str) -> list[str]:
        """What the variants of a task do, in alphabetical order."""
        return self.consequences.get(task_id, [])

    def parts_of(self, task_id: str) -> list[str]:
        """Strata whose single items are known, in their own order."""
        return self.parts.get(task_id, [])

    def units_of(self, task_id: str) -> list[str]:
        """Perturbations or cell types of a task with single values, in alphabetical order."""
        return self.units.get(task_id, [])

    def unit_metrics_of(self, task_id: str) -> list[str]:
        """Metrics that there are single values by, in alphabetical order."""
        return self.unit_metrics.get(task_id, [])

    def measures_of(self, task_id: str) -> list[str]:
        """Metrics that scores of a task's single items have without a threshold, the task's own first."""
        if task_id not in self.tasks.index:
            return []
        own = self.tasks.at[task_id, "primary_metric"]
        return [str(Metric.SPEARMAN)] * (own == Metric.SPEARMAN) + [str(Metric.AUROC), str(Metric.AUPRC)]

    def compared_on(self, suite: str) -> list[str]:
        """Models, then baselines, that have a value in a suite, the highest on its board first."""
        return self.compared.get(suite, [])

    def to_beat(self, suite: str) -> str | None:
        """The baseline that was declared as the one to beat, on most tasks of a suite where there are several."""
        return self.mostly_registered.get(suite)

    @property
    def with_items(self) -> list[str]:
        """Tasks whose single items were scored; suites that are scored item by item come first."""
        suites = sorted(self.suites, key=lambda suite: not SUITES[suite].states_n)
        return [task for suite in suites for task in self.tasks_of(suite) if task in self.scored]

    @property
    def suites(self) -> list[str]:
        """The suites that have a board, in the order of `SUITES`."""
        return list(dict.fromkeys(suite for suite, _ in self.columns))

    def kinds_of(self, suite: str) -> list[str]:
        """Stratum kinds that can be the columns of a suite's board."""
        return [kind for found, kind in self.columns if found == suite and kind]

    def columns_of(self, suite: str, kind: str) -> tuple[Column, ...]:
        """Columns of a suite's board; `kind` matters only for suites whose columns are strata."""
        return self.columns.get((suite, kind if SUITES[suite].kinds else ""), ())


def read_catalog(ask: Ask) -> Catalog:
    """The catalog of the store; numbers are floats, and a missing one is NaN: one kind of nothing is enough."""
    version = ask("SELECT value FROM meta WHERE key = 'content_hash'")["value"].iloc[0]
    models = (
        ask(_MODELS).set_index("model_id").astype(dict.fromkeys(("parameters", "context_bp", "context_value"), float))
    )
    tasks = ask(_TASKS).set_index("task_id")
    tasks = tasks.astype(dict.fromkeys(("n_train", "n_test", "n_classes", "prevalence"), float))
    strata = ask(_STRATA).astype({"n": float, "prevalence": float})
    protocols = {str(task): set(found) for task, found in ask(_PROTOCOLS).groupby("task_id")["protocol"]}
    benchmark = _benchmark(tasks, protocols)
    task_ids = {str(suite): list(rows.index) for suite, rows in tasks.groupby("suite")}
    main = MAIN_TASK | {suite: found[0] for suite, found in task_ids.items() if suite in SUITES and of_tasks(suite)}
    leaders = {suite: _leaders(ask, suite, main.get(suite)) for suite in SUITES}
    units = ask(_UNITS)
    registered = _lists(ask(_REGISTERED, {"claims": CLAIMS}), "baseline_id")
    return Catalog(
        version=str(version),
        models=models,
        tasks=tasks,
        strata=strata,
        columns=all_columns(tasks[tasks.index.isin(benchmark)], strata),
        task_ids=task_ids,
        stratum_ids={str(task): list(rows["stratum"]) for task, rows in strata.groupby("task_id")},
        stratum_labels=dict(zip(zip(strata["task_id"], strata["stratum"], strict=True), strata["label"], strict=True)),
        provenances=list(ask(_PROVENANCES)["provenance"]),
        probes={task: [probe for probe in PROBES if probe in found] for task, found in protocols.items()},
        benchmark=benchmark,
        scored={
            str(task): dict(zip(rows["model_id"], rows["role"], strict=True))
            for task, rows in ask(_SCORED).groupby("task_id")
        },
        registered=registered,
        mostly_registered=_mostly(registered, task_ids, main),
        consequences=_lists(ask(_CONSEQUENCES), "consequence"),
        parts=_parts(ask(_PARTS), strata),
        leaders=leaders,
        compared={suite: _compared(models, suite, found) for suite, found in leaders.items()},
        filter_values={name: sorted(models[name].dropna().unique()) for name in _FILTERED},
        incomplete=frozenset(name for name in _FILTERED if models[name].isna().any()),
        units=_lists(units.drop_duplicates(["task_id", "item_id"]), "item_id"),
        unit_metrics=_lists(units.drop_duplicates(["task_id", "metric"]), "metric"),
        ledger={name: list(ask(query)["value"]) for name, query in _LEDGER.items()},
    )


def _compared(models: pd.DataFrame, suite: str, leaders: list[str]) -> list[str]:
    place = {model: number for number, model in enumerate(leaders)}
    roles = {
        str(model): role
        for model, role, suites in zip(models.index, models["role"], models["suites"], strict=True)
        if role != "control" and suite in list(suites)
    }
    return sorted(roles, key=lambda model: (roles[model] != "model", place.get(model, len(place))))


def _mostly(registered: dict[str, list[str]], task_ids: dict[str, list[str]], main: dict[str, str]) -> dict[str, str]:
    """Of each suite with a registered baseline the one of its main task, or of most of its tasks."""
    found: dict[str, str] = {}
    for suite, tasks in task_ids.items():
        counted = [main[suite]] if suite in main else tasks
        named = Counter(name for task in counted for name in registered.get(task, []))
        if named:
            found[suite] = named.most_common(1)[0][0]
    return found


def _leaders(ask: Ask, suite: str, task: str | None) -> list[str]:
    text = SUITES[suite]
    asked = {"suite": suite, "task": task, "regime": text.regimes[0], "metric": text.metrics[0]}
    return list(ask(_LEADERS, asked | {"protocols": list(text.protocols)})["model_id"])


def _lists(rows: pd.DataFrame, column: str) -> dict[str, list[str]]:
    return {str(task): list(found[column]) for task, found in rows.groupby("task_id")}


def _parts(found: pd.DataFrame, strata: pd.DataFrame) -> dict[str, list[str]]:
    return _lists(strata.merge(found, on=["task_id", "stratum"]), "stratum")


def _benchmark(tasks: pd.DataFrame, protocols: dict[str, set[str]]) -> frozenset[str]:
    return frozenset(
        str(task)
        for task, suite in tasks["suite"].items()
        if suite in SUITES and not protocols.get(str(task), set()).isdisjoint(SUITES[suite].protocols)
    )
