"""What compared cells show on `/your-split`: embeddings against the baseline, their parts, cell types, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.split_forest import strata, strata_rows
from dashboard.components.exhibit import chart, say_about, table
from dashboard.components.heading import section
from dashboard.components.split_cells_words import CELLS, lines, types_title, unmixed
from dashboard.components.split_judged import (
    difference_rows,
    from_the_command_line,
    metric_choice,
    pair_choice,
    take_away,
    value_rows,
    values,
    verdicts,
)
from dashboard.components.split_tables import metrics_table, parts_table
from dashboard.components.split_words import about_split, title_of
from dashboard.text import METRICS, count, plain
from engine.local_split.cells.by_type import by_type

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dashboard.filters import Context
    from engine.local_split.cells.exchange import CellsResult
    from engine.local_split.client import TakenCells
    from engine.local_split.exchange import Problem

_MOST_TYPES = 60
_OF_TYPES = "ASW"
_NO_EMBEDDING = "The file has no embedding: write that of your model into obsm, a row of numbers for each cell."
_HELD = (
    "95 % intervals are over cells drawn within their types, with embedding, clusters and silhouettes held fixed. The "
    "labels choose the resolution of the clusters, alike for every system."
)


def cells_result(ctx: Context, taken: TakenCells, said: Container[Problem]) -> None:
    """Everything that was found, but for problems that were said of the file already."""
    found = taken.result
    say_about(about_split(found, CELLS))
    section("What a model has to beat, and what beats it")
    wide, beside = st.columns([7, 3], gap="large")
    with wide:
        metric = metric_choice(found)
        st.caption(METRICS[metric].sentence)
        values(ctx, found, found.parts[0], metric, CELLS)
        st.caption(_HELD)
        _types(ctx, found)
    with beside:
        verdicts(found, CELLS, nothing=_NO_EMBEDDING)
        _care([one for one in (*found.problems, *found.failed) if one not in said])
        take_away(taken, found.found.name)
    _numbers(found)
    from_the_command_line(found, found.found.sha256)


def _types(ctx: Context, found: CellsResult) -> None:
    """ASW of each cell type, of one embedding next to the baseline to beat."""
    section("Cell type by cell type")
    pair = pair_choice(found)
    if pair is None:
        return
    parts = by_type(found)
    rows = strata_rows(parts, pair, _OF_TYPES, found.label)
    types = rows.iloc[1:]
    if not types["value"].notna().any():
        st.caption(f"{plain(pair[0].name)} has no value of single types.")
        return
    above = int((types["value"] > types["baseline_value"]).sum())
    told = "Hollow: a single type has no interval and is not judged."
    if len(types) > _MOST_TYPES:
        told += f" The {_MOST_TYPES} largest of {len(types)}; all are in the files."
    chart(
        strata(parts, pair, _OF_TYPES, ctx.colours, name=_OF_TYPES, column=found.label, most=_MOST_TYPES, noun="cell"),
        key="split-parts",
        title=types_title(pair[0].name, pair[1].name, above, len(types)),
        rows=lambda: parts_table(rows, pair),
        file="your-split-types",
        notes=[told],
        alt=f"ASW of {pair[0].name} and {pair[1].name} in {count(len(types), 'cell type')}; none of them is judged",
    )
    st.caption(told)


def _care(problems: Sequence[Problem]) -> None:
    if problems:
        st.markdown("#### Read with care")
        st.markdown(lines(problems))


def _numbers(found: CellsResult) -> None:
    section("The numbers")
    told = unmixed(found)
    table(
        metrics_table(found),
        name="your-split-metrics",
        key="metrics",
        title=plain(title_of(found, CELLS)),
        baselines=[one.role == "baseline" for one in found.systems],
        alt=f"{count(len(found.metrics), 'metric')} of {count(len(found.systems), 'system')}, each with its interval",
        notes=[] if told is None else [told],
    )
    if told is not None:
        st.caption(told)
    with st.expander("Every value by itself, types of cells included"):
        value_rows(by_type(found), CELLS)
    difference_rows(found, CELLS)
