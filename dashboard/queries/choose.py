"""The decision matrix, and the systems that a row of it and its claims name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.queries.choose_needs import Fit, Needs, Variant, judged, overall
from dashboard.queries.choose_topics import topic_of
from dashboard.queries.citations import cited, read_citations

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.choose_needs import Answer
    from dashboard.queries.citations import Source

_MATRIX = """
    SELECT task, baseline_to_beat, first_choice, caveat, why, task_family, source_ids FROM decision ORDER BY rowid
"""
_WINDOWS = "SELECT model, value, unit FROM context_window ORDER BY value"
_VARIANTS = """
    SELECT f.system, coalesce(m.name, f.system) AS name, m.model_id, m.role,
           coalesce(m.modality, f.modality) AS modality, m.parameters, m.context_bp, m.context_value, m.context_unit,
           m.bp_per_token, m.licence, m.licence_group,
           m.access_kind, m.access, f.access AS stated_access, f.licence_terms AS stated_terms,
           f.architecture AS stated_architecture, e.runs, e.sentence AS support
    FROM model_fact f LEFT JOIN ledger_system l USING (system) LEFT JOIN model m USING (model_id)
    LEFT JOIN engine_support e USING (model_id)
    WHERE list_contains($systems, f.system)
    ORDER BY list_position($systems, f.system), m.parameters DESC NULLS LAST, m.context_bp DESC NULLS LAST, m.model_id
"""
_CLAIMED = """
    SELECT f.system FROM model_fact f JOIN claim c ON list_contains(string_split(c.system, '; '), f.system)
    WHERE c.task_family = $family GROUP BY f.system ORDER BY count(*) DESC, lower(f.system)
"""
NAMED = ("first choice", "baseline to beat", "one of the kind named", "in a claim")
"""Why a system stands in the list, the closest to the answer first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the decision matrix with its sources."""

    task: str
    baseline: str
    first: str
    caveat: str
    why: str
    family: str
    sources: list[Source]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A system that the row or a claim names, and every model of it that the store has."""

    system: str
    named: str
    variants: tuple[Variant, ...]

    def best(self, needs: Needs) -> tuple[Variant, list[Answer]]:
        """The variant that meets the needs best, the largest of equals, and its answers."""
        order = (Fit.YES, Fit.UNKNOWN, Fit.NO)
        found = [(variant, judged(variant, needs)) for variant in self.variants]
        return min(found, key=lambda one: order.index(overall(one[1])))

    def only(self, variant: Variant) -> Candidate:
        """The same system with one of its models."""
        return replace(self, variants=(variant,))

    def fit(self, needs: Needs) -> Fit:
        """Whether some variant meets the needs."""
        return overall(self.best(needs)[1])


def read_matrix(ask: Ask) -> pd.DataFrame:
    """The whole decision matrix in its own order; `sources` has the names of each row's, `url` the first address."""
    rows, known = ask(_MATRIX), read_citations(ask)
    each = [cited(text, known) for text in rows["source_ids"]]
    return rows.assign(
        sources=["; ".join(source.name for source in found) for found in each],
        url=[next((source.url for source in found if source.url), None) for found in each],
    )


def read_choice(ask: Ask, task: str) -> Choice:
    """What the matrix says of one job."""
    row = ask(_MATRIX).set_index("task").loc[task]
    return Choice(
        task=task,
        baseline=str(row["baseline_to_beat"]),
        first=str(row["first_choice"]),
        caveat=str(row["caveat"]),
        why=str(row["why"]),
        family=str(row["task_family"]),
        sources=cited(row["source_ids"], read_citations(ask)),
    )


def read_candidates(ask: Ask, task: str, family: str) -> list[Candidate]:
    """Who is named for a job: in the row of the matrix, then in claims of its task family."""
    topic = topic_of(task)
    named: dict[str, str] = {}
    claimed = list(ask(_CLAIMED, {"family": family})["system"])
    for why, systems in zip(NAMED, (topic.first, topic.baselines, topic.examples, claimed), strict=True):
        for system in systems:
            named[system] = f"{named[system]}, {why}" if system in named and why == NAMED[1] else named.get(system, why)
    rows = ask(_VARIANTS, {"systems": list(named)})
    windows = _stated_windows(ask)
    variants = [
        Variant(**_known(row), stated_windows=windows.get(row["system"], ())) for row in rows.to_dict("records")
    ]
    return [
        Candidate(system, why, own)
        for system, why in named.items()
        if (own := tuple(variant for variant in variants if variant.system == system))
    ]


def _stated_windows(ask: Ask) -> dict[str, tuple[tuple[int, str], ...]]:
    """What the literature states, by system: a row may name two, as 'Enformer/Borzoi (range, low)' does."""
    found: dict[str, tuple[tuple[int, str], ...]] = {}
    for row in ask(_WINDOWS).itertuples():
        for system in str(row.model).partition(" (")[0].split("/"):
            found[system] = (*found.get(system, ()), (int(row.value), str(row.unit)))
    return found


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """One kind of nothing, and whole numbers where base pairs are counted."""
    found = {name: None if pd.isna(value) else value for name, value in row.items()}
    return found | {name: int(row[name]) for name in ("context_bp", "context_value") if found[name] is not None}
