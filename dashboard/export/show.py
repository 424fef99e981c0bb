"""A deck with its contents: what every format is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.text import PRODUCT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from dashboard.exhibits import Exhibit, Recording
    from dashboard.export.deck import Deck, Slide
    from dashboard.queries.citations import Source
    from engine.store.location import Pointer


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a slide or file says of itself.

    `view` are the words of the view, filters included; `data` names version, hash and day of publication; `link` is
    the address of the view and `command` gives the same without a browser.
    """

    title: str
    view: tuple[str, ...]
    n: str
    interval: str
    data: str
    link: str
    command: str
    date: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One slide with its content, or with the sentence that says why it has none."""

    slide: Slide
    headline: str
    exhibit: Exhibit | None
    stamp: Stamp | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """A deck ready to be written in some format."""

    deck: Deck
    leaves: tuple[Leaf, ...]
    data: str
    date: str

    @property
    def title(self) -> str:
        """The deck's title, or the product's name."""
        return self.deck.title or PRODUCT

    @property
    def opens(self) -> bool:
        """Whether it begins with a title: one slide without a deck's title stands for itself."""
        return bool(self.deck.title) or len(self.leaves) != 1

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source of its slides once, in the order of the slides."""
        found: dict[str, Source] = {}
        for leaf in self.leaves:
            for source in leaf.stamp.sources if leaf.stamp else ():
                found.setdefault(source.source_id, source)
        return tuple(found.values())


def command(page: str, query: str, key: str | None, out: str) -> str:
    """The command that makes a file of a view, or of one exhibit of it."""
    which = f" --exhibit '{key}'" if key else ""
    address = f"/{page}?{query}" if query else f"/{page}"
    return f"vledger report --view '{address}'{which} --out {out}"


def data_words(pointer: Pointer) -> str:
    """Product, version, and the store's hash and day."""
    return f"{PRODUCT} {pointer.engine_version}, data {pointer.content_hash[:12]} of {pointer.published_at[:10]}"


def stamp(recording: Recording, exhibit: Exhibit, *, base: str, date: dt.date) -> Stamp:
    """The stamp of an exhibit; `base` is where the dashboard is reached, without a slash at its end."""
    query = f"?{recording.query}" if recording.query else ""
    path = "" if recording.page == "overview" else recording.page
    return Stamp(
        title=exhibit.title,
        view=recording.words,
        n=exhibit.about.n,
        interval=exhibit.about.interval,
        data=data_words(recording.pointer),
        link=f"{base}/{path}{query}",
        command=command(recording.page, recording.query, exhibit.key, f"{exhibit.file}.pptx"),
        date=date.isoformat(),
        sources=tuple(recording.sources[name] for name in exhibit.about.sources if name in recording.sources),
    )


def leaf(slide: Slide, found: Recording | str, *, base: str, date: dt.date) -> Leaf:
    """A slide with what the run of its page recorded, or with the sentence of why that failed."""
    if isinstance(found, str):
        return Leaf(slide, slide.title or "This slide cannot be shown", None, None, found)
    try:
        exhibit = found.find(slide.key)
    except ExhibitError as error:
        return Leaf(slide, slide.title or "This slide cannot be shown", None, None, str(error))
    return Leaf(slide, slide.title or exhibit.title, exhibit, stamp(found, exhibit, base=base, date=date))


def show(deck: Deck, found: Mapping[tuple[str, str], Recording | str], *, base: str, date: dt.date, data: str) -> Show:
    """The deck with its contents.

    Args:
        deck: the deck.
        found: by page and query, what its run recorded, or why it failed.
        base: where the dashboard is reached.
        date: the day of making.
        data: version and hash of the store, for the title.
    """
    absent = "What this slide shows is not in this session; open the deck's file."
    leaves = tuple(
        leaf(slide, found.get((slide.page, slide.query), absent), base=base, date=date) for slide in deck.slides
    )
    return Show(deck, leaves, data, date.isoformat())
