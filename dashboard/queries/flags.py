"""Flags as the store keeps them with a score: a JSON list of {flag, severity, evidence}."""

from __future__ import annotations

import json

import pandas as pd

COLLAPSE = "MAJORITY_COLLAPSE"
LEAKS = ("DUPLICATE_ROWS", "LABEL_CONFLICT", "HOMOLOGY_LEAK")
"""Flags of a task, on every row of it: the leakage report says the same at length."""


def parsed(flags: object) -> list[dict[str, str]]:
    """The flags of one score, none where the store has nothing."""
    found: list[dict[str, str]] = json.loads(flags) if isinstance(flags, str) else []
    return found


def collapse(flags: pd.Series) -> pd.Series:
    """For each score the evidence of its collapse to one class, None where there is none; same index."""
    return pd.Series(
        [next((one["evidence"] for one in parsed(row) if one["flag"] == COLLAPSE), None) for row in flags],
        index=flags.index,
        dtype=object,
    )


def by_evidence(rows: pd.DataFrame) -> pd.DataFrame:
    """The flags of some scores but for leaks and collapses, told once for all systems that share them.

    Args:
        rows: with columns `name` and `flags`.

    Returns:
        One row a flag and evidence, warnings first: flag, severity, evidence, names.
    """
    told = [
        (one["severity"], one["flag"], one["evidence"], name)
        for name, flags in zip(rows["name"], rows["flags"], strict=True)
        for one in parsed(flags)
        if one["flag"] not in (COLLAPSE, *LEAKS)
    ]
    found = pd.DataFrame(told, columns=["severity", "flag", "evidence", "name"])
    grouped = found.groupby(["severity", "flag", "evidence"], sort=False)["name"].agg(list).rename("names")
    return grouped.reset_index().sort_values("severity", ascending=False, kind="stable", ignore_index=True)
