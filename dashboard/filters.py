"""The controls in the sidebar and their two-way tie to the address.

In one run exactly one side speaks: a widget or a pick that changed, else the address. The widgets are then set
to the resulting view before they are drawn, so that both always show the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import urlstate
from dashboard.charts.palette import Palette, palette
from dashboard.queries.selection import SIZES
from dashboard.queries.suites import CLAIMS, SUITES
from dashboard.text import ACCESS, METRICS, PROBE_SENTENCE, PROTOCOLS, REGIMES, STRATUM_KINDS, size
from dashboard.urlstate import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.catalog import Catalog

_VIEW, _SHOWN, _SEEN, _PICK, _CONTEXT = "_view", "_shown", "_seen", "_pick", "_context"


@dataclass(frozen=True, slots=True)
class Context:
    """What a page gets: the view, what there is, the colours of the theme."""

    page: str
    view: View
    catalog: Catalog
    colours: Palette


def context() -> Context:
    """The context of the page that is running."""
    found: Context = st.session_state[_CONTEXT]
    return found


def choose(**changes: Any) -> None:
    """Change the view from a callback: a click on a chart, a chip, a button."""
    st.session_state[_PICK] = st.session_state.get(_PICK, {}) | changes


def read(page: str, catalog: Catalog) -> list[str]:
    """Settle the view of this run from widgets, picks or address, and write the address where it lags.

    Returns:
        A sentence for each parameter of the address that was ignored.
    """
    before: View = st.session_state.get(_VIEW, View())
    raw = {name: st.query_params.get_all(name) for name in st.query_params}
    changes = _widget_changes(page) | st.session_state.pop(_PICK, {})
    if "suite" in changes:
        changes = {"metric": None} | changes  # each suite opens with its own first metric
    notices: list[str] = []
    if changes:
        view = urlstate.settled(replace(before, **changes), catalog)
        written = urlstate.serialise(view, page, catalog)
        if written != raw:
            st.query_params.from_dict(written)
        raw = written
    elif st.session_state.get(_SEEN) != (page, raw):
        view, notices = urlstate.parse(raw, page, catalog, before)
    else:
        view = before
    st.session_state[_VIEW] = view
    st.session_state[_SEEN] = (page, raw)
    st.session_state[_CONTEXT] = Context(page, view, catalog, palette(st.context.theme.type))
    return notices


def _widget_changes(page: str) -> dict[str, Any]:
    """What the reader changed in a widget since the last run."""
    shown = st.session_state.get(_SHOWN, {})
    found: dict[str, Any] = {}
    for name, before in shown.get(page, {}).items():
        now = st.session_state.get(f"w_{name}", before)
        if now != before:
            found[name] = tuple(now) if isinstance(now, list) else now
    return found


def _key(name: str, value: Any) -> str:
    """Key of a widget, set to the view's value before the widget is drawn."""
    key = f"w_{name}"
    plain = list(value) if isinstance(value, tuple) and name != "sizes" else value
    if st.session_state.get(key) != plain:
        st.session_state[key] = plain
    st.session_state[_SHOWN][st.session_state[_CONTEXT].page][name] = plain
    return key


def controls() -> None:
    """Draw the controls of the current page."""
    ctx = context()
    # What was shown before stays known until it is drawn anew: a run can be cut short by the next change, and that
    # change must still find what it differs from.
    st.session_state[_SHOWN] = {ctx.page: st.session_state.get(_SHOWN, {}).get(ctx.page, {})}
    _CONTROLS.get(ctx.page, _no_controls)(ctx)


def _no_controls(_: Context) -> None:
    pass


def _leaderboard(ctx: Context) -> None:
    _suite(ctx)
    _one("show", "Show", ctx, {"heatmap": "Heatmap", "table": "Table"}.get)
    labels = {"name": "Name", "size": "Size"} | _column_labels(ctx)
    _pick(
        "sort",
        "Sort by",
        ctx,
        lambda key: labels.get(key, key),
        help="Highest first; names from A to Z; largest first.",
    )
    _filters(ctx)


def _size_page(ctx: Context) -> None:
    _suite(ctx)
    labels = _column_labels(ctx)
    _pick("column", "Performance on", ctx, lambda key: labels.get(key, key))
    st.toggle(
        "Leave out outliers",
        key=_key("robust", ctx.view.robust),
        help="Models further than three robust standard deviations from the Theil–Sen trend; the page names them.",
    )
    _filters(ctx)


def _task_page(ctx: Context) -> None:
    _pick("suite", "Suite", ctx, lambda suite: SUITES[suite].label)
    tasks = ctx.catalog.tasks
    if len(urlstate.choices("task", ctx.view, ctx.catalog)) > 1:
        categories, labels = tasks["category"].to_dict(), tasks["label"].to_dict()
        several = not SUITES[ctx.view.suite].kinds

        def words(task: str) -> str:
            return f"{categories[task]} · {labels[task]}" if several else str(labels[task])

        _pick("task", "Task", ctx, words)
    strata = urlstate.choices("stratum", ctx.view, ctx.catalog)
    if len(strata) > 1:
        rows = ctx.catalog.strata[ctx.catalog.strata["task_id"] == ctx.view.task]
        parts = dict(zip(rows["stratum"], rows["label"], strict=True))
        _pick("stratum", "Part of the task", ctx, parts.__getitem__)
    if len(urlstate.choices("probe", ctx.view, ctx.catalog)) > 1:
        _one("probe", "Probe", ctx, PROTOCOLS.__getitem__, help=PROBE_SENTENCE[ctx.view.probe or CLAIMS])
    _regime_and_metric(ctx)
    group = SUITES[ctx.view.suite].group_label
    _one("order", "Order", ctx, {"value": "Value", "size": "Size", "group": group}.get)


def _model_page(ctx: Context) -> None:
    names = ctx.catalog.models["name"]
    _pick("model", "Model", ctx, lambda model: str(names[model]))
    if ctx.view.model and "geneb" in list(ctx.catalog.models.at[ctx.view.model, "suites"]):
        _regime(ctx)


_CONTROLS: dict[str, Callable[[Context], None]] = {
    "leaderboard": _leaderboard,
    "size": _size_page,
    "task": _task_page,
    "model": _model_page,
}


def _suite(ctx: Context) -> None:
    _pick("suite", "Suite", ctx, lambda suite: SUITES[suite].label)
    if len(ctx.catalog.kinds_of(ctx.view.suite)) > 1:
        _pick("kind", "Columns", ctx, lambda kind: STRATUM_KINDS[kind])
    _regime_and_metric(ctx)


def _regime_and_metric(ctx: Context) -> None:
    if len(SUITES[ctx.view.suite].regimes) > 1:
        _regime(ctx)
    if len(urlstate.choices("metric", ctx.view, ctx.catalog)) > 1:
        _one(
            "metric",
            "Metric",
            ctx,
            lambda metric: METRICS[metric].name,
            help=METRICS[ctx.view.metric or "MCC"].sentence,
        )


def _regime(ctx: Context) -> None:
    hint = "How many labels per class the probe on the frozen embedding was trained on."
    _one("regime", "Labels used", ctx, REGIMES.__getitem__, help=hint)


def _filters(ctx: Context) -> None:
    view = ctx.view
    st.text_input(
        "Find a model",
        key=_key("search", view.search),
        placeholder="name, architecture, licence",
        max_chars=80,
    )
    _many("family", "Architecture", ctx)
    st.select_slider(
        "Parameters",
        SIZES,
        value=(SIZES[0], SIZES[-1]),  # a pair is what makes it a range
        format_func=size,
        key=_key("sizes", view.sizes),
        help="The ends are open. Systems whose size is not stated are hidden as soon as the range is narrowed.",
    )
    rare = (view.tokenizer, view.access, view.licence, view.provenance, view.pretraining, view.unsupervised)
    with st.expander("More filters", expanded=any(rare)):
        _many("tokenizer", "Tokeniser", ctx)
        _many("access", "Access", ctx, lambda kind: ACCESS.get(kind, kind))
        _many("licence", "Licence of the weights", ctx)
        _many("provenance", "Provenance", ctx)
        _many("pretraining", "Pretraining data", ctx)
        st.toggle(
            "Leave out models supervised on the same assay",
            key=_key("unsupervised", view.unsupervised),
            help="Enformer, SPACE, AlphaGenome and NTv3-post were trained on measured tracks of the kind "
            "that some tasks ask about.",
        )


def _column_labels(ctx: Context) -> dict[str, str]:
    columns = ctx.catalog.columns_of(ctx.view.suite, ctx.view.kind or "")
    return {column.key: column.label for column in columns}


def _one(name: str, label: str, ctx: Context, words: Callable[[str], Any], help: str | None = None) -> None:  # noqa: A002 - streamlit's word
    st.segmented_control(
        label,
        urlstate.choices(name, ctx.view, ctx.catalog),
        required=True,
        format_func=words,
        key=_key(name, getattr(ctx.view, name)),
        help=help,
    )


def _pick(name: str, label: str, ctx: Context, words: Callable[[str], str], help: str | None = None) -> None:  # noqa: A002 - streamlit's word
    options = urlstate.choices(name, ctx.view, ctx.catalog)
    st.selectbox(label, options, format_func=words, key=_key(name, getattr(ctx.view, name)), help=help)


def _many(name: str, label: str, ctx: Context, words: Callable[[str], str] = str) -> None:
    options = urlstate.choices(name, ctx.view, ctx.catalog)
    st.multiselect(label, options, format_func=words, key=_key(name, getattr(ctx.view, name)), placeholder="all")
