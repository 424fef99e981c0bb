"""Compare two models: who is ahead, by how much, where it is the other way round, and what would settle it."""

import streamlit as st

from dashboard.components.compare_items import by_items
from dashboard.components.compare_page import compare_page
from dashboard.components.compare_parts import by_parts
from dashboard.components.compare_tasks import by_tasks
from dashboard.components.compare_units import by_units
from dashboard.components.compare_whole import by_whole_tasks
from dashboard.components.exhibit import say_about
from dashboard.components.heading import heading
from dashboard.filters import context

ctx = context()
page = compare_page(ctx)
if page is None:
    heading("There are no two systems to compare", "This suite has fewer than two systems with a value.")
    st.info("Choose another suite.", icon=":material/search_off:")
else:
    say_about(page.about)
    single = ctx.view.level == "item"
    if page.alone:
        draw = by_units if single else by_whole_tasks
    else:
        draw = by_items if single else by_tasks if page.by_tasks else by_parts
    draw(page)
