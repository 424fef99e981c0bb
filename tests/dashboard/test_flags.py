from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import engine
from dashboard.components.care import as_table, evidence, sentence
from dashboard.flag_words import FLAGS, SEVERITIES, flag_name
from dashboard.queries.flags import OF_ITEMS, Told, of_model, parsed, told

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

RAISED = re.compile(r'(?:flag\(\s*|"flag":\s*)"([A-Z_]+)"')
NAMES = {"a": "A", "b": "B", "base": "Base"}
NO_SCORES = pd.DataFrame({"model_id": [], "role": [], "flags": []})


def flagged(*found: tuple[str, str, str]) -> str:
    return json.dumps([dict(zip(("flag", "severity", "evidence"), one, strict=True)) for one in found])


def raised() -> set[str]:
    """Every flag that stands in a call or a record of the engine."""
    sources = Path(engine.__file__).parent.rglob("*.py")
    return {name for source in sources for name in RAISED.findall(source.read_text("utf-8"))}


def test_every_flag_that_the_engine_can_raise_has_its_words() -> None:
    assert {"TOKENISATION_MISMATCH", "CONTEXT_ASYMMETRY", "MAJORITY_COLLAPSE", "DUPLICATE_ROWS"} <= raised()
    assert raised() <= FLAGS.keys()


def test_every_flag_in_the_store_has_its_words(ask: Ask) -> None:
    rows = ask("SELECT DISTINCT flags FROM score UNION SELECT DISTINCT flags FROM comparison")
    stored = [one for flags in rows["flags"] for one in parsed(flags)]
    assert {"MAJORITY_COLLAPSE", "CONTAM_LABELS", "IMBALANCE"} <= {one["flag"] for one in stored} <= FLAGS.keys()
    assert {one["severity"] for one in stored} == SEVERITIES.keys()


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_has_a_short_name_and_one_whole_sentence(flag: str) -> None:
    words = FLAGS[flag]
    # The names stand in one cell of a table, separated by commas.
    assert "," not in words.name
    assert len(words.name) <= 40
    assert words.sentence.endswith(".")
    assert words.sentence.count(". ") == 0
    assert flag not in words.sentence


def test_names_of_flags_are_told_apart() -> None:
    assert len({words.name for words in FLAGS.values()}) == len(FLAGS)
    assert set(OF_ITEMS) <= FLAGS.keys()


def test_a_flag_without_words_keeps_its_own_name() -> None:
    assert flag_name("SOMETHING_NEW") == "something new"


def test_each_flag_is_told_once_for_all_who_share_it_warnings_first() -> None:
    edge = ("C_AT_GRID_EDGE", "info", "the chosen C, 100, is the last of its grid")
    seen = ("CONTAM_LABELS", "warning", "B: trained on the task")
    scores = pd.DataFrame({"model_id": ["a", "b"], "role": "model", "flags": [flagged(edge), flagged(edge, seen)]})
    found = told(scores, pd.DataFrame(columns=["model_id", "baseline_id", "flags"]), NAMES)
    assert [(one.flag, one.severity, one.systems) for one in found] == [
        ("CONTAM_LABELS", "warning", ("B",)),
        ("C_AT_GRID_EDGE", "info", ("A", "B")),
    ]


def test_a_flag_of_the_items_concerns_everybody_and_has_its_gravest_severity() -> None:
    some, more = ("HOMOLOGY_LEAK", "info", "1.4%"), ("HOMOLOGY_LEAK", "warning", "3.0%")
    scores = pd.DataFrame({"model_id": ["a", "b"], "role": "model", "flags": [flagged(some), flagged(more)]})
    (found,) = told(scores, pd.DataFrame(columns=["model_id", "baseline_id", "flags"]), NAMES)
    assert (found.systems, found.severity) == ((), "warning")
    assert sentence(found).endswith("*Concerns everybody measured here.*")


def test_a_flag_of_the_baseline_stands_with_every_comparison_and_concerns_the_baseline_alone() -> None:
    own, other = ("CONTAM_LABELS", "warning", "A: tuned"), ("CONTAM_LABELS", "warning", "Base: from the benchmark")
    weak = ("WEAK_BASELINE", "info", "a reaches 0.700, base 0.600")
    rows = pd.DataFrame(
        {"model_id": ["a", "b"], "baseline_id": "base", "flags": [flagged(own, other, weak), flagged(other)]}
    )
    labels, weaker = told(NO_SCORES, rows, NAMES)
    assert labels.systems == ("A", "Base")
    assert weaker.systems == ("Base",)
    assert [of_model(flags, "base", "Base") for flags in rows["flags"]] == [["CONTAM_LABELS"], []]


def test_that_a_control_collapses_is_not_told() -> None:
    one_class = flagged(("MAJORITY_COLLAPSE", "warning", "one class"))
    scores = pd.DataFrame({"model_id": ["a", "b"], "role": ["model", "control"], "flags": one_class})
    (found,) = told(scores, pd.DataFrame(columns=["model_id", "baseline_id", "flags"]), NAMES)
    assert found.systems == ("A",)
    assert sentence(found).startswith("**⊘ Collapsed** (warning). ")


def test_evidence_that_names_its_system_does_not_name_it_twice_and_is_no_markdown() -> None:
    flag = Told("CONTAM_LABELS", "warning", ("A", "B"), (("A: trained on *it*", ("A",)), ("tuned", ("A", "B"))))
    assert evidence(flag) == "- A\\: trained on \\*it\\*\n- A and B\\: tuned"
    assert list(as_table([flag])["Concerns"]) == ["A", "A, B"]


def test_much_evidence_is_cut_on_hover_and_whole_in_the_table() -> None:
    flag = Told("CONTAM_SEQUENCE", "info", ("A",), tuple((f"A: {number}", ("A",)) for number in range(9)))
    assert evidence(flag).endswith("- and 3 more, in the table of evidence")
    assert len(as_table([flag])) == 9
