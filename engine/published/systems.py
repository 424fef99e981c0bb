"""Which system a published name means: the alias table, and rows for systems outside the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.errors import TableError
from engine.names import FAMILY_OF, Role, Suite, licence_group
from engine.records import Model
from engine.tables import Optional, Row, read_table

if TYPE_CHECKING:
    from pathlib import Path


class AliasRow(Row):
    """A line of `system_aliases.csv`; display_name and what follows only where the registry has no such system."""

    suite: Suite
    published_name: str
    model_id: str
    display_name: Optional[str]
    role: Optional[Role]
    modality: Optional[Literal["DNA", "protein"]]
    family: Optional[str]
    supervised_on_assay: Optional[Literal["yes", "no"]]
    note: Optional[str]


def read_aliases(folder: Path, suite: Suite) -> dict[str, AliasRow]:
    """Alias rows of one suite by published name.

    Raises:
        TableError: a row is malformed, a name repeats, or a family is not in the vocabulary.
    """
    path = folder / "system_aliases.csv"
    rows = read_table(path, AliasRow, unique=("suite", "published_name"))
    for line, row in enumerate(rows, start=2):
        if row.family and row.family not in FAMILY_OF:
            raise TableError(path, "unknown family", line=line, column="family", value=row.family)
    return {row.published_name: row for row in rows if row.suite == suite}


def as_model(row: AliasRow, source_id: str) -> Model | None:
    """A model row for a system outside the registry, None for one that the registry describes."""
    if row.display_name is None:
        return None
    return Model(
        model_id=row.model_id,
        name=row.display_name,
        role=row.role or Role.MODEL,
        modality=row.modality,
        family=FAMILY_OF[row.family] if row.family else None,
        architecture=row.family,
        licence_group=licence_group(None),
        supervised_on_assay=row.supervised_on_assay == "yes",
        provenance_note=row.note,
        source_id=source_id,
    )
