"""Who has to be cited, as BibTeX and as a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboard.export.latex_text import latex
from dashboard.queries.citations import year_of
from dashboard.text import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.export.show import Stamp
    from dashboard.queries.citations import Source

_PERSON = r"[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+)* [A-Z]{1,3}(?:-[A-Z])?"
_AUTHORS = re.compile(rf"^({_PERSON}(?:, {_PERSON})*)(, et al)?\. ")
_NAME = re.compile(r"^(.*) ([A-Z]{1,3}(?:-[A-Z])?)$")
_SENTENCE = re.compile(r"(?<=[^\W\d_]{2})\. |\.$| \((?:authors|\d{4})")
_DOI = re.compile(r"10\.\d{4,9}/[^\s;,\"<>{}\\]+")
_ARXIV = re.compile(r"(?:arxiv:|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5})", re.IGNORECASE)
_JOURNAL = re.compile(r"(?:^|; )([A-Z][^.;\d]*?) (?:19|20)\d{2}")
_CORPORATE = 2


def bibtex(sources: Iterable[Source], data: str) -> str:
    """One entry for each source, and one for the data themselves.

    Args:
        sources: in the order of their importance.
        data: version and hash of the store, as a stamp says it.
    """
    taken: set[str] = {"validity-ledger"}
    entries = [_entry(source, _key(source.source_id, taken)) for source in sources]
    return "\n".join([*entries, _of_ledger(data)])


def bibtex_of_view(stamp: Stamp) -> str:
    """The view as an entry of its own, then its sources."""
    view = _written(
        "misc",
        "validity-ledger-view",
        {
            "title": _braced(f"{stamp.title}{_view(stamp)}"),
            "author": _braced(PRODUCT),
            "year": stamp.date[:4],
            "url": _verbatim(stamp.link),
            "urldate": _words(stamp.date),
            "note": _words(stamp.data),
        },
    )
    return f"{view}\n{bibtex(stamp.sources, stamp.data)}"


def cite_view(stamp: Stamp) -> str:
    """The view in one line, for a text or a mail."""
    line = f"{stamp.data}: {stamp.title}{_view(stamp)}. {stamp.link} (seen {stamp.date})"
    return " ".join(line.split())


def _view(stamp: Stamp) -> str:
    return f" ({', '.join(stamp.view)})" if stamp.view else ""


def _entry(source: Source, key: str) -> str:
    authors, title, rest = _parts(source.citation)
    doi, arxiv = _found(_DOI, source.identifier, source.url), _found(_ARXIV, source.identifier, source.url)
    # Without a year of its own, a date is when the source was fetched, and the note says so.
    fields = {"author": authors, "title": _braced(title), "year": year_of(source.citation)}
    if doi:
        fields |= {"journal": _journal(rest), "doi": _verbatim(doi.rstrip("."))}
    elif arxiv:
        fields |= {"eprint": arxiv, "archivePrefix": "arXiv"}
    note = source.citation + (f" Retrieved {source.retrieved}." if source.retrieved else "")
    fields |= {"url": _verbatim(source.url) if source.url else None, "note": _words(note)}
    return _written("article" if doi and fields.get("journal") else "misc", key, fields)


def _parts(citation: str) -> tuple[str | None, str, str]:
    """Authors where the citation surely lists them, the title, and what follows it."""
    words = " ".join(citation.split())
    found = _AUTHORS.match(words)
    if found is not None:
        words = words[found.end() :]
    first, after = _split(words)
    if found is None and len(first.split()) <= _CORPORATE < len(_split(after)[0].split()):
        first, after = _split(after)  # the name of a laboratory or consortium
    people = None if found is None else [*map(_person, found[1].split(", ")), *(["others"] if found[2] else [])]
    return (None if people is None else " and ".join(people)), first, after


def _split(words: str) -> tuple[str, str]:
    end = _SENTENCE.search(words)
    if end is None:
        return words, ""
    return words[: end.start()], words[end.end() :] if end[0] == ". " else words[end.start() :]


def _person(name: str) -> str:
    parts = _NAME.match(name)
    return _words(name) if parts is None else f"{_words(parts[1])}, {_words(parts[2])}"


def _journal(rest: str) -> str | None:
    """The last journal named: of a preprint and its article, the article's."""
    names = _JOURNAL.findall(rest)
    return _words(names[-1].strip()) if names else None


def _found(pattern: re.Pattern[str], *texts: str | None) -> str | None:
    for text in texts:
        if text and (match := pattern.search(text)):
            return match[match.re.groups]
    return None


def _of_ledger(data: str) -> str:
    return _written("misc", "validity-ledger", {"title": _braced(PRODUCT), "note": _words(data) or None})


def _key(source_id: str, taken: set[str]) -> str:
    """A key that BibTeX reads, the same in every file; a second one of the same letters is numbered."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", source_id).strip("-") or "source"
    key, number = plain, 2
    while key.lower() in taken:
        key, number = f"{plain}-{number}", number + 1
    taken.add(key.lower())
    return key


def _words(text: str) -> str:
    """Text as LaTeX; to BibTeX a brace is a brace, with a backslash before it or not."""
    return latex(text).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def _braced(text: str) -> str:
    """A title whose capitals stay, or a name that is no person's."""
    return f"{{{_words(text)}}}"


def _verbatim(text: str) -> str:
    """An address or DOI, which is set as it stands: what would end the field is written as its code."""
    return "".join("" if one.isspace() else f"%{ord(one):02X}" if one in '{}\\"<>' else one for one in text)


def _written(kind: str, key: str, fields: dict[str, str | None]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])
