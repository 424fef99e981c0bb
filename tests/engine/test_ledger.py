from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import TableError
from engine.published import ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("field", "count"),
    [
        ("sources", 27),
        ("claims", 100),
        ("decisions", 10),
        ("traps", 5),
        ("objections", 5),
        ("not_claimed", 3),
        ("context_windows", 10),
        ("model_facts", 43),
        ("ledger_systems", 65),
        ("parameter_statements", 6),
    ],
)
def test_every_table_of_the_literature_is_complete(published: Path, field: str, count: int) -> None:
    assert len(getattr(ledger.read(published), field)) == count


def test_the_three_ledgers_are_all_in_use(published: Path) -> None:
    assert {claim.ledger for claim in ledger.read(published).claims} == {"capability", "validity", "context"}


@pytest.mark.parametrize(
    ("name", "old", "new", "column"),
    [
        ("claims.csv", ",capability,", ",hype,", "ledger"),
        ("claims.csv", ",beats baseline,", ",wins,", "outcome"),
        ("sources.csv", "https://www.nature", "http://www.nature", "url"),
        ("context_windows.csv", ",tokens,", ",words,", "unit"),
        ("context_windows.csv", ",512,", ",0,", "value"),
        ("parameter_statements.csv", ",8000000,", ",-8000000,", "parameters"),
    ],
)
def test_a_damaged_cell_names_line_and_column(
    precomputed_copy: Path, name: str, old: str, new: str, column: str
) -> None:
    path = precomputed_copy / "published" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(TableError, match=rf"{name}, line 2, column '{column}'"):
        ledger.read(precomputed_copy / "published")


@pytest.mark.parametrize(
    "name", ["sources.csv", "claims.csv", "decision_matrix.csv", "traps.csv", "model_facts.csv", "ledger_systems.csv"]
)
def test_a_repeated_row_is_refused(precomputed_copy: Path, name: str) -> None:
    path = precomputed_copy / "published" / name
    text = path.read_text("utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", "utf-8")
    with pytest.raises(TableError, match=f"{name}.* as in line 2"):
        ledger.read(precomputed_copy / "published")


def test_a_model_stands_for_one_system_that_has_facts(published: Path) -> None:
    bundle = ledger.read(published)
    pairs = bundle.ledger_systems
    assert len({pair.model_id for pair in pairs}) == len(pairs)
    assert {pair.system for pair in pairs} <= {fact.system for fact in bundle.model_facts}


def test_every_system_of_the_literature_has_facts_or_is_no_single_one(published: Path) -> None:
    bundle = ledger.read(published)
    named = {name for claim in bundle.claims for name in claim.system.split("; ")}
    assert named - {fact.system for fact in bundle.model_facts} == {
        "Field",
        "Five foundation models",
        "Five foundation models and two other deep networks",
        "Protein language models",
        "Single-cell foundation models",
        "Transformer-based models",
    }


def test_systems_without_claims_are_known_by_their_facts_alone(published: Path) -> None:
    bundle = ledger.read(published)
    named = {name for claim in bundle.claims for name in claim.system.split("; ")}
    without = {fact.system for fact in bundle.model_facts} - named
    assert without == {"BLOSUM62 score", "CASP", "DNABERT", "Early Transformer DNA models"}
