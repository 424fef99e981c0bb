"""The page `/traps`: ways to compare wrongly, each caught in this store, and what a fair critic says of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.components.about import together
from dashboard.components.about_evidence import STATED, ids_of
from dashboard.components.exhibit import card, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.links import fresh_link
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.flag_words import flag_name
from dashboard.queries.citations import Source, cited, linked, read_citations
from dashboard.queries.provenance import read_evidence
from dashboard.queries.traps import (
    FLAGS_OF,
    read_flagged,
    read_not_claimed,
    read_objections,
    read_traps,
)
from dashboard.queries.traps_examples import read_baseline_trap, read_examples, read_floor_trap
from dashboard.text import count, in_words, listed, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.filters import Context
    from dashboard.queries.traps_examples import Example

_BASELINE_TRAP = (
    "A model looks good until something simple is measured beside it. A board of models alone cannot show that none of "
    "them is worth its size."
)
_AS_THEY_STAND = "no intervals: values as they stand in the store, and counts of them"
_BASELINE_SOURCES = "geneb_2026"
_BASELINE_FLAG = (
    "The baseline to beat is named beforehand, drawn first, and every verdict is against it; the flag says where a "
    "stronger simple method exists."
)


def traps_page(ctx: Context) -> None:
    """Draw the page."""
    traps, examples, sources = load(read_traps), load(read_examples), load(read_citations)
    baseline, flagged = load(read_baseline_trap), load(read_flagged)
    shown = sum(row.trap_id in examples for row in traps.itertuples())
    heading(_title(baseline, len(traps)), _lede(shown, len(traps)))
    say_about(About(f"{count(len(traps), 'trap')} of the literature", STATED, ids_of(traps["source_ids"])))
    if baseline is not None:
        section("The baseline is missing")
        _told(_BASELINE_TRAP, _BASELINE_FLAG, _flags(("WEAK_BASELINE",), flagged))
        st.caption(
            f"Sources: {linked(cited(_BASELINE_SOURCES, sources))} for the models; the baselines were fitted here"
        )
        _example(ctx, baseline)
        if (floor := load(read_floor_trap)) is not None:
            _example(ctx, floor)
    for trap in traps.itertuples():
        section(str(trap.name))
        flags = _flags(FLAGS_OF.get(str(trap.trap_id), ()), flagged)
        _told(str(trap.what_goes_wrong), str(trap.what_a_dashboard_should_flag), flags)
        st.caption(f"Sources: {linked(cited(str(trap.source_ids), sources))}")
        for example in examples.get(str(trap.trap_id), []):
            _example(ctx, example)
        if trap.trap_id not in examples:
            st.info("This store holds no example of it.", icon=":material/search_off:")
    _objections(sources)
    _not_claimed(sources)
    _sources(traps, sources)


def _title(baseline: Example | None, traps: int) -> str:
    if baseline is None:
        return f"{in_words(traps).capitalize()} ways to compare models wrongly"
    return (
        f"A plain baseline is ahead of most published models on {baseline.number} tasks: one of {in_words(traps + 1)} "
        "traps"
    )


def _lede(shown: int, traps: int) -> str:
    each = "each" if shown == traps else f"{in_words(shown)} of them"
    return (
        f"{in_words(traps).capitalize()} traps from the literature, {each} with an example out of this store, after "
        "the one that this ledger was built around. Then what a fair critic says of this comparison, and what it does "
        "not claim."
    )


def _told(wrong: str, flag: str, flags: str) -> None:
    left, right = st.columns(2, gap="large")
    left.markdown(f"**What goes wrong.** {plain(wrong)}")
    right.markdown(f"**What is to be flagged.** {plain(flag)} {flags}")


def _flags(names: tuple[str, ...], flagged: Mapping[str, int]) -> str:
    """Which flags of the engine warn of it, and on how many comparisons of this store."""
    found = [f"“{flag_name(name)}” on {flagged[name]:,}" for name in names if name in flagged]
    unseen = [f"“{flag_name(name)}”" for name in names if name not in flagged]
    parts = [f"Comparisons flagged here: {listed(found, 6)}."] if found else []
    if unseen:
        parts.append(f"Raised on none so far: {listed(unseen, 6)}.")
    return " ".join(parts)


def _example(ctx: Context, example: Example) -> None:
    """The number in large figures, what it says, where to look, and the rows behind it."""
    rows = example.rows.drop(columns="Task id", errors="ignore")
    with st.container(border=True):
        figure, words = st.columns([1, 3], gap="medium", vertical_alignment="center")
        figure.html(f'<div class="vl-big">{escape(example.number)}</div>')
        with words:
            st.markdown(plain(example.sentence))
            fresh_link(ctx, example.page, f"{example.link} →", example.query)
        with st.expander("The numbers"):
            table(
                rows,
                name=f"trap-{example.key}",
                title=plain(example.sentence.partition(". ")[0].removesuffix(".")),
                notes=[plain(example.sentence)],
                about=_about(example),
                alt=f"The numbers behind this example: {', '.join(example.rows.columns)}",
                columns=_formats(rows),
                height=420 if len(rows) > 12 else "content",
            )
            st.code(f'vledger sql "{_one_line(example.sql)}"', language="bash", wrap_lines=True)


def _about(example: Example) -> About:
    found = together([load(read_evidence, shown) for shown in example.shown])
    return About(example.of, _AS_THEY_STAND, found.sources)


def _formats(rows: pd.DataFrame) -> dict[str, Any]:
    scores = [name for name in rows.columns if pd.api.types.is_float_dtype(rows[name]) and rows[name].abs().max() <= 1]
    return {name: st.column_config.NumberColumn(format="%.3f") for name in scores}


def _one_line(sql: str) -> str:
    """The query in one line, quoted for a shell."""
    return " ".join(sql.split()).replace('"', '\\"')


def _objections(sources: Mapping[str, Source]) -> None:
    rows = load(read_objections)
    title = f"{in_words(len(rows)).capitalize()} objections to this very comparison"
    section(title)
    st.markdown(
        "\n".join(
            f"- **{plain(row.objection)}** {plain(row.effect_on_reading)} {linked(cited(row.source_ids, sources))}"
            for row in rows.itertuples()
        )
    )
    card(
        key="objections",
        title=title,
        alt="Objections to this comparison, each with what it does to the reading",
        rows=lambda: _in_words(rows, {"objection": "Objection", "effect_on_reading": "What it does to the reading"}),
        about=About(count(len(rows), "objection"), STATED, ids_of(rows["source_ids"])),
    )


def _in_words(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return rows[list(names)].rename(columns=names)


def _not_claimed(sources: Mapping[str, Source]) -> None:
    rows = load(read_not_claimed)
    section("What is not claimed")
    st.markdown(
        "\n".join(
            f"- **{plain(row.claim_not_made)}.** {plain(row.reason)} {linked(cited(row.source_ids, sources))}"
            for row in rows.itertuples()
        )
    )
    card(
        key="not-claimed",
        title=f"{in_words(len(rows)).capitalize()} things that this ledger does not claim",
        alt="What is not claimed, and why",
        rows=lambda: _in_words(rows, {"claim_not_made": "Not claimed", "reason": "Why"}),
        about=About(count(len(rows), "claim") + " not made", STATED, ids_of(rows["source_ids"])),
    )


def _sources(traps: pd.DataFrame, sources: Mapping[str, Source]) -> None:
    """All of it as one table, each row with its sources in full."""
    rows = [
        *(
            ("trap", row.name, row.what_goes_wrong, row.what_a_dashboard_should_flag, row.source_ids)
            for row in traps.itertuples(index=False)
        ),
        *(
            ("objection", row.objection, row.objection, row.effect_on_reading, row.source_ids)
            for row in load(read_objections).itertuples()
        ),
        *(
            ("not claimed", row.claim_not_made, row.claim_not_made, row.reason, row.source_ids)
            for row in load(read_not_claimed).itertuples()
        ),
    ]
    with st.expander(f"All {count(len(rows), 'row')} with their sources in full"):
        found = [
            {"Kind": kind, "What": what, "In words": said, "So": effect, "Source": source.citation, "Link": source.url}
            for kind, what, said, effect, names in rows
            for source in cited(names, sources)
        ]
        table(
            pd.DataFrame(found),
            name="traps-and-objections",
            title=f"{len(traps)} traps, and what a fair critic says of this comparison, each with its sources",
            about=About(count(len(rows), "row"), STATED, ids_of([row[-1] for row in rows])),
            alt="Traps, objections and what is not claimed, a row a source",
            columns={"Source": st.column_config.TextColumn(width="large"), "Link": st.column_config.LinkColumn()},
            height=420,
        )
        st.code(
            "\n".join(f'vledger sql "SELECT * FROM {name}"' for name in ("trap", "objection", "not_claimed")),
            language="bash",
        )
