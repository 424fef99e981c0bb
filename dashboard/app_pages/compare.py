"""Compare two models."""

from dashboard.components.heading import heading

heading("Compare two models", "")
