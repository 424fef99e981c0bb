"""Ways to hold claims on single cells against what was measured: models next to baselines, vectors next to drawn ones.

A claim of models is decided by models that were run. Where none was, what the baselines reach stands beside the claim,
and nobody can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.ledgers_checks import AGREES, DISAGREES, UNDECIDED, Finding, beside_zero
from dashboard.queries.single_cells import (
    BESIDE_GENES,
    read_models_compared,
    read_single_cells,
    read_units,
    why_not,
)
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, count, difference, interval, listed, stated
from engine.names import Metric
from engine.singlecell import paired
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.ledgers_checks import Verdict

_FEW = 20
"""Perturbations under which an interval is itself unreliable."""
_NONE_RUN = "No model of this kind was run here"


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideBaselines:
    """Models of single cells next to baselines, paired over the same perturbations or cells.

    The claim is that every model lies below each of `baselines`; or, where it is `not_above`, that none gains on them.

    Attributes:
        tasks: where they are compared.
        baselines: those that the claim is about; empty where it is about the one to beat of each task.
        beside: further systems whose values are told.
        model: what the ids of the models hold that the claim is about; empty where it is about all.
        not_above: whether a gain too small to count is enough.
        combined: whether it is about edges put beside what single genes tell, not about edges alone.
        every_metric: whether it is about every metric of the tasks, not their own alone.
    """

    tasks: tuple[str, ...]
    baselines: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    model: str = ""
    not_above: bool = False
    combined: bool = False
    every_metric: bool = False

    def measure(self, ask: Ask) -> Finding | None:
        """None where no task has a value of one of the baselines."""
        rows = read_single_cells(ask)
        rows = rows[rows["task_id"].isin(self.tasks)]
        held = rows[rows["model_id"].isin(self.baselines) if self.baselines else rows["to_beat"]]
        if held["value"].isna().all():
            return None
        compared = read_models_compared(ask, self.tasks, every_metric=self.every_metric)
        compared = self._own(compared.merge(held[["task_id", "model_id"]].rename(columns={"model_id": "baseline_id"})))
        told = [self._told(own) for _, own in rows.groupby("task_id", sort=False)]
        names = listed([f"“{name}”" for name in dict.fromkeys(held["name"])])
        beaten = names if self.baselines else f"the baseline to beat ({names})"
        return Finding(
            self._verdict(compared), " ".join([*told, _models(compared)]), self._rule(beaten, any_run=len(compared) > 0)
        )

    def _own(self, compared: pd.DataFrame) -> pd.DataFrame:
        ids = compared["model_id"]
        wanted = ids.str.contains(self.model, regex=False) & (ids.str.startswith(BESIDE_GENES) == self.combined)
        return compared[wanted]

    def _verdict(self, compared: pd.DataFrame) -> Verdict:
        if compared.empty:
            return UNDECIDED
        sides = [beside_zero(row.ci_low, row.ci_high) for row in compared.itertuples()]
        if "above" in sides:
            return DISAGREES
        if self.not_above:
            small = [row.ci_high < MINIMUM_EFFECT[Metric(row.metric)] for row in compared.itertuples()]
            return AGREES if all(small) else UNDECIDED
        return AGREES if set(sides) == {"below"} else UNDECIDED

    def _told(self, rows: pd.DataFrame) -> str:
        """The values of one task, the one to beat first, and why a system that the claim is about has none."""
        named = rows[rows["to_beat"] | rows["model_id"].isin((*self.baselines, *self.beside))]
        valued = named[named["value"].notna()]
        first = rows.iloc[0]
        zero = f" (0 is {first['name']})" if first["metric"] == Metric.L2_SKILL else ""
        values = [f"{row.name} {stated(row.value, row.ci_low, row.ci_high)}" for row in valued.itertuples(index=False)]
        n = count(valued["n"].max(), SUITES[first["suite"]].noun)
        told = f"{first['task']}, {METRICS[first['metric']].name}{zero}: {'; '.join(values)}; {n}."
        missing = [
            f"{row.name} has no value: {why_not(str(row.undefined_reason))}."
            for row in named[named["value"].isna()].itertuples(index=False)
        ]
        return " ".join([told, *missing])

    def _rule(self, beaten: str, *, any_run: bool) -> str:
        below = "is surely under the smallest difference that counts" if self.not_above else "is surely below 0"
        rule = (
            f"It agrees where every model’s paired difference to {beaten} {below} (95 % interval), and disagrees where "
            "one is surely above 0."
        )
        return rule if any_run else f"{rule} {_NONE_RUN}, so that what stands here is what baselines reach."


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorsOverDrawn:
    """Vectors of perturbed genes from other perturbation data next to vectors drawn for the same genes.

    The claim is that these help and that vectors of pretrained models hardly do.
    """

    task: str
    vectors: str
    drawn: str
    reference: str
    twin: str = "random-init:"

    def measure(self, ask: Ask) -> Finding | None:
        """None where single perturbations have no value of one of them."""
        rows = read_single_cells(ask)
        own = rows[rows["task_id"] == self.task].set_index("model_id")
        units = read_units(ask, self.task, "L2", (self.vectors, self.drawn, self.reference))
        if (
            not {self.vectors, self.drawn, self.reference} <= set(units)
            or own["value"].reindex(units.columns).isna().any()
        ):
            return None
        compared = read_models_compared(ask, (self.task,))
        compared = compared[compared["baseline_id"].str.contains(self.twin, regex=False)]
        values = (units[name].to_numpy(float) for name in (self.vectors, self.drawn, self.reference))
        gain = paired.difference(Metric.L2_SKILL, *values)
        if gain.low is None or gain.high is None:
            return None
        won = int((units[self.vectors] < units[self.drawn]).sum())
        n = count(len(units), "perturbation") + (
            ", too few for the interval to be relied on" if len(units) < _FEW else ""
        )
        both = [
            f"{row['name']} {stated(row['value'], row['ci_low'], row['ci_high'])}"
            for row in (own.loc[self.vectors], own.loc[self.drawn])
        ]
        return Finding(
            self._verdict(gain.low, compared),
            f"{own.at[self.vectors, 'task']}, L2 skill: {'; '.join(both)}. The difference is {difference(gain.delta)} "
            f"({interval(gain.low, gain.high)}), closer on {won} of {n}. {_models(compared)}",
            "It agrees where vectors from other perturbations surely lead vectors drawn for the same genes (95 % "
            "paired bootstrap over perturbations) and no pretrained vectors surely lead their drawn twin by what "
            "counts; it disagrees where pretrained ones surely do. Without pretrained vectors it cannot be told.",
        )

    def _verdict(self, low: float, compared: pd.DataFrame) -> Verdict:
        if compared.empty:
            return UNDECIDED
        effect = MINIMUM_EFFECT[Metric.L2_SKILL]
        if (compared["ci_low"] > effect).any():
            return DISAGREES
        return AGREES if low > 0 and (compared["ci_high"] < effect).all() else UNDECIDED


def _models(compared: pd.DataFrame) -> str:
    """What the models came to, one clause a comparison, the highest first."""
    if compared.empty:
        return f"{_NONE_RUN}."
    told = [
        f"{row.name} {difference(row.delta)} to {row.baseline} ({interval(row.ci_low, row.ci_high)})"
        for row in compared.sort_values("delta", ascending=False).itertuples(index=False)
    ]
    return f"{listed(told, 4)}."
