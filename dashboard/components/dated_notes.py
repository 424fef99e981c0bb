"""What has changed since the literature of this ledger was written."""

from __future__ import annotations

import streamlit as st

NOTES = {
    "alphagenome-all-folds": "Dated note, November 2026: AlphaGenome was API-only when the literature in this "
    "ledger was written; gated, non-commercial weights can be downloaded now.",
}
"""By the model that a note is about."""


def dated_notes(*models: str) -> None:
    """Show the notes on these models; nothing where there is none."""
    for note in (NOTES[model] for model in models if model in NOTES):
        st.caption(note)
