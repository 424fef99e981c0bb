"""Sources as they are named next to a fact: a short name, a link where there is one, and the year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashboard.queries.ask import Ask

_SOURCES = "SELECT source_id, citation, url, identifier, retrieved_at FROM source ORDER BY source_id"
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_AUTHOR = re.compile(r"^([A-Z][\w'’-]+) [A-Z]{1,3}(?:-[A-Z])?,")
_TITLE = re.compile(r"[.:](?= )| \(")
_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Source:
    """One source; `url`, `identifier` and `retrieved` are None where the store has none."""

    source_id: str
    citation: str
    url: str | None
    identifier: str | None
    retrieved: str | None

    @property
    def name(self) -> str:
        """First author, else the title, and the year: 'Brixi et al. 2026'."""
        author, year = _AUTHOR.match(self.citation), year_of(self.citation)
        title = _TITLE.split(self.citation, maxsplit=1)[0]
        short = title if len(title) <= _LONGEST else f"{title[:_LONGEST].rsplit(' ', 1)[0]} …"
        who = f"{author[1]} et al." if author else short
        return who if year is None or year in who else f"{who} {year}"

    @property
    def markdown(self) -> str:
        """The name as a link, or as it is where there is no address."""
        return f"[{plain(self.name)}]({self.url})" if self.url else plain(self.name)


def year_of(citation: str) -> str | None:
    """The last year that a citation states: of a preprint and its article, the article's."""
    found = _YEAR.findall(citation)
    return found[-1] if found else None


def read_citations(ask: Ask) -> dict[str, Source]:
    """Every source of the store by its id."""
    return {
        str(row.source_id): Source(
            str(row.source_id),
            str(row.citation),
            _text(row.url),
            _text(row.identifier),
            None if pd.isna(row.retrieved_at) else f"{row.retrieved_at:%Y-%m-%d}",
        )
        for row in ask(_SOURCES).itertuples()
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def cited(source_ids: str, sources: Mapping[str, Source]) -> list[Source]:
    """The sources that a row of the store names, in its order; `source_ids` are parted by semicolons."""
    return [sources[name.strip()] for name in source_ids.split(";")]


def linked(sources: Iterable[Source]) -> str:
    """Sources in running Markdown."""
    return " · ".join(source.markdown for source in sources)
