"""Traps, objections and what is not claimed, as the literature states them, and how often the engine warns of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

_TRAPS = """
    SELECT trap_id, name, what_goes_wrong, what_a_dashboard_should_flag, source_ids FROM trap ORDER BY rowid
"""
_OBJECTIONS = "SELECT objection_id, objection, effect_on_reading, source_ids FROM objection ORDER BY rowid"
_NOT_CLAIMED = "SELECT not_claimed_id, claim_not_made, reason, source_ids FROM not_claimed ORDER BY rowid"
_FLAGGED = """
    SELECT flag, count(*) AS comparisons
    FROM (SELECT unnest(from_json(flags, '["JSON"]')) ->> 'flag' AS flag FROM comparison WHERE flags IS NOT NULL)
    GROUP BY flag
"""
FLAGS_OF = {
    "tokenisation": ("TOKENISATION_MISMATCH",),
    "context-length": ("CONTEXT_ASYMMETRY",),
    "contamination": ("CONTAM_SEQUENCE", "CONTAM_SUPERVISED_ASSAY", "CONTAM_LABELS", "CIRCULAR_AF"),
    "fragmented-benchmarks": ("BEST_OF_N", "PARTIAL_COVERAGE"),
}
"""Flags of the engine that warn of each trap."""


def read_traps(ask: Ask) -> pd.DataFrame:
    """The traps in the order of their table."""
    return ask(_TRAPS)


def read_objections(ask: Ask) -> pd.DataFrame:
    """What a fair critic would say of this very comparison."""
    return ask(_OBJECTIONS)


def read_not_claimed(ask: Ask) -> pd.DataFrame:
    """What is not claimed, and why."""
    return ask(_NOT_CLAIMED)


def read_flagged(ask: Ask) -> dict[str, int]:
    """How many comparisons of the store carry each flag."""
    rows = ask(_FLAGGED)
    return dict(zip(rows["flag"], rows["comparisons"].astype(int), strict=True))
