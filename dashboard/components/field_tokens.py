"""Tokens on the Field map: a sequence that the reader types, cut in every way that the models cut it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components import field_words as words
from dashboard.components.about_evidence import COUNTED, STATED
from dashboard.components.exhibit import card, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.links import page_link
from dashboard.exhibits import About
from dashboard.filters import key
from dashboard.queries.suites import SUITES
from dashboard.queries.tokens import (
    CUTTERS,
    EXAMPLE,
    LONGEST,
    Token,
    changed,
    cleaned,
    hidden,
    holding,
    levels,
    stranger,
    substituted,
)
from dashboard.text import capital, count, plain

if TYPE_CHECKING:
    from dashboard.filters import Context

_STYLE = """
<style>
  .vl-cut { display: grid; gap: 2px 0; font-family: ui-monospace, "Source Code Pro", monospace; font-size: .72rem;
    line-height: 1.25rem; margin: 0 0 .2rem; }
  .vl-cut span { border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 3px;
    margin-right: 1px; text-align: center; overflow: hidden; white-space: nowrap; min-width: 0; }
  .vl-cut .vl-here { background: VL-ACCENT; color: VL-GROUND; border-color: VL-ACCENT; font-weight: 600; }
  .vl-cut .vl-rule { border: 0; opacity: .75; font-size: .66rem; }
  .vl-cut .vl-rule.vl-here { opacity: 1; }
  .vl-cut-name { font-size: .9rem; margin: .5rem 0 .15rem; }
  .vl-cut-name small { opacity: .78; }
</style>
"""


def tokens_scene(ctx: Context, systems: pd.DataFrame) -> None:
    """Draw it."""
    sequence, wrong = _sequence(ctx.view.letters)
    place = min(ctx.view.place, len(sequence)) or (len(sequence) + 1) // 2
    cuts = {cutter.name: cutter.cut(sequence) for cutter in CUTTERS}
    heading(
        words.tokens_title(cuts, len(sequence)),
        "A model never sees letters, it sees tokens: the way a sequence is cut decides how long it is, what one "
        "substitution changes, and whether a hidden word is really hidden.",
    )
    st.text_input(
        f"A sequence of A, C, G, T and N, up to {LONGEST} letters",
        key=key("letters", ctx.view.letters),
        placeholder=f"{EXAMPLE} (made up)",
        max_chars=LONGEST,
    )
    if wrong is not None:
        st.warning(wrong, icon=":material/spellcheck:")
    if len(sequence) > 1:
        st.slider(
            "Place looked at",
            1,
            len(sequence),
            key=key("place", place),
            help="Every token that holds this letter is marked. The arrow keys move it.",
        )
    say_about(About(f"1 sequence of {count(len(sequence), 'letter')}, {len(CUTTERS)} ways of cutting", COUNTED))
    _boxes(ctx, sequence, place - 1, cuts)
    card(
        key="cuts",
        title=words.tokens_title(cuts, len(sequence)),
        alt=f"The sequence {sequence} cut into tokens in {len(CUTTERS)} ways",
        rows=lambda: cuts_table(cuts),
        notes=[f"The sequence: {sequence}. Place looked at: {place}."],
        file="tokens",
    )
    _told(sequence, place - 1, cuts)
    _models(ctx, systems)


def cuts_table(cuts: dict[str, list[Token]]) -> pd.DataFrame:
    """The tokens of each way of cutting, in order."""
    return pd.DataFrame(
        [
            {
                "Cut": cutter.name,
                "Tokens": len(cuts[cutter.name]),
                "In order": " ".join(token.text for token in cuts[cutter.name]) or None,
                "Rule": cutter.sentence,
            }
            for cutter in CUTTERS
        ]
    )


def _sequence(letters: str) -> tuple[str, str | None]:
    """What is cut, and a sentence where what was typed cannot be."""
    given = cleaned(letters)
    found = stranger(given)
    if found is None:
        return given or EXAMPLE, None
    place, letter = found
    return EXAMPLE, (
        f"Letter {place}, {plain(letter)}, is none of A, C, G, T and N; the made-up example is shown instead."
    )


def _boxes(ctx: Context, sequence: str, place: int, cuts: dict[str, list[Token]]) -> None:
    """Rows of boxes in step with the letters, a box a token; those that hold the place are filled."""
    style = _STYLE.replace("VL-ACCENT", ctx.colours.accent).replace("VL-GROUND", ctx.colours.ground)
    rule = [Token(number, number + 1, letter) for number, letter in enumerate(sequence)]
    parts = [_row(rule, place, len(sequence), rule=True)]
    for cutter in CUTTERS:
        tokens = cuts[cutter.name]
        each = f", {len(sequence) / len(tokens):.1f} letters a token" if tokens else ": the sequence is too short"
        head = f"<b>{escape(cutter.name)}</b> · {count(len(tokens), 'token')}{each}"
        head += f" <small>{escape(cutter.sentence)}</small>"
        parts += [f'<div class="vl-cut-name">{head}</div>', _row(tokens, place, len(sequence))]
    st.html(style + "".join(parts))


def _row(tokens: list[Token], place: int, letters: int, *, rule: bool = False) -> str:
    lines = levels(tokens)
    spans = []
    for token, line in zip(tokens, lines, strict=True):
        here = token.start <= place < token.end
        classes = " ".join(name for name, on in (("vl-rule", rule), ("vl-here", here)) if on)
        spans.append(
            f'<span class="{classes}" style="grid-column:{token.start + 1}/{token.end + 1};grid-row:{line + 1}" '
            f'title="{token.text}, {token.start + 1}–{token.end}">{token.text}</span>'
        )
    return (
        f'<div class="vl-cut" style="grid-template-columns:repeat({letters},minmax(0,1.6rem))">{"".join(spans)}</div>'
    )


def _told(sequence: str, place: int, cuts: dict[str, list[Token]]) -> None:
    """What hiding a token hides, and what one substitution changes, in sentences and as a table."""
    section("What a hidden token gives away")
    st.markdown("\n".join(f"- {words.leak_sentence(name, hidden(tokens, place))}" for name, tokens in cuts.items()))
    other = substituted(sequence, place)
    section(f"What {sequence[place]} to {other[place]} at place {place + 1} changes")
    rows = []
    for cutter in CUTTERS:
        tokens, after = cuts[cutter.name], cutter.cut(other)
        found = hidden(tokens, place)
        rows.append(
            {
                "Cut": cutter.name,
                "Tokens": len(tokens),
                "Letters a token": len(sequence) / len(tokens) if tokens else None,
                "With this letter": len(holding(tokens, place)),
                "Change": changed(tokens, after),
                "Share": 100 * changed(tokens, after) / len(after) if after else None,
                "After": len(after),
                "Hidden letters": found.letters if found else None,
                "Still readable": found.readable if found else None,
            }
        )
    shown = pd.DataFrame(rows)
    table(
        shown,
        name="field-tokens",
        key="substitution",
        title=words.substitution_title(sequence, other, place, [int(number) for number in shown["Change"]]),
        alt="For each way of cutting: tokens, tokens with this letter, tokens that a substitution changes",
        columns={
            "Letters a token": st.column_config.NumberColumn(format="%.1f"),
            "With this letter": st.column_config.NumberColumn(help="Tokens that hold the place looked at"),
            "Change": st.column_config.NumberColumn(help="Tokens of the changed sequence that were not there before"),
            "Share": st.column_config.NumberColumn(format="%.0f %%", help="Of the tokens of the changed sequence"),
            "After": st.column_config.NumberColumn(help="Tokens of the changed sequence"),
            "Hidden letters": st.column_config.NumberColumn(help="Letters of the one token that is hidden"),
            "Still readable": st.column_config.NumberColumn(help="How many of these other tokens still spell"),
        },
        height="content",
    )


def _models(ctx: Context, systems: pd.DataFrame) -> None:
    """Which models of the store cut in which way, with the way to them on the Leaderboard."""
    section("Which models cut how")
    models = systems[systems["role"] == "model"]
    kinds = models.groupby("tokenizer")["name"].agg(list)
    for kind, rows in sorted(models.groupby("tokenizer"), key=lambda pair: -len(pair[1])):
        above = " (above)" if any(cutter.kind == kind for cutter in CUTTERS) else ""
        named = words.registry_words(list(rows["name"]))
        suite, number = _most(ctx, rows)
        with st.container(gap=None):
            st.markdown(f"**{plain(capital(str(kind)))}**{above}: {count(len(rows), 'model')}, {named}.")
            if number and kind in ctx.catalog.values("tokenizer"):
                label = f"{number} of them on {SUITES[suite].label} →"
                page_link(ctx, "leaderboard", label, suite=suite, tokenizer=(str(kind),), family=())
    unstated = int(models["tokenizer"].isna().sum())
    if unstated:
        st.caption(f"Of {count(unstated, 'model')} the store states no tokeniser: they are published tables of scores.")
    card(
        key="tokenisers",
        title=words.tokenisers_title(kinds),
        alt="Kinds of tokeniser with the models of the store that cut so",
        rows=lambda: pd.DataFrame(
            {"Tokeniser": kinds.index, "Models": kinds.map(len), "Which": kinds.map(", ".join)}
        ).sort_values("Models", ascending=False, kind="stable"),
        about=About(f"{count(len(models) - unstated, 'model')} of the store", STATED, ("registry",)),
    )


def _most(ctx: Context, rows: pd.DataFrame) -> tuple[str, int]:
    """The suite on whose board most of these models are, the one looked at first among equals."""
    known = ctx.catalog.models
    boards = [set(known.at[model, "suites"]) for model in rows.index if model in known.index]
    suites = sorted(ctx.catalog.suites, key=lambda suite: suite != ctx.view.suite)
    numbers = {suite: sum(suite in board for board in boards) for suite in suites}
    best = max(suites, key=numbers.__getitem__)
    return best, numbers[best]
