"""What every page has around it: house style, navigation, footer, and a calm page when the store is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import decks
from dashboard.components.links import GROUPS, TITLES, page_link
from dashboard.exhibits import ExhibitError
from dashboard.text import PRODUCT, TAGLINE

if TYPE_CHECKING:
    from dashboard.filters import Context
    from engine.store.location import Pointer

# Only what the theme cannot say: page width, the legend line, tabular figures, and no clipped labels.
_STYLE = """
<style>
  .stMainBlockContainer { padding: 2.6rem 2.6rem 2rem; max-width: 1560px; }
  .stMainBlockContainer h1 { line-height: 1.15; padding: .1rem 0 .3rem; text-wrap: balance; }
  [data-testid="stSidebar"] [data-testid="stCaptionContainer"] p { text-wrap: balance; }
  .vl-brand { font-family: "Source Serif", "Source Serif Pro", serif; font-size: 1.25rem; font-weight: 600; }
  /* Captions are faded, but not below a contrast of 4.5. */
  [data-testid="stCaptionContainer"] { opacity: .74 !important; }
  [data-testid="stCaptionContainer"]:has(a) { opacity: 1 !important; }
  /* A line that can be read: about a hundred letters. */
  .stMarkdown p, .stMarkdown li { max-width: 60rem; }
  .vl-legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; font-size: .85rem; opacity: .9; }
  .vl-legend span span { font-size: 1.05em; }
  .vl-legend [title] { cursor: help; }
  .vl-legend .vl-ramp { display: inline-block; width: 7rem; height: .7em; border-radius: 2px; margin: 0 .25rem; }
  /* What is behind a cell is a sentence a line: it wraps instead of ending in dots. */
  .stDialog [data-testid="stPageLink-NavLink"] { height: auto; padding-top: .2rem; padding-bottom: .2rem; }
  .stDialog [data-testid="stPageLink-NavLink"] * { white-space: normal !important;
    overflow: visible !important; line-height: 1.3; }
  .vl-big { font-family: "Source Serif", "Source Serif Pro", serif; font-size: 1.6rem; font-weight: 600; }
  .vl-facts { display: grid; grid-template-columns: minmax(6.5rem, auto) 1fr; gap: .2rem .9rem;
    margin: 0; padding: 0 !important; font-size: .93rem; }
  .vl-facts dt { opacity: .7; }
  .vl-facts dd { margin: 0; overflow-wrap: anywhere; }
  .vl-table { width: 100%; border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
  .vl-table th, .vl-table td { text-align: right; vertical-align: top; padding: .3rem 0 .3rem .7rem; font-weight: 400;
    border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
  .vl-table th:first-child { text-align: left; padding-left: 0; }
  .vl-table td, .vl-table th[scope=col] { white-space: nowrap; }
  .vl-table small { display: block; font-size: .83rem; opacity: .76; white-space: normal; }
  .vl-table .vl-control th { font-style: italic; }
  .vl-badge { display: block; font-size: .83rem; font-weight: 600; white-space: nowrap; }
  .vl-table [title] { cursor: help; }
  [data-testid="stDataFrame"], .vl-tabular { font-variant-numeric: tabular-nums; }
  [data-testid="stSidebarHeader"] { height: 2.2rem; margin-bottom: 0; padding-bottom: 0; }
  [data-testid="stSidebarUserContent"] { padding: 0 1.4rem 2rem; }
  .stSidebar .stButtonGroup button { padding: .25rem .58rem; }
  /* Options that wrap over lines are closed on every side; Streamlit expects one line. */
  .stSidebar .stButtonGroup [role="radio"] { border-radius: .3rem; }
  .stSidebar .stButtonGroup [role="radio"][aria-checked="false"] {
    border-color: color-mix(in srgb, currentColor 16%, transparent) !important; }
  .stAppHeader { background: transparent; }
  /* Share and Present: at the top right, above the title, in reach of the pointer over Streamlit's own header. */
  .stMainBlockContainer { position: relative; }
  .st-key-share-spot { position: absolute; top: .7rem; right: 2.6rem; width: auto; z-index: 999991; }
  .st-key-share-spot button { min-height: 1.9rem; padding: 0 .35rem; transition: none; }
  /* The slides of a deck: names from the left, over as many lines as they need. */
  .st-key-slide-list button, .st-key-slide-list button > div { justify-content: flex-start; text-align: left;
    height: auto; padding: .35rem .6rem; }
  .st-key-slide-list button * { white-space: normal !important; text-align: left; line-height: 1.3; }
  /* What can be made of an exhibit: a quiet line close under it, which speaks up under the pointer. */
  [class*="st-key-tools-"] { margin: -.45rem 0 -.3rem; row-gap: 0; }
  [class*="st-key-tools-"] button { min-height: 24px; padding-top: 0; padding-bottom: 0; vertical-align: top;
    opacity: .74; transition: none; }
  [class*="st-key-tools-"] button:hover, [class*="st-key-tools-"] button:focus-visible { opacity: 1; }
  [class*="st-key-tools-"] button p { font-size: .84rem; }
  [class*="st-key-tools-"] [data-testid="stPopoverButton"] > div { margin-right: 0; }
  [class*="st-key-tools-"] button [data-testid="stIconMaterial"] { font-size: 1rem; }
  [data-testid="stPopoverBody"]:has([class*="st-key-menu-"]) { min-height: min(27rem, 60vh); }
  /* Streamlit's colour under the pointer falls short of a contrast of 4.5 on the dark ground. */
  .st-key-share-spot button, [class*="st-key-tools-"] button { color: inherit !important; }
  .st-key-share-spot button:hover p, [class*="st-key-tools-"] button:hover p { text-decoration: underline;
    text-underline-offset: .2em; }
  /* White falls short of a contrast of 4.5 on the light blue of the dark ground. */
  button[kind="primary"]:not(:disabled), button[kind="primaryFormSubmit"]:not(:disabled) {
    color: light-dark(#FFFFFF, #12161C) !important; }
  /* Keys beside a button's word: grey falls short of a contrast of 4.5. */
  .stButton button:not(:disabled) kbd { color: inherit !important; opacity: .8; }
  /* Commands in ink: the colours of the parts fall short of a contrast of 4.5. */
  [data-testid="stCode"] .token { color: inherit !important; }
</style>
"""


def style() -> None:
    """Apply the house style."""
    st.html(_STYLE)


def navigation(ctx: Context) -> None:
    """Brand and links to all pages, each with the view it can carry."""
    st.html(f'<div class="vl-brand">{PRODUCT}</div>')
    st.caption(TAGLINE)
    with st.container(gap="xsmall"):
        for group in GROUPS:
            with st.container(gap="xxsmall"):
                for page in group:
                    page_link(ctx, page, _label(ctx, page), **_carried(ctx, page))
    st.space("small")


def _label(ctx: Context, page: str) -> str:
    """Name of a page; the deck's with how many slides it has."""
    if page != "deck" or not ctx.view.deck:
        return TITLES[page]
    try:
        return f"{TITLES[page]} · {len(decks.current(ctx).slides)}"
    except ExhibitError:
        return TITLES[page]


def _carried(ctx: Context, page: str) -> dict[str, str | None]:
    """Variants opens on a task that has single items, where the one looked at has none."""
    known = ctx.catalog.with_items
    if page != "variants" or page == ctx.page or ctx.view.task in known or not known:
        return {}
    return {"suite": ctx.catalog.suite_of(known[0]), "task": known[0], "system": None, "rival": None}


def footer(pointer: Pointer) -> None:
    """Data version, on every page."""
    container = st.container(key="frame-footer")
    container.divider()
    container.caption(
        f"{PRODUCT} {pointer.engine_version} · data {pointer.content_hash[:12]}, published "
        f"{pointer.published_at[:10]} · "
        "published figures keep their source; see Methods and provenance"
    )


def renewed(pointer: Pointer) -> None:
    """Said once, on the first page that a session sees of other data than before."""
    st.toast(
        f"The data were renewed: this page and what follows show data {pointer.content_hash[:12]}, published "
        f"{pointer.published_at[:10]}.",
        icon=":material/autorenew:",
        duration="long",
    )


def no_store(sentence: str) -> None:
    """The page that stands where there is no store to read."""
    st.title("There is nothing to show yet", anchor=False)
    st.error(sentence, icon=":material/database_off:")
    st.markdown("The store is built from the shipped facts in a few seconds, without a network:")
    st.code("vledger publish", language="bash")
