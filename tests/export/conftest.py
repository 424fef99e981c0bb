"""What the tests of files share: real recordings of real pages, made once by a process of its own, as the app does."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest
from joblib.externals.loky import ProcessPoolExecutor

from dashboard.export.deck import Deck, Slide
from dashboard.export.show import Show, show
from dashboard.headless import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dashboard.exhibits import Ground, Recording

BASE = "http://localhost:8501"
DATE = dt.date(2026, 11, 21)


@pytest.fixture(scope="session")
def recorded(store_with_items: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Recording]]:
    """Runs a page at an address, on a store that has the single items; each address once."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(store_with_items.parent, folder / "store")
    known: dict[tuple[str, str, Ground], Recording] = {}
    with ProcessPoolExecutor(max_workers=1, env={"VLEDGER_CACHE": str(folder)}) as pool:

        def found(page: str, query: str = "", ground: Ground = "light") -> Recording:
            if (page, query, ground) not in known:
                known[page, query, ground] = pool.submit(record, page, query, ground).result()
            return known[page, query, ground]

        yield found


@pytest.fixture(scope="session")
def shown(recorded: Callable[..., Recording]) -> Callable[..., Show]:
    """A deck of (page, query, key) with its contents."""

    def made(*wanted: tuple[str, str, str], ground: Ground = "light", **deck: object) -> Show:
        slides = tuple(Slide(page=page, query=query, key=key) for page, query, key in wanted)
        found = {(page, query): recorded(page, query, ground) for page, query, _ in wanted}
        whole = Deck.model_validate({"ground": ground, "slides": slides} | deck)
        return show(whole, found, base=BASE, date=DATE, data="")

    return made
