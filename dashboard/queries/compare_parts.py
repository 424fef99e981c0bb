"""Two systems on the parts of one task: stored comparisons first, then single scores, then published intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from dashboard.queries.compare import in_protocols, with_difference
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.items import BOTH, matching, parameters
from dashboard.queries.slices import read_items, too_few
from engine.names import ALL_STRATA, Metric
from engine.statistics import slices
from engine.statistics.estimates import Difference
from engine.statistics.verdict import adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.compare import Pair
    from dashboard.queries.slices import Items

How = Literal["stored", "items", "unpaired", "values"]
LEAST_COVERAGE = 0.9
_VALUES = """
    SELECT stratum, model_id, protocol, value, ci_low, ci_high, n, undefined_reason AS why FROM score
    WHERE task_id = $task AND regime = $regime AND metric = $metric AND model_id = $model
      AND ($protocol IS NULL AND list_contains($protocols, protocol) OR protocol = $protocol)
    QUALIFY list_position($protocols, protocol) IS NULL
         OR list_position($protocols, protocol) = min(list_position($protocols, protocol)) OVER ()
"""
_STORED = """
    SELECT stratum, model_id, baseline_id, delta, ci_low, ci_high, p, n, ci_method, p_method, undefined_reason
    FROM comparison
    WHERE task_id = $task AND regime = $regime AND metric = $metric
      AND (model_id = $first AND baseline_id = $second AND protocol = $by_first
           OR model_id = $second AND baseline_id = $first AND protocol = $by_second)
    QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY registered DESC, model_id = $first DESC) = 1
"""
_PART = "SELECT stratum, item_no FROM part WHERE task_id = $task"
_CALLS = """
    SELECT q.* FROM (SELECT i.item_no, a.called AS first, b.called AS second {shown}) q
"""


@dataclass(frozen=True, slots=True)
class OverParts:
    """Two systems on a task, part by part.

    `rows` has one row a part in the task's order: key, label, kind, n, first, second, each with `_low` and `_high`,
    delta, low, high, p, method, p_method, reason (why there is no difference), no_test (why there is one without a
    paired test). `how` says what the differences come from: comparisons of the store
    (paired where it has single scores), single scores, the two intervals, or the two values alone.
    """

    task: str
    rows: pd.DataFrame
    how: How


@dataclass(frozen=True, slots=True)
class Asked:
    """Items of the parts for which a difference is to be computed, for a worker."""

    metric: str
    items: Items
    masks: dict[str, NDArray[np.bool_]]


def read_over_parts(ask: Ask, catalog: Catalog, pair: Pair, task: str) -> OverParts:
    """Both values and what the store knows of their difference, on every part of a task."""
    strata = catalog.strata[catalog.strata["task_id"] == task][["stratum", "label", "kind", "n"]]
    rows = strata.rename(columns={"stratum": "key"}).set_index("key")
    protocols: list[str] = []
    for side, model in (("first", pair.first), ("second", pair.second)):
        own = _values(ask, catalog, pair, task, model)
        protocols.append(str(own["protocol"].iloc[0]) if len(own) else "")
        own = own.drop_duplicates("stratum").set_index("stratum")[["value", "ci_low", "ci_high", "n", "why"]]
        numbers = own.astype({"value": float, "ci_low": float, "ci_high": float, "n": float})
        rows = rows.join(numbers.set_axis([side, *(f"{side}_{end}" for end in ("low", "high", "n", "why"))], axis=1))
    rows = with_difference(rows).assign(p=np.nan, method=None, p_method=None, no_test=None)
    rows["reason"] = [_reason(row, pair) for row in rows.itertuples()]
    rows.loc[rows["reason"].notna(), ["delta", "low", "high"]] = np.nan
    names = {"task": task, "regime": pair.regime, "metric": pair.metric, "first": pair.first, "second": pair.second}
    stored = ask(_STORED, names | {"by_first": protocols[0], "by_second": protocols[1]})
    how: How = "unpaired" if rows["low"].notna().any() else "values"
    scored = catalog.scored.get(task, {})
    if stored["delta"].notna().any():
        rows, how = _with_stored(rows, stored, pair), "stored"
    elif pair.first in scored and pair.second in scored:
        how = "items"
    return OverParts(task, rows.reset_index(), how)


def _values(ask: Ask, catalog: Catalog, pair: Pair, task: str, model: str) -> pd.DataFrame:
    """Of the run that single scores come from where nothing of the suite's board is there: probes of our own."""
    shown = in_protocols(pair.suite)
    asked = {"task": task, "regime": pair.regime, "metric": pair.metric, "model": model}
    found = ask(_VALUES, asked | {"protocols": shown, "protocol": None})
    for probe in catalog.probes_of(task) if found.empty else []:
        found = ask(_VALUES, asked | {"protocols": shown, "protocol": probe})
        if len(found):
            break
    return found


def _reason(row: Any, pair: Pair) -> str | None:
    """Why two values are not to be subtracted, or None."""
    for model, value, why in (
        (pair.first, row.first, row.first_why),
        (pair.second, row.second, row.second_why),
    ):
        if pd.isna(value):
            return f"{model}: {'no value' if pd.isna(why) else why}"
    one, other = row.first_n, row.second_n
    if pd.isna(one) and pd.isna(other):
        return None
    if pd.isna(one) or pd.isna(other) or min(one, other) < LEAST_COVERAGE * max(one, other):
        part = pair.first if pd.isna(one) or one < other else pair.second
        return f"{part}: its value is over a part of the items, so it is another quantity"
    return None


def _with_stored(rows: pd.DataFrame, stored: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """Differences of the store instead of our own, turned where the store has them the other way round."""
    own = stored.set_index("stratum").reindex(rows.index)
    turned = own["model_id"] == pair.second
    delta, low, high = (own[name].astype(float) for name in ("delta", "ci_low", "ci_high"))
    known = delta.notna()
    return rows.assign(
        delta=delta.where(~turned, -delta),
        low=low.where(~turned, -high),
        high=high.where(~turned, -low),
        p=own["p"].astype(float),
        method=own["ci_method"],
        p_method=own["p_method"],
        reason=own["undefined_reason"].where(~known).fillna(rows["reason"].where(~known)),
        no_test=own["undefined_reason"].where(known),
    )


def with_q(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with q: p adjusted over the parts of the task that have one (Benjamini-Hochberg)."""
    p = [None if pd.isna(value) else float(value) for value in rows["p"]]
    return rows.assign(q=pd.Series(adjusted(p), index=rows.index, dtype=float))


def read_asked(ask: Ask, pair: Pair, task: str) -> Asked:
    """The items of every part of a task with both systems' scores, for MCC their calls at the stated thresholds."""
    items = read_items(ask, task, pair.first, pair.second)
    if pair.metric == Metric.MCC:
        items = _called(ask, items, pair, task)
    part = ask(_PART, {"task": task})
    masks = {
        str(stratum): np.isin(items.numbers, rows["item_no"].to_numpy(np.int64))
        for stratum, rows in part.groupby("stratum")
    }
    return Asked(pair.metric, items, {ALL_STRATA: np.ones(len(items.numbers), dtype=bool)} | masks)


def _called(ask: Ask, items: Items, pair: Pair, task: str) -> Items:
    everything = ItemFilters()
    shown, _ = matching(everything, BOTH)
    rows = ask(_CALLS.format(shown=shown), parameters(everything, task, pair.first, pair.second, BOTH))
    rows = rows.set_index("item_no").loc[items.numbers]
    first, second = (rows[name].to_numpy(np.float64, na_value=np.nan) for name in ("first", "second"))
    return replace(items, first=first, second=second)


def compute(asked: Asked) -> dict[str, Difference]:
    """First minus second on every part; for a worker process."""
    return {stratum: _difference(asked.metric, asked.items.part(mask)) for stratum, mask in asked.masks.items()}


def _difference(metric: str, items: Items) -> Difference:
    positives = None if metric == Metric.SPEARMAN else int(items.labels.sum())
    if too_few(len(items.numbers), positives):
        smaller = (
            "" if positives is None else f", {min(positives, len(items.numbers) - positives)} in the smaller class"
        )
        return Difference(
            n=len(items.numbers), undefined_reason=f"too few to judge: {len(items.numbers)} items{smaller}"
        )
    second = np.full(len(items.numbers), np.nan) if items.second is None else items.second
    return slices.difference(Metric(metric), items.truth(metric), items.first, second, groups=items.groups)


def with_computed(over: OverParts, found: dict[str, Difference]) -> OverParts:
    """The same parts with differences on the same items."""
    known = [
        found.get(str(key), Difference(undefined_reason="no single scores of this part")) for key in over.rows["key"]
    ]
    own = {
        "delta": "delta", "low": "low", "high": "high", "p": "p", "method": "method", "p_method": "p_method",
        "reason": "undefined_reason",
    }  # fmt: skip
    columns = {name: pd.Series([getattr(row, attribute) for row in known]) for name, attribute in own.items()}
    numbers = {name: columns[name].astype(float) for name in ("delta", "low", "high", "p")}
    return OverParts(over.task, over.rows.reset_index(drop=True).assign(**columns | numbers), over.how)


def shown_parts(over: OverParts, keys: Sequence[str]) -> pd.DataFrame:
    """Rows of these parts, in this order."""
    rows = over.rows.set_index("key", drop=False)
    return rows.loc[[key for key in keys if key in rows.index]].reset_index(drop=True)
