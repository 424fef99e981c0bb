"""The literature: sources, claims, the selection matrix, traps, objections and what is not claimed."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.records import (
    Bundle,
    Claim,
    ContextWindow,
    Decision,
    LedgerSystem,
    ModelFact,
    NotClaimed,
    Objection,
    ParameterStatement,
    Source,
    Trap,
)
from engine.tables import Count, Optional, Row, read_table

if TYPE_CHECKING:
    from pathlib import Path


class SourceRow(Row):
    """A line of `sources.csv`."""

    source_id: str
    citation: str
    url: Optional[Annotated[str, Field(pattern=r"^https://\S+$")]]
    doi_or_arxiv: Optional[str]
    footnote: Optional[str]
    alt_url: Optional[str]
    licence: Optional[str]
    version: Optional[str]
    retrieved_at: Optional[date]


class ClaimRow(Row):
    """A line of `claims.csv`."""

    claim_id: str
    system: str
    task_family: str
    ledger: Literal["capability", "validity", "context"]
    statement: str
    metric: Optional[str]
    value: Optional[str]
    unit: Optional[str]
    comparator: Optional[str]
    comparator_value: Optional[str]
    outcome: Literal["beats baseline", "matches", "loses to baseline", "mixed", "not applicable"]
    evidence: str
    caveat: Optional[str]
    source_id: str


class DecisionRow(Row):
    """A line of `decision_matrix.csv`."""

    task: str
    first_choice: str
    baseline_to_beat: str
    caveat: str
    source_ids: str
    why: str
    task_family: str


class TrapRow(Row):
    """A line of `traps.csv`."""

    trap_id: str
    name: str
    what_goes_wrong: str
    what_a_dashboard_should_flag: str
    source_ids: str


class ObjectionRow(Row):
    """A line of `unfair.csv`."""

    id: str
    objection: str
    effect_on_reading: str
    source_ids: str


class NotClaimedRow(Row):
    """A line of `not_claimed.csv`."""

    id: str
    claim_not_made: str
    reason: str
    source_ids: str


class ContextWindowRow(Row):
    """A line of `context_windows.csv`."""

    model: str
    value: Count
    unit: Literal["tokens", "bp"]
    note: Optional[str]
    source_id: str


class ModelFactRow(Row):
    """A line of `model_facts.csv`."""

    system: str
    organisation_or_authors: Optional[str]
    modality: Optional[str]
    architecture: Optional[str]
    params: Optional[str]
    training_data: Optional[str]
    access: Optional[str]
    licence_terms: Optional[str]
    source_id: str


class LedgerSystemRow(Row):
    """A line of `ledger_systems.csv`: one of the models that a system of `model_facts.csv` stands for."""

    system: str
    model_id: str


class ParameterRow(Row):
    """A line of `parameter_statements.csv`."""

    model_id: str
    parameters: Count
    stated_by: str
    source_id: str


def read(folder: Path) -> Bundle:
    """All tables of the literature.

    Raises:
        TableError: a table is damaged.
    """
    sources = read_table(folder / "sources.csv", SourceRow, unique=("source_id",))
    objections = read_table(folder / "unfair.csv", ObjectionRow, unique=("id",))
    not_claimed = read_table(folder / "not_claimed.csv", NotClaimedRow, unique=("id",))
    return Bundle(
        sources=[_source(row) for row in sources],
        parameter_statements=[
            ParameterStatement(**dict(row)) for row in read_table(folder / "parameter_statements.csv", ParameterRow)
        ],
        claims=[Claim(**dict(row)) for row in read_table(folder / "claims.csv", ClaimRow, unique=("claim_id",))],
        decisions=[
            Decision(**dict(row)) for row in read_table(folder / "decision_matrix.csv", DecisionRow, unique=("task",))
        ],
        traps=[Trap(**dict(row)) for row in read_table(folder / "traps.csv", TrapRow, unique=("trap_id",))],
        objections=[
            Objection(
                objection_id=row.id,
                objection=row.objection,
                effect_on_reading=row.effect_on_reading,
                source_ids=row.source_ids,
            )
            for row in objections
        ],
        not_claimed=[
            NotClaimed(
                not_claimed_id=row.id,
                claim_not_made=row.claim_not_made,
                reason=row.reason,
                source_ids=row.source_ids,
            )
            for row in not_claimed
        ],
        context_windows=[
            ContextWindow(**dict(row))
            for row in read_table(folder / "context_windows.csv", ContextWindowRow, unique=("model",))
        ],
        model_facts=[
            ModelFact(**dict(row)) for row in read_table(folder / "model_facts.csv", ModelFactRow, unique=("system",))
        ],
        ledger_systems=[
            LedgerSystem(**dict(row))
            for row in read_table(folder / "ledger_systems.csv", LedgerSystemRow, unique=("model_id",))
        ],
    )


def _source(row: SourceRow) -> Source:
    return Source(
        source_id=row.source_id,
        citation=row.citation,
        url=row.url,
        identifier=row.doi_or_arxiv,
        licence=row.licence,
        version=row.version,
        retrieved_at=row.retrieved_at.isoformat() if row.retrieved_at else None,
    )
