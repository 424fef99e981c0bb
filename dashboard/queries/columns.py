"""The columns of each suite's board: summaries, then task categories or strata of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.queries.suites import MAIN_TASK, SUITES

SMALLEST_N = 30
SMALLEST_CLASS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board; `short` names it inside a sentence.

    `judged` is False where there are too few items to name a best.
    """

    key: str
    label: str
    kind: str
    sentence: str
    short: str
    n: int | None = None
    prevalence: float | None = None
    judged: bool = True


def all_columns(tasks: pd.DataFrame, strata: pd.DataFrame) -> dict[tuple[str, str], tuple[Column, ...]]:
    """Columns of every (suite, kind): summaries first, then categories, or the strata of that kind.

    A suite without kinds stands under the empty kind; a suite without tasks in the store is left out.
    """
    found: dict[tuple[str, str], tuple[Column, ...]] = {}
    for suite, text in SUITES.items():
        if not (tasks["suite"] == suite).any():
            continue
        for kind in text.kinds:
            found[suite, kind] = tuple(_stratum_columns(strata, suite, kind))
        if not text.kinds:
            found[suite, ""] = tuple(_category_columns(tasks[tasks["suite"] == suite]))
    return found


def _category_columns(tasks: pd.DataFrame) -> list[Column]:
    counts = tasks["category"].value_counts()
    categories = [
        Column(
            name,
            name,
            "category",
            f"Mean over {counts[name]} task{'s' if counts[name] > 1 else ''}.",
            name,
            int(counts[name]),
        )
        for name in counts.index
    ]
    return [
        Column(
            "macro",
            "Macro",
            "summary",
            f"Mean over the {len(counts)} categories, each counting once.",
            "macro",
            len(counts),
        ),
        Column("micro", "Micro", "summary", f"Mean over the {len(tasks)} tasks.", "micro", len(tasks)),
        *categories,
    ]


def _stratum_columns(strata: pd.DataFrame, suite: str, kind: str) -> list[Column]:
    rows = strata[strata["task_id"] == MAIN_TASK[suite]]
    wanted = [_stratum_column(row, suite) for row in rows.itertuples() if row.kind == kind]
    whole = rows[rows["kind"] == "all"].iloc[0]
    if suite == "clinvar":
        judged = sum(column.judged for column in wanted)
        summary = [
            Column(
                "all",
                "All pooled",
                "summary",
                "All variants in one ranking.",
                "all variants pooled",
                int(whole["n"]),
                whole["prevalence"],
            ),
            Column(
                "mean",
                "Mean of classes",
                "summary",
                f"Mean over the {judged} classes with enough variants.",
                "the mean of classes",
                judged,
            ),
        ]
    else:
        sentence = (
            "ProteinGym's own average: over assays within a protein, then proteins, then the five selection types."
        )
        summary = [Column("all", "All assays", "summary", sentence, "all assays", int(whole["n"]))]
    return [*summary, *wanted]


def _stratum_column(row: Any, suite: str) -> Column:
    n = None if pd.isna(row.n) else int(row.n)
    prevalence = None if pd.isna(row.prevalence) else float(row.prevalence)
    sentence = "number of assays not stated" if n is None else f"{n:,} assays"
    judged = True
    if suite == "clinvar" and n is not None and prevalence is not None:
        positives = round(n * prevalence)
        judged = n >= SMALLEST_N and min(positives, n - positives) >= SMALLEST_CLASS
        sentence = f"{n:,} variants, {positives:,} pathogenic"
        sentence += "" if judged else "; too few to name a best"
    return Column(row.stratum, row.label, "category", f"{sentence}.", row.label, n, prevalence, judged)
