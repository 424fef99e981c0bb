"""The columns of each suite's board: summaries, then task categories or strata of one kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.queries.suites import MAIN_TASK, SUITES, TASKS, of_tasks
from dashboard.text import capital, count
from engine.names import ALL_STRATA

SMALLEST_N = 30
SMALLEST_CLASS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board; `short` names it inside a sentence.

    `judged` is False where there are too few items to name a best. `task` and `stratum` are where its values stand in
    the store; None for a mean over several places.
    """

    key: str
    label: str
    kind: str
    sentence: str
    short: str
    n: int | None = None
    prevalence: float | None = None
    judged: bool = True
    task: str | None = None
    stratum: str | None = None


def enough(n: float, prevalence: float) -> bool:
    """Whether so many items, of which such a share is positive, can name a best."""
    positives = round(n * prevalence)
    return n >= SMALLEST_N and min(positives, n - positives) >= SMALLEST_CLASS


def all_columns(tasks: pd.DataFrame, strata: pd.DataFrame) -> dict[tuple[str, str], tuple[Column, ...]]:
    """Columns of every (suite, kind): summaries first, then categories, the strata of that kind, or tasks.

    A suite without kinds stands under the empty kind; a suite or kind that the store has nothing of is left out.
    """
    found: dict[tuple[str, str], tuple[Column, ...]] = {}
    for suite, text in SUITES.items():
        if of_tasks(suite):
            if (tasks["suite"] == suite).any():
                found[suite, TASKS] = tuple(_task_columns(tasks[tasks["suite"] == suite], suite))
        elif text.kinds:
            rows = strata[strata["task_id"] == MAIN_TASK[suite]]
            for kind in text.kinds:
                if (rows["kind"] == kind).any():
                    found[suite, kind] = tuple(_stratum_columns(rows, suite, kind))
        elif (tasks["suite"] == suite).any():
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


def _task_columns(tasks: pd.DataFrame, suite: str) -> list[Column]:
    """Whole tasks side by side; those of few items are shown and name no best."""
    return [_task_column(row, SUITES[suite].noun) for row in tasks.itertuples()]


def _task_column(row: Any, noun: str) -> Column:
    n = None if pd.isna(row.n_test) else int(row.n_test)
    judged = n is None or n >= SMALLEST_N
    sentence = f"{capital(count(n, noun))}{'' if judged else '; too few to name a best'}."
    short = str(row.label).split(" (", maxsplit=1)[0].lower()
    return Column(
        str(row.Index), row.label, "category", sentence, short, n, judged=judged, task=str(row.Index),
        stratum=ALL_STRATA,
    )  # fmt: skip


def _stratum_columns(rows: pd.DataFrame, suite: str, kind: str) -> list[Column]:
    wanted = [_stratum_column(row, suite) for row in rows.itertuples() if row.kind == kind]
    if kind == ALL_STRATA:
        return [replace(column, short=column.label.lower()) for column in wanted]
    whole = rows[rows["kind"] == ALL_STRATA].iloc[0]
    if SUITES[suite].positive:
        summary = [
            Column(
                "all",
                "All pooled",
                "summary",
                "All variants in one ranking.",
                "all variants pooled",
                int(whole["n"]),
                whole["prevalence"],
                task=MAIN_TASK[suite],
                stratum=ALL_STRATA,
            )
        ]
        judged = sum(column.judged for column in wanted)
        if kind == "variant_class" and judged > 1:
            sentence = f"Mean over the {judged} classes with enough variants."
            summary.append(Column("mean", "Mean of classes", "summary", sentence, "the mean of classes", judged))
    else:
        sentence = (
            "ProteinGym's own average: over assays within a protein, then proteins, then the five selection types."
        )
        summary = [
            Column(
                "all",
                "All assays",
                "summary",
                sentence,
                "all assays",
                int(whole["n"]),
                task=MAIN_TASK[suite],
                stratum=ALL_STRATA,
            )
        ]
    return [*summary, *wanted]


def _stratum_column(row: Any, suite: str) -> Column:
    n = None if pd.isna(row.n) else int(row.n)
    prevalence = None if pd.isna(row.prevalence) else float(row.prevalence)
    sentence = "number of assays not stated" if n is None else f"{n:,} assays"
    judged = True
    positive = SUITES[suite].positive
    if positive and n is not None and prevalence is not None:
        positives = round(n * prevalence)
        judged = enough(n, prevalence)
        sentence = f"{n:,} variants, {positives:,} {positive}"
        sentence += "" if judged else "; too few to name a best"
    return Column(
        row.stratum, row.label, "category", f"{sentence}.", row.label, n, prevalence, judged, row.task_id, row.stratum
    )
