from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

VIEWS: list[tuple[str, dict[str, str], int]] = [
    ("", {}, 6),
    ("leaderboard", {}, 1),
    ("leaderboard", {"show": "table", "search": "nt"}, 0),
    ("leaderboard", {"suite": "clinvar", "cell": "evo-2-40b~missense"}, 1),
    ("leaderboard", {"suite": "proteingym", "against": "yes"}, 1),
    ("leaderboard", {"nonsense": "1"}, 1),
    ("size", {}, 1),
    ("task", {}, 1),
    ("task", {"task": "leannmlindsey_GUE_human_tf_0"}, 1),
    ("model", {}, 1),
    ("your-split", {}, 0),
    ("choose", {}, 1),
    ("deck", {}, 0),
    ("ledgers", {}, 1),
    ("system", {}, 0),
    ("field", {}, 1),
    ("beyond", {}, 3),
    ("traps", {}, 0),
    ("methods", {}, 0),
]


SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
DARK_TOO = ("", "leaderboard", "task", "ledgers", "methods")


@pytest.mark.parametrize(
    ("path", "query", "charts", "scheme"),
    [
        pytest.param(*view, scheme, id=f"{view[0] or 'overview'}-{'-'.join(view[1].values())}-{scheme}")
        for scheme in SCHEMES
        for view in VIEWS
        if scheme == "light" or (view[0] in DARK_TOO and "show" not in view[1] and "nonsense" not in view[1])
    ],
)
def test_axe_finds_nothing_critical_or_serious(
    new_screen: Callable[..., Screen], path: str, query: dict[str, str], charts: int, scheme: Literal["light", "dark"]
) -> None:
    screen = new_screen(scheme=scheme)
    screen.open(path, **query)
    screen.charts(charts)
    options = {"resultTypes": ["violations"]}
    found = [
        (rule["id"], node["html"][:300], node["failureSummary"].splitlines()[-1].strip())
        for rule in Axe().run(screen.page, options=options).response["violations"]
        if rule["impact"] in {"critical", "serious"}
        for node in rule["nodes"]
    ]
    assert not found
