"""What stands beside claims, single items and what was measured for a question: how many, which intervals, whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.about import intervals, together
from dashboard.components.items_words import nouns
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.provenance import Evidence, Shown, read_evidence
from dashboard.queries.system import read_fact_sources
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from dashboard.filters import Context
    from dashboard.queries.slices import Worth
    from engine.statistics.estimates import Difference

AS_PUBLISHED = "no intervals: claims and their values are quoted as published"
COUNTED = "no intervals: these are counts"
STATED = "no intervals: facts as stated, not estimates"
_SINGLE = "no intervals: scores of single items as they are, percentiles counted among all of the task"
_PLACED = "no intervals: a share says how many items of the task score below this one"
_TOO_FEW = "too few items for any"


def ids_of(*columns: Iterable[object]) -> tuple[str, ...]:
    """Ids of sources in columns of the store, which may name several parted by semicolons: the most frequent first."""
    found: dict[str, int] = {}
    for cell in (cell for column in columns for cell in column if isinstance(cell, str)):
        for name in filter(None, map(str.strip, cell.split(";"))):
            found[name] = found.get(name, 0) + 1
    return tuple(sorted(found, key=lambda name: -found[name]))


def about_claims(claims: pd.DataFrame) -> About:
    """Of claims with `source_id`."""
    sources = ids_of(claims["source_id"])
    return About(f"{count(len(claims), 'claim')} from {count(len(sources), 'source')}", AS_PUBLISHED, sources)


def about_facts(n: str, systems: Iterable[str], *more: str) -> About:
    """Of what is stated of systems; `more` are ids of further sources, named first."""
    return About(n, STATED, tuple(dict.fromkeys((*more, *load(read_fact_sources, tuple(systems))))))


def about_several(n: str, shown: Iterable[Shown], none: str | None = None) -> About:
    """Of scores of several places; `none` says why they have no intervals, where they have none."""
    found = together([load(read_evidence, one) for one in shown])
    return About(n, intervals(found, none), found.sources)


def about_items(ctx: Context, n: int, total: int) -> About:
    """Of the items of a task that are listed, and what up to two systems say of them."""
    systems = _pair(ctx)
    some = f"{n:,} of {nouns(ctx.view.suite, total)}" if n < total else nouns(ctx.view.suite, total)
    return About(f"{some}, {count(len(systems), 'system')}", _SINGLE, _sources(ctx, systems))


def about_variant(ctx: Context, standings: pd.DataFrame) -> About:
    """Of one item: who scored it, and among how many items its scores are placed."""
    scored, most = int(standings["score"].notna().sum()), int(standings["n"].max()) if len(standings) else 0
    told = f"1 item, scored by {scored} of {count(len(standings), 'system')}, placed among up to"
    return About(f"{told} {nouns(ctx.view.suite, most)}", _PLACED, _sources(ctx, tuple(map(str, standings.index))))


def about_slices(ctx: Context, found: Sequence[Worth]) -> About:
    """Of slices that were computed: items that the first system scored on the largest of them."""
    systems, largest = _pair(ctx), max((one.first.n for one in found), default=0)
    sides = [side for one in found for side in (one.first, one.second) if side is not None]
    n = f"{count(len(found), 'slice')} of up to {nouns(ctx.view.suite, largest)}, {count(len(systems), 'system')}"
    return About(n, _ways(one.method for one in sides), _sources(ctx, systems))


def about_pairs(ctx: Context, found: Sequence[Difference]) -> About:
    """Of differences between two slices each."""
    largest = nouns(ctx.view.suite, max((one.n for one in found), default=0))
    return About(
        f"{count(len(found), 'pair')} of slices, up to {largest}",
        _ways(one.method for one in found),
        _sources(ctx, _pair(ctx)[:1]),
    )


def _ways(methods: Iterable[str | None]) -> str:
    """How intervals that were made now were made."""
    every = list(methods)
    known = [method for method in every if method]
    return intervals(Evidence((), tuple(dict.fromkeys(known)), len(every), len(every) - len(known)), _TOO_FEW)


def _pair(ctx: Context) -> tuple[str, ...]:
    return tuple(filter(None, (ctx.view.system, ctx.view.rival)))


def _sources(ctx: Context, systems: tuple[str, ...]) -> tuple[str, ...]:
    """Of the scores that these systems have on the task looked at, and of the task."""
    return load(read_evidence, Shown(tasks=(ctx.view.task or "",), models=systems)).sources
