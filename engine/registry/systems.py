"""`models.csv`: 100 systems with loader, pinned revision, tokeniser, context, licence and known defects."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from engine.names import (
    FAMILY_OF,
    TOKENIZER_OF,
    Role,
    licence_group,
)
from engine.records import Model
from engine.tables import Count, Optional, Row, read_table

_EXACT_CONTEXT_BP = re.compile(r"(?:^|[=~] ?)(\d{3,}) bp")
_LEADING_NUMBER = re.compile(r"~?(\d+(?:\.\d+)?)")


def _known(value: str, *, words: dict[str, object], what: str) -> str:
    if value not in words:
        raise ValueError(f"one of the {what} in engine/names.py: {', '.join(words)}")
    return value


def _revision(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40}", value):
        raise ValueError("a full commit of 40 hexadecimal digits, or an empty cell")
    return value


_Family = Annotated[str, AfterValidator(partial(_known, words=dict(FAMILY_OF), what="families"))]
_TokenizerKind = Annotated[str, AfterValidator(partial(_known, words=dict(TOKENIZER_OF), what="tokenisers"))]
_Revision = Annotated[str, AfterValidator(_revision)]


class SystemRow(Row):
    """One line of `models.csv`; an empty cell means 'not established'."""

    model_id: str
    display_name: str
    role: Role
    geneb_model_id: Optional[str]
    modality: Literal["DNA", "protein", "single-cell", "structure"]
    family: Optional[_Family]
    architecture: Optional[str]
    tokenizer_kind: Optional[_TokenizerKind]
    bp_per_token: Optional[str]
    context_value: Optional[Count]
    context_unit: Optional[Literal["tokens", "bp", "residues", "genes"]]
    context_note: Optional[str]
    params: Optional[Count]
    pretraining_data: Optional[str]
    weights_licence: Optional[str]
    code_licence: Optional[str]
    access: Optional[str]
    access_kind: Literal["open", "gated", "lookup", "algorithm"]
    hf_id: Optional[Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+( \(.+\))?$")]]
    hf_revision: Optional[_Revision]
    loader: Optional[str]
    trust_remote_code: Optional[str]
    extra_packages: Optional[str]
    scoring_supported: Optional[str]
    geneb_pooling: Optional[str]
    geneb_known_defects: Optional[str]
    supervised_on_assay: Literal["yes", "no"]
    contamination_notes: Optional[str]
    geneb_full_macro_mcc: Optional[Annotated[float, Field(ge=-1, le=1)]]
    source: str


def registry_path() -> Path:
    """Path of the shipped registry."""
    return Path(__file__).with_name("models.csv")


def read_systems(path: Path | None = None) -> list[SystemRow]:
    """All systems of the registry.

    Raises:
        TableError: a row is not as `SystemRow` says, or a model_id repeats.
    """
    return read_table(path or registry_path(), SystemRow, unique=("model_id",))


def bp_per_token(stated: str | None) -> float | None:
    """Bases that a further token adds, where the registry states a number ('~5 (1024 tokens ~ 5.1 kb)' -> 5.0)."""
    if stated and "stride 1" in stated:
        return 1.0
    found = _LEADING_NUMBER.match(stated) if stated else None
    return float(found[1]) if found else None


def context_bp(row: SystemRow) -> int | None:
    """Usable context in bases: only where the unit is bp, one token is one base, or a note states the bases."""
    if row.context_value is None or row.modality != "DNA":
        return None
    if row.context_unit == "bp" or row.bp_per_token == "1":
        return row.context_value
    found = _EXACT_CONTEXT_BP.search(row.context_note or "")
    return int(found[1]) if found else None


def as_model(row: SystemRow) -> Model:
    """The store's row for a registry line."""
    licence = row.weights_licence
    return Model(
        model_id=row.model_id,
        name=row.display_name,
        role=row.role,
        modality=row.modality,
        family=FAMILY_OF[row.family] if row.family else None,
        architecture=row.architecture or row.family,
        tokenizer=TOKENIZER_OF[row.tokenizer_kind] if row.tokenizer_kind else None,
        tokenizer_detail=row.tokenizer_kind,
        bp_per_token=bp_per_token(row.bp_per_token),
        context_value=row.context_value,
        context_unit=row.context_unit if row.context_value else None,
        context_bp=context_bp(row),
        context_note=row.context_note,
        parameters=row.params,
        pretraining_data=row.pretraining_data,
        licence=licence,
        licence_group=licence_group(licence),
        code_licence=row.code_licence,
        access=row.access,
        access_kind=row.access_kind,
        hf_id=row.hf_id,
        revision=row.hf_revision,
        loader=row.loader,
        trust_remote_code=row.trust_remote_code,
        extra_packages=row.extra_packages,
        scoring_supported=row.scoring_supported,
        pooling=row.geneb_pooling,
        supervised_on_assay=row.supervised_on_assay == "yes",
        contamination=row.contamination_notes,
        known_defects=row.geneb_known_defects,
        provenance_note=row.source,
        source_id="registry",
    )
