"""Rank stability."""

from dashboard.components.heading import heading

heading("Rank stability", "")
