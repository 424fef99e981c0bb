"""What the store measured for a job: every system of a place with its rank, and how many models beat its baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.choose_topics import topic_of
from dashboard.queries.rank_work import intervals
from dashboard.queries.ranks import Asked, read_scores
from dashboard.queries.standings import read_standings
from dashboard.queries.suites import SUITES, suite_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ask import Ask
    from dashboard.queries.choose_topics import Place

# One row a system: where several protocols scored it, the first of the suite's.
_PART = """
    SELECT s.model_id, m.name, m.role, t.label AS task, p.label AS part, s.metric, s.regime, s.value, s.ci_low,
           s.ci_high, s.n, c.baseline_id, b.name AS baseline, c.delta, c.verdict_article, c.verdict, c.undefined_reason,
           c.flags
    FROM score s JOIN task t USING (task_id) JOIN stratum p USING (task_id, stratum) JOIN model m USING (model_id)
    LEFT JOIN comparison c
      ON c.registered AND c.task_id = s.task_id AND c.stratum = s.stratum AND c.regime = s.regime
      AND c.protocol = s.protocol AND c.metric = s.metric AND c.model_id = s.model_id
    LEFT JOIN model b ON b.model_id = c.baseline_id
    WHERE s.task_id = $task AND s.stratum = $part AND s.metric = t.primary_metric AND s.value IS NOT NULL
      AND m.role <> 'control' AND list_contains($protocols, s.protocol)
    QUALIFY row_number() OVER (PARTITION BY s.model_id ORDER BY list_position($protocols, s.protocol)) = 1
    ORDER BY s.value DESC, s.model_id
"""
_CATEGORY = """
    SELECT c.model_id, m.name, m.role, c.category AS part, c.metric, c.regime, c.value, c.n_tasks AS n
    FROM category_score c JOIN model m USING (model_id)
    WHERE c.suite = $suite AND c.category = $part AND c.regime = $regime AND c.metric = $metric
      AND c.protocol = $protocol AND c.value IS NOT NULL AND m.role <> 'control'
    ORDER BY c.value DESC, c.model_id
"""
_LONGEST = "SELECT value, unit, source_id FROM context_window WHERE contains(model, 'longest input') AND unit = 'bp'"
SIDES = ("below", "level", "above")


@dataclass(frozen=True, slots=True)
class Measured:
    """One place: `rows` has a system each, the highest first; `tally` a baseline (and task) each.

    `rows` has value, 95 % interval, `rank` among `of` systems with `rank_low` and `rank_high` read off the intervals,
    and what the comparison with the registered baseline came to. `tally` counts models whose interval is apart from the
    baseline's or not, `unknown` those without one, and `higher` those with a higher value whatever the intervals.
    """

    place: Place
    label: str
    metric: str
    regime: str
    rows: pd.DataFrame
    tally: pd.DataFrame


def read_measured(ask: Ask, task: str) -> list[Measured]:
    """Every place of a job that the store has values of, in the order of its topic."""
    standings = read_standings(ask)
    read = [
        _part(ask, place) if place.task is not None else _category(ask, place, standings)
        for place in topic_of(task).places
    ]
    return [found for found in read if found is not None]


def _part(ask: Ask, place: Place) -> Measured | None:
    protocols = list(SUITES[place.suite].protocols)
    rows = ask(_PART, {"task": place.task, "part": place.part, "protocols": protocols})
    rows = rows.astype(dict.fromkeys(("value", "ci_low", "ci_high", "n", "delta"), float))
    if rows["n"].notna().any():  # without its n a value may be over other items than the rest
        rows = rows[rows["n"].notna()].reset_index(drop=True)
    if rows.empty:
        return None
    first = rows.iloc[0]
    whole = first["part"] if place.part != "all" else first["task"]
    label = f"{suite_label(place.suite)} · {whole}"
    rows = with_ranks(rows)
    return Measured(place, label, str(first["metric"]), str(first["regime"]), rows, tallied(rows))


def with_ranks(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `rank` by value and the best and worst rank that the 95 % intervals leave open.

    A system is surely behind those whose interval lies wholly above its own, and surely ahead of those wholly below it;
    no range where its own interval or that of any other is missing.
    """
    low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
    found = rows.assign(rank=rows["value"].rank(ascending=False, method="min").astype(int), of=len(rows))
    if rows["ci_low"].isna().any():
        return found.assign(rank_low=pd.NA, rank_high=pd.NA)
    return found.assign(
        rank_low=[1 + int((low > one).sum()) for one in high],
        rank_high=[len(rows) - int((high < one).sum()) for one in low],
    )


def tallied(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts against the registered baseline and, where it is another, the strongest that has a value."""
    baselines = rows[rows["role"] == "baseline"]
    registered = rows["baseline_id"].dropna()
    named = [str(registered.iloc[0])] if len(registered) else []
    strongest = [str(baselines["model_id"].iloc[0])] if len(baselines) else []
    models = rows[rows["role"] == "model"]
    found = [
        _against(models, rows[rows["model_id"] == baseline].iloc[0], registered=baseline in named)
        for baseline in dict.fromkeys((*strongest, *named))
        if (rows["model_id"] == baseline).any()
    ]
    return pd.DataFrame(found, columns=_TALLY)


_TALLY = [
    "task_id", "label", "registered", "baseline_id", "baseline", "metric", "value", "ci_low", "ci_high",
    *SIDES, "unknown", "higher", "models",
]  # fmt: skip


def _against(models: pd.DataFrame, baseline: pd.Series, *, registered: bool) -> dict[str, object]:
    known = models["ci_low"].notna() & pd.notna(baseline["ci_low"])
    above = known & (models["ci_low"] > baseline["ci_high"])
    below = known & (models["ci_high"] < baseline["ci_low"])
    return {
        "task_id": None,
        "label": str(baseline["part"]),
        "registered": registered,
        **{name: baseline[name] for name in ("metric", "value", "ci_low", "ci_high")},
        "baseline_id": baseline["model_id"],
        "baseline": baseline["name"],
        "above": int(above.sum()),
        "below": int(below.sum()),
        "level": int((known & ~above & ~below).sum()),
        "unknown": int((~known).sum()),
        "higher": int((models["value"] > baseline["value"]).sum()),
        "models": len(models),
    }


def _category(ask: Ask, place: Place, standings: pd.DataFrame) -> Measured | None:
    suite = SUITES[place.suite]
    asked = {"suite": place.suite, "part": place.part, "regime": suite.regimes[0], "metric": suite.metrics[0]}
    rows = ask(_CATEGORY, asked | {"protocol": suite.protocols[0]}).astype({"value": float})
    if rows.empty:
        return None
    # A category is a mean over tasks: its ranks get their intervals from a draw of tasks, in the worker.
    rows = rows.assign(
        ci_low=float("nan"), ci_high=float("nan"), baseline_id=None, baseline=None, delta=float("nan"),
        verdict_article=None, verdict=None, undefined_reason=None, flags=None,
    )  # fmt: skip
    tasks = set(ask("SELECT task_id FROM task WHERE suite = $suite AND category = $part",
                    {"suite": place.suite, "part": place.part})["task_id"])  # fmt: skip
    own = standings[standings["task_id"].isin(tasks)]
    tally = own.assign(registered=True, higher=pd.NA, models=own[[*SIDES, "unknown"]].sum(axis=1))
    label = f"{suite.label} · {place.part}"
    return Measured(place, label, suite.metrics[0], suite.regimes[0], with_ranks(rows), tally.reindex(columns=_TALLY))


def read_longest_input(ask: Ask) -> tuple[int, str] | None:
    """The longest input of a benchmark in base pairs with its source's id, where the literature states one."""
    rows = ask(_LONGEST)
    return None if rows.empty else (int(rows["value"].iloc[0]), str(rows["source_id"].iloc[0]))


@dataclass(frozen=True, slots=True)
class Tasks:
    """Scores of the tasks of one category: shape (systems, tasks), and the redundancy group of each task."""

    values: pd.DataFrame
    group: Mapping[str, str | None]


def read_tasks(ask: Ask, task: str) -> dict[str, Tasks]:
    """Complete scores of the tasks of every category among a job's places that has at least two tasks."""
    found = {}
    for place in topic_of(task).places:
        if place.task is not None:
            continue
        suite = SUITES[place.suite]
        scores = read_scores(ask, Asked(place.suite, suite.regimes[0], suite.metrics[0], ""))
        values = scores.values[[name for name in scores.values if scores.category[name] == place.part]].dropna()
        if values.shape[1] > 1 and len(values) > 1:
            found[place.part] = Tasks(values, {name: scores.group[name] for name in values})
    return found


def category_ranks(tasks: Mapping[str, Tasks]) -> dict[str, pd.DataFrame]:
    """Ranks of systems in each category with the bounds of 95 % of the draws of its tasks; for the worker."""
    return {
        name: intervals(one.values, dict.fromkeys(one.values, name), one.group, "macro", {}).models
        for name, one in tasks.items()
    }
