"""At the top of every page: its link, its citation, the command and the data that make the same, and presenting it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import streamlit as st

from dashboard import decks
from dashboard.background import file_of
from dashboard.components.file_button import File, file_button, told
from dashboard.components.heading import page_title
from dashboard.components.where import address, base_address, setting
from dashboard.export import citing, formats, kept_links
from dashboard.export.show import Stamp, command, data_words
from dashboard.filters import choose
from dashboard.making import today, view_json
from dashboard.text import PRODUCT
from dashboard.view import EVERYWHERE, PRIVATE_PAGES
from dashboard.view_words import view_words

if TYPE_CHECKING:
    from dashboard.exhibits import About
    from dashboard.filters import Context

PARAMETER = "s"
"""What a short link names its word in the address."""
_MARK = "?"
"""What a kept view begins with: a deck's word never does."""
_SHORT_ENOUGH = 24
"""Letters of a query that a short link could hardly shorten."""
_MENU = "share"


def expanded() -> list[str]:
    """Put the whole address in the place of a short link's word, before the view is read.

    Returns:
        A sentence where the word is not known here.
    """
    if PARAMETER not in st.query_params:
        return []
    word = st.query_params[PARAMETER]
    rest = {name: st.query_params.get_all(name) for name in st.query_params if name in EVERYWHERE}
    kept = kept_links.find(word) if len(word) == kept_links.LETTERS else None
    if kept is None or not kept.startswith(_MARK):
        st.query_params.from_dict(rest)
        return ["This server does not know the short link of this address; the page is shown as it opens."]
    st.query_params.from_dict(parse_qs(kept.removeprefix(_MARK), keep_blank_values=True) | rest)
    return []


def short_link(ctx: Context, query: str) -> str | None:
    """The short link of a view; None where this server cannot keep one."""
    if len(query) <= _SHORT_ENOUGH:
        return address(ctx.page, query, here=ctx.page)
    word = kept_links.keep(f"{_MARK}{query}")
    return None if word is None else address(ctx.page, f"{PARAMETER}={word}", here=ctx.page)


def share(ctx: Context, about: About | None) -> None:
    """The two buttons; what is in the first is made when it is opened.

    Args:
        ctx: the page and its view.
        about: what the page said of its numbers.
    """
    with st.container(key="share-spot", horizontal=True, gap="small", horizontal_alignment="right"):
        with st.popover("Share", key=_MENU, type="tertiary", icon=":material/link:", on_change="rerun") as menu:
            if menu.open:
                _filled(ctx, about)
        st.button(
            "Present",
            key="present",
            type="tertiary",
            icon=":material/slideshow:",
            on_click=choose,
            kwargs={"present": True},
            help="This page alone, in larger type",
        )


def _filled(ctx: Context, about: About | None) -> None:
    if ctx.page in PRIVATE_PAGES:
        st.markdown("What this page shows comes from what you gave, and is in no link. **Export** makes files of it.")
        return
    if ctx.page == "deck":
        st.markdown("The links and files of a deck stand on this page, under its slides.")
        return
    query = decks.query_of(ctx)
    _links(ctx, query)
    stamp = stamp_of(ctx, query, about)
    st.caption("Citation")
    st.code(citing.cite_view(stamp), language=None, wrap_lines=True)
    with st.expander("BibTeX"):
        st.code(citing.bibtex_of_view(stamp), language="latex", wrap_lines=True)
    st.caption("The same without a browser")
    st.code(stamp.command, language="bash", wrap_lines=True)
    _json(ctx, query)


def _links(ctx: Context, query: str) -> None:
    full, short = address(ctx.page, query, here=ctx.page), short_link(ctx, query)
    if short != full:
        st.caption("Short link, known to this server")
        st.code(short or "", language=None, wrap_lines=True) if short else st.caption(
            "This server cannot keep short links; the full one holds everything."
        )
    st.caption("Link, good on every server with the same data" if short != full else "Link")
    st.code(full, language=None, wrap_lines=True)


def stamp_of(ctx: Context, query: str, about: About | None) -> Stamp:
    """What a file of the whole view would say of itself."""
    around = setting(ctx)
    names = about.sources if about else ()
    return Stamp(
        title=page_title() or PRODUCT,
        view=view_words(ctx.view, ctx.page, ctx.catalog),
        n=about.n if about else "",
        interval=about.interval if about else "",
        data=data_words(around.pointer),
        link=address(ctx.page, query, here=ctx.page),
        command=command(ctx.page, query, None, f"{ctx.page}.pptx"),
        date=today().isoformat(),
        sources=tuple(around.sources[name] for name in names if name in around.sources),
    )


def _json(ctx: Context, query: str) -> None:
    place = (ctx.page, query, base_address(ctx.page))
    file = File(
        name=f"{ctx.page}.json",
        label="JSON of this view",
        mime="application/json",
        help="Every chart, table and card of this page with its numbers",
        ask=file_of(view_json, place, *place),
        why_not=formats.unavailable("json"),
    )
    file_button(file, menu=_MENU)
    told(_MENU)
