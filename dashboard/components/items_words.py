"""Words of the Variants page: what labels mean, its title, and the line under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.suites import SUITES, label_words
from dashboard.text import count, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.filters import Context
    from dashboard.queries.item_rows import Counted, Known
    from dashboard.queries.substitutions import Substitutions
    from dashboard.queries.track import Track

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


def track_title(track: Track, words: Mapping[int, str], name: str) -> str:
    """At which percentile a system puts the items of either label on average."""
    rows = track.rows
    if track.binned:
        sizes = {1: rows["positives"], 0: rows["n"] - rows["positives"]}
        sums = {1: rows["among_positive"] * sizes[1], 0: rows["among_negative"] * sizes[0]}
        found = {label: sums[label].sum() / sizes[label].sum() for label in (1, 0) if sizes[label].sum()}
    else:
        found = {label: rows.loc[rows["label"] == label, "percentile"].mean() for label in (1, 0)}
        found = {label: mean for label, mean in found.items() if not pd.isna(mean)}
    told = [f"{words[label]} at percentile {mean:.0f}" for label, mean in found.items()]
    return f"{name} puts {' and '.join(told)} on average"


def map_title(shown: Substitutions, words: Mapping[int, str]) -> str:
    """How many substitutions of which residues there are, and how many of them are of label 1."""
    labels = shown.cells["label"].dropna()
    where = f"Of {count(len(labels), 'substitution')} of residues {shown.first:,} to {shown.last:,}"
    positives = int(labels.sum())
    share = f" ({positives / len(labels):.1%})" if len(labels) else ""
    verb = "is" if positives == 1 else "are"
    return f"{where}, {positives:,}{share} {verb if words[1] != 'label 1' else 'of'} {words[1]}"


def list_title(ctx: Context, n: int, first: int, last: int) -> str:
    """Which items stand on a sheet, and in what order."""
    view = ctx.view
    orders = {
        "place": "in the order of the task",
        "label": "by label",
        "system": f"by the percentile of {model_name(ctx, view.system)}",
        "rival": f"by the percentile of {model_name(ctx, view.rival)}",
        "gap": f"by how far {model_name(ctx, view.system)} and {model_name(ctx, view.rival)} are apart",
        "value": "by what was measured",
    }
    which = "" if last - first + 1 == n else f", {first:,} to {last:,}"
    return f"{nouns(view.suite, n)} {orders[view.by]}{', highest first' if view.down else ''}{which}"


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
