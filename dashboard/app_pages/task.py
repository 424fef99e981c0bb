"""Task: every system on one task or one part of it, against the baseline it must beat."""

import streamlit as st

from dashboard.components.about import about_compared, about_scores
from dashboard.components.exhibit import say_about
from dashboard.components.task_curves import FIGURE_WORDS, single_scores
from dashboard.components.task_head import task_head
from dashboard.components.task_measures import all_measures
from dashboard.components.task_page import task_page
from dashboard.components.task_published import published
from dashboard.components.task_reading import reading
from dashboard.components.task_units import single_units
from dashboard.components.task_values import forest, numbers, part_by_part
from dashboard.components.verdicts import verdicts
from dashboard.filters import context, one
from dashboard.text import count
from dashboard.view import choices

ctx = context()
page = task_page(ctx)
task_head(page)
say_about(about_scores(page.asked, page.counted))
chart, beside = st.columns([7, 3], gap="large")
with chart:
    if len(choices("figure", ctx.view, ctx.catalog)) > 1:
        one("figure", "Figure", ctx, FIGURE_WORDS.__getitem__)
    if ctx.view.figure == "forest":
        forest(page)
        part_by_part(page)
        published(page)
    else:
        single_scores(page)
with beside:
    reading(page)
if ctx.view.figure == "forest":
    beaten = about_compared(page.asked, f"{page.items}, {count(int(page.verdicts['delta'].notna().sum()), 'model')}")
    verdicts(page.verdicts, metric=page.metric_name, name=f"verdicts-{page.file}", place=page.place, about=beaten)
    single_units(page)
    all_measures(page)
    numbers(page)
