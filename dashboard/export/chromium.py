"""Where a Chromium is: the one that was asked for, kaleido's own, the system's, or Playwright's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

INSTALL = "install the package chromium or Google Chrome, or run `kaleido_get_chrome`"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_PLAYWRIGHT = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*", "chrome-win*/chrome.exe")


def found_chromium() -> str | None:
    """The path of the browser; None where there is none.

    BROWSER_PATH names one, as for kaleido; what it names has to be there.
    """
    asked = os.environ.get("BROWSER_PATH")
    if asked:
        return shutil.which(asked)
    named = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return named or _of_kaleido() or _of_playwright()


def sandbox_flags() -> list[str]:
    """Chromium refuses to start as root with its sandbox, and only then goes without."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def _of_kaleido() -> str | None:
    try:
        from choreographer.browsers.chromium import Chromium  # noqa: PLC0415 - of the extra `export`
    except ImportError:
        return None
    found: str | None = Chromium.find_browser(skip_local=False)
    return found


def _of_playwright() -> str | None:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = [path for pattern in _PLAYWRIGHT for path in sorted(kept.glob(f"chromium-*/{pattern}"))]
    return next((str(path) for path in reversed(found) if os.access(path, os.X_OK)), None)
