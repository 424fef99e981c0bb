"""Which columns are recognised, and what the rows are taken for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import SpecError
from engine.local_split.columns import Columns, described
from engine.local_split.exchange import Field, Shape
from engine.local_split.shapes import lacking, understand
from engine.local_split.split import Table


def columns_of(**cells: list[str]) -> Columns:
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
    return Columns(Table(name="t.csv", sha256="", kind="CSV", frame=frame, rows=np.arange(len(frame)) + 2))


@pytest.mark.parametrize(
    "names",
    [
        ("#CHROM", "POS", "REF", "ALT", "CLNSIG"),
        ("chromosome", "position (hg19)", "reference", "alt", "clinical significance"),
        ("Chr", "start", "Reference-Allele", "ALTERNATE_ALLELE", "pathogenic"),
    ],
)
def test_usual_names_of_a_dna_variant_are_known_in_any_spelling(names: tuple[str, ...]) -> None:
    shape, fields = understand(columns_of(**{name: ["1"] for name in names}), None, ())
    wanted = (Field.CHROM, Field.POSITION, Field.REFERENCE, Field.ALTERNATE, Field.LABEL)
    assert shape is Shape.DNA
    assert [fields[one] for one in wanted] == list(names)


def test_positions_are_of_residues_without_a_chromosome_and_of_bases_with_one() -> None:
    cells = {"aa_pos": ["1"], "pos": ["2"], "wt": ["M"], "mut": ["K"], "ref": ["A"], "alt": ["C"], "label": ["1"]}
    assert understand(columns_of(**cells), None, ())[1][Field.POSITION] == "aa_pos"
    assert understand(columns_of(**cells, chrom=["17"]), None, ())[1][Field.POSITION] == "pos"


def test_a_column_of_nothing_but_residue_changes_is_the_variant_under_any_name() -> None:
    shape, fields = understand(columns_of(what=["M1775R", "p.Met1Lys", ""], label=["1", "0", "1"]), None, ())
    assert (shape, fields[Field.VARIANT]) == (Shape.PROTEIN, "what")


def test_one_other_value_keeps_a_column_from_being_taken_for_variants() -> None:
    shape, fields = understand(columns_of(what=["M1775R", "unknown"], label=["1", "0"]), None, ())
    assert (shape, Field.VARIANT in fields) == (Shape.SCORES, False)


def test_a_column_named_by_hand_goes_before_its_usual_name_and_an_empty_name_means_none() -> None:
    columns = columns_of(label=["1"], other=["0"], split=["a"])
    fields = understand(columns, None, ((Field.LABEL, "other"), (Field.SPLIT, "")))[1]
    assert fields == {Field.LABEL: "other"}


def test_a_column_by_hand_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SpecError, match="no column 'zz'; it has label"):
        understand(columns_of(label=["1"]), None, ((Field.GENE, "zz"),))


def test_a_column_has_one_meaning() -> None:
    with pytest.raises(SpecError, match="two meanings"):
        understand(columns_of(a=["1"]), None, ((Field.GENE, "a"), (Field.LABEL, "a")))


def test_what_a_shape_still_needs_is_said() -> None:
    columns = columns_of(label=["1"], score=["2"])
    shape, fields = understand(columns, Shape.PROTEIN, ())
    assert "protein variant or position, reference and alternate" in (lacking(shape, fields) or "")
    assert "label" in (lacking(Shape.SCORES, {}) or "")
    assert lacking(Shape.SCORES, fields) is None


def test_columns_are_described_with_what_they_hold() -> None:
    told = described(columns_of(score=["1.5", "-2", "NA", ""], word=["a", "b", "a", "a"]), {})
    assert (told[0].numeric, told[0].filled, told[0].distinct, told[0].examples) == (True, 2, 2, ("1.5", "-2"))
    assert (told[1].numeric, told[1].filled, told[1].distinct) == (False, 4, 2)
