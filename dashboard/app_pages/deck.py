"""Deck: slides for a lab meeting, made of what the other pages show."""

from dashboard.components.deck_page import deck_page
from dashboard.filters import context

deck_page(context())
