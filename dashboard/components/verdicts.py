"""Models against the registered baseline: the two verdicts in words, in one short table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.heading import section
from dashboard.components.table import table
from dashboard.components.wording import reasons_listed
from dashboard.text import GLOSSARY, VERDICTS, count, interval, listed

if TYPE_CHECKING:
    from collections.abc import Sequence


def verdicts(rows: pd.DataFrame, *, metric: str, name: str) -> None:
    """Sentence, table and what the verdicts mean; nothing where there is nothing to compare.

    Args:
        rows: as `read_verdicts` gives them.
        metric: name of the metric.
        name: file name of the CSV.
    """
    if rows.empty:
        return
    section(f"Against the registered baseline, {listed(sorted(rows['baseline'].unique()))}")
    judged, others = rows[rows["verdict"].notna()], rows[rows["verdict"].isna()]
    st.markdown(summary(list(judged["verdict_article"]), list(judged["verdict"])))
    if len(others):
        st.markdown(unjudged(others))
    if judged.empty:
        return
    alt = f"Difference in {metric} of {count(len(judged), 'model')} to the registered baseline, and two verdicts"
    table(as_table(judged, metric), name=name, alt=alt)
    rule, paired = GLOSSARY["Article's rule"], GLOSSARY["Paired test"]
    st.caption(
        f"Article’s rule: {_small(rule)} Paired test: {_small(paired)} The smallest difference that counts is "
        f"{rows['minimum_effect'].max():g}; q is p adjusted over all comparisons of one metric with registered "
        "baselines (Benjamini-Hochberg)."
    )


def summary(article: Sequence[str], paired: Sequence[str]) -> str:
    """How many models earn their place, by either verdict; both sequences have an entry a model."""
    if not paired:
        return "No model could be judged here."
    won, more, unclear = article.count("PASS"), paired.count("PASS_PAIRED"), paired.count("INCONCLUSIVE")
    return (
        f"By the article’s rule **{won} of {count(len(paired), 'model')}** {'passes' if won == 1 else 'pass'}; the "
        f"paired test adds **{more}** and leaves **{unclear}** inconclusive."
    )


def as_table(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows with words for headings and verdicts; the protocol is named where there are several."""
    bounds = [interval(low, high) for low, high in rows[["ci_low", "ci_high"]].itertuples(index=False)]
    shown = pd.DataFrame(
        {
            "Model": rows["name"],
            f"Difference in {metric}": rows["delta"].astype(float).round(3),
            "95 % interval": bounds,
            "q": rows["q"].astype(float).map("{:.2g}".format, na_action="ignore"),
            "Article’s rule": rows["verdict_article"].map(VERDICTS),
            "Paired test": rows["verdict"].map(VERDICTS),
            "n": rows["n"].astype("Int64"),
            "Protocol": rows["protocol"],
        }
    )
    return shown if len(set(rows["protocol"])) > 1 else shown.drop(columns="Protocol")


def unjudged(rows: pd.DataFrame) -> str:
    """Who could not be judged and why; whose own value is missing has the reason beside the chart already."""
    known = zip(rows["model_id"], rows["undefined_reason"], strict=True)
    own = pd.Series([str(reason).startswith(f"{model}: ") for model, reason in known], index=rows.index)
    parts = [f"{listed(list(rows.loc[own, 'name']), 20)} (no value)"] if own.any() else []
    if not own.all():
        parts.append(reasons_listed(rows.loc[~own, "undefined_reason"], rows.loc[~own, "name"]))
    return f"Not judged: {'; '.join(parts)}."


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
