"""What axe finds on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


def serious(page: Page) -> list[tuple[str, str, str]]:
    """Rule, element and what to mend, of each critical or serious violation."""
    return [
        (rule["id"], node["html"][:300], node["failureSummary"].splitlines()[-1].strip())
        for rule in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if rule["impact"] in {"critical", "serious"}
        for node in rule["nodes"]
    ]
