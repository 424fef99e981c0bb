"""What a value of a single-cell task is the mean of: one perturbation, or one cell type, at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.task_measures import LOWER_IS_BETTER

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

# Of several runs the one whose value stands for the whole task.
_UNITS = """
    SELECT i.model_id, m.name, m.role, i.item_id, i.value, i.n, i.undefined_reason
    FROM item_value i JOIN model m USING (model_id)
    SEMI JOIN score s ON (s.run_id, s.model_id, s.task_id, s.protocol) = (i.run_id, i.model_id, i.task_id, i.protocol)
    WHERE i.task_id = $task AND i.metric = $metric AND list_contains($protocols, i.protocol)
    ORDER BY i.model_id, i.item_id
"""
_OVERALL = """
    SELECT model_id, value FROM score
    WHERE task_id = $task AND stratum = 'all' AND metric = $metric AND list_contains($protocols, protocol)
      AND value IS NOT NULL
"""
_TO_BEAT = "SELECT DISTINCT baseline_id FROM comparison WHERE registered AND task_id = $task AND stratum = 'all'"


@dataclass(frozen=True, slots=True)
class Units:
    """Values of single perturbations or cell types by one metric.

    Attributes:
        metric: as spelt in the store.
        values: one row a system, one column a perturbation or cell type; the baseline to beat on top, then the best
            over all of them. A column is there where anybody has a value, in the order in which the baseline does
            best. NaN where a system has none.
        reasons: of the same shape, why there is none; missing where there is a value.
        systems: name and role by model_id, in the order of the rows.
        n: by column, what a value rests on: splits, cells or genes; missing where it is not stated.
        left_out: why nobody has a value of the others, by perturbation or cell type.
        to_beat: id of the registered baseline; None where none was registered or it has no row.
    """

    metric: str
    values: pd.DataFrame
    reasons: pd.DataFrame
    systems: pd.DataFrame
    n: pd.Series
    left_out: pd.Series
    to_beat: str | None

    @property
    def sign(self) -> int:
        """1 where a higher value is the better one, else -1."""
        return -1 if self.metric in LOWER_IS_BETTER else 1

    @property
    def items(self) -> list[str]:
        """The perturbations or cell types that somebody has a value of."""
        return list(self.values.columns)

    @property
    def leads(self) -> pd.DataFrame:
        """By how much each value is better than the baseline's: positive is better.

        Of an error it is the share of the baseline's that is saved, of anything else the difference. NaN where one of
        the two has no value.
        """
        if self.to_beat is None:
            return self.values * float("nan")
        beat = self.values.loc[self.to_beat]
        apart = self.values.sub(beat) * self.sign
        return apart.div(beat.where(beat > 0)) if self.sign < 0 else apart

    def won(self, model_id: str) -> tuple[int, int]:
        """On how many a system is better than the baseline to beat, and how many both have a value of."""
        own = self.leads.loc[model_id].dropna()
        return int((own > 0).sum()), len(own)

    def rival(self) -> str | None:
        """Whom to hold against the baseline: a model where there is one, else another baseline, the highest row."""
        for role in ("model", "baseline"):
            of_role = [model for model in self.systems.index if self.systems.at[model, "role"] == role]
            for model in of_role:
                if model != self.to_beat and self.won(str(model))[1]:
                    return str(model)
        return None


def read_units(ask: Ask, task_id: str, metric: str, protocols: tuple[str, ...]) -> Units | None:
    """All systems on all perturbations or cell types of a task; None where nobody has a value of any."""
    where = {"task": task_id, "metric": metric, "protocols": list(protocols)}
    rows = ask(_UNITS, where)
    known = rows[rows["value"].notna()]
    if known.empty:
        return None
    registered = ask(_TO_BEAT, {"task": task_id})["baseline_id"]
    first = next((str(model) for model in registered if model in set(known["model_id"])), None)
    systems = rows.drop_duplicates("model_id").set_index("model_id")[["name", "role"]]
    systems = systems.loc[_order(known, ask(_OVERALL, where), first, metric)]
    values = _wide(known, "value", systems.index).astype(float)
    items = _columns(values, first, metric)
    reasons = _wide(rows[rows["value"].isna()], "undefined_reason", systems.index).reindex(columns=items)
    others = rows[~rows["item_id"].isin(items)]
    return Units(
        metric=metric,
        values=values[items],
        reasons=reasons,
        systems=systems,
        n=rows.groupby("item_id")["n"].max().astype(float)[items],
        left_out=others.groupby("item_id")["undefined_reason"].agg(_commonest),
        to_beat=first,
    )


def _wide(rows: pd.DataFrame, column: str, systems: pd.Index) -> pd.DataFrame:
    """A row a system, a column a perturbation or cell type; missing where there is none."""
    found = rows.pivot_table(index="model_id", columns="item_id", values=column, aggfunc="first")
    return found.reindex(systems)


def _order(known: pd.DataFrame, overall: pd.DataFrame, first: str | None, metric: str) -> list[str]:
    """Systems with a value: the baseline to beat, then by the value over all, those that have none last."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    whole = overall.set_index("model_id")["value"] * sign
    own = known.groupby("model_id")["value"].mean() * sign
    return sorted(own.index, key=lambda model: (model != first, model not in whole.index, whole.get(model, own[model])))


def _columns(values: pd.DataFrame, first: str | None, metric: str) -> list[str]:
    """Perturbations or cell types with a value, the baseline's best first; those it has none of last."""
    order = values.loc[first] if first is not None else values.mean()
    return list(order.sort_values(ascending=metric in LOWER_IS_BETTER, kind="stable").index)


def _commonest(reasons: pd.Series) -> str:
    """The reason that most systems have: that of the perturbation, where one system has another of its own."""
    return str(reasons.value_counts().index[0])
