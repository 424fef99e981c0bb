"""What a view is, in words: for the stamp on a slide and for whoever gets a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.queries.catalog import Catalog
    from dashboard.view import View


def view_words(view: View, page: str, catalog: Catalog) -> tuple[str, ...]:
    """One phrase for each setting that decides what is shown: suite, labels, metric, task, then every filter."""
    return ()
