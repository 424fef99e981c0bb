"""The deck on a projector: the same HTML as its file, filling the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.background import submit_own
from dashboard.components.deck_files import asking
from dashboard.components.waiting import when_ready
from dashboard.export.deck import packed
from dashboard.filters import choose
from dashboard.making import deck_file

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dashboard.export.show import Show
    from dashboard.filters import Context

_STYLE = """
<style>
  .st-key-deck-stage, .st-key-deck-stage iframe { position: fixed !important; inset: 0; width: 100vw !important;
    height: 100vh !important; z-index: 999999; border: 0; }
  .st-key-presented { transform: none !important; width: 100% !important; }
</style>
"""
# The deck has the keyboard from the start, opens at the slide of the address, and says when it is left.
_FOLLOW = """
export default function ({ data, setTriggerValue }) {
  const frame = () => document.querySelector('.st-key-deck-stage iframe');
  const number = () => {
    const slides = [...(frame()?.contentDocument?.querySelectorAll('[aria-roledescription=slide]') || [])];
    return slides.findIndex(slide => slide.classList.contains('here')) + 1;
  };
  const begin = () => {
    const inner = frame()?.contentWindow;
    if (!inner) return false;
    if (data.slide > 1 && !inner.location.hash) inner.location.hash = '#' + (data.slide + data.before);
    frame().focus();
    inner.focus();
    return inner.document.readyState === 'complete';
  };
  const waiting = setInterval(() => { if (begin()) clearInterval(waiting); }, 150);
  const heard = event => {
    if (event.source === frame()?.contentWindow && event.data?.type === 'vledger-leave')
      setTriggerValue('left', Math.max(1, number() - data.before));
  };
  window.addEventListener('message', heard);
  return () => { clearInterval(waiting); window.removeEventListener('message', heard); };
}
"""


def deck_presented(ctx: Context, show: Show) -> None:
    """Fill the window with the deck, once its file is made."""
    when_ready(_made(ctx, show), lambda content: _stage(ctx, show, content), what="the slides", key="deck-stage-file")


def _made(ctx: Context, show: Show) -> Future[bytes]:
    if not any(slide.private for slide in show.deck.slides):
        return asking(ctx, show, "html")()
    kept: tuple[str, Future[bytes]] | None = st.session_state.get("_own_stage")
    if kept is None or kept[0] != packed(show.deck):
        kept = (packed(show.deck), submit_own(deck_file, show, "html"))
        st.session_state["_own_stage"] = kept
    return kept[1]


def _stage(ctx: Context, show: Show, content: bytes) -> None:
    st.html(_STYLE)
    with st.container(key="deck-stage"):
        st.iframe(content.decode(), height="stretch", tab_index=0, alt="The slides of this deck")
    follow = st.components.v2.component("vledger_deck_stage", js=_FOLLOW)
    follow(data={"slide": ctx.view.slide, "before": int(show.opens)}, key="deck-follow", on_left_change=_left)


def _left() -> None:
    said: Any = st.session_state.get("deck-follow")
    slide = said.get("left") if isinstance(said, dict) else getattr(said, "left", None)
    choose(present=False, **({"slide": int(slide)} if isinstance(slide, int | float) and 1 <= slide <= 40 else {}))
