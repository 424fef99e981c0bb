"""The frame of the app: store, view, sidebar, page, footer."""

from __future__ import annotations

import streamlit as st

from dashboard import background, filters, login, pinned
from dashboard.components import exhibit
from dashboard.components.frame import footer, navigation, no_store, renewed, style
from dashboard.components.heading import notices
from dashboard.components.links import PATHS, TITLES
from dashboard.components.present import leave, style_presented
from dashboard.components.share import expanded, share
from dashboard.controls import controls
from dashboard.database import catalog, pointer
from dashboard.observing.metrics import counted
from dashboard.text import PRODUCT
from dashboard.view import PAGES
from engine.errors import StoreError

st.set_page_config(page_title=PRODUCT, layout="wide", initial_sidebar_state=300)
background.begin()
style()
pages = {
    page: st.Page(path, title=TITLES[page], url_path="" if page == "overview" else page, default=page == "overview")
    for page, path in PATHS.items()
}
chosen = st.navigation(list(pages.values()), position="hidden")
with counted(chosen.url_path or "overview", PAGES):
    login.gate()
    try:
        changed = pinned.begin()
        store = pointer()
        choices = catalog()
    except StoreError as error:
        no_store(str(error))
        st.stop()
    ignored = expanded()
    ignored += filters.read(chosen.url_path or "overview", choices)
    ctx = filters.context()
    if ctx.view.present:
        filters.begin()
        style_presented(ctx)
    else:
        with st.sidebar:
            navigation(ctx)
            controls()
            login.account()
    if changed:
        renewed(store)
    top = st.container()
    notices(ignored)
    exhibit.begin(ctx)
    with st.container(key="presented" if ctx.view.present else "page"):
        chosen.run()
    with top:
        if ctx.view.present:
            leave(ctx)
        else:
            share(ctx, exhibit.said_about())
    footer(store)
