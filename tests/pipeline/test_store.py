from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from engine.names import (
    Family,
    Kind,
    LicenceGroup,
    Metric,
    Protocol,
    Regime,
    Role,
    Suite,
    Tokenizer,
)
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import StrEnum
    from pathlib import Path


@pytest.fixture(scope="module")
def ask(store: Path) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    with open_read_only(store) as con:
        yield lambda query: con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("score WHERE origin = 'published'", 25_961),
        ("task WHERE suite IN ('geneb', 'proteingym', 'clinvar')", 103),
        ("claim", 100),
        ("parameter_statement", 6),
        ("context_window", 10),
        ("model_fact", 43),
        ("decision", 10),
        ("trap", 5),
        ("objection", 5),
        ("not_claimed", 3),
    ],
)
def test_every_shipped_row_is_in_the_store(ask: Callable[[str], list[Any]], table: str, count: int) -> None:
    assert ask(f"SELECT count(*) FROM {table}") == [(count,)]


@pytest.mark.parametrize("table", ["run", "score", "comparison", "prediction", "throughput", "failure"])
def test_every_row_of_the_shipped_results_is_in_the_store(
    ask: Callable[[str], list[Any]], precomputed: Path, table: str
) -> None:
    files = sorted((precomputed / "results").glob(f"*/{table}.parquet"))
    wanted = sum(pq.read_metadata(file).num_rows for file in files)
    # What is published is no result of a run, nor is what follows from it.
    ours = {"score": " WHERE origin = 'engine'", "comparison": " WHERE run_id IS NOT NULL"}.get(table, "")
    assert ask(f"SELECT count(*) FROM {table}{ours}") == [(wanted,)]


@pytest.mark.parametrize(
    ("column", "vocabulary"),
    [
        ("score.metric", Metric),
        ("score.regime", Regime),
        ("score.protocol", Protocol),
        ("task.suite", Suite),
        ("task.kind", Kind),
        ("task.primary_metric", Metric),
        ("model.role", Role),
        ("model.family", Family),
        ("model.tokenizer", Tokenizer),
        ("model.licence_group", LicenceGroup),
    ],
)
def test_a_closed_column_holds_nothing_but_its_vocabulary(
    ask: Callable[[str], list[Any]], column: str, vocabulary: type[StrEnum]
) -> None:
    table, name = column.split(".")
    found = {value for (value,) in ask(f"SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL")}
    assert found
    assert found <= {str(word) for word in vocabulary}


def test_every_model_says_what_its_licence_allows(ask: Callable[[str], list[Any]]) -> None:
    assert ask("SELECT model_id FROM model WHERE licence_group IS NULL") == []


@pytest.mark.parametrize("table", ["claim", "context_window", "model_fact", "parameter_statement", "score", "model"])
def test_every_source_id_leads_to_a_source(ask: Callable[[str], list[Any]], table: str) -> None:
    assert ask(f"SELECT DISTINCT source_id FROM {table} ANTI JOIN source USING (source_id)") == []


@pytest.mark.parametrize("table", ["decision", "trap", "objection", "not_claimed"])
def test_every_one_of_several_source_ids_leads_to_a_source(ask: Callable[[str], list[Any]], table: str) -> None:
    each = f"SELECT DISTINCT trim(unnest(string_split(source_ids, ';'))) AS source_id FROM {table}"
    assert ask(f"SELECT source_id FROM ({each}) ANTI JOIN source USING (source_id)") == []


def test_every_score_has_its_model_task_and_stratum(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT count(*) FROM score JOIN model USING (model_id) JOIN task USING (task_id)
        JOIN stratum USING (task_id, stratum)
    """
    assert ask(query) == ask("SELECT count(*) FROM score")


def test_clinvar_scores_with_known_counts_have_an_interval_and_say_how_it_came_about(
    ask: Callable[[str], list[Any]],
) -> None:
    query = """
        SELECT count(*),
               count(*) FILTER (ci_low < value AND value < ci_high AND ci_method LIKE 'Hanley-McNeil%'),
               count(*) FILTER (ci_low = value AND value = ci_high AND ci_method LIKE 'one score%')
        FROM score JOIN task USING (task_id) WHERE suite = 'clinvar' AND value < 1 AND score.n IS NOT NULL
    """
    assert ask(query) == [(203, 190, 13)]


def test_a_perfect_published_score_has_no_interval(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT model_id, n, ci_low, ci_high, ci_method FROM score
        WHERE metric = 'AUROC' AND value = 1 AND origin = 'published'
    """
    assert ask(query) == [("vep-eval:gpn-star", 17, None, None, None)]


def test_no_interval_is_claimed_where_class_counts_are_unknown(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT DISTINCT suite FROM score JOIN task USING (task_id)
        WHERE origin = 'published' AND (ci_low IS NOT NULL OR ci_method IS NOT NULL)
    """
    assert ask(f"{query} ORDER BY suite") == [("clinvar",), ("geneb",)]
    assert ask(f"{query} AND (task.prevalence IS NULL OR score.n IS NULL)") == []


def test_every_value_of_our_own_but_a_perfect_one_has_an_interval_its_method_and_the_number_of_items(
    ask: Callable[[str], list[Any]],
) -> None:
    query = """
        SELECT count(*) > 1000, count(*) FILTER (ci_method IS NULL OR n IS NULL OR ci_low > value OR value > ci_high)
        FROM score WHERE origin = 'engine' AND value IS NOT NULL AND abs(value) NOT IN (0, 1)
    """
    assert ask(query) == [(True, 0)]


def test_a_perfect_value_of_our_own_has_no_interval(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT count(*) > 0, count(ci_low) FROM score
        WHERE origin = 'engine' AND metric IN ('AUROC', 'AUPRC') AND value IN (0, 1)
    """
    assert ask(query) == [(True, 0)]


def test_the_best_macro_mcc_is_that_of_the_board(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT model_id, macro FROM suite_score
        WHERE suite = 'geneb' AND metric = 'MCC' AND regime = 'full' AND protocol = 'geneb-published'
        ORDER BY macro DESC LIMIT 1
    """
    assert ask(query) == [("GENERator-eukaryote-3b-base", pytest.approx(0.605, abs=5e-4))]


def test_values_ranked_together_cover_the_same_categories(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT suite, protocol, regime, metric FROM suite_score WHERE macro IS NOT NULL
        GROUP BY ALL HAVING count(DISTINCT (n_categories, n_tasks)) > 1
    """
    assert ask(query) == []


def test_a_name_means_one_system_within_a_suite(ask: Callable[[str], list[Any]]) -> None:
    query = """
        SELECT suite, name FROM (SELECT DISTINCT suite, model_id FROM score JOIN task USING (task_id))
        JOIN model USING (model_id) GROUP BY ALL HAVING count(*) > 1
    """
    assert ask(query) == []
