"""What can be taken away from a result: a page, a table, and everything; the same result gives the same bytes."""

from __future__ import annotations

from engine.local_split.report.flat import as_csv, as_json, defused
from engine.local_split.report.page import as_html

__all__ = ["as_csv", "as_html", "as_json", "defused"]
