"""Decks and files without a browser: what `vledger report` starts, `python -m dashboard.report`.

A request comes as one JSON object on standard input; each line of standard output is one JSON object: `step` and `of`
while pages run, `say` for what has to be told, `listed` for names, `wrote` at the end, `error` instead of it.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard import making, urlstate
from dashboard.exhibits import ExhibitError, Recording
from dashboard.export import formats, kept_links
from dashboard.export.deck import MOST_SLIDES, Deck, Slide, from_file
from dashboard.export.presets import PRESETS, preset
from dashboard.headless import record_or_why
from dashboard.pinned import held, pinned
from dashboard.queries.ask import asking
from dashboard.queries.catalog import read_catalog
from dashboard.queries.citations import read_citations
from dashboard.view import EVERYWHERE, ON_PAGE, PRIVATE_PAGES, View
from engine.errors import VledgerError, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.export.show import Leaf, Show
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.citations import Source

_FIRST_ONLY = ("csv", "png", "svg")
"""Formats that hold one exhibit, whatever a view shows."""


class Request(BaseModel):
    """What is asked for: one of `preset`, `view`, `deck` and `listing`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    preset: str | None = None
    options: dict[str, str] = {}
    view: str | None = None
    exhibit: str | None = None
    deck: str | None = None
    listing: bool = False
    out: str = ""
    title: str = ""
    ground: Literal["light", "dark"] | None = None
    shape: Literal["16:9", "4:3"] | None = None
    base: str = "http://localhost:8501"
    strict: bool = False


def main() -> int:
    """Read a request, answer it, and give the exit status."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    try:
        request = Request.model_validate_json(sys.stdin.buffer.read())
        with held():
            return _answer(request)
    except ValidationError as error:
        first = error.errors()[0]
        _tell(error=f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        return VledgerError.exit_code
    except VledgerError as error:
        _tell(error=str(error))
        return error.exit_code


def _answer(request: Request) -> int:
    catalog, sources = _store()
    if request.listing:
        return _list(request, catalog)
    ending = _ending(request)
    deck, private = _deck(request, catalog)
    found = _run(deck)
    if request.view is not None and request.exhibit is None:
        deck = _all_of(deck, found, ending)
    if not deck.slides:
        raise ExhibitError("this deck has no slide yet: add one, or begin with a preset")
    base = request.base.rstrip("/")
    ready = making.assembled(deck, found, private, making.Setting(base, pinned().pointer, sources))
    failures = _failures(ready)
    for failure in failures:
        _tell(say=failure)
    one = _is_one(request, ending)
    content = _written(ready, ending, one=one)
    _put(Path(request.out), content)
    _tell(wrote=request.out, slides=1 if one else len(ready.leaves), bytes=len(content))
    return 1 if failures and request.strict else 0


def _tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def _store() -> tuple[Catalog, dict[str, Source]]:
    ask = asking(pinned().con)
    return read_catalog(ask), read_citations(ask)


def _list(request: Request, catalog: Catalog) -> int:
    if request.view is None:
        _tell(listed=[[name, one.options_words, one.help] for name, one in PRESETS.items()])
        return 0
    page, query = place_of(request.view, catalog)
    found = making.recorded(page, query, "light")
    _tell(listed=[[exhibit.key, exhibit.kind, exhibit.title] for exhibit in found.exhibits])
    return 0


def _ending(request: Request) -> str:
    """The format, known before anything runs."""
    ending = Path(request.out).suffix.removeprefix(".").lower()
    of_exhibit = request.exhibit is not None or (request.view is not None and ending in _FIRST_ONLY)
    known = formats.OF_EXHIBIT if of_exhibit else formats.OF_DECK
    if ending not in known:
        what = "an exhibit" if of_exhibit else "a deck"
        raise ExhibitError(f"“{Path(request.out).name}”: the ending says the format; {what} can be {', '.join(known)}")
    if (why := formats.unavailable(ending, of_deck=not of_exhibit)) is not None:
        raise ExhibitError(why)
    if not Path(request.out).absolute().parent.is_dir():
        raise ExhibitError(f"there is no folder {Path(request.out).absolute().parent}: make it first")
    if Path(request.out).is_dir():
        raise ExhibitError(f"{request.out} is a folder: name a file in it")
    return ending


def _is_one(request: Request, ending: str) -> bool:
    return request.exhibit is not None or (request.view is not None and ending in _FIRST_ONLY)


def _deck(request: Request, catalog: Catalog) -> tuple[Deck, dict[str, Any]]:
    private: dict[str, Any] = {}
    if request.view is not None:
        deck = _of_view(request, catalog)
    elif request.preset is not None:
        deck = preset(request.preset, request.options, catalog)
    else:
        deck, private = _opened(Path(request.deck or ""))
    changed = {"title": request.title, "ground": request.ground, "shape": request.shape}
    return Deck.model_validate(deck.model_dump() | {name: value for name, value in changed.items() if value}), private


def _opened(path: Path) -> tuple[Deck, dict[str, Any]]:
    try:
        return from_file(path.read_bytes())
    except OSError as error:
        raise ExhibitError(f"{path} cannot be read: {error.strerror}") from error


def _of_view(request: Request, catalog: Catalog) -> Deck:
    """A deck of one exhibit, or of a place holder for all that the view shows."""
    page, query = place_of(request.view or "", catalog)
    return Deck(slides=(Slide(page=page, query=query, key=request.exhibit or "all"),))


def place_of(view: str, catalog: Catalog) -> tuple[str, str]:
    """Page and query of an address, with or without its server; what it says wrongly is told.

    Raises:
        ExhibitError: there is no such page, it is private, or its short link is not known here.
    """
    try:
        parts = urlsplit(view)
    except ValueError as error:
        raise ExhibitError(f"“{one_line(view)}” is no address: give page?query, as the browser shows it") from error
    page = parts.path.rstrip("/").rpartition("/")[2] or "overview"
    if page not in ON_PAGE or page == "deck":
        raise ExhibitError(
            f"there is no page “/{one_line(page)}”; there are {', '.join(name for name in ON_PAGE if name != 'deck')}"
        )
    if page in PRIVATE_PAGES:
        raise ExhibitError(f"/{page} shows a file of yours, which no address carries: save it in a deck's file there")
    query = _expanded(parts.query)
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in EVERYWHERE]
    words = urlencode(kept)
    for notice in urlstate.parse(parse_qs(words, keep_blank_values=True), page, catalog, View())[1]:
        _tell(say=notice.replace("`", "“", 1).replace("`", "”", 1))
    return page, words


def _expanded(query: str) -> str:
    """The query behind a short link of this server, else the query as it is."""
    word = parse_qs(query).get("s", [""])[-1]
    if not word:
        return query
    kept = kept_links.find(word)
    if kept is None:
        raise ExhibitError(f"the short link s={word[:20]} is not known on this machine: give the full link")
    return kept.partition("?")[2] if "?" in kept else kept


def _run(deck: Deck) -> dict[tuple[str, str], Recording | str]:
    """Every page of a deck once, one after the other."""
    wanted = list(dict.fromkeys((slide.page, slide.query) for slide in deck.slides if not slide.private))
    found: dict[tuple[str, str], Recording | str] = {}
    for step, (page, query) in enumerate(wanted):
        _tell(step=step, of=len(wanted))
        found[page, query] = record_or_why(page, query, deck.ground)
    _tell(step=len(wanted), of=len(wanted))
    return found


def _all_of(deck: Deck, found: Mapping[tuple[str, str], Recording | str], ending: str) -> Deck:
    """Everything that the one view shows, or the first of it where the format holds one."""
    place = deck.slides[0]
    recording = found[place.page, place.query]
    if isinstance(recording, str):
        raise ExhibitError(recording)
    shown = [
        exhibit for exhibit in recording.exhibits if ending not in formats.PICTURES[:2] or exhibit.figure is not None
    ]
    if not shown:
        raise ExhibitError(f"/{place.page} shows nothing that can be written as {ending}")
    if ending in _FIRST_ONLY and len(recording.exhibits) > 1:
        others = ", ".join(one.key for one in recording.exhibits if one is not shown[0])
        _tell(say=f"{ending} holds one exhibit: “{shown[0].key}”; with --exhibit also {others}")
    kept = shown[: 1 if ending in _FIRST_ONLY else MOST_SLIDES]
    if len(shown) > MOST_SLIDES and ending not in _FIRST_ONLY:
        _tell(say=f"the first {MOST_SLIDES} of {len(shown)} exhibits: a deck holds no more; name others with --exhibit")
    slides = tuple(Slide(page=place.page, query=place.query, key=one.key) for one in kept)
    return deck.model_copy(update={"slides": slides, "title": deck.title or recording.title[:300]})


def _failures(ready: Show) -> list[str]:
    """What is wrong with each slide that has no content; a deck of nothing but such slides is refused.

    Raises:
        ExhibitError: none has any.
    """
    failed = [f"slide {place}: {_why(leaf)}" for place, leaf in enumerate(ready.leaves, 1) if leaf.exhibit is None]
    if len(failed) == len(ready.leaves):
        raise ExhibitError(failed[0].partition(": ")[2])
    return failed


def _why(leaf: Leaf) -> str:
    return " ".join((leaf.failure or "it has no content").split())


def _written(ready: Show, ending: str, *, one: bool) -> bytes:
    return formats.write_exhibit(ready, ending) if one else formats.write_deck(ready, ending)


def _put(path: Path, content: bytes) -> None:
    """Write a file in one step: who reads it sees the old one or the new one.

    Raises:
        ExhibitError: it cannot be written there.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ExhibitError(f"{path} cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
