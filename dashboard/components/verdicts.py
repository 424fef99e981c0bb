"""Models against the registered baseline: the two verdicts in words, in one sentence and one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.exhibit import table
from dashboard.components.heading import section
from dashboard.components.wording import reasons_listed
from dashboard.flag_words import flag_name
from dashboard.queries.flags import of_model
from dashboard.text import GLOSSARY, VERDICTS, bare, count, in_words, interval, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exhibits import About


def verdicts(rows: pd.DataFrame, *, metric: str, name: str, place: str, about: About) -> None:
    """Table and what the verdicts mean; nothing where there is nothing to compare.

    Args:
        rows: as `read_verdicts` gives them.
        metric: name of the metric.
        name: file name of the CSV.
        place: what they were compared on, as the screen calls it.
        about: what stands beside the numbers.
    """
    if rows.empty:
        return
    section(f"Against the registered baseline, {listed(sorted(rows['baseline'].unique()))}")
    compared = rows[rows["delta"].notna()]
    silent = unjudged(others) if len(others := rows[rows["delta"].isna()]) else ""
    if silent:
        st.markdown(silent)
    if compared.empty:
        return
    alt = f"Difference in {metric} of {count(len(compared), _noun(rows))} to the registered baseline, and two verdicts"
    care = st.column_config.ListColumn(help="Flags of this comparison; what they mean stands under Read with care.")
    rule, paired = GLOSSARY["Article's rule"], GLOSSARY["Paired test"]
    least = rows["minimum_effect"].max()
    smallest = "" if pd.isna(least) else f" The smallest difference that counts is {least:g};"
    told = (
        f"Article’s rule: {_small(rule)} Paired test: {_small(paired)}{smallest} q is p adjusted over all comparisons "
        "of one metric with registered baselines (Benjamini-Hochberg)."
    )
    table(
        as_table(compared, metric),
        name=name,
        key="verdicts",
        kind="verdict",
        title=verdicts_title(rows, place),
        notes=(summary(rows), told, silent),
        about=about,
        alt=alt,
        columns={"Care": care},
    )
    st.caption(told)


def verdicts_title(rows: pd.DataFrame, place: str) -> str:
    """How many models pass by the article's rule on a task, or why none can."""
    return f"{place}: {_small(bare(summary(rows))).split('; ')[0].removesuffix('.')}"


def summary(rows: pd.DataFrame) -> str:
    """How many models earn their place, by either verdict; rows are those of `read_verdicts`."""
    compared = rows[rows["delta"].notna()]
    if compared.empty:
        return f"No {_noun(rows)} could be judged here." if len(rows) else ""
    reasons = compared.loc[compared["verdict"].isna(), "undefined_reason"].dropna()
    why = str(reasons.iloc[0]) if len(reasons) else ""
    article, paired = compared["verdict_article"].dropna(), compared["verdict"].dropna()
    if article.empty:
        return f"No verdict: {why}."
    by_rule = _by_rule(list(article), listed(sorted(compared["baseline"].unique())), _noun(compared))
    return f"{by_rule}{_barely(compared)}; {_by_test(list(paired)) if len(paired) else f'no paired test: {why}'}."


def _noun(rows: pd.DataFrame) -> str:
    """Where simple methods are held against the baseline too, they are no models."""
    return "model" if (rows["role"] == "model").all() else "system"


def _by_rule(article: Sequence[str], baseline: str, noun: str) -> str:
    won, n = article.count("PASS"), count(len(article), noun)
    return f"By the article’s rule **{won} of {n}** {'passes' if won == 1 else 'pass'} against {baseline}"


def _barely(compared: pd.DataFrame) -> str:
    """Who passes by the rule on many items, though by less than counts."""
    least = compared["minimum_effect"].max()
    passed = compared[(compared["verdict_article"] == "PASS") & (compared["delta"] < least)]
    return f", {in_words(len(passed))} by less than {least:g}, the smallest that counts" if len(passed) else ""


def _by_test(paired: Sequence[str]) -> str:
    more, unclear = paired.count("PASS_PAIRED"), paired.count("INCONCLUSIVE")
    return f"the paired test adds **{more}** and leaves **{unclear}** inconclusive"


def as_table(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows with words for headings, verdicts and flags; the protocol is named where there are several."""
    bounds = [interval(low, high) for low, high in rows[["ci_low", "ci_high"]].itertuples(index=False)]
    care = [
        ", ".join(map(flag_name, of_model(*one))) or None
        for one in zip(rows["flags"], rows["baseline_id"], rows["baseline"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            _noun(rows).capitalize(): rows["name"],
            f"Difference in {metric}": rows["delta"].astype(float).round(3),
            "95 % interval": bounds,
            "q": rows["q"].astype(float).map("{:.2g}".format, na_action="ignore"),
            "Article’s rule": rows["verdict_article"].map(VERDICTS),
            "Paired test": rows["verdict"].map(VERDICTS),
            "n": rows["n"].astype("Int64"),
            "Care": care,
            "No verdict because": rows["undefined_reason"],
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
