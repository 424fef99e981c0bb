"""A deck as a value, and its two forms: a word for the address and a small file."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dashboard.exhibits import ExhibitError, Ground
from engine.errors import one_line, quoted

MOST_SLIDES = 40
LONGEST_PACKED = 8_000
_LONGEST_UNPACKED = 200_000
_LONGEST_FILE = 20_000_000
FILE_KIND = "validity-ledger-deck"

_Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Line = Annotated[str, StringConstraints(max_length=300)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Slide(_Value):
    """One exhibit of one view; an empty title is the exhibit's own.

    A slide with a `private` name shows something that no address can give: its content stands in the session and in
    the deck's file, never in a link.
    """

    page: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,30}$")]
    query: Annotated[str, StringConstraints(max_length=4_000)] = ""
    key: _Key
    title: _Line = ""
    note: Annotated[str, StringConstraints(max_length=4_000)] = ""
    private: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""


class Deck(_Value):
    """Slides in their order, and how they are made."""

    title: _Line = ""
    ground: Ground = "light"
    shape: Literal["16:9", "4:3"] = "16:9"
    slides: Annotated[tuple[Slide, ...], Field(max_length=MOST_SLIDES, strict=False)] = ()

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height of a slide, PowerPoint's own for either shape."""
        return (13.333, 7.5) if self.shape == "16:9" else (10.0, 7.5)


def with_slide(deck: Deck, slide: Slide) -> Deck:
    """The deck with one more slide at its end.

    Raises:
        ExhibitError: it is full.
    """
    if len(deck.slides) >= MOST_SLIDES:
        raise ExhibitError(f"a deck holds at most {MOST_SLIDES} slides; take one out, or begin a second deck")
    return deck.model_copy(update={"slides": (*deck.slides, slide)})


def without_slide(deck: Deck, place: int) -> Deck:
    """The deck without the slide at a place, counted from 0."""
    return deck.model_copy(update={"slides": deck.slides[:place] + deck.slides[place + 1 :]})


def moved(deck: Deck, place: int, by: int) -> Deck:
    """The deck with one slide moved up or down; the ends stay ends."""
    slides = list(deck.slides)
    slide = slides.pop(place)
    slides.insert(min(max(place + by, 0), len(slides)), slide)
    return deck.model_copy(update={"slides": tuple(slides)})


def changed(deck: Deck, place: int, **values: Any) -> Deck:
    """The deck with one slide's title or note changed."""
    slide = Slide.model_validate(deck.slides[place].model_dump() | values)
    return deck.model_copy(update={"slides": (*deck.slides[:place], slide, *deck.slides[place + 1 :])})


def packed(deck: Deck) -> str:
    """The deck as a word for an address: compressed, letters that need no escape."""
    text = json.dumps(deck.model_dump(exclude_defaults=True), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).rstrip(b"=").decode()


def unpacked(word: str) -> Deck:
    """The deck behind such a word.

    Raises:
        ExhibitError: it is none.
    """
    refusal = ExhibitError("the address holds no deck that can be read; open the deck's file instead")
    if len(word) > LONGEST_PACKED:
        raise refusal
    try:
        raw = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        # A word of 8,000 letters can unfold to megabytes.
        text = zlib.decompressobj().decompress(raw, _LONGEST_UNPACKED)
        return Deck.model_validate(json.loads(text))
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:  # a ValidationError is a ValueError
        raise refusal from error


def as_file(deck: Deck, private: dict[str, Any], data: str) -> bytes:
    """The deck as a file of its own.

    Args:
        deck: the deck.
        private: contents of private slides by their name, as `export.private` writes them.
        data: the content hash of the store that it was made on.
    """
    named = {slide.private for slide in deck.slides if slide.private}
    found = {
        "kind": FILE_KIND,
        "format": 1,
        "data": data,
        "deck": deck.model_dump(exclude_defaults=True),
        "private": {name: content for name, content in private.items() if name in named},
    }
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False).encode()


def from_file(content: bytes) -> tuple[Deck, dict[str, Any]]:
    """A deck and the contents of its private slides.

    Raises:
        ExhibitError: the file is no deck; the sentence says why.
    """
    if len(content) > _LONGEST_FILE:
        raise ExhibitError(f"a deck's file has at most {_LONGEST_FILE // 1_000_000} MB; this one has more")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ExhibitError("this file is no deck: it is not JSON") from error
    if not isinstance(found, dict) or found.get("kind") != FILE_KIND:
        raise ExhibitError(f"this file is no deck: it does not say “kind”: “{FILE_KIND}”")
    if found.get("format") != 1:
        raise ExhibitError(f"this deck has format {quoted(found.get('format'))}; this version reads format 1")
    private = found.get("private", {})
    if not isinstance(private, dict):
        raise ExhibitError("this deck cannot be read: “private” is no object")
    try:
        return Deck.model_validate(found.get("deck")), private
    except ValidationError as error:
        first = error.errors()[0]
        where = one_line(".".join(map(str, first["loc"]))) or "deck"
        raise ExhibitError(f"this deck cannot be read: {where}: {first['msg']}") from error


def data_of(content: bytes) -> str | None:
    """The content hash of the store that a deck's file was made on, where it states one."""
    found = json.loads(content).get("data")
    return found if isinstance(found, str) and found else None
