from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dashboard
from dashboard.components.links import PATHS, TITLES
from dashboard.queries.suites import MAIN_TASK, PROBES, SUITES, TASKS
from dashboard.text import (
    ACCESS,
    GLOSSARY,
    KIND_SENTENCE,
    METRICS,
    PROBE_SENTENCE,
    PROTOCOLS,
    REGIME_SENTENCE,
    REGIMES,
    STRATUM_KINDS,
)
from dashboard.view import ON_PAGE, PAGES, View
from engine.names import Protocol

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

FOLDER = Path(dashboard.__file__).parent


def values(ask: Ask, column: str, table: str) -> set[str]:
    return set(ask(f"SELECT DISTINCT {column} AS value FROM {table} WHERE {column} IS NOT NULL")["value"])


def test_every_page_has_a_title_a_file_and_a_place_in_the_address() -> None:
    files = {path.stem.replace("_", "-") for path in (FOLDER / "app_pages").glob("*.py")} - {"--init--"}
    assert set(PAGES) == set(TITLES) == set(PATHS) == set(ON_PAGE) == files
    assert all((FOLDER / path).is_file() for path in PATHS.values())
    assert len(set(TITLES.values())) == len(PAGES)


def test_every_setting_of_a_page_is_an_attribute_of_the_view() -> None:
    for names in ON_PAGE.values():
        assert all(hasattr(View(), name) for name in names)
        assert len(set(names)) == len(names)


def test_every_metric_in_the_store_has_its_sentence(ask: Ask) -> None:
    stored = values(ask, "metric", "score") | values(ask, "primary_metric", "task")
    assert stored
    assert stored <= METRICS.keys()
    assert {metric for suite in SUITES.values() for metric in suite.metrics} <= METRICS.keys()


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_says_what_it_is_its_range_and_where_it_is_defined(metric: str) -> None:
    text = METRICS[metric]
    assert text.low < text.high
    assert text.sentence.endswith(".")
    assert text.name
    assert text.chance
    assert text.source


def test_every_metric_value_in_the_store_lies_in_its_stated_range(ask: Ask) -> None:
    for row in ask("SELECT metric, min(value) AS low, max(value) AS high FROM score GROUP BY metric").itertuples():
        assert METRICS[row.metric].low <= row.low <= row.high <= METRICS[row.metric].high


def test_every_regime_has_its_word_and_sentence(ask: Ask) -> None:
    stored = values(ask, "regime", "score")
    assert stored == REGIMES.keys() == REGIME_SENTENCE.keys() == {r for s in SUITES.values() for r in s.regimes}


def test_every_kind_of_task_has_its_sentence(ask: Ask) -> None:
    assert values(ask, "kind", "task") == KIND_SENTENCE.keys()


def test_every_kind_of_access_has_its_word(ask: Ask) -> None:
    assert values(ask, "access_kind", "model") <= ACCESS.keys()


def test_every_probe_has_its_word_and_sentence() -> None:
    assert set(PROBES) == PROTOCOLS.keys() == PROBE_SENTENCE.keys()


def test_every_kind_of_column_that_can_be_chosen_has_its_word(ask: Ask) -> None:
    offered = {kind for suite in SUITES.values() if len(suite.kinds) > 1 for kind in suite.kinds}
    assert offered == STRATUM_KINDS.keys()
    assert {kind for suite in SUITES.values() for kind in suite.kinds} - {TASKS} <= values(ask, "kind", "stratum")


def test_a_suite_names_its_regimes_metrics_and_protocol_as_the_store_does(ask: Ask) -> None:
    assert values(ask, "suite", "task") == SUITES.keys()
    for suite, text in SUITES.items():
        rows = ask(
            "SELECT DISTINCT regime, metric, protocol, s.source_id FROM score s JOIN task t USING (task_id) "
            "WHERE suite = $suite",
            {"suite": suite},
        )
        assert set(rows["regime"]) == set(text.regimes)
        # L2, of which less is better, stands beside its skill on the Task page; no board is ordered by it.
        assert set(rows["metric"]) - {"L2"} == set(text.metrics)
        known = {*text.protocols, *text.probes}
        assert set(rows["protocol"]) <= known <= {str(protocol) for protocol in Protocol}
        assert text.source_id in set(rows["source_id"])
        assert set(text.domain) == set(text.metrics)


def test_a_suite_says_how_many_tasks_and_items_it_has(ask: Ask) -> None:
    (geneb,) = ask("SELECT count(*) AS n, count(DISTINCT category) AS c FROM task WHERE suite = 'geneb'").itertuples()
    assert f"{geneb.n} tasks in {geneb.c} categories" in SUITES["geneb"].sentence
    for suite in MAIN_TASK:
        whole = ask("SELECT n FROM stratum WHERE task_id = $task AND stratum = 'all'", {"task": MAIN_TASK[suite]})
        assert f"{int(whole['n'].iloc[0]):,}" in SUITES[suite].sentence


@pytest.mark.parametrize("term", GLOSSARY)
def test_no_word_of_the_glossary_is_left_unexplained(term: str) -> None:
    assert term.strip()
    assert GLOSSARY[term].strip().endswith(".")
    assert len(GLOSSARY[term]) > 20
