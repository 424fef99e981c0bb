"""Figures as pictures: PNG at twice its size, SVG and PDF, drawn by one browser that stays open."""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import threading
from concurrent.futures import TimeoutError as Late
from html import escape
from typing import TYPE_CHECKING, Any

from dashboard.exhibits import ExhibitError
from dashboard.export.chromium import INSTALL, found_chromium, sandbox_flags
from dashboard.export.stamped import stamped

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import plotly.graph_objects as go

    from dashboard.exhibits import Ground
    from dashboard.export.show import Leaf

SCALE = 2
_SECONDS = 60.0


def unavailable() -> str | None:
    """Why no picture can be made on this machine, as a sentence; None if it can."""
    if importlib.util.find_spec("kaleido") is None:
        return "Pictures need the extra `export`: pip install 'validity-ledger[export]'"
    return None if found_chromium() else f"Pictures need a Chromium: {INSTALL}"


def png(figure: go.Figure, width: int, height: int) -> bytes:
    """A figure as PNG.

    Args:
        figure: with a ground and fonts of its own, as `figures.for_slide` gives it.
        width: in px; the picture has twice as many.
        height: in px; likewise.

    Raises:
        ExhibitError: there is no browser, or it did not draw it within a minute.
    """
    return _drawn(figure, "png", width=width, height=height)


def figure_file(leaf: Leaf, ground: Ground, ending: str) -> bytes:
    """An exhibit's figure by itself, with its headline above and its stamp below, within the picture.

    Args:
        leaf: the slide.
        ground: of the picture.
        ending: png, svg or pdf.

    Raises:
        ExhibitError: it has no figure; or as `png`.
    """
    figure = stamped(leaf, ground)
    found = _drawn(figure, ending, width=int(figure.layout.width), height=int(figure.layout.height))
    return _titled(found, leaf) if ending == "svg" else found


def _titled(svg: bytes, leaf: Leaf) -> bytes:
    """The picture with its headline and description for those who do not see it."""
    alt = leaf.exhibit.alt if leaf.exhibit else ""
    start = svg.index(b">", svg.index(b"<svg")) + 1
    words = f"<title>{escape(leaf.headline)}</title><desc>{escape(alt)}</desc>"
    return svg[:start] + words.encode() + svg[start:]


def _drawn(figure: go.Figure, ending: str, *, width: int, height: int) -> bytes:
    if (why := unavailable()) is not None:
        raise ExhibitError(why)
    wanted = {"format": ending, "width": width, "height": height, "scale": SCALE if ending == "png" else 1}
    return _painter().draw(figure, wanted)


class _Painter:
    """One browser in a loop of its own: opening it takes seconds, a figure a fraction of one."""

    def __init__(self) -> None:
        import kaleido  # noqa: PLC0415 - of the extra `export`

        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="pictures", daemon=True).start()
        # Without MathJax: kaleido would fetch it from the network.
        wanted = {"mathjax": False, "path": found_chromium(), "enable_sandbox": not sandbox_flags()}
        self._browser = kaleido.Kaleido(n=1, timeout=_SECONDS, **wanted)
        self._wait(self._browser.open())
        atexit.register(self.close)

    def draw(self, figure: go.Figure, wanted: dict[str, Any]) -> bytes:
        """The figure as a file."""
        found: bytes = self._wait(self._browser.calc_fig(figure, opts=wanted))
        return found

    def close(self) -> None:
        """Close the browser; what is left of it ends with the process."""
        asyncio.run_coroutine_threadsafe(self._browser.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        from kaleido.errors import BrowserClosedError, BrowserFailedError, KaleidoError  # noqa: PLC0415 - likewise

        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS + 10)
        except (Late, TimeoutError, BrowserClosedError, BrowserFailedError, KaleidoError, OSError) as error:
            # A browser that failed once is not asked again: the next picture opens another.
            _forget(self)
            why = str(error).splitlines()[0] if str(error) else f"it took longer than {_SECONDS:.0f} s"
            raise ExhibitError(f"the browser did not draw the figure: {why}") from error


_lock = threading.Lock()
_open: list[_Painter] = []


def _painter() -> _Painter:
    with _lock:
        if not _open:
            _open.append(_Painter())
        return _open[0]


def _forget(painter: _Painter) -> None:
    if painter in _open:
        _open.remove(painter)
