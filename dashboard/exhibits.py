"""What a page shows, as values: each chart, table, verdict and card that can be put on a slide or into a file.

A page draws through `dashboard.components.exhibit`, which makes these values; while a page runs headless they are
recorded. So what is exported is what is shown, and there is one way to make it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.errors import VledgerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from dashboard.queries.citations import Source
    from engine.store.location import Pointer

Kind = Literal["chart", "table", "verdict", "card"]
Ground = Literal["light", "dark"]


class ExhibitError(VledgerError):
    """An exhibit that cannot be shown or made into a file."""


@dataclass(frozen=True, slots=True)
class About:
    """What has to stand beside numbers wherever they go.

    `n` says how many of what they rest on; `interval` how their intervals were made, or why there are none; `sources`
    are ids of the store's table `source`, most important first.
    """

    n: str
    interval: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing that a page shows.

    `key` is unique on its page and does not change with the data; `title` says what is shown, as a sentence where the
    page has one; `rows` are the numbers behind it, as many as there are; `notes` what stands under it. `best` gives
    columns in which the highest or the lowest value is the best, `baselines` the positions of rows that are baselines,
    both for tables on paper. `file` is the stem of the files made of it.
    """

    key: str
    kind: Kind
    title: str
    alt: str
    about: About
    figure: go.Figure | None = None
    rows: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    best: Mapping[str, Literal["high", "low"]] = field(default_factory=dict)
    baselines: tuple[int, ...] = ()
    file: str = "exhibit"


@dataclass(slots=True)
class Recording:
    """What one run of a page showed.

    `words` say what the view is (suite, metric, what is filtered), `sources` every source that an exhibit names.
    """

    page: str
    query: str
    pointer: Pointer
    title: str = ""
    lede: str = ""
    words: tuple[str, ...] = ()
    exhibits: list[Exhibit] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)

    def find(self, key: str) -> Exhibit:
        """The exhibit with a key.

        Raises:
            ExhibitError: this view shows none.
        """
        found = next((exhibit for exhibit in self.exhibits if exhibit.key == key), None)
        if found is None:
            shown = ", ".join(exhibit.key for exhibit in self.exhibits) or "nothing that can be exported"
            raise ExhibitError(f"/{self.page}?{self.query} shows no “{key}” (it shows {shown})")
        return found


_recording: Recording | None = None


def recording() -> Recording | None:
    """Where exhibits are recorded now: only in a process that runs pages headless, one at a time."""
    return _recording


def begin_recording(into: Recording | None) -> None:
    """Record into this from now on; None ends it."""
    global _recording  # noqa: PLW0603 - one run at a time, in a process of its own
    _recording = into


def repeated_keys(exhibits: Sequence[Exhibit]) -> list[str]:
    """Keys that stand for more than one exhibit."""
    keys = [exhibit.key for exhibit in exhibits]
    return sorted({key for key in keys if keys.count(key) > 1})
