"""Charts, tables, verdicts and cards as exhibits: drawn, with the ways to a deck and to a file under each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st

from dashboard import decks
from dashboard.charts.layout import CONFIG
from dashboard.components.export_menu import export_menu, style_word
from dashboard.components.heading import page_title
from dashboard.components.kept_figure import kept_figure
from dashboard.database import load
from dashboard.exhibits import About, Exhibit, ExhibitError, recording
from dashboard.filters import context, follow
from dashboard.queries.citations import read_citations
from dashboard.text import bare
from dashboard.view_words import view_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    import plotly.graph_objects as go

    from dashboard.exhibits import Kind
    from dashboard.filters import Context

    Rows: TypeAlias = pd.DataFrame | Callable[[], pd.DataFrame]

_ABOUT = "_about"


def say_about(about: About) -> None:
    """What stands beside the numbers of this page wherever they go; said before its first exhibit."""
    st.session_state[_ABOUT] = about


def said_about() -> About | None:
    """What this run of the page has said about its numbers so far."""
    found: About | None = st.session_state.get(_ABOUT)
    return found


def begin(ctx: Context) -> None:
    """A run of a page begins: nothing has been said about its numbers yet."""
    st.session_state.pop(_ABOUT, None)
    if (into := recording()) is not None:
        into.words = view_words(ctx.view, ctx.page, ctx.catalog)


def plot(figure: go.Figure, *, key: str, alt: str, **shown: Any) -> None:
    """Draw a figure in the house style that is a part of something else: a card offers it."""
    st.plotly_chart(figure, key=key, alt=alt, theme=None, **({"config": CONFIG} | shown))


def chart(  # noqa: PLR0913 - each is a word of what is offered
    figure: go.Figure | Callable[[], go.Figure],
    *,
    key: str,
    alt: str,
    rows: Rows,
    title: str | None = None,
    file: str | None = None,
    notes: Sequence[str] = (),
    about: About | None = None,
    best: Mapping[str, Literal["high", "low"]] | None = None,
    csv: bool = False,
    **shown: Any,
) -> None:
    """Draw a figure in the house style and offer it.

    Args:
        figure: from `dashboard.charts`; or what draws it from store, view and colours alone: once for all readers.
        key: unique on the page, the same for every data set.
        alt: what the figure shows, for screen readers.
        rows: the numbers behind it, or what makes them when they are asked for.
        title: what it shows, as a sentence; the page's own where it is the page's main figure.
        file: stem of the files made of it; the key where there is no better.
        notes: what has to stand under it to be read right.
        about: where it differs from what the page said.
        best: columns of its rows in which the highest or the lowest value is the best one.
        csv: whether its rows can be had with one click, besides under Export.
        **shown: what `st.plotly_chart` takes besides.
    """
    drawn = kept_figure(context(), key, figure) if callable(figure) else figure
    plot(drawn, key=key, alt=alt, **shown)
    stem = file or key

    def made() -> Exhibit:
        return _made(
            key, "chart", alt, title=title, figure=drawn, rows=rows, notes=notes, about=about, file=stem, best=best
        )

    _offer(made, key=key, csv=(stem, rows) if csv else None)


def table(  # noqa: PLR0913 - each is a word of what is offered
    rows: pd.DataFrame,
    *,
    name: str,
    alt: str,
    columns: dict[str, Any] | None = None,
    height: int | Literal["auto", "content"] = "auto",
    key: str | None = None,
    kind: Kind = "table",
    title: str | None = None,
    notes: Sequence[str] = (),
    about: About | None = None,
    best: Mapping[str, Literal["high", "low"]] | None = None,
    baselines: Sequence[bool] | None = None,
    figure: go.Figure | None = None,
    widget: str | None = None,
    download: Callable[[], object] | None = None,
    **shown: Any,
) -> Any:
    """Show a frame without its index and offer it; a column without any value is left out on screen.

    Args:
        rows: what is shown, in this order.
        name: file name of the CSV without its ending.
        alt: what the table holds, for screen readers.
        columns: Streamlit column configuration.
        height: of the table.
        key: unique on the page and the same for every data set; needed where the name depends on the view.
        kind: "verdict" where it holds verdicts.
        title: what it shows; the alternative text where there is none.
        notes: what has to stand under it to be read right.
        about: where it differs from what the page said.
        best: columns in which the highest or the lowest value is the best one.
        baselines: which rows are baselines.
        figure: of a card whose last part is this table: drawn above, offered together.
        widget: key of the table on screen, where rows can be chosen in it; then it keeps all of its columns.
        download: draws what stands in the place of the button for these rows as CSV.
        **shown: what `st.dataframe` takes besides.

    Returns:
        What `st.dataframe` returns.
    """
    settings: dict[str, Any] = {"hide_index": True, "width": "stretch", "lazy": False, "placeholder": "–"} | shown
    found = st.dataframe(
        rows if widget else rows.dropna(axis="columns", how="all"),
        key=widget,
        column_config=columns,
        height=height,
        alt=alt,
        **settings,
    )
    marked = tuple(place for place, is_one in enumerate(baselines or ()) if is_one)

    def made() -> Exhibit:
        return _made(
            key or name, kind, alt, title=title or alt, rows=rows, notes=notes, about=about, file=name, best=best,
            baselines=marked, figure=figure,
        )  # fmt: skip

    _offer(made, key=key or name, csv=download or (name, rows))
    return found


def card(  # noqa: PLR0913 - each is a word of what is offered
    *,
    key: str,
    title: str,
    alt: str,
    rows: Rows,
    figure: go.Figure | None = None,
    notes: Sequence[str] = (),
    about: About | None = None,
    kind: Kind = "card",
    file: str | None = None,
    csv: bool = False,
) -> None:
    """Offer something that the page has drawn in pieces: a variant's card, a verdict, cards of claims."""
    stem = file or key

    def made() -> Exhibit:
        return _made(key, kind, alt, title=title, figure=figure, rows=rows, notes=notes, about=about, file=stem)

    _offer(made, key=key, csv=(stem, rows) if csv else None)


def _made(  # noqa: PLR0913 - each is a word of what is offered
    key: str,
    kind: Kind,
    alt: str,
    *,
    title: str | None,
    rows: Rows,
    notes: Sequence[str],
    about: About | None,
    file: str,
    figure: go.Figure | None = None,
    best: Mapping[str, Literal["high", "low"]] | None = None,
    baselines: tuple[int, ...] = (),
) -> Exhibit:
    said = about or said_about()
    if said is None:
        raise ExhibitError(f"nothing is said about the numbers of “{key}”: say_about comes before the first exhibit")
    return Exhibit(
        key=key,
        kind=kind,
        title=bare(title) if title else page_title() or key,
        alt=alt,
        about=said,
        figure=figure,
        rows=rows if isinstance(rows, pd.DataFrame) else rows(),
        notes=tuple(bare(note) for note in notes if note),
        best=best or {},
        baselines=baselines,
        file=_stem(file),
    )


def _stem(name: str) -> str:
    return "".join("-" if letter in ":/\\ ~" else letter for letter in name)


def _offer(made: Callable[[], Exhibit], *, key: str, csv: tuple[str, Rows] | Callable[[], object] | None) -> None:
    """The line under an exhibit; headless, the exhibit itself."""
    into = recording()
    if into is not None:
        exhibit = made()
        into.exhibits.append(exhibit)
        known = load(read_citations)
        into.sources.update({name: known[name] for name in exhibit.about.sources})
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"tools-{style_word(key)}"):
        if st.button(
            "Add to deck",
            key=f"deck-{key}",
            on_click=decks.add_shown,
            args=(key, made),
            type="tertiary",
            icon=":material/add_to_queue:",
            help="Put this on a slide of your deck; the deck is under Deck in the navigation",
        ):
            follow()
        export_menu(key, made)
        if callable(csv):
            csv()
        elif csv is not None:
            _csv_button(*csv, key=key)


def _csv_button(name: str, rows: Rows, *, key: str) -> None:
    """Offer a frame as CSV, made when it is asked for."""
    st.download_button(
        "Download CSV",
        data=lambda: (rows if isinstance(rows, pd.DataFrame) else rows()).to_csv(index=False).encode(),
        file_name=f"{_stem(name)}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv-{key}",
        type="tertiary",
        icon=":material/download:",
    )
