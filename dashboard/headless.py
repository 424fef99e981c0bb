"""A page run without a browser, for what it shows.

Only for a process of its own: Streamlit's runtime is replaced for the run, and one run goes on at a time.
"""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import background
from dashboard.exhibits import ExhibitError, Ground, Recording, begin_recording, repeated_keys
from dashboard.pinned import held
from dashboard.view import PAGES, PRIVATE_PAGES

_APP = Path(dashboard.__file__).with_name("streamlit_app.py")
_SECONDS = 120
_TALKATIVE = ("streamlit", "streamlit.runtime.scriptrunner_utils.script_run_context")
"""Loggers that warn of a run without a server, each with a level of its own."""


def record(page: str, query: str, ground: Ground) -> Recording:
    """Run a page at an address and give back what it showed.

    Args:
        page: one of `view.PAGES`.
        query: the address's query, as `urlencode` writes it.
        ground: the theme in which charts are drawn.

    Raises:
        ExhibitError: there is no such page, it failed, or it took longer than two minutes.
        StoreError: there is no store.
    """
    if page not in PAGES or page in {"deck", *PRIVATE_PAGES}:
        raise ExhibitError(f"there is no page /{page} whose contents an address gives")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    background.begin_alone(_SECONDS)
    with held() as store:
        found = Recording(page, query, store.pointer)
        _run(found, ground)
    return found


def _run(found: Recording, ground: Ground) -> None:
    page, query = found.page, found.query
    app = AppTest.from_file(str(_APP), default_timeout=_SECONDS)
    app.context = {"theme": ground}
    app.query_params.update(parse_qs(query, keep_blank_values=True))
    if page != "overview":
        app.switch_page(f"app_pages/{page}.py")
    begin_recording(found)
    try:
        app.run()
    except RuntimeError as error:  # AppTest's own word for a run that did not end in time
        raise ExhibitError(f"/{page}?{query} did not finish: {error}") from error
    finally:
        begin_recording(None)
    if app.exception:
        raise ExhibitError(f"/{page}?{query} failed: {app.exception[0].message}")
    if repeated := repeated_keys(found.exhibits):
        raise ExhibitError(f"/{page} shows two exhibits under one key: {', '.join(repeated)}")


def record_or_why(page: str, query: str, ground: Ground) -> Recording | str:
    """Likewise, with the sentence of a failure in the place of the recording: one slide does not lose the others."""
    try:
        return record(page, query, ground)
    except ExhibitError as error:
        return str(error)
