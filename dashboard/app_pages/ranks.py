"""Rank stability: which places are real, and which are chance in the choice of tasks."""

import streamlit as st

from dashboard.components import ranks_words as words
from dashboard.components.chips import chips, clear_button
from dashboard.components.exhibit import say_about
from dashboard.components.heading import heading
from dashboard.components.links import page_link
from dashboard.components.ranks_page import draw_ranks, ranks_page
from dashboard.components.ranks_sections import draw_sections
from dashboard.filters import choose, context
from dashboard.queries.suites import of_tasks
from dashboard.text import plain

OFFICIAL = "official"

ctx = context()
page = ranks_page(ctx)
found = page.found
if of_tasks(ctx.view.suite):
    tasks = ctx.catalog.tasks_of(ctx.view.suite)
    heading(words.alone_title(ctx.view.suite, len(tasks)), words.alone_lede(ctx.view.suite, len(tasks)))
    for task in tasks:
        page_link(ctx, "task", f"{plain(str(ctx.catalog.tasks.at[task, 'label']))} →", suite=ctx.view.suite, task=task)
elif not found.enough:
    heading("There is too little to rank here", words.too_little(found, page.metric))
    chips(ctx, int((found.models["role"] == "model").sum()), found.total)
    if ctx.view.filters.active:
        clear_button("empty")
elif page.hopeless:
    heading("Every category has weight 0", "Nothing counts, so nobody can be first: give at least one a weight.")
    st.button("All equal", key="reset-weights", on_click=choose, kwargs={"weights": ()}, type="primary")
else:
    heading(
        words.title(found, page.ranks, page.table, filtered=ctx.view.filters.active, weighed=bool(page.weights)),
        words.lede(found, page.table, page.aggregate, page.metric, page.weights),
    )
    say_about(page.about)
    chips(ctx, int((found.models["role"] == "model").sum()), found.total)
    if page.weights:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(words.mix_sentence(page.weights, found.categories), width="content")
            st.button("Weigh all alike", key="weights-reset", on_click=choose, kwargs={"weights": ()}, type="tertiary")
    official = int((found.models["provenance"] == OFFICIAL).sum())
    if not ctx.view.provenance and 2 < official < len(found.models):
        label = f"Only the {official} official models, those that the benchmark’s authors ran themselves →"
        page_link(ctx, "ranks", label, help="The published findings are about these.", provenance=(OFFICIAL,))
    draw_ranks(page)
    if page.ranks is None:
        st.stop()
    draw_sections(page)
    page_link(ctx, "methods", "How these numbers are made →")
