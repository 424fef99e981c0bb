"""What the page of the two ledgers says in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.ledgers import BEATS, INDEPENDENT, LEDGERS, LOSES, MATCHES, MIXED, SHOWN
from dashboard.queries.ledgers_checks import AGREES, DISAGREES, UNDECIDED
from dashboard.text import capital, count, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ledgers_checks import Finding

NOTHING = "No claim matches these filters"
OUTCOME_SENTENCE = {
    BEATS: "better than what it was held against",
    MATCHES: "level with what it was held against",
    MIXED: "better in part, worse in part",
    LOSES: "worse than what it was held against",
}


def title(claims: pd.DataFrame) -> str:
    """How many claims of capability beat something, on what evidence, and how many on validity lose."""
    if claims.empty:
        return NOTHING
    able, valid = (claims[claims["ledger"] == ledger] for ledger in ("capability", "validity"))
    beats = able[able["outcome"] == BEATS]
    sure = int(beats["evidence"].isin(INDEPENDENT).sum())
    lost = int((valid["outcome"] == LOSES).sum())
    parts = []
    if len(able) == 1:
        parts.append(f"the one capability claim {'beats something' if len(beats) else 'does not beat anything'}")
        if len(beats):
            parts[-1] += "" if sure else ", not on independent evidence"
    elif len(able):
        parts.append(f"{_some(len(beats))} of {count(len(able), 'capability claim')} beat something")
        if len(beats):
            parts[-1] += f", {_some(sure)} of them on independent evidence"
    if len(valid) == 1:
        parts.append(f"the one validity claim {'loses' if lost else 'does not lose'}")
    elif len(valid):
        many = "loses" if lost == 1 else "lose"
        parts.append(f"{_some(lost)} of {count(len(valid), 'validity claim')} {many}")
    return capital("; ".join(parts)) if parts else f"Nothing but context: {count(len(claims), 'claim')}"


def _some(number: int) -> str:
    return str(number or "none")


def lede(claims: pd.DataFrame, measured: Mapping[str, Finding]) -> str:
    """How many claims there are from how many sources, and what the store says to them."""
    sizes = claims["ledger"].value_counts()
    ledgers = ", ".join(
        f"{sizes.get(ledger, 0)} {words}"
        for ledger, words in (("capability", "of capability"), ("validity", "of validity"), ("context", "for context"))
    )
    told = f"**{count(len(claims), 'claim')}** from {count(claims['source_id'].nunique(), 'source')}: {ledgers}. "
    verdicts = [measured[claim].verdict for claim in claims["claim_id"] if claim in measured]
    if not verdicts:
        return told + "The store holds no measurement on the question of any of them."
    sums = {one: verdicts.count(one) for one in (AGREES, DISAGREES, UNDECIDED)}
    return told + (
        f"For **{len(verdicts)}** the store holds a measurement on the same question: {sums[AGREES]} agree, "
        f"{sums[DISAGREES]} disagree, {sums[UNDECIDED]} leave it open. "
        "Independent evidence is an assay, held-out targets or a benchmark by others."
    )


def alt(board: pd.DataFrame) -> str:
    """The scoreboard in words."""
    rows = "; ".join(
        f"{family}: {row[BEATS]} beat, {row[MATCHES]} match, {row[MIXED]} mixed, {row[LOSES]} lose"
        for family, row in board.iterrows()
    )
    return f"Claims by task family and kind of evidence. {rows}."


def board_table(board: pd.DataFrame) -> pd.DataFrame:
    """The scoreboard as a table."""
    return pd.DataFrame(
        {
            "Task family": [capital(str(family)) for family in board.index],
            "Judged": board["judged"].to_numpy(),
            "Beats": board[BEATS].to_numpy(),
            "Matches": board[MATCHES].to_numpy(),
            "Mixed": board[MIXED].to_numpy(),
            "Loses": board[LOSES].to_numpy(),
            "Evidence of those that beat": [_kinds(found) for found in board["beats_on"]],
            "Evidence of those that lose": [_kinds(found) for found in board["loses_on"]],
        }
    )


def _kinds(found: Mapping[str, int]) -> str | None:
    return ", ".join(f"{n} {kind}" for kind, n in found.items()) or None


def claims_table(claims: pd.DataFrame, measured: Mapping[str, Finding]) -> pd.DataFrame:
    """Claims with words for headings, and what the store says to each."""
    return pd.concat([claims[list(SHOWN)].rename(columns=SHOWN), measured_columns(claims, measured)], axis=1)


def board_title(board: pd.DataFrame) -> str:
    """How the claims that were held against something came out, in all families together."""
    sums = {outcome: int(board[outcome].sum()) for outcome in (BEATS, MATCHES, MIXED, LOSES)}
    return (
        f"Of {count(int(board['judged'].sum()), 'claim')} held against something {sums[BEATS]} beat it, "
        f"{sums[MATCHES]} match it, {sums[MIXED]} are mixed and {sums[LOSES]} lose"
    )


def family_title(family: str, claims: pd.DataFrame) -> str:
    """What the claims of one task family come to."""
    told = title(claims) if claims["ledger"].isin(LEDGERS[:2]).any() else f"{count(len(claims), 'claim')} for context"
    return f"{capital(plain(family))}: {told[:1].lower()}{told[1:]}"


def measured_columns(claims: pd.DataFrame, measured: Mapping[str, Finding]) -> pd.DataFrame:
    """What the store says to each claim, for the table; missing where it holds no measurement."""
    found = [measured.get(claim) for claim in claims["claim_id"]]
    return pd.DataFrame(
        {
            "Measured here": [one and one.verdict for one in found],
            "Numbers": [one and one.numbers for one in found],
        },
        index=claims.index,
    )
