"""Checks of a split as a whole, each on a case that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.local_split.checks import contamination, context, leaks
from engine.local_split.checks.balance import balance
from engine.local_split.checks.duplicates import Shown, repeated
from engine.local_split.checks.schema import Rule, broken
from engine.local_split.checks.scores import check_scores
from engine.local_split.columns import objects
from engine.local_split.exchange import Severity, Shape


def rule(values: list[float], allowed: tuple[str, dict[str, object]], *, empty: bool = False) -> Rule:
    return Rule(
        column="c",
        values=np.array(values),
        cells=objects([str(value) for value in values]),
        allowed=allowed,
        kind="k",
        problem="p",
        remedy="r",
        empty=empty,
    )


def test_a_rule_names_every_row_that_breaks_it_and_no_other() -> None:
    faults = broken([rule([1, 0, 5, -2], ("ge", {"min_value": 1})), rule([1, 1, 1, 1], ("ge", {"min_value": 1}))])
    assert [fault.at.tolist() for fault in faults] == [[1, 3]]
    assert faults[0].values is not None
    assert faults[0].values.tolist() == ["0", "-2"]


@pytest.mark.parametrize(("empty", "rows"), [(True, [[2]]), (False, [[1, 2]])])
def test_a_missing_value_breaks_a_rule_only_where_one_is_needed(*, empty: bool, rows: list[list[int]]) -> None:
    faults = broken([rule([1, np.nan, 9], ("le", {"max_value": 5}), empty=empty)])
    assert [fault.at.tolist() for fault in faults] == rows


@pytest.mark.parametrize(
    ("ones", "zeros", "severity"),
    [(50, 50, "passed"), (9, 50, "warning"), (50, 9, "warning"), (10, 190, "passed"), (10, 191, "note")],
)
def test_balance_warns_of_few_rows_and_notes_a_rare_class(ones: int, zeros: int, severity: Severity) -> None:
    check, missing = balance(np.repeat([1, 0], [ones, zeros]), ("0", "1"), split=False)
    assert (check.severity, missing) == (severity, None)


def test_of_many_classes_the_small_ones_are_named() -> None:
    check = balance(np.repeat([0, 1, 2], [20, 9, 20]), ("a", "b", "c"), split=True)[0]
    assert (check.severity, check.rows) == ("warning", 1)
    assert "'b' (9)" in check.found


def test_a_repeated_row_is_left_out_and_conflicting_ones_are_all_left_out() -> None:
    identity = np.array([5, 5, 6, 6, 7, 5, -1, -1])
    labels = np.array([1, 1, 1, 0, 0, 0, 1, 1])
    train = np.array([False, False, False, False, False, True, False, False])
    shown = Shown("variant", "v", objects(list("abcdefgh")), np.arange(8) + 2)
    faults = repeated(identity, labels, train, np.ones(8, dtype=bool), shown)[0]
    assert {fault.kind: fault.at.tolist() for fault in faults} == {"duplicate": [1], "label-conflict": [2, 3]}


def test_a_variant_in_both_parts_is_leakage_and_another_label_there_a_conflict() -> None:
    identity, train = np.array([1, 2, 1, 2, 3]), np.array([True, True, False, False, False])
    same, other = leaks.of_variants(identity, np.array([1, 0, 1, 1, 0]), train)
    assert (same.rows, other.rows, other.severity) == (2, 1, "warning")


def test_rows_longer_than_a_models_window_are_counted() -> None:
    checks = context.truncated(np.array([1022, 1023, 5000]), "protein")
    assert [(check.rows, check.severity) for check in checks] == [(2, "note")]
    assert "1,022 residues" in checks[0].found
    assert all(check.severity == "passed" for check in context.truncated(np.array([500]), "dna"))


@pytest.mark.parametrize(
    ("scores", "kinds"),
    [
        ([1.0, 1.0, 1.0], [("score-missing", "passed"), ("score-ties", "warning")]),
        ([0.0, 1.0, 1.0], [("score-missing", "passed"), ("HARD_LABEL_AUROC", "warning")]),
        ([0.1, 0.2, np.nan], [("score-missing", "note"), ("HARD_LABEL_AUROC", "warning")]),
        ([np.nan, np.nan], [("score-missing", "warning")]),
        ([0.1, 0.2, 0.3], [("score-missing", "passed"), ("score-ties", "passed")]),
    ],
)
def test_a_column_that_cannot_rank_is_told(scores: list[float], kinds: list[tuple[str, str]]) -> None:
    assert [(check.kind, check.severity) for check in check_scores("s", np.array(scores))] == kinds


def public_items(*rows: tuple[str | None, ...]) -> contamination.Public:
    names = ["task_id", "chrom", "pos", "ref", "alt", "assembly", "gene", "protein_variant"]
    return contamination.public_of(pd.DataFrame(rows, columns=names))


def test_overlap_is_found_by_place_and_assembly() -> None:
    public = public_items(("t", "17", 5, "A", "G", "GRCh37", None, None))  # type: ignore[arg-type]
    items = {
        "chrom": objects(["17"] * 4),
        "pos": objects([5, 5, 5, 6]),
        "ref": objects(["A"] * 4),
        "alt": objects(["G"] * 4),
        "assembly": objects(["GRCh37", "GRCh38", None, "GRCh37"]),
        "gene": objects([None] * 4),
        "protein_variant": objects([None] * 4),
    }
    assert contamination.shared(items, Shape.DNA, public) == {"t": 2}


def test_overlap_is_found_by_gene_or_by_the_changes_of_a_protein_under_another_name() -> None:
    changes = [f"A{place}V" for place in range(1, 21)]
    public = public_items(*(("t", None, None, None, None, None, "BLAT_HUMAN", one) for one in changes))

    def mine(gene: str, texts: list[str]) -> dict[str, np.ndarray]:
        return {"gene": objects([gene] * len(texts)), "protein_variant": objects(texts)}

    assert contamination.shared(mine("BLAT", [*changes[:3], "C9W"]), Shape.PROTEIN, public) == {"t": 3}
    half = [*changes[:6], *(f"C{place}W" for place in range(1, 7))]
    assert contamination.shared(mine("other", half), Shape.PROTEIN, public) == {"t": 6}
    assert contamination.shared(mine("other", half[1:]), Shape.PROTEIN, public) == {}
    assert contamination.shared(mine("other", changes[:9]), Shape.PROTEIN, public) == {}
