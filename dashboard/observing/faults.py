"""A page whose script failed: the reader has a sentence and a number, the log has the trace under that number."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from dashboard.observing import metrics

_log = logging.getLogger("vledger.pages")


def told(error: Exception) -> bool:
    """Note an error of a script, and tell its reader calmly; True: nothing else is shown of it."""
    number = secrets.token_hex(4)
    metrics.failed()
    _log.error("a page could not be shown, number %s", number, exc_info=error, extra={"number": number})
    st.warning(
        f"**Something went wrong here.** What you see may be incomplete. Reload the page, or choose another one. "
        f"If it happens again, tell whoever runs this server the number `{number}`.",
        icon=":material/info:",
    )
    return True
