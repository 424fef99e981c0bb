"""Under each exhibit: everything that can be made of it."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboard import decks
from dashboard.background import file_of, submit_own
from dashboard.components.file_button import File, file_button, told
from dashboard.components.where import base_address, setting
from dashboard.exhibits import ExhibitError
from dashboard.export import formats
from dashboard.export.deck import Slide
from dashboard.export.show import command
from dashboard.filters import context
from dashboard.making import Wanted, exhibit_file, leaf_file, private_leaf
from dashboard.text import capital, plain
from dashboard.view import PRIVATE_PAGES
from dashboard.view_words import view_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from dashboard.exhibits import Exhibit, Ground
    from dashboard.filters import Context

GROUPS = {
    "Picture": ("png", "svg", "pdf"),
    "Slide": ("pptx", "html"),
    "Numbers": ("csv", "json"),
    "Text": ("md", "tex", "bib"),
}
"""Endings of `formats.OF_EXHIBIT`, as the menu has them."""
GROUNDS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def export_menu(key: str, made: Callable[[], Exhibit]) -> None:
    """A popover, filled when it is opened: files, and the command that makes the same."""
    with st.popover(
        "Export", key=f"export-{key}", type="tertiary", icon=":material/ios_share:", on_change="rerun"
    ) as menu:
        # There before it is opened: from it the browser knows how high the menu will be, and so where it has room.
        with st.container(key=f"menu-{style_word(key)}"):
            st.caption("A picture, a slide, the numbers, or a table for a paper")
        if menu.open:
            _filled(key, made)


def style_word(key: str) -> str:
    """A key as a word of a style sheet."""
    return "".join(letter if letter.isalnum() else "-" for letter in key)


def _filled(key: str, made: Callable[[], Exhibit]) -> None:
    ctx = context()
    try:
        exhibit = made()
    except ExhibitError as error:
        st.error(str(error), icon=":material/error:")
        return

    # Of its own: a click in the menu need not run the page again.
    @st.fragment
    def files() -> None:
        st.markdown(f"**{plain(exhibit.title)}**")
        ground = _ground(ctx, key)
        for group, endings in GROUPS.items():
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.caption(group, width=58)
                for ending in endings:
                    file_button(_file(ctx, exhibit, ground, ending), menu=f"{key}")
        told(key)
        _command(ctx, exhibit)

    files()


def _ground(ctx: Context, key: str) -> Ground:
    """Which ground the files have: the reader's choice, or, where nothing is drawn again, what is on the screen."""
    if ctx.page in PRIVATE_PAGES:
        return "dark" if st.context.theme.type == "dark" else "light"
    chosen = st.segmented_control(
        "Ground", GROUNDS, default="light", required=True, format_func=capital, key=f"export-ground-{key}"
    )
    return "dark" if chosen == "dark" else "light"


def _file(ctx: Context, exhibit: Exhibit, ground: Ground, ending: str) -> File:
    known = formats.OF_EXHIBIT[ending]
    return File(
        name=f"{exhibit.file}.{ending}",
        label=known.label,
        mime=known.mime,
        help=known.help,
        ask=_asking(ctx, exhibit, ground, ending),
        why_not=_why_not(exhibit, ending),
    )


def _why_not(exhibit: Exhibit, ending: str) -> str | None:
    if ending in GROUPS["Picture"] and exhibit.figure is None:
        return "This has no figure to draw; its numbers and its slide are below."
    if ending in {"csv", "md", "tex"} and exhibit.rows is None:
        return "This has no rows of numbers."
    return formats.unavailable(ending)


def _asking(ctx: Context, exhibit: Exhibit, ground: Ground, ending: str) -> Callable[[], Future[bytes]]:
    """What starts the file: from the address, or, where no address gives the exhibit, from the exhibit itself."""
    if ctx.page in PRIVATE_PAGES:
        slide = Slide(page=ctx.page, key=exhibit.key)
        ready = private_leaf(slide, exhibit, view_words(ctx.view, ctx.page, ctx.catalog), setting(ctx))
        return cache(partial(submit_own, leaf_file, ready, ground, ending))
    wanted = Wanted(ctx.page, decks.query_of(ctx), exhibit.key, ground, ending, base_address(ctx.page))
    return file_of(exhibit_file, wanted, wanted)


def _command(ctx: Context, exhibit: Exhibit) -> None:
    if ctx.page in PRIVATE_PAGES:
        st.caption("Made from what you gave in this session; no address and no command holds it.")
        return
    st.caption("The same without a browser:")
    line = command(ctx.page, decks.query_of(ctx), exhibit.key, f"{exhibit.file}.pptx")
    st.code(line, language="bash", wrap_lines=True)
