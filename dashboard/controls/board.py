"""Controls that several pages over a board share: suite, columns, regime, metric, and the filters of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.filters import key, many, one, pick
from dashboard.queries.selection import SIZES
from dashboard.queries.suites import SUITES
from dashboard.text import ACCESS, METRICS, REGIMES, STRATUM_KINDS, size
from dashboard.view import choices

if TYPE_CHECKING:
    from dashboard.filters import Context


def suite(ctx: Context) -> None:
    """Suite, kind of columns, regime and metric, each where there is a choice."""
    pick("suite", "Suite", ctx, lambda suite: SUITES[suite].label)
    if len(ctx.catalog.kinds_of(ctx.view.suite)) > 1:
        pick("kind", "Columns", ctx, lambda kind: STRATUM_KINDS[kind])
    regime_and_metric(ctx)


def regime_and_metric(ctx: Context) -> None:
    """Regime and metric, each where there is a choice."""
    if len(SUITES[ctx.view.suite].regimes) > 1:
        regime(ctx)
    if len(choices("metric", ctx.view, ctx.catalog)) > 1:
        one(
            "metric",
            "Metric",
            ctx,
            lambda metric: METRICS[metric].name,
            help=METRICS[ctx.view.metric or "MCC"].sentence,
        )


def regime(ctx: Context) -> None:
    """How many labels were used."""
    hint = "How many labels per class the probe on the frozen embedding was trained on."
    one("regime", "Labels used", ctx, REGIMES.__getitem__, help=hint)


def rows(ctx: Context) -> None:
    """Which models are shown."""
    view = ctx.view
    st.text_input(
        "Find a model",
        key=key("search", view.search),
        placeholder="name, architecture, licence",
        max_chars=80,
    )
    many("family", "Architecture", ctx)
    st.select_slider(
        "Parameters",
        SIZES,
        value=(SIZES[0], SIZES[-1]),  # a pair is what makes it a range
        format_func=size,
        key=key("sizes", view.sizes),
        help="The ends are open. Systems whose size is not stated are hidden as soon as the range is narrowed.",
    )
    rare = (view.tokenizer, view.access, view.licence, view.provenance, view.pretraining, view.unsupervised)
    with st.expander("More filters", expanded=any(rare)):
        many("tokenizer", "Tokeniser", ctx)
        many("access", "Access", ctx, lambda kind: ACCESS.get(kind, kind))
        many("licence", "Licence of the weights", ctx)
        many("provenance", "Provenance", ctx)
        many("pretraining", "Pretraining data", ctx)
        st.toggle(
            "Leave out models supervised on the same assay",
            key=key("unsupervised", view.unsupervised),
            help="Enformer, SPACE, AlphaGenome and NTv3-post were trained on measured tracks of the kind "
            "that some tasks ask about.",
        )


def column_labels(ctx: Context) -> dict[str, str]:
    """Names of the board's columns by key."""
    columns = ctx.catalog.columns_of(ctx.view.suite, ctx.view.kind or "")
    return {column.key: column.label for column in columns}
