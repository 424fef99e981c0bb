"""Numbers of a split of one's own as tables: values, differences, systems, parts, points of curves, power."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.components.split_words import system_name, verdict_words
from dashboard.text import METRICS, interval, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.local_split.exchange import Judged, Part, Result, System, Value


def value_table(found: Judged) -> pd.DataFrame:
    """Values as rows, each with its interval or its reason."""
    parts, systems = ({one.part_id: one for one in found.parts}, {one.system_id: one for one in found.systems})
    return pd.DataFrame(
        [
            {
                "System": systems[one.system_id].name,
                "Role": systems[one.system_id].role,
                "Part": parts[one.part_id].label,
                "Metric": METRICS[one.metric].name,
                "Value": one.value,
                "95 % low": one.low,
                "95 % high": one.high,
                "n": one.n,
                "Label 1": parts[one.part_id].positives,
                "No value because": one.undefined_reason,
            }
            for one in found.values
        ]
    ).astype({"Value": float, "95 % low": float, "95 % high": float, "Label 1": "Int64"})


def metrics_table(found: Judged) -> pd.DataFrame:
    """One row a system, one column a metric, each value of the whole with its interval beside it."""
    whole = found.parts[0].part_id
    values = {(one.system_id, one.metric): one for one in found.values if one.part_id == whole}
    rows = []
    for system in found.systems:
        row: dict[str, str | None] = {"System": system.name, "Role": "to beat" if system.registered else system.role}
        row |= {METRICS[metric].name: _told(values.get((system.system_id, metric))) for metric in found.metrics}
        rows.append(row)
    return pd.DataFrame(rows)


def _told(value: Value | None) -> str | None:
    if value is None or value.value is None:
        return None
    return three(value.value) if value.low is None else f"{three(value.value)} ({interval(value.low, value.high)})"


def difference_table(found: Judged, part: Part | None = None) -> pd.DataFrame:
    """Differences as rows, each with both verdicts or the reason why there are none; `part` keeps those judged on it.

    Args:
        found: of the comparison.
        part: only differences to the baseline to beat on this part, by the metric of the verdicts.
    """
    kept = [
        one
        for one in found.differences
        if part is None or (one.registered and (one.part_id, one.metric) == (part.part_id, found.primary))
    ]
    labels = {one.part_id: one.label for one in found.parts}
    return pd.DataFrame(
        [
            {
                "System": system_name(found, one.system_id),
                "Baseline": system_name(found, one.baseline_id),
                "To beat": "yes" if one.registered else None,
                "Part": labels[one.part_id],
                "Metric": METRICS[one.metric].name,
                "Difference": None if one.delta is None else round(one.delta, 4),
                "95 % interval": interval(one.low, one.high),
                "q": None if one.q is None else f"{one.q:.2g}",
                "Verdicts": verdict_words(one),
                "n": one.n,
            }
            for one in kept
        ]
    )


def systems_table(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of `forest_rows` with words for headings, the highest value first."""
    names = {
        "name": "System",
        "role": "Role",
        "value": METRICS[metric].name,
        "ci_low": "95 % low",
        "ci_high": "95 % high",
    }
    names |= {
        "delta": "Difference to the baseline",
        "delta_low": "Its 95 % low",
        "delta_high": "Its 95 % high",
        "n": "n",
    }
    ordered = rows.sort_values("value", ascending=False, na_position="last", kind="stable")
    return ordered[list(names)].rename(columns=names).reset_index(drop=True)


def parts_table(rows: pd.DataFrame, pair: tuple[System, System]) -> pd.DataFrame:
    """Rows of `strata_rows` with words for headings, the whole split first."""
    found: dict[str, object] = {"Part": rows["label"].map(unescape), "n": rows["n"], "Judged": rows["judged"]}
    found["Judged"] = rows["judged"].map({True: "yes", False: "no"})
    for system, prefix in zip(dict.fromkeys(pair), ("", "baseline_"), strict=False):
        found[system.name] = rows[f"{prefix}value"]
        found |= {f"{end}, {system.name}": rows[f"{prefix}{end}"] for end in ("low", "high")}
    return pd.DataFrame(found)


def curves_table(found: Result, systems: Sequence[System]) -> pd.DataFrame:
    """Points of ROC and precision-recall curves, a point a row."""
    names = {"fpr": "False positives", "tpr": "True positives", "recall": "Recall", "precision": "Precision"}
    parts = []
    for system in systems:
        points = found.curves[system.system_id]
        for curve, axes in (("ROC", ("fpr", "tpr")), ("precision–recall", ("recall", "precision"))):
            own = pd.DataFrame({names[axis]: list(points[axis]) for axis in axes})
            parts.append(pd.concat([pd.DataFrame({"System": [system.name] * len(own), "Curve": curve}), own], axis=1))
    return pd.concat(parts, ignore_index=True)


def power_table(found: Result) -> pd.DataFrame:
    """What the whole split could show, a row a system, the one that is still to come among them."""
    return pd.DataFrame(
        [
            {
                "System": "a model to come" if one.system_id is None else system_name(found, one.system_id),
                "Baseline": system_name(found, one.baseline_id),
                "Metric": METRICS[one.metric].name,
                "Smallest difference it can show": one.detectable,
                "Least that counts": one.minimum_effect,
                "Items needed": one.needed,
                "No estimate because": one.undefined_reason,
            }
            for one in found.power
            if one.part_id == found.parts[0].part_id
        ]
    ).astype({"Smallest difference it can show": float, "Items needed": "Int64"})
