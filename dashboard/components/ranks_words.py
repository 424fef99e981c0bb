"""Sentences of the page Rank stability, from what is ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES
from dashboard.text import AGGREGATES, capital, count, in_words, listed, plain, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.queries.rank_work import Agreement
    from dashboard.queries.ranks import Ranked
    from engine.statistics.ranking import RankTable

TIERS = (
    "Bars: ranks between which 95 % of the draws lie. Bands are tiers: a tier begins with its best system, its anchor, "
    "and ends before the first system that can be told apart from that anchor at 95 %. "
    "≈ marks whoever cannot be told apart from the first."
)
_MANY = 4


def noun(found: Ranked) -> str:
    """What the rows are, in the singular."""
    return "model" if (found.models["role"] == "model").all() else "system"


def title(found: Ranked, ranks: pd.DataFrame | None, table: RankTable | None, *, filtered: bool, weighed: bool) -> str:
    """Who is first, and how many cannot be told apart from it."""
    if ranks is None:
        return f"{count(len(found.values), noun(found))} are being ranked"
    names = found.models["name"]
    first = list(ranks.index[ranks["rank"] == 1])
    among = f"Among {count(len(ranks), noun(found))}, " if filtered else ""
    among += "with these weights " if weighed else ""
    if len(first) > 1:
        return capital(f"{among}{plain(listed(list(names[first])))} share the first place")
    said = capital(f"{among}{plain(str(names[first[0]]))} is first")
    if table is None:
        return said
    rest = table.models.iloc[1:]
    level = int((~rest["separable_from_first"]).sum())
    if level == len(rest):
        return f"{said}, but none of the others can be told apart from it"
    if level:
        return f"{said}, but {count_in_words(level, noun(found))} cannot be told apart from it"
    return f"{said}, and every other {noun(found)} can be told apart from it"


def count_in_words(number: int, what: str) -> str:
    """'five models'."""
    return f"{in_words(number)} {what}{'' if number == 1 else 's'}"


def lede(found: Ranked, table: RankTable | None, aggregate: str, metric: str, weights: Mapping[str, float]) -> str:
    """What was ranked and how, and how many neighbours are apart."""
    counted = sum(weights.get(name, 1) > 0 for name in found.categories)
    on = over(found)
    on += "" if counted == len(found.categories) else f", {counted} of them with weight"
    by = f"{metric} by Borda count" if aggregate == "borda" else f"{AGGREGATES[aggregate][0].lower()} {metric}"
    ranked = f"Ranked by {by}: {count(len(found.values), noun(found))} on {on}"
    if table is None:
        return f"{ranked}."
    apart = int(table.models["separable_from_next"].sum())
    units = "parts" if found.by_part else "categories, redundancy groups and tasks"
    return (
        f"**{apart} of {len(table.models) - 1}** neighbours in the ranking can be told apart at 95 %. {ranked}; "
        f"intervals from {table.sampling.draws:,} draws of {units}."
    )


def cautions(found: Ranked) -> list[str]:
    """What the ranks do not say."""
    said = []
    if found.by_part:
        said.append(
            "The columns are parts of one task: each counts as one task here, however many items it has, and the "
            "intervals tell nothing about chance in the choice of items."
        )
    if found.left_out:
        said.append(f"Left out, because some scores are missing: {plain(listed(list(found.left_out), 8))}.")
    return said


def under(found: Ranked) -> tuple[str, ...]:
    """What stands under the ranks: how to read them, and what they do not say."""
    return (TIERS, *cautions(found))


def over(found: Ranked) -> str:
    """'100 tasks in 13 categories', '12 classes of one task': what the ranks are over."""
    if found.by_part:
        return f"{len(found.categories)} {SUITES[found.asked.suite].parts} of one task"
    return f"{count(found.values.shape[1], 'task')} in {len(found.categories)} categories"


def intervals(found: Ranked, table: RankTable | None) -> str:
    """How the intervals of the ranks were made."""
    if table is None:
        return "no intervals: they are still being computed"
    units = "parts" if found.by_part else "categories, redundancy groups and tasks"
    return f"95 % percentile bootstrap over {units}, {table.sampling.draws:,} draws, seed {table.sampling.seed}"


def too_little(found: Ranked, metric: str) -> str:
    """Why there is nothing to rank."""
    return (
        f"Ranks need at least three systems with every score and three categories; here are "
        f"{count(len(found.values), 'system')} and {len(found.categories)} of them with {metric}. "
        "Choose another suite, other columns or another metric, or take filters away."
    )


def alone_title(suite: str, tasks: int) -> str:
    """Why a suite whose tasks are each on a scale of their own has no ranks."""
    label = SUITES[suite].label
    return (
        f"{label} has one task: nothing to rank over" if tasks == 1 else f"Nobody is ranked over the tasks of {label}"
    )


def alone_lede(suite: str, tasks: int) -> str:
    """Why tasks are not put together, and where the order on each of them stands."""
    why = "A rank over tasks needs several. " if tasks == 1 else "Each task has a scale of its own. "
    where = "on its page:" if tasks == 1 else "on the page of each:"
    return f"{why}The values, with intervals over {SUITES[suite].noun}s and the baseline to beat, stand {where}"


def agreement_sentence(found: Agreement, what: str) -> str:
    """Winners of categories, mean tau, W and Friedman's test in words; `what` is what the rows are."""
    said = f"{capital(count_in_words(found.leaders, what))} "
    said += f"{'wins' if found.leaders == 1 else 'win'} at least one of {len(found.matrix)} categories. "
    said += f"Kendall’s τ between two categories is **{three(found.mean)}** on average"
    said += ": 1 would be the same order, 0 unrelated ones. "
    if found.concordance is not None:
        said += f"Over all of them the concordance W is **{three(found.concordance)}** (0 none, 1 complete). "
    if found.friedman is not None:
        p = "p < 0.001" if found.friedman < 0.001 else f"p = {three(found.friedman)}"
        said += (
            f"Friedman’s test rules out that all rank alike ({p}): there is an order, but not one for every category."
            if found.friedman < 0.05
            else f"Friedman’s test does not rule out that all rank alike ({p}): the order may be chance."
        )
    return said.strip()


def agreement_title(found: Agreement) -> str:
    """How far the categories agree, as a heading."""
    if found.mean != found.mean:
        return "Categories cannot be compared by rank"
    degree = "hardly" if found.mean < 0.3 else "half-way" if found.mean < 0.7 else "largely"
    return f"Categories agree {degree} on the order"


def carried(weights: pd.Series) -> str:
    """The categories that carry a weighting: 'Enhancers 61 %, TF Binding 39 %'."""
    shares = (weights / weights.sum()).sort_values(ascending=False, kind="stable")
    shares = shares[shares >= 0.005]
    shown = [f"{name} {share:.0%}".replace("%", " %") for name, share in shares.items()]
    more = len(shown) - _MANY
    return ", ".join(shown) if more <= 1 else f"{', '.join(shown[:_MANY])} and {more} more"


def mix_sentence(weights: Mapping[str, float], categories: list[str]) -> str:
    """The weights that differ from 1, in words."""
    gone = [name for name in categories if weights.get(name, 1) == 0]
    rest = [f"{name} × {weight:g}" for name, weight in weights.items() if weight not in (0, 1)]
    if gone and len(gone) > len(categories) / 2 and not rest:
        left = [name for name in categories if name not in gone]
        return f"Only {plain(listed(left, 13))} {'counts' if len(left) == 1 else 'count'}."
    said = [f"Weights: {plain(', '.join(rest))}; the others 1."] if rest else []
    return " ".join([*said, *([f"Without weight: {plain(listed(gone, 13))}."] if gone else [])])
