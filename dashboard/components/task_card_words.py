"""Title and lede of a single-cell task: the question, and whether anything is shown to beat the registered baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.task_cards import CARDS
from dashboard.text import capital, count, in_words, plain, stated

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.components.task_page import TaskPage

UNRELIABLE = "itself unreliable"
"""What the store's word for an interval of too few items ends with."""
_PASSES = ("PASS", "PASS_PAIRED")


def card_title(page: TaskPage) -> str:
    """Who beats the registered baseline by either verdict; controls are no rivals of it."""
    beat = str(page.ctx.catalog.models.at[page.baseline_id, "name"])
    judged = page.verdicts[page.verdicts["delta"].notna()]
    models = judged[judged["role"] == "model"]
    rivals = models if len(models) else judged[judged["role"] == "baseline"]
    if rivals.empty:
        return f"{beat} is to be beaten; nothing else has a value here"
    won = rivals[rivals["verdict"].isin(_PASSES) | rivals["verdict_article"].isin(_PASSES)]
    noun = "model" if len(models) else "other baseline"
    if won.empty:
        return f"No {noun} is shown to beat {beat}"
    if len(won) == 1:
        return f"{won['name'].iloc[0]} beats {beat}, the baseline to beat"
    return f"{capital(in_words(len(won)))} of {count(len(rivals), noun)} beat {beat}"


def card_lede(page: TaskPage) -> str:
    """The question, how many items, and the two values that carry the title."""
    rows, told = page.rows, [capital(page.items)]
    if page.baseline_id in rows.index:
        beat = rows.loc[page.baseline_id]
        told.append(f"**{plain(str(beat['name']))}** has {page.metric_name} {_stated(beat)}")
    others = rows[(rows["role"] != "control") & (rows.index != page.baseline_id)]
    if len(others):
        first = others.loc[others["value"].idxmax()]
        told.append(f"the highest of the others is **{plain(str(first['name']))}**, {_stated(first)}")
    question = CARDS[page.task_id].question if page.task_id in CARDS else ""
    return f"{question} {'; '.join(told)}.".strip()


def _stated(row: pd.Series) -> str:
    return stated(row["value"], row["ci_low"], row["ci_high"])


def few_sentence(page: TaskPage) -> str | None:
    """That an interval of so few items is itself unreliable, where the engine says so; else None."""
    methods = page.shown.scores["ci_method"].dropna().astype(str)
    if not methods.str.contains(UNRELIABLE, regex=False).any():
        return None
    return (
        f":material/warning: **Few {page.noun}s.** {capital(page.items)}: of fewer than 20 the interval is itself "
        "unreliable, and a difference that is not shown may still be there."
    )
