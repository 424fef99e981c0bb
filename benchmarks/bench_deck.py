"""What decks promise: twelve slides in 10 s from nothing to a file, and nobody else waits meanwhile."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_store import own_cache, publish
from joblib.externals.loky import ProcessPoolExecutor
from rows import at_most, noted, timed

from dashboard.export import formats
from dashboard.headless import record

if TYPE_CHECKING:
    from concurrent.futures import Future

_LARGEST_HTML = 8.0
_AIM = 10.0
_SLIDES = 12
_PAGES = ("overview", "ranks", "compare", "task", "choose", "ledgers", "field", "beyond", "methods")


def report(out: Path, *asked: str) -> float:
    """Seconds of `vledger report` as a process of its own: imports, pages and file."""
    command = [sys.executable, "-m", "engine", "report", *asked, "--out", str(out)]
    _, seconds = timed(lambda: subprocess.run(command, check=True, capture_output=True))
    assert out.stat().st_size > 0
    return seconds


def rerun() -> float:
    """Seconds of one more run of a page that is warm, the median of a few."""
    return statistics.median(timed(lambda: record("leaderboard", "", "light"))[1] for _ in range(5))


def beside(work: Future[Any]) -> float:
    """Likewise, as long as something else goes on in the process for exports."""
    found = []
    while not work.done():
        found.append(timed(lambda: record("leaderboard", "", "light"))[1])
    work.result()
    return statistics.median(found)


def pages() -> None:
    """What the process for exports does for a deck of many pages."""
    for page in _PAGES:
        record(page, "", "light")


def measure() -> list[dict[str, Any]]:
    """The twelve slides of GENEB's board on a store of its own; formats that this machine cannot write are left out."""
    rows: list[dict[str, Any]] = []
    with own_cache(), tempfile.TemporaryDirectory() as folder:
        publish()
        for ending in ("pptx", "html", "pdf"):
            if formats.unavailable(ending, of_deck=True) is None:
                out = Path(folder, f"deck.{ending}")
                seconds = report(out, "--preset", "leaderboard")
                rows.append(at_most(f"{_SLIDES} slides as {ending}, the whole command", seconds, "s", _AIM))
                if ending == "html":
                    rows.append(at_most("size of its HTML", out.stat().st_size / 1e6, "MB", _LARGEST_HTML))
        if formats.unavailable("png") is None:
            seconds = report(Path(folder, "figure.png"), "--view", "/size", "--exhibit", "size")
            rows.append(noted("one figure as PNG, the whole command", seconds, "s", "Chromium's start included"))
        record("leaderboard", "", "light")  # what is imported and cached once is no rerun
        alone = rerun()
        with ProcessPoolExecutor(max_workers=1) as pool:
            busy = beside(pool.submit(pages))
        rows.append(noted("a rerun while a deck is made elsewhere", busy, "s", f"alone: {alone:.2f} s", alone / busy))
    return rows
