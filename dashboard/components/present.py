"""A page by itself, in larger type: for a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import decks
from dashboard.components.links import page_link
from dashboard.exhibits import ExhibitError
from dashboard.filters import choose

if TYPE_CHECKING:
    from dashboard.filters import Context

# Everything grows together, charts too. What acts on the page is gone, what tells about it stays.
_STYLE = """
<style>
  .stAppHeader, .stSidebar, [data-testid="stSidebarCollapsedControl"], [class*="st-key-tools-"],
  .st-key-share-spot, .st-key-frame-footer { display: none !important; }
  .stMainBlockContainer { max-width: none; padding: 1.2rem 2.2rem 1rem; }
  .st-key-presented { width: calc(100% / 1.3); transform: scale(1.3); transform-origin: 0 0; }
  /* Streamlit measures charts as they are seen, and draws them in the page's own pixels. */
  .st-key-presented [data-testid="stFullScreenFrame"]:has(.stPlotlyChart) { width: calc(100% / 1.3) !important;
    height: calc(100% / 1.3) !important; overflow: visible !important; }
  .st-key-presented .js-plotly-plot { overflow: visible !important; }
  .st-key-leave-spot { position: fixed; right: .8rem; bottom: .5rem; width: auto; z-index: 1000000; flex-wrap: nowrap;
    padding: 0 .5rem; border-radius: .3rem; background: var(--leave-ground); opacity: .8; }
  .st-key-leave-spot:hover, .st-key-leave-spot:focus-within { opacity: 1; }
  .st-key-leave-spot p { white-space: nowrap; }
</style>
"""

_ARROW = """
export default function () {
  const busy = 'input, textarea, select, [contenteditable], [role=slider], [role=radio], [role=tab], [role=listbox]';
  const go = event => {
    if (event.key !== 'ArrowRight' || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!event.target.closest?.(busy)) document.querySelector('.st-key-into-deck a')?.click();
  };
  window.addEventListener('keydown', go);
  return () => window.removeEventListener('keydown', go);
}
"""


def leave(ctx: Context) -> None:
    """The way out, and, where the reader has a deck, the way into it with an arrow key."""
    with st.container(key="leave-spot", horizontal=True, gap="small", vertical_alignment="center"):
        if ctx.page != "deck":
            st.caption("F11 fills the screen", width="content")
            _into_deck(ctx)
        st.button("Leave", key="leave", type="tertiary", shortcut="Esc", on_click=choose, kwargs={"present": False})


def _into_deck(ctx: Context) -> None:
    try:
        slides = len(decks.current(ctx).slides)
    except ExhibitError:
        return
    if slides:
        # A link, since the browser's Back comes home from it; links take no shortcut, so the key follows the link.
        with st.container(key="into-deck", width="content"):
            page_link(ctx, "deck", "Deck →", help="The deck’s first slide, with the right arrow key, too", slide=1)
        st.components.v2.component("vledger_into_deck", js=_ARROW)(key="into-deck-key")


def style_presented(ctx: Context) -> None:
    """Larger type, and nothing around the page."""
    st.html(_STYLE.replace("var(--leave-ground)", ctx.colours.ground))
