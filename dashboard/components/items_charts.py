"""The picture of the items listed: along the gene or protein, or residue by residue."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts.palette import label_mark
from dashboard.charts.substitutions import PAINTED, substitutions_chart
from dashboard.charts.track import track_chart
from dashboard.components.exhibit import chart
from dashboard.components.items_words import map_title, model_name, nouns, track_title
from dashboard.database import load
from dashboard.filters import choose, one
from dashboard.queries.substitutions import WINDOW, Substitutions, read_substitutions
from dashboard.queries.suites import label_words
from dashboard.queries.track import BINS, MOST_MARKS, Track, axis, read_track
from dashboard.text import capital

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.filters import Context
    from dashboard.queries.item_rows import Asked, Known

_PAINT = {"value": "Measured", "system": "System", "difference": "Difference"}


def items_chart(ctx: Context, asked: Asked, n: int, known: Known) -> None:
    """What can be drawn of these items; nothing where they have no positions."""
    if known.substituted == known.n and known.measured and known.genes <= 1:
        _map(ctx, asked, known)
    elif known.placed and asked.system:
        _track(ctx, asked, n)


def _key(ctx: Context) -> None:
    """What the marks of the two labels look like."""
    words = label_words(ctx.view.suite)
    parts = []
    for label in (1, 0):
        shown = label_mark(label, ctx.colours)
        parts.append(f'<span><span style="color:{shown.colour}">{shown.glyph}</span> {escape(words[label])}</span>')
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')


def _track(ctx: Context, asked: Asked, n: int) -> None:
    track = load(read_track, asked, n)
    name = model_name(ctx, asked.system)
    if track.rows.empty:
        st.info(f"{name} scored none of these.", icon=":material/search_off:")
        return
    _key(ctx)
    words = label_words(ctx.view.suite)
    told = _track_sentence(ctx, track, n, name)
    chart(
        track_chart(
            track,
            ctx.colours,
            words=words,
            axis_words="percentile",
            item=ctx.view.item,
        ),
        key="track",
        title=track_title(track, words, name),
        rows=lambda: _track_rows(track, words),
        file=f"{asked.task}-track",
        notes=[told],
        on_select=_on_stretch if track.binned else _on_item("track"),
        selection_mode="points",
        alt=f"Percentile of {name} for {nouns(ctx.view.suite, n)} along the gene; the same numbers are in the list",
    )
    st.caption(told)


def _track_rows(track: Track, words: Mapping[int, str]) -> pd.DataFrame:
    """What is drawn with words for headings: an item a row, or a stretch of the task."""
    rows = track.rows
    if track.binned:
        names = {"chrom": "Chromosome", "gene": "Gene", "first": "From", "last": "To", "n": "Items"}
        names |= {"positives": capital(words[1])}
        names |= {"among_negative": f"Mean percentile, {words[0]}", "among_positive": f"Mean percentile, {words[1]}"}
        return rows[list(names)].rename(columns=names)
    return pd.DataFrame(
        {
            "Variant": rows["item_id"],
            "Chromosome": rows["chrom"],
            "Gene": rows["gene"],
            "Position": rows["place"],
            "Consequence": rows["consequence"],
            "Label": rows["label"].astype(int).map(words),
            "Percentile": rows["percentile"],
        }
    )


def _track_sentence(ctx: Context, track: Track, n: int, name: str) -> str:
    like = label_words(ctx.view.suite)[1]
    told = f"Height: percentile of {name}, 100 is most like {like}."
    if track.binned:
        return (
            f"{told} More than {MOST_MARKS:,}, so each pair of marks is the mean of a stretch: one of {BINS} along the "
            "task. A click on a stretch of one gene shows it alone; so do gene and position in the sidebar."
        )
    across = axis(track.rows)
    if across.ranked:
        told += " One after another, not to scale."
    elif across.breaks:
        told += " Dotted: positions without variants are left out."
    missing = n - len(track.rows)
    return f"{told} {missing:,} without a score are not drawn." if missing else told


def _on_item(chart: str) -> Any:
    def clicked() -> None:
        points = st.session_state[chart]["selection"]["points"]
        # A click on what is chosen already comes as an empty event.
        if points and points[0].get("customdata"):
            choose(item=points[0]["customdata"][0])

    return clicked


def _on_stretch() -> None:
    points = st.session_state["track"]["selection"]["points"]
    if points and points[0]["customdata"][0]:
        first, last, gene = points[0]["customdata"][:3]
        choose(start=int(first), end=int(last), **({"gene": gene} if gene else {}))


def _map(ctx: Context, asked: Asked, known: Known) -> None:
    first = max(known.first, asked.filters.start or 0)
    last = known.last if asked.filters.end is None else min(known.last, asked.filters.end)
    if first > last:
        return
    shown = load(read_substitutions, asked, first, last)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one("paint", "Colour", ctx, _PAINT.get)
        _windows(shown, known)
    words, told = label_words(ctx.view.suite), _map_sentence(ctx)
    chart(
        substitutions_chart(
            shown,
            ctx.colours,
            paint=ctx.view.paint,
            words=words,
            item=ctx.view.item,
        ),
        key="substitutions",
        title=map_title(shown, words),
        rows=lambda: _map_rows(shown, words),
        file=f"{asked.task}-substitutions",
        notes=[told],
        on_select=_on_item("substitutions"),
        selection_mode="points",
        alt=f"Residues {shown.first} to {shown.last} by amino acid; the same numbers are in the list",
    )
    st.caption(told)


def _map_rows(shown: Substitutions, words: Mapping[int, str]) -> pd.DataFrame:
    cells = shown.cells
    return pd.DataFrame(
        {
            "Variant": cells["item_id"],
            "Residue": cells["residue"],
            "From": cells["residue_ref"],
            "To": cells["residue_alt"],
            "Label": cells["label"].map(words),
            "Measured": cells["value"],
            "Percentile of the measured value": cells["measured"],
            "Percentile of the system": cells["percentile"],
        }
    )


def _map_sentence(ctx: Context) -> str:
    what = PAINTED[ctx.view.paint].format(system=model_name(ctx, ctx.view.system))
    ends = {
        "value": "the scale spans the middle 96 % of all measured values",
        "system": f"100 is most like {label_words(ctx.view.suite)[1]}",
        "difference": "blue: the system puts it higher than the measurement does, orange: lower",
    }
    return (
        f"Colour: {what}; {ends[ctx.view.paint]}. Dot: the amino acid of the protein as it is. Empty: not measured, or "
        "filtered out. A click opens the variant."
    )


def _windows(shown: Substitutions, known: Known) -> None:
    """Steps along a protein that is too long to be shown at once."""
    if known.last - known.first < WINDOW:
        return
    st.caption(f"Residues {shown.first:,}–{shown.last:,} of {known.last:,}", width="content")
    before = max(known.first, shown.first - WINDOW)
    for label, start, there in (
        ("← Residues before", before, shown.first > known.first),
        ("Residues after →", shown.last + 1, shown.last < known.last),
    ):
        change = {"start": start, "end": start + WINDOW - 1}
        st.button(label, on_click=choose, kwargs=change, disabled=not there, key=f"window-{label}")
