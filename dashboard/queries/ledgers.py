"""The claims of the literature: their rows, the filters on them, and how many beat what they were held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.citations import year_of

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

LEDGERS = ("capability", "validity", "context")
APPART = "; "
"""Between the systems of a claim that is about several."""
BEATS, MATCHES, MIXED, LOSES, NONE = "beats baseline", "matches", "mixed", "loses to baseline", "not applicable"
OUTCOMES = (BEATS, MATCHES, MIXED, LOSES, NONE)
EVIDENCE = (
    "experimental assay",
    "held-out targets",
    "independent benchmark",
    "retrospective benchmark",
    "synthetic test",
    "vendor-reported",
    "descriptive",
)
"""Kinds of evidence, the ones that are hardest to please first."""
INDEPENDENT = EVIDENCE[:3]
"""Measured in the laboratory, on targets kept apart, or by somebody without a model of their own."""

_CLAIMS = """
    WITH size AS (SELECT task_family, count(*) FILTER (ledger <> 'context') AS claims FROM claim GROUP BY ALL)
    SELECT c.claim_id, c.system, c.task_family, c.ledger, c.statement, c.metric, c.value, c.unit, c.comparator,
           c.comparator_value, c.outcome, c.evidence, c.caveat, c.source_id, s.citation, s.url, s.retrieved_at,
           coalesce((SELECT list(DISTINCT f.access ORDER BY f.access) FROM model_fact f
            WHERE list_contains(string_split(c.system, '; '), f.system) AND f.access IS NOT NULL), []) AS access
    FROM claim c JOIN source s USING (source_id) JOIN size z USING (task_family)
    ORDER BY z.claims DESC, c.task_family, list_position($ledgers, c.ledger), lower(c.system), c.claim_id
"""
_SEARCHED = (
    "claim_id", "system", "task_family", "ledger", "statement", "metric", "value", "unit", "comparator",
    "comparator_value", "outcome", "evidence", "caveat", "source_id", "citation", "url",
)  # fmt: skip
SHOWN = {
    "system": "System",
    "task_family": "Task family",
    "ledger": "Ledger",
    "statement": "Claim",
    "metric": "Metric",
    "value": "Value",
    "unit": "Unit",
    "comparator": "Compared with",
    "comparator_value": "Its value",
    "outcome": "Outcome",
    "evidence": "Evidence",
    "caveat": "Caveat",
    "citation": "Source",
    "year": "Year",
    "url": "Link",
    "claim_id": "Claim id",
}
"""Columns of the table and the CSV, in the literature's own words."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claims are looked at; an empty filter lets all through."""

    systems: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    search: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is filtered."""
        return self != Wanted()


def read_claims(ask: Ask) -> pd.DataFrame:
    """Every claim with its source; families with most claims in the two ledgers first.

    `year` is the last one that the citation states, missing where it states none; `access` are the terms of the
    claim's systems, `text` is what a search looks through.
    """
    rows = ask(_CLAIMS, {"ledgers": list(LEDGERS)})
    told = rows[list(_SEARCHED)].itertuples(index=False, name=None)
    return rows.assign(
        year=rows["citation"].map(year_of),
        systems=rows["system"].str.split(APPART),
        access=rows["access"].map(tuple),
        text=[" ".join(part for part in parts if isinstance(part, str)).casefold() for parts in told],
    )


def chosen(claims: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """The claims that pass every filter; each word of a search stands somewhere in the row."""
    kept = claims
    for column, values in (
        ("task_family", wanted.families),
        ("outcome", wanted.outcomes),
        ("evidence", wanted.evidence),
    ):
        kept = kept[kept[column].isin(values)] if values else kept
    words = wanted.search.casefold().split()
    passes = [
        (not wanted.systems or not set(wanted.systems).isdisjoint(row.systems))
        and (not wanted.terms or not set(wanted.terms).isdisjoint(row.access))
        and all(word in row.text for word in words)
        for row in kept.itertuples()
    ]
    return kept.loc[kept.index[passes]]


def weighed(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims of the two ledgers that were held against something, in the order of outcomes within a family."""
    judged = claims[claims["ledger"].isin(LEDGERS[:2]) & (claims["outcome"] != NONE)]
    return judged.sort_values(
        "outcome", key=lambda found: found.map({name: place for place, name in enumerate(OUTCOMES)}), kind="stable"
    )


def scoreboard(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims by family and outcome, and how many of those that beat or lose rest on which kind of evidence.

    One row a family, most judged claims first: a column for each of the outcomes, `judged`, `beats_on` and `loses_on`
    (`{evidence: claims}`).
    """
    judged = weighed(claims)
    counts = judged.pivot_table(
        index="task_family", columns="outcome", values="claim_id", aggfunc="count", fill_value=0
    )
    counts = counts.reindex(columns=list(OUTCOMES[:-1]), fill_value=0).rename_axis(columns=None)
    counts["judged"] = counts.sum(axis=1)
    for name, outcome in (("beats_on", BEATS), ("loses_on", LOSES)):
        counts[name] = [_kinds(judged, str(family), outcome) for family in counts.index]
    return counts.sort_values(["judged", BEATS], ascending=False, kind="stable")


def _kinds(judged: pd.DataFrame, family: str, outcome: str) -> dict[str, int]:
    rows = judged[(judged["task_family"] == family) & (judged["outcome"] == outcome)]
    counts = rows["evidence"].value_counts()
    return {kind: int(counts[kind]) for kind in EVIDENCE if kind in counts}


def command(wanted: Wanted) -> str:
    """The query for `vledger sql` that gives the claims shown, but for the search in their text."""
    tests = [
        f"{column} IN ({_listed(values)})"
        for column, values in (
            ("task_family", wanted.families),
            ("outcome", wanted.outcomes),
            ("evidence", wanted.evidence),
        )
        if values
    ]
    if wanted.systems:
        tests.append(f"list_has_any(string_split(system, '; '), [{_listed(wanted.systems)}])")
    if wanted.terms:
        named = f"(SELECT list(system) FROM model_fact WHERE access IN ({_listed(wanted.terms)}))"
        tests.append(f"list_has_any(string_split(system, '; '), {named})")
    where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
    return f"SELECT c.*, s.citation, s.url\nFROM claim c JOIN source s USING (source_id){where}\nORDER BY claim_id"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
