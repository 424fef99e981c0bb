"""Ways to hold a claim against what the store measured; each says what it found, and by which rule it agrees."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

from dashboard.text import ACCESS, METRICS, capital, difference, in_words, interval, listed, three
from engine.names import Metric
from engine.statistics.agreement import kendall_matrix, mean_tau
from engine.statistics.association import spearman
from engine.statistics.curves import wilson
from engine.statistics.pareto import dominators
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

Verdict = Literal["agrees", "disagrees", "cannot tell"]
AGREES: Verdict = "agrees"
DISAGREES: Verdict = "disagrees"
UNDECIDED: Verdict = "cannot tell"
Side = Literal["above", "level", "below"]

_SCORES = """
    SELECT s.model_id, m.name, m.role, s.value, s.ci_low, s.ci_high, m.parameters
    FROM score s JOIN model m USING (model_id)
    WHERE s.task_id = $task AND s.stratum = $stratum AND s.metric = $metric AND s.protocol = $protocol
      AND s.value IS NOT NULL AND m.role <> 'control'
    ORDER BY s.value DESC, s.model_id
"""
_WHOLE = """
    SELECT s.model_id, m.name, m.parameters, s.macro AS value FROM suite_score s JOIN model m USING (model_id)
    WHERE s.suite = 'geneb' AND s.regime = 'full' AND s.metric = 'MCC' AND s.protocol = 'geneb-published'
      AND s.macro IS NOT NULL
    ORDER BY s.macro DESC, s.model_id
"""
_TASKS = """
    SELECT s.task_id, s.model_id, s.value FROM score s JOIN task t USING (task_id)
    WHERE t.suite = 'geneb' AND s.stratum = 'all' AND s.regime = 'full' AND s.metric = 'MCC'
      AND s.protocol = 'geneb-published' AND s.value IS NOT NULL
      AND ($collection IS NULL OR t.collection = $collection)
"""
_TO_BEAT = """
    SELECT model_id, count(*)::BIGINT AS tasks, count(*) FILTER (delta > 0)::BIGINT AS above FROM comparison
    WHERE protocol = 'geneb-published' AND regime = 'full' AND metric = 'MCC' AND registered AND stratum = 'all'
      AND delta IS NOT NULL
    GROUP BY ALL
"""
_VERDICTS = """
    SELECT c.baseline_id, b.name, c.delta, c.ci_low, c.ci_high
    FROM comparison c JOIN model b ON b.model_id = c.baseline_id
    WHERE c.task_id = $task AND c.stratum = $stratum AND c.metric = $metric AND c.model_id = $model
      AND c.delta IS NOT NULL
    ORDER BY c.delta, c.baseline_id
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the store says to a claim: the verdict, the numbers, and the rule that made it one."""

    verdict: Verdict
    numbers: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPart:
    """Systems on one part of a task: the claim is that each of `first` stands above (or `not below`) each of `second`.

    Where `second` is empty it is every other system there is, baselines included.
    """

    task: str
    stratum: str
    metric: str
    protocol: str
    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    not_below: bool = False

    def measure(self, ask: Ask) -> Finding | None:
        """None where the store lacks one of the systems."""
        where = {"task": self.task, "stratum": self.stratum, "metric": self.metric, "protocol": self.protocol}
        rows = ask(_SCORES, where).set_index("model_id")
        rivals = list(self.second) or [name for name in rows.index if name not in self.first]
        if rows.empty or not {*self.first, *rivals} <= set(rows.index):
            return None
        effect = MINIMUM_EFFECT[Metric(self.metric)]
        sides = [_side(rows.loc[one], rows.loc[other], effect) for one, other in product(self.first, rivals)]
        ranks = rows["value"].rank(ascending=False, method="min").astype(int)
        named = [name for name in rows.index if name in {*self.first, *self.second}]
        if not self.second:
            named = [name for name in rows.index if name in {*self.first, *rows.index[:3]}]
        told = ", ".join(f"{rows.at[name, 'name']} {_value(rows.loc[name])}" for name in named)
        places = listed([f"{ranks[name]}" for name in named], most=9)
        known = rows["ci_low"].notna().all()
        apart = "95 % intervals apart" if known else f"values {effect:g} apart, for want of intervals"
        return Finding(
            _judged(sides, not_below=self.not_below),
            f"{METRICS[self.metric].name}: {told}. Number {places} of {len(rows)} systems.",
            f"Each must stand {'at least level with' if self.not_below else 'above'} "
            f"{'each it is held against' if self.second else 'every other system'}: {apart}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A model against every system on one part of a task, item by item: the claim is that it takes first place."""

    task: str
    stratum: str
    metric: str
    protocol: str
    model: str
    baseline: str

    def measure(self, ask: Ask) -> Finding | None:
        """None where they were not compared."""
        where = {"task": self.task, "stratum": self.stratum, "metric": self.metric}
        rows = ask(_VERDICTS, where | {"model": self.model}).set_index("baseline_id")
        own = ask(_SCORES, where | {"protocol": self.protocol}).set_index("model_id")
        if self.baseline not in rows.index or self.model not in own.index:
            return None
        sides = [beside_zero(row.ci_low, row.ci_high) for row in rows.itertuples()]
        hardest = rows.iloc[0]
        above = f"Above {sides.count('above')} of {len(sides)} rules and scores"
        told = [f"{own.at[self.model, 'name']} {_value(own.loc[self.model])}", _gap(rows.loc[self.baseline])]
        if hardest.name != self.baseline:
            told += [_gap(row) for name, row in rows.head(2).iterrows() if name != self.baseline]
        return Finding(
            _judged(sides),
            f"{METRICS[self.metric].name}: {'; '.join(told)}. {above}.",
            "First place is one whose 95 % interval of the paired difference to every other system excludes 0.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTasks:
    """Two models over the tasks of GENEB, frozen features: the claim is that `first` is above (or `not below`).

    `collection` restricts it to the tasks that were published together. `another` names what the claim is about where
    that is another question: then the numbers stand beside it and decide nothing.
    """

    first: tuple[str, ...]
    second: str
    collection: str | None = None
    not_below: bool = False
    another: str | None = None

    def measure(self, ask: Ask) -> Finding | None:
        """None where one of them is not on the board."""
        board = ask(_WHOLE).set_index("model_id")
        if not {*self.first, self.second} <= set(board.index):
            return None
        values = ask(_TASKS, {"collection": self.collection}).pivot_table(
            index="task_id", columns="model_id", values="value", aggfunc="first"
        )
        best = max(self.first, key=lambda name: float(values[name].mean()))
        pair = values[[best, self.second]].dropna()
        won = int((pair[best] > pair[self.second]).sum())
        low, high = (float(bound) for bound in wilson(won, len(pair)))
        side: Side = "above" if low > 0.5 else "below" if high < 0.5 else "level"
        verdict = UNDECIDED if self.another else _judged([side], not_below=self.not_below)
        return Finding(verdict, self._told(ask, board, pair, won), self._rule(board))

    def _told(self, ask: Ask, board: pd.DataFrame, pair: pd.DataFrame, won: int) -> str:
        best, names = str(pair.columns[0]), board["name"]
        means = [f"{names[one]} {three(board.at[one, 'value'])}" for one in (*self.first, self.second)]
        part = f" of {self.collection}" if self.collection else ""
        told = [
            f"Macro MCC over GENEB, frozen features: {', '.join(means)}.",
            f"{names[best]} leads {names[self.second]} on {won} of {len(pair)} tasks{part}.",
        ]
        beaten = ask(_TO_BEAT).set_index("model_id")
        if best in beaten.index and self.second in beaten.index:
            each = [f"{names[one]} on {beaten.at[one, 'above']}" for one in (best, self.second)]
            told.append(
                f"Above the registered baseline (tuned k-mers or one-hot): {' and '.join(each)} "
                f"of {beaten.at[best, 'tasks']} tasks."
            )
        return " ".join(told)

    def _rule(self, board: pd.DataFrame) -> str:
        if self.another:
            return f"The claim is about {self.another}: a mean over frozen features does not decide it."
        side = "is not surely under" if self.not_below else "is surely over"
        return (
            f"The claim holds here where the share of tasks won against {board.at[self.second, 'name']} {side} "
            "one half (95 % Wilson interval). With the whole model tuned the order may be another."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeHelpsLittle:
    """Rank correlation of parameters with macro MCC: the claim is that size explains little."""

    def measure(self, ask: Ask) -> Finding | None:
        """None where fewer than four models state a size."""
        board = ask(_WHOLE).set_index("model_id").dropna()
        found = spearman(board["parameters"].astype(float), board["value"].astype(float))
        if found is None:
            return None
        little = found.ci_high**2 < 0.5 and found.ci_low > -(0.5**0.5)
        much = found.ci_low**2 > 0.5 and found.ci_low > 0
        return Finding(
            AGREES if little else DISAGREES if much else UNDECIDED,
            f"Spearman’s ρ of size and macro MCC {three(found.rho)} ({interval(found.ci_low, found.ci_high)}), "
            f"{found.n} models: size goes with {found.rho**2:.0%} of the order.",
            "It agrees where size explains less than half of the order (ρ² below 0.5 over the whole 95 % interval).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallOnTheFrontier:
    """Size against macro MCC: the claim is that some small models are on the frontier and some big ones under it."""

    small: float = 1e8
    big: float = 1e9

    def measure(self, ask: Ask) -> Finding | None:
        """None where no model states a size."""
        board = ask(_WHOLE).set_index("model_id").dropna()
        if board.empty:
            return None
        found = dominators(board["parameters"].astype(float), board["value"].astype(float))
        free = found["dominated_by"].isna()
        small = [board.at[one, "name"] for one in found.index[free & (found["cost"] < self.small)]]
        large = found["cost"] >= self.big
        return Finding(
            AGREES if small and (large & ~free).any() else DISAGREES,
            f"{capital(in_words(int(free.sum())))} of {len(found)} models are on the frontier of size and macro MCC; "
            f"{in_words(len(small))} of them under 100 million parameters ({listed(small)}). "
            f"{int((large & ~free).sum())} of {int(large.sum())} with a billion or more lie below it.",
            "It agrees where at least one model under 100 million is on the frontier and one over a billion below it.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RanksMove:
    """Kendall's tau between the orders of models in each part: the claim is that they disagree."""

    sql: str
    parts: str

    def measure(self, ask: Ask) -> Finding | None:
        """None where there are fewer than two parts."""
        wide = ask(self.sql).pivot_table(index="model_id", columns="part", values="value", aggfunc="first").dropna()
        if wide.shape[1] < 2 or wide.shape[0] < 3:
            return None
        matrix = kendall_matrix(wide)
        mean, lowest = mean_tau(matrix), float(matrix.min().min())
        leaders = wide.idxmax().nunique()
        moved = lowest < 0.5 and leaders > 1
        return Finding(
            AGREES if moved else DISAGREES if lowest > 0.8 and leaders == 1 else UNDECIDED,
            f"Orders of {len(wide)} models in {wide.shape[1]} {self.parts}: Kendall’s τ {three(mean)} on average, "
            f"{three(lowest)} at least; {in_words(leaders)} different leaders.",
            "It agrees where the lowest τ is under 0.5 and no model leads everywhere; it disagrees where all are over "
            "0.8 and one model does.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """A family of models by size on one task: the claim is that more parameters give more."""

    task: str
    metric: str
    protocol: str
    prefix: str
    another: str

    def measure(self, ask: Ask) -> Finding | None:
        """None where fewer than three sizes are in the store."""
        where = {"task": self.task, "stratum": "all", "metric": self.metric, "protocol": self.protocol}
        rows = ask(_SCORES, where)
        rows = rows[rows["model_id"].str.startswith(self.prefix)].dropna(subset="parameters").sort_values("parameters")
        if len(rows) < 3:
            return None
        steps = rows["value"].diff().dropna()
        best = rows.loc[rows["value"].idxmax()]
        told = ", ".join(f"{name} {three(value)}" for name, value in zip(rows["name"], rows["value"], strict=True))
        return Finding(
            AGREES if (steps > 0).all() else DISAGREES if (steps <= 0).all() else UNDECIDED,
            f"{METRICS[self.metric].name} on deep mutational scans: {told}. The best is {best['name']}.",
            f"It would agree where each size is better than the one before; the claim is about {self.another}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are: the claim's own numbers against the store's."""

    claim: str

    def measure(self, ask: Ask) -> Finding | None:
        """None where the claim is not in the store."""
        said = ask("SELECT value, comparator_value FROM claim WHERE claim_id = $claim", {"claim": self.claim})
        if said.empty:
            return None
        models = ask("SELECT count(*) AS n FROM (" + _WHOLE + ")")["n"].iloc[0]
        row = ask("SELECT count(*) AS n, count(DISTINCT category) AS k FROM task WHERE suite = 'geneb'").iloc[0]
        stated = [int(part) for part in (said["value"].iloc[0], *said["comparator_value"].iloc[0].split("/"))]
        here = [int(models), int(row["n"]), int(row["k"])]
        return Finding(
            AGREES if stated == here else DISAGREES,
            f"The board in the store has {here[0]} models, {here[1]} tasks and {here[2]} categories.",
            f"The claim states {stated[0]}, {stated[1]} and {stated[2]}; all three must be the same.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOnly:
    """How a model can be had, by the registry of this engine: the claim is that there are no weights to download."""

    model: str

    def measure(self, ask: Ask) -> Finding | None:
        """None where the registry does not know the model."""
        rows = ask("SELECT name, access, access_kind FROM model WHERE model_id = $model", {"model": self.model})
        if rows.empty or rows["access_kind"].isna().any():
            return None
        row = rows.iloc[0]
        return Finding(
            DISAGREES if row["access_kind"] in {"open", "gated"} else AGREES,
            f"{row['name']} in the registry of this engine, which is younger than the claim: {row['access']}.",
            f"It disagrees where the registry knows weights, open or gated; it says “{ACCESS[row['access_kind']]}”.",
        )


Check = OnPart | First | OnTasks | SizeHelpsLittle | SmallOnTheFrontier | RanksMove | Scales | Counts | ApiOnly


def _side(one: pd.Series, other: pd.Series, effect: float) -> Side:
    """By intervals where both have one, else by a difference that counts."""
    if one[["ci_low", "ci_high"]].notna().all() and other[["ci_low", "ci_high"]].notna().all():
        if one["ci_low"] > other["ci_high"]:
            return "above"
        return "below" if one["ci_high"] < other["ci_low"] else "level"
    gap = float(one["value"] - other["value"])
    return "above" if gap >= effect else "below" if gap <= -effect else "level"


def beside_zero(low: float, high: float) -> Side:
    """Where the 95 % interval of a difference lies."""
    return "above" if low > 0 else "below" if high < 0 else "level"


def _judged(sides: list[Side], *, not_below: bool = False) -> Verdict:
    """All as claimed: agrees; one surely against it: disagrees; else nobody can tell."""
    if "below" in sides:
        return DISAGREES
    return AGREES if not_below or set(sides) == {"above"} else UNDECIDED


def _value(row: pd.Series) -> str:
    bounds = "" if row[["ci_low", "ci_high"]].isna().any() else f" ({interval(row['ci_low'], row['ci_high'])})"
    return f"{three(row['value'])}{bounds}"


def _gap(row: pd.Series) -> str:
    return f"{difference(row['delta'])} to {row['name']} ({interval(row['ci_low'], row['ci_high'])})"
