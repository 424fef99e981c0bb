"""Your split: labelled variants, sequences or scores of one's own, and what a model has to beat on them."""

from __future__ import annotations

from dashboard.components.split_page import split_page
from dashboard.filters import context

split_page(context())
