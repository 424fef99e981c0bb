"""Variants."""

from dashboard.components.heading import heading

heading("Variants", "")
