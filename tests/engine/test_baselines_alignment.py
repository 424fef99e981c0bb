from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from engine.baselines.alignment import site_independent
from engine.errors import SequenceError

if TYPE_CHECKING:
    from pathlib import Path

# Positions 10 M, 11 K, 12 l (insertion), 13 V, 14 F; match columns 0 M, 1 K, 2 gap of the protein, 3 V, 4 F.
ALIGNMENT = """\
>protein/10-14
MKl-VF
>two
MR.AVF
>three, over two lines
MKq
-LX
>four
-Kaa-IY
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return _written(tmp_path, ALIGNMENT)


def _written(folder: Path, text: str) -> Path:
    path = folder / "brca1.a2m"
    path.write_text(text, "utf-8")
    return path


def _task(*variants: str | None) -> SimpleNamespace:
    names = [f"v{number}" for number in range(len(variants))]
    return SimpleNamespace(items=pd.DataFrame({"item_id": names, "protein_variant": variants}, dtype="string"))


def _log_ratio(ref: int, alt: int) -> float:
    return math.log((ref + 1) / (alt + 1))


def test_the_score_is_the_log_ratio_of_the_frequencies(path: Path) -> None:
    # Column K: K 3, R 1. Column V: V 2, L 1, I 1.
    scores = site_independent(path, 10)(_task("K11R", "K11W", "V13L", "V13A"))
    assert scores == pytest.approx([_log_ratio(3, 1), _log_ratio(3, 0), _log_ratio(2, 1), _log_ratio(2, 0)])


def test_gaps_and_ambiguous_letters_are_not_counted(path: Path) -> None:
    # Column M: M 3 and a gap. Column F: F 2, Y 1 and an X.
    scores = site_independent(path, 10)(_task("M10A", "F14Y"))
    assert scores == pytest.approx([_log_ratio(3, 0), _log_ratio(2, 1)])


def test_an_insertion_of_the_protein_counts_as_position_and_has_no_score(path: Path) -> None:
    assert np.isnan(site_independent(path, 10)(_task("L12A")))[0]


def test_what_lies_outside_or_is_no_substitution_has_no_score(path: Path) -> None:
    assert np.isnan(site_independent(path, 10)(_task("M9A", "A15C", "M10*", None))).all()


def test_an_alignment_is_not_read_as_if_it_began_at_another_position(path: Path) -> None:
    with pytest.raises(SequenceError, match=r"K11R \(item v1\): brca1.a2m has M at position 11; check first_position"):
        site_independent(path, 11)(_task(None, "K11R"))


def test_a_column_without_any_residue_has_no_score(tmp_path: Path) -> None:
    path = _written(tmp_path, ">protein\nMX\n>two\nM-\n")
    assert np.isnan(site_independent(path, 1)(_task("A2C")))[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MK\n>protein\nMK\n", "line 1: letters before the first title"),
        (">protein\nMK\n>two\nM1\n", "line 4: '1' stands in a sequence"),
        (">protein\nMK\n>two\nMKa\n>three\nMKV\n", "line 5: 3 match columns; expected 2"),
        (">protein\nMK\n>two\n>three\nMK\n", "line 3: a title without a sequence"),
        (">protein\nMK\n>two\n", "line 3: a title without a sequence"),
        ("", "no match column"),
        (">protein\nmk--\n", "no match column"),
    ],
)
def test_a_damaged_alignment_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SequenceError, match=f"brca1.a2m.*{message}"):
        site_independent(_written(tmp_path, text), 1)


def test_a_missing_alignment_is_named(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"absent\.a2m: no such alignment"):
        site_independent(tmp_path / "absent.a2m", 1)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "archive.a2m"
    path.write_bytes(b">protein\n\xff\xfe")
    with pytest.raises(SequenceError, match=r"archive\.a2m: byte .* is not UTF-8"):
        site_independent(path, 1)
