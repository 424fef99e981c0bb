"""Words of the Variants page: what labels mean, its title, and the line under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES, label_words
from dashboard.text import count, plain

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context
    from dashboard.queries.item_rows import Counted, Known

_ENOUGH = 30
"""Items of a class, from which on its mean is worth a title."""


def nouns(suite: str, number: int) -> str:
    """'1 variant', '3,893 variants'; an item is never an assay here."""
    noun = "test sequence" if suite == "geneb" else "variant"
    return count(number, noun)


def items_title(ctx: Context, counted: Counted, known: Known, apart: pd.DataFrame | None) -> str:
    """What the current filter leaves, and where the two systems disagree most.

    `apart` is `read_apart`, None where it would take too long to know.
    """
    name = str(ctx.catalog.tasks.at[ctx.view.task, "label"]).split(", ")[0]
    some = (
        f"{counted.n:,} of {nouns(ctx.view.suite, known.n)}"
        if ctx.view.items.active
        else nouns(ctx.view.suite, known.n)
    )
    where = f"{some} of {name}"
    if counted.n == 0:
        return f"No {'sequence' if ctx.view.suite == 'geneb' else 'variant'} of {name} satisfies these filters"
    found = "" if apart is None else _disagreement(ctx, apart)
    return f"{where}: {found}" if found else where


def _disagreement(ctx: Context, apart: pd.DataFrame) -> str:
    """Where two systems are furthest apart, or how far where there is nothing to choose from."""
    if not len(apart) or ctx.view.system is None or ctx.view.rival is None:
        return ""
    first, second = (str(ctx.catalog.models.at[model, "name"]) for model in (ctx.view.system, ctx.view.rival))
    named = apart[apart["consequence"].notna() & (apart["n"] >= _ENOUGH)]
    if len(named) >= 2:
        return f"{first} and {second} disagree most on {of_class(str(named['consequence'].iloc[0]))}"
    gap = float((apart["gap"] * apart["n"]).sum() / apart["n"].sum())
    return f"{first} and {second} are {gap:.0f} percentile points apart on average"


def of_class(consequence: str) -> str:
    """'missense variants', 'variants in the 5' UTR', 'variants in introns'."""
    inside = {"5' UTR": "the 5′ UTR", "3' UTR": "the 3′ UTR", "RNA gene": "RNA genes"}
    return f"variants in {inside[consequence]}" if consequence in inside else f"{consequence} variants"


def items_lede(ctx: Context, counted: Counted) -> str:
    """Positives, and what the two columns of percentiles say."""
    words = label_words(ctx.view.suite)
    share = f" ({counted.positives / counted.n:.1%})" if counted.n else ""
    verb = "are" if counted.positives != 1 else "is"
    told = f"{counted.positives:,}{share} {verb} {words[1]}." if SUITES[ctx.view.suite].positive else ""
    if not SUITES[ctx.view.suite].positive:
        told = f"{counted.positives:,}{share} {'have' if counted.positives != 1 else 'has'} label 1."
    return f"{told} {percentile_sentence(ctx)}"


def percentile_sentence(ctx: Context) -> str:
    """How to read a percentile."""
    like = label_words(ctx.view.suite)[1]
    return f"A percentile is the share of the task’s scores below, turned so that 100 is most like {like}."


def model_name(ctx: Context, model: str | None) -> str:
    """Name of a system, safe in Markdown."""
    return "no system" if model is None else plain(str(ctx.catalog.models.at[model, "name"]))
