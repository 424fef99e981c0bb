"""What a single item has to satisfy to be listed: the filters of the Variants page and of its slices."""

from __future__ import annotations

from dataclasses import dataclass, fields

OUTCOMES = ("right", "wrong", "missed", "false alarm")
"""What a system's call, at its stated threshold, is worth: missed are positives called negative, false alarms the
other way round."""
GAPS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90)
"""Marks of the disagreement slider, in percentile points."""


@dataclass(frozen=True, slots=True)
class ItemFilters:
    """Empty, None and 0 mean no restriction.

    Attributes:
        label: 0 or 1.
        consequence: any of these.
        part: strata of the task, any of these.
        gene: exactly this.
        start: first position (chromosome or residue), inclusive.
        end: last position, inclusive.
        outcome: one of OUTCOMES, of the first system.
        gap: least disagreement of the two systems, in percentile points.
        find: what the item's id, protein change or gene must contain, in any case.
    """

    label: str | None = None
    consequence: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    gene: str = ""
    start: int | None = None
    end: int | None = None
    outcome: str | None = None
    gap: int = 0
    find: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is restricted."""
        return any(getattr(self, field.name) != field.default for field in fields(self))


NAMES = tuple(field.name for field in fields(ItemFilters))
