"""What stands beside the numbers of a page wherever they go: how many, how their intervals were made, whose."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.board import read_board
from dashboard.queries.findings import official
from dashboard.queries.provenance import Evidence, Shown, read_compared, read_evidence
from dashboard.queries.single_cells import read_single_cells
from dashboard.queries.suites import CLAIMS, MAIN_TASK, SUITES, of_tasks
from dashboard.text import count
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

OF_MEANS = "none is known of a mean over tasks"
"""Why means have no interval."""
_ENGINE = "engine"
_ROLES = ("model", "baseline", "control")
_OVER_PARTS = ("macro", "mean")
"""Columns whose n counts categories or classes."""
_MOST_WAYS = 3
_BOOTSTRAP = re.compile(
    r"percentile bootstrap(?P<what> of the confusion table)?, (?P<draws>\d+) draws, "
    r"(?P<how>iid|stratified|cluster over (?P<groups>\d+) groups), seed (?P<seed>\d+)"
)
_RECONSTRUCTED = re.compile(r"(reconstructed from [^:]+): (.*)")
_UNNAMED = ("Hanley", "unpaired")
"""What the store's words for intervals begin with that do not say how wide they are."""
_PERCENTILE = "percentile bootstrap"
_NUMBER = re.compile(r"\d{4,}")


def method_words(method: str) -> str:
    """How intervals were made, from the store's word for it: '95 % percentile bootstrap over items, 2,000 draws'."""
    if rebuilt := _RECONSTRUCTED.fullmatch(method):
        return f"{method_words(rebuilt[2])}, {rebuilt[1]}"
    if not (found := _BOOTSTRAP.match(method)):
        told = _NUMBER.sub(lambda number: f"{int(number[0]):,}", method)
        if told.startswith(_UNNAMED):
            return f"95 % {told}"
        return told if "95 %" in told else told.replace(_PERCENTILE, f"95 % {_PERCENTILE}", 1)
    over = {"iid": "items", "stratified": "items of each class"}.get(found["how"])
    over = over or f"{int(found['groups']):,} whole groups of items"
    draws = f"{int(found['draws']):,} draws, seed {found['seed']}"
    return f"95 % percentile bootstrap{found['what'] or ''} over {over}, {draws}{method[found.end() :]}"


def intervals(evidence: Evidence, none: str | None = None) -> str:
    """How the intervals of the values shown were made, or why there are none.

    Args:
        evidence: what the values rest on.
        none: why there are none; where nothing is given, whether they might have been published.
    """
    ways = list(dict.fromkeys(map(method_words, evidence.methods)))
    if not ways:
        own = _ENGINE in evidence.sources
        return f"no intervals: {none or ('none is known of these values' if own else 'none were published')}"
    told = "; ".join(ways[:_MOST_WAYS])
    if (more := len(ways) - _MOST_WAYS) > 0:
        told += f"; {count(more, 'more way')}"
    return f"{told}; {evidence.without:,} of {evidence.n:,} values have none" if evidence.without else told


def systems(roles: Iterable[str]) -> str:
    """'41 models, 2 baselines'; what there is none of is not named, but for models."""
    found = list(roles)
    numbers = {role: found.count(role) for role in _ROLES}
    return ", ".join(count(n, role) for role, n in numbers.items() if n or role == "model")


def shown_on(board: Board, kind: str) -> Shown:
    """The scores that a board is made of.

    Args:
        board: with the rows that are shown.
        kind: of the parts that are its columns; empty where they are categories of tasks.
    """
    parts = board.suite in MAIN_TASK
    return Shown(
        suite=board.suite,
        tasks=(MAIN_TASK[board.suite],) if parts else (),
        stratum="" if parts else ALL_STRATA,
        kind=kind if parts else "",
        metric=board.metric,
        regimes=(board.regime,),
        protocols=tuple(sorted(set(board.models["protocol"].dropna()))),
        models=tuple(map(str, board.models.index)),
    )


def rows_of(board: Board, key: str = "") -> str:
    """What a board, or one column of it, is over: '241,509 variants, 12 models, 2 baselines'."""
    text = SUITES[board.suite]
    whole, noun = (ALL_STRATA, text.noun) if text.kinds else ("micro", "task")
    known = {column.key: column.n for column in board.columns}
    if of_tasks(board.suite) and not key:
        whole, noun, known = "", "task", {"": len(board.columns)}
    n = known.get(whole if key in {"", *_OVER_PARTS} else key)
    return ", ".join(filter(None, (count(n, noun) if n else "", systems(board.models["role"]))))


def about_board(board: Board, kind: str) -> About:
    """Of a board's values; `kind` is that of its columns."""
    found = load(read_evidence, shown_on(board, kind))
    if not SUITES[board.suite].kinds:
        found = replace(found, methods=())
    told = intervals(found, None if SUITES[board.suite].kinds else OF_MEANS)
    return About(rows_of(board), told, found.sources)


def about_cell(board: Board, model: str, key: str, kind: str) -> About:
    """Of what is behind one cell: the tasks or the part that its value is over, and what there is to beat."""
    column, shown = board.column(key), shown_on(board.keep([model]), kind)
    if column.kind != "summary":
        place = {"tasks": (column.task,), "stratum": column.stratum} if column.task else {"category": key}
        shown = replace(shown, **place)
    values, beaten = load(read_evidence, shown), load(read_compared, shown, (CLAIMS,))
    told = intervals(values)
    if beaten.methods:
        told = f"{told}; of differences: {intervals(beaten)}"
    over = rows_of(board, key).split(", ", maxsplit=1)[0] if column.n else "1 system"
    return About(over, told, tuple(dict.fromkeys((*values.sources, *(beaten.sources if beaten.n else ())))))


def about_drawn(board: Board, key: str, kind: str, told: str) -> About:
    """Of the values of one column, drawn for the rows of a board; `told` says what is known of intervals."""
    found = load(read_evidence, shown_on(board, kind))
    return About(rows_of(board, key), told, found.sources)


def about_standings(rows: pd.DataFrame) -> About:
    """Of every model next to the registered baseline on whole tasks; rows are judged ones of `read_standings`."""
    suites = [(suite, SUITES[suite]) for suite in dict.fromkeys(rows["suite"])]
    found = [
        load(
            read_evidence,
            Shown(
                tasks=tuple(rows.loc[rows["suite"] == suite, "task_id"]),
                stratum=ALL_STRATA,
                metric=text.metrics[0],
                regimes=text.regimes[:1],
                protocols=(*text.protocols, CLAIMS),
            ),
        )
        for suite, text in suites
    ]
    pairs = int(rows[["below", "level", "above"]].to_numpy().sum())
    whole = together(found)
    return About(
        f"{count(len(rows), 'task')}, {count(pairs, 'pair')} of model and task", intervals(whole), whole.sources
    )


def together(found: Sequence[Evidence]) -> Evidence:
    """What several kinds of values rest on, in their order."""
    sources = dict.fromkeys(source for one in found for source in one.sources)
    methods = dict.fromkeys(method for one in found for method in one.methods)
    return Evidence(tuple(sources), tuple(methods), sum(one.n for one in found), sum(one.without for one in found))


def about_all(models: int, baselines: int, tasks: int) -> About:
    """Of everything in the store."""
    found = load(read_evidence, Shown())
    n = f"{count(models, 'model')}, {count(baselines, 'baseline')}, {count(tasks, 'task')}"
    return About(n, "intervals as stated with each finding", found.sources)


def about_finding(catalog: Catalog, key: str) -> About:
    """Of a finding of the Overview, by its key."""
    if key == "pooled":
        board = load(read_board, catalog, "clinvar", "zero_shot", "AUROC", "variant_class")
        return about_board(board.keep(["rule-based", "evo-2-40b"]), "variant_class")
    if key == "cells":
        return about_single_cells()
    return about_board(official(load(read_board, catalog, "geneb", "full", "MCC", "")), "")


def about_single_cells(*tasks: str) -> About:
    """Of differences on single-cell tasks; of all of them where none is named."""
    rows = load(read_single_cells)
    rows = rows[rows["task_id"].isin(tasks)] if tasks else rows
    own = rows.drop_duplicates("task_id")[["task_id", "metric", "protocol"]].itertuples(index=False, name=None)
    found = together(
        [
            load(read_compared, Shown(tasks=(task,), stratum=ALL_STRATA, metric=metric, protocols=(protocol,)))
            for task, metric, protocol in own
        ]
    )
    n = f"{count(rows['task_id'].nunique(), 'task')}, {count(rows['model_id'].nunique(), 'system')}"
    return About(n, intervals(found), found.sources)


def about_against(board: Board, kind: str) -> About:
    """Of a board's differences to what a model has to beat; `board` has the baselines among its rows or not."""
    found = load(read_compared, shown_on(board, kind), (CLAIMS,))
    told = intervals(found)
    single = bool(found.methods) and not SUITES[board.suite].kinds
    return About(rows_of(board), f"of single tasks: {told}" if single else told, found.sources)


def about_scores(shown: Shown, n: str, *, none: str | None = None) -> About:
    """Of scores of the store.

    Args:
        shown: which.
        n: how many of what.
        none: why they have no intervals, where they have none.
    """
    found = load(read_evidence, shown)
    return About(n, intervals(found, none), found.sources)


def about_compared(shown: Shown, n: str) -> About:
    """Of differences to registered baselines; arguments as for `about_scores`."""
    found = load(read_compared, shown, (CLAIMS,))
    return About(n, intervals(found), found.sources)
