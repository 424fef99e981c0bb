"""PowerPoint files: native, editable tables and charts."""

from dashboard.export.pptx.deck import deck_pptx

__all__ = ["deck_pptx"]
