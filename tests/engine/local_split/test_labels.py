"""Words of a label column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.local_split.columns import Words, objects
from engine.local_split.labels import NONE, read_binary, read_classes, reading


def words_of(*cells: str) -> Words:
    codes, words = pd.factorize(objects(list(cells)))
    return Words(np.asarray(words, dtype=object), codes.astype(np.int64))


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("TRUE", "1"),
        ("Pathogenic", "1"),
        ("Likely_pathogenic", "1"),
        ("Pathogenic/Likely_pathogenic", "1"),
        ("Pathogenic/Likely pathogenic|risk_factor", "1"),
        ("Likely pathogenic, low penetrance", "1"),
        ("Pathogenic/Pathogenic, low penetrance; other", "1"),
        ("Pathogenic(12)", "1"),
        ("0", "0"),
        ("0.0", "0"),
        ("False", "0"),
        ("Benign/Likely_benign", "0"),
        ("likely-benign", "0"),
        ("VUS", "set aside"),
        ("Uncertain_significance", "set aside"),
        ("Conflicting_classifications_of_pathogenicity", "set aside"),
        ("Conflicting interpretations of pathogenicity (Benign(1);Pathogenic(2))", "set aside"),
        ("Pathogenic|Benign", "set aside"),
        ("Benign;Uncertain significance", "set aside"),
        ("not_provided", "set aside"),
        ("drug_response", "set aside"),
        ("", "missing"),
        ("NA", "missing"),
        (".", "missing"),
        ("LOF", "unknown"),
        ("2", "unknown"),
        ("10", "unknown"),
        ("Pathogenic/whatever", "unknown"),
    ],
)
def test_a_word_is_read_as_clinvar_and_people_mean_it(word: str, read: str) -> None:
    assert reading(word) == read


@given(st.text(max_size=30))
def test_any_text_is_read_as_something(text: str) -> None:
    assert reading(text) in {"1", "0", "set aside", "missing", "unknown"}


def test_rows_set_aside_are_no_problems_and_unknown_ones_are() -> None:
    labels = read_binary("y", words_of("1", "VUS", "0", "huh", ""), None)
    assert labels.numbers.tolist() == [1, NONE, 0, NONE, NONE]
    assert {fault.kind: fault.set_aside for fault in labels.faults} == {
        "label-missing": False,
        "label-set-aside": True,
        "label-unknown": False,
    }


def test_the_word_that_is_named_is_label_1_and_every_other_0() -> None:
    labels = read_binary("y", words_of("LOF", "FUNC", "INT", "", "VUS"), "LOF")
    assert labels.numbers.tolist() == [1, 0, 0, NONE, NONE]


def test_naming_benign_as_label_1_turns_the_usual_words_round() -> None:
    labels = read_binary("y", words_of("benign", "Likely benign", "Pathogenic", "Likely_pathogenic"), "benign")
    assert labels.numbers.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("cells", [("1", "2"), ("-1", "1"), ("LOF", "FUNC"), ("3", "4")])
def test_words_that_nobody_can_know_are_asked_for(cells: tuple[str, ...]) -> None:
    missing = read_binary("y", words_of(*cells), None).missing
    assert missing is not None
    assert "say which of them is label 1" in missing
    assert read_binary("y", words_of(*cells), cells[0]).numbers.tolist() == [1, 0]


def test_a_word_that_is_not_there_cannot_be_label_1() -> None:
    missing = read_binary("y", words_of("a", "b"), "c").missing
    assert missing == "The label column 'y' has no 'c', which was named as label 1; it has a, b."


def test_many_different_numbers_are_no_labels() -> None:
    missing = read_binary("y", words_of(*(str(number / 7) for number in range(300))), None).missing
    assert missing is not None
    assert "300 different values" in missing


def test_classes_are_in_the_order_of_numbers_else_of_the_alphabet() -> None:
    assert read_classes("y", words_of("10", "9", "9.0", "2"), None).classes == ("2", "9", "10")
    assert read_classes("y", words_of("b", "C", "a"), None).classes == ("C", "a", "b")


def test_of_two_classes_the_positive_one_is_the_last() -> None:
    assert read_classes("y", words_of("pathogenic", "benign"), None).classes == ("benign", "pathogenic")
    assert read_classes("y", words_of("open", "closed"), "closed").classes == ("open", "closed")


def test_one_class_and_201_classes_are_not_evaluated() -> None:
    assert "one class" in (read_classes("y", words_of("a", "a", ""), None).missing or "")
    assert "201" in (read_classes("y", words_of(*map(str, range(201))), None).missing or "")


def test_a_bound_makes_labels_of_measured_values() -> None:
    found = read_binary("fitness", words_of("0.5", "0.49", "", "n.d.", "-2", "1e1"), " >= 0.5")
    assert found.numbers.tolist() == [1, 0, -1, -1, 0, 1]
    assert [(word.word, word.count, word.read_as) for word in found.words] == [
        (">= 0.5", 2, "1"),
        ("other numbers", 2, "0"),
        ("", 1, "missing"),
        ("no numbers", 1, "unknown"),
    ]
    assert found.missing is None


def test_a_bound_on_words_is_told() -> None:
    found = read_binary("class", words_of("benign", "pathogenic"), "< 1")
    assert found.missing == "The label column 'class' has no numbers, so none is < 1: choose another column."
