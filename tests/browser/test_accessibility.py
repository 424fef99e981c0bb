from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.axe import serious

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

# Each page as it opens is looked at in test_pages.py.
VIEWS: list[tuple[str, dict[str, str], int]] = [
    ("leaderboard", {"show": "table", "search": "nt"}, 0),
    ("leaderboard", {"suite": "clinvar", "cell": "evo-2-40b~missense"}, 1),
    ("leaderboard", {"suite": "proteingym", "against": "yes"}, 1),
    ("leaderboard", {"search": "no such name"}, 0),
    ("leaderboard", {"nonsense": "1"}, 1),
    ("task", {"task": "leannmlindsey_GUE_human_tf_0"}, 1),
]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
DARK_TOO = ("cell", "against", "task", "search")


@pytest.mark.parametrize(
    ("path", "query", "charts", "scheme"),
    [
        pytest.param(*view, scheme, id=f"{view[0]}-{'-'.join(view[1].values())}-{scheme}")
        for scheme in SCHEMES
        for view in VIEWS
        if scheme == "light" or any(name in view[1] for name in DARK_TOO)
    ],
)
def test_axe_finds_nothing_critical_or_serious(
    new_screen: Callable[..., Screen], path: str, query: dict[str, str], charts: int, scheme: Literal["light", "dark"]
) -> None:
    screen = new_screen(scheme=scheme)
    screen.open(path, **query)
    screen.charts(charts)
    assert serious(screen.page) == []
