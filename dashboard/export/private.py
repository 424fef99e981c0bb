"""An exhibit as JSON: what a deck's file carries of views that no address can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.exhibits import Exhibit


def exhibit_as_json(exhibit: Exhibit) -> dict[str, Any]:
    """Plain values: no NaN, no object that JSON cannot write."""
    raise NotImplementedError


def exhibit_from_json(content: object) -> Exhibit:
    """The exhibit; its figure and rows are checked, since a deck's file may come from anybody.

    Raises:
        ExhibitError: it is none; the sentence says where.
    """
    raise NotImplementedError
