from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.components.split_checks import problem_table, summary
from dashboard.components.split_progress import duration
from dashboard.components.split_tables import difference_table, value_table
from dashboard.components.split_words import headline, lede_of, power_rests_on, power_words, title_of, verdict_words
from tests.engine.local_split import results

if TYPE_CHECKING:
    from engine.local_split.exchange import Result


def with_differences(**changes: Any) -> Result:
    found = results.result()
    return replace(found, differences=tuple(replace(one, **changes) for one in found.differences))


def only_baselines() -> Result:
    found = results.result(verdict=None)
    return replace(found, systems=found.systems[1:], power=found.power[:1])


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        ("PASS", "esm beats BLOSUM62 by 0.101 in AUROC"),
        ("PASS_PAIRED", "esm beats BLOSUM62 by 0.052 in AUROC"),
        ("INCONCLUSIVE", "Whether esm beats BLOSUM62 cannot be told on this split"),
        ("FAIL", "esm does not beat BLOSUM62"),
    ],
)
def test_the_title_follows_the_verdict(verdict: str, title: str) -> None:
    assert title_of(results.result(verdict=verdict)) == title


def test_without_a_column_of_one_s_own_the_title_says_what_is_to_be_beaten() -> None:
    assert title_of(only_baselines()) == "A model has to beat BLOSUM62 on this split: AUROC 0.710"


def test_without_a_verdict_the_title_claims_none() -> None:
    found = with_differences(verdict=None, verdict_article=None, undefined_reason="too few")
    assert title_of(found) == "No verdict against BLOSUM62 is possible on this split"
    assert headline(found) == []


def test_without_a_baseline_the_title_says_so() -> None:
    found = results.result(verdict=None)
    found = replace(found, systems=(found.systems[0],))
    assert title_of(found) == "esm has AUROC 0.811, without a baseline to beat"


def test_the_numbers_below_the_title_have_intervals_and_the_number_of_items() -> None:
    told = lede_of(results.result()).replace("\\", "")
    assert (
        told == "BLOSUM62 has AUROC 0.710 (0.67–0.75); esm differs by +0.101 (0.06–0.14). On 400 items, 160 of label 1."
    )


def test_markup_in_a_column_s_name_stays_text_in_the_lede() -> None:
    assert "\\[a\\]\\(b\\)" in lede_of(results.with_column_named("[a](b)"))


def test_power_says_what_could_be_seen_and_what_it_takes_with_two_digits() -> None:
    (to_come,) = power_words(only_baselines())
    assert to_come == (
        "Against BLOSUM62 this split can show a difference of **0.043** in AUROC or more; to see 0.02, the least that "
        "counts, it takes about **1,800 items**."
    )
    assert power_rests_on(only_baselines()).replace("\\", "").startswith("Two scores correlated at 0.5")


def test_a_difference_whose_interval_leaves_out_zero_needs_no_more_items() -> None:
    assert "large enough" in power_words(results.result(verdict="PASS"))[1]
    assert "about **900 items** in all" in power_words(results.result(verdict="INCONCLUSIVE"))[1]


def test_power_that_is_not_known_has_its_reason() -> None:
    found = only_baselines()
    unknown = replace(found.power[0], detectable=None, needed=None, undefined_reason="8 items are too few")
    assert "8 items are too few" in power_words(replace(found, power=(unknown,)))[0]


def test_a_difference_without_a_verdict_has_its_reason() -> None:
    (one,) = [one for one in results.result().differences if one.part_id == "gene=VHL" and one.registered]
    assert "12 items" in verdict_words(one)


def test_the_summary_counts_every_row_of_the_file() -> None:
    told = summary(results.inspection()).replace("*", "")
    assert told == (
        "412 rows in the file, 400 to evaluate; 10 of train, for thresholds and probes alone; 160 of label 1 "
        "(40.0%); 2 set aside by their label."
    )


def test_problems_are_shown_with_row_value_and_remedy() -> None:
    rows = problem_table(results.inspection().problems)
    assert list(rows["Row"]) == [7, 9]
    assert rows.loc[0, "Value"] == "A12T"
    assert rows.loc[0, "What to do"] == "check the transcript"


def test_no_value_is_a_gap_with_a_reason_never_a_zero() -> None:
    rows = value_table(results.result())
    empty = rows[rows["Value"].isna()]
    assert len(empty)
    assert empty["No value because"].notna().all()
    assert rows.loc[rows["Value"].notna(), "No value because"].isna().all()


def test_every_difference_stands_in_the_table_with_both_verdicts_in_words() -> None:
    found = results.result(verdict="PASS_PAIRED")
    rows = difference_table(found)
    assert len(rows) == len(found.differences)
    assert rows["Verdicts"].iloc[0] == "pass, paired by the paired test, fail by the article’s rule"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "under 1 s"), (1, "1 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (12_600, "3.5 h")],
)
def test_a_time_is_told_as_people_do(seconds: float, told: str) -> None:
    assert duration(seconds) == told
