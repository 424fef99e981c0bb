"""Step three of `/your-split`: what the checks found, and every problem with its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.about_evidence import COUNTED
from dashboard.components.exhibit import card
from dashboard.components.heading import section
from dashboard.exhibits import About
from dashboard.text import capital, count, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.local_split.exchange import Check, Inspection, Problem, Severity

SIGNS: dict[Severity, tuple[str, str]] = {
    "left out": (":material/block:", "left out"),
    "warning": (":material/warning:", "warning"),
    "note": (":material/info:", "note"),
    "passed": (":material/check:", "passed"),
}
"""Sign and word of each outcome, the gravest first."""


def checks(found: Inspection) -> None:
    """Every check as a line, the gravest first; then the problems row by row."""
    section("What the checks found")
    ordered = sorted(found.checks, key=lambda check: list(SIGNS).index(check.severity))
    st.markdown(summary(found))
    told = [check for check in ordered if check.severity != "passed"]
    if told:
        st.markdown("\n".join(_line(check) for check in told))
    if passed := [check for check in ordered if check.severity == "passed"]:
        with st.expander(f"{count(len(passed), 'check')} passed"):
            st.markdown("\n".join(_line(check) for check in passed))
    card(
        key="checks",
        title=checks_title(found),
        alt=f"{count(len(ordered), 'check')} of the file: what was looked for, what came of it and what to do",
        rows=lambda: checks_table(ordered),
        notes=[summary(found)],
        about=About(f"{count(found.rows, 'row')} of a file of one’s own", COUNTED),
        file="your-split-checks",
    )
    if found.problem_count:
        _problems(found)


def summary(found: Inspection) -> str:
    """What the rows of the file came to."""
    test = found.used - found.train
    parts = [f"**{count(found.rows, 'row')}** in the file, **{test:,}** to evaluate"]
    if found.train:
        parts.append(f"{found.train:,} of train, for thresholds and probes alone")
    if found.positives is not None and test > 0:
        parts.append(f"{found.positives:,} of label 1 ({found.positives / test:.1%})")
    if aside := sum(word.count for word in found.label_words if word.read_as == "set aside"):
        parts.append(f"{aside:,} set aside by their label")
    return f"{'; '.join(parts)}."


def checks_title(found: Inspection) -> str:
    """How many checks found nothing, and how many rows are left to evaluate."""
    passed = sum(check.severity == "passed" for check in found.checks)
    rows = f"{found.used - found.train:,} of {count(found.rows, 'row')}"
    return f"{passed} of {count(len(found.checks), 'check')} passed; {rows} can be evaluated"


def checks_table(ordered: Sequence[Check]) -> pd.DataFrame:
    """Checks as rows, in the order given."""
    return pd.DataFrame(
        {
            "Outcome": [capital(SIGNS[check.severity][1]) for check in ordered],
            "Check": [check.title for check in ordered],
            "Rows": [check.rows or None for check in ordered],
            "Found": [check.found for check in ordered],
            "What to do": [check.remedy for check in ordered],
        }
    ).astype({"Rows": "Int64"})


def _line(check: Check) -> str:
    sign, word = SIGNS[check.severity]
    rows = f" ({count(check.rows, 'row')})" if check.rows else ""
    remedy = f" *{plain(check.remedy)}*" if check.remedy else ""
    return f"- {sign} **{capital(word)} · {plain(check.title)}**{rows}: {plain(check.found)}{remedy}"


def _problems(found: Inspection) -> None:
    shown = len(found.problems)
    with st.expander(f"{count(found.problem_count, 'problem')}, row by row"):
        if shown < found.problem_count:
            st.caption(f"The first {shown} of {found.problem_count:,}; all of them are in the download.")
        st.dataframe(
            problem_table(found.problems),
            hide_index=True,
            width="stretch",
            lazy=False,
            placeholder="–",
            alt=f"{count(shown, 'problem')} of the file with row, column, value and what to do",
        )
        st.download_button(
            f"Download all {count(found.problem_count, 'problem')} as CSV",
            data=found.problem_table,
            file_name="problems.csv",
            mime="text/csv",
            on_click="ignore",
            key="split-problems",
            type="tertiary",
            icon=":material/download:",
        )


def problem_table(problems: Sequence[Problem]) -> pd.DataFrame:
    """Problems as rows; columns that none of them has are left out."""
    rows = pd.DataFrame(
        {
            "Row": pd.array([one.row for one in problems], dtype="Int64"),
            "Column": [one.column for one in problems],
            "Value": [one.value for one in problems],
            "What became of it": [SIGNS[one.severity][1] for one in problems],
            "Problem": [one.problem for one in problems],
            "What to do": [one.remedy for one in problems],
        }
    )
    return rows.dropna(axis="columns", how="all")
