from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from dashboard.queries.board import Board, read_board
from dashboard.queries.columns import Column
from dashboard.queries.suites import MAIN_TASK, SUITES, of_tasks
from engine.statistics.aggregate import category_means, macro_average, micro_average

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

NAN = float("nan")
KINDS = [
    (suite, metric, kind)
    for suite, text in SUITES.items()
    if not of_tasks(suite)  # those are in test_board_tasks.py
    for metric in text.metrics
    for kind in text.kinds
]
GENEB = [("full", "MCC"), ("full", "Acc"), ("full", "F1"), ("10shot", "MCC"), ("1shot", "MCC")]


@pytest.fixture
def small() -> Board:
    """Two summaries, two judged columns and one that is not; a baseline, two models, and one scored in part."""
    columns = (
        Column("all", "All", "summary", "", "all"),
        Column("mean", "Mean", "summary", "", "mean"),
        Column("a", "A", "category", "", "A"),
        Column("b", "B", "category", "", "B"),
        Column("few", "Few", "category", "", "few", judged=False),
    )
    values = pd.DataFrame(
        {
            "all": [0.50, 0.80, 0.795, 0.99],
            "mean": [0.50, 0.80, 0.78, NAN],
            "a": [0.50, 0.90, 0.895, 0.90],
            "b": [0.50, 0.70, 0.69, NAN],
            "few": [0.50, 0.10, 1.00, NAN],
        },
        index=["rule", "one", "two", "part"],
    )
    models = pd.DataFrame({"name": values.index, "role": ["baseline", "model", "model", "model"]}, index=values.index)
    nothing = values * NAN
    return Board("clinvar", "zero_shot", "AUROC", columns, models, values, nothing, nothing)


def test_geneb_has_fifteen_columns_and_forty_one_rows(boards: dict[str, Board]) -> None:
    assert boards["geneb"].values.shape == (41, 15)
    assert [column.key for column in boards["geneb"].columns[:2]] == ["macro", "micro"]
    assert boards["geneb"].values.notna().all(axis=None)


def test_proteingym_has_six_columns(boards: dict[str, Board]) -> None:
    assert boards["proteingym"].values.shape[1] == 6
    assert [column.kind for column in boards["proteingym"].columns] == ["summary", *["category"] * 5]


def test_clinvar_has_fifteen_columns_of_which_two_are_summaries(boards: dict[str, Board]) -> None:
    assert boards["clinvar"].values.shape[1] == 15
    assert [column.key for column in boards["clinvar"].columns[:2]] == ["all", "mean"]


@pytest.mark.parametrize(("regime", "metric"), GENEB)
def test_genebs_columns_are_the_engines_statistics_on_the_task_scores(
    regime: str, metric: str, ask: Ask, catalog: Catalog, board: Callable[..., Board]
) -> None:
    scores = ask(
        "SELECT model_id, task_id, value FROM score JOIN task USING (task_id) "
        "WHERE suite = 'geneb' AND regime = $regime AND metric = $metric AND protocol = 'geneb-published'",
        {"regime": regime, "metric": metric},
    )
    assert len(scores) == 4100
    tasks = scores.pivot_table(index="model_id", columns="task_id", values="value")
    categories = category_means(tasks, catalog.tasks["category"].to_dict())
    found = board("geneb", regime, metric).values
    expected = categories.assign(macro=macro_average(categories), micro=micro_average(tasks))
    pd.testing.assert_frame_equal(
        found, expected.loc[found.index, found.columns], check_names=False, check_column_type=False, atol=1e-12
    )


def test_the_rule_is_a_coin_toss_within_every_class(boards: dict[str, Board]) -> None:
    board = boards["clinvar"]
    assert len(board.categories) == 13
    assert [board.values.at["rule-based", column.key] for column in board.categories] == [0.5] * 13


def test_clinvars_mean_is_over_the_judged_classes(boards: dict[str, Board]) -> None:
    board = boards["clinvar"]
    for model in board.values.index:
        parts = [board.values.at[model, key] for key in board.judged]
        expected = sum(parts) / 12
        found = board.values.at[model, "mean"]
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_only_the_class_with_too_few_variants_is_not_judged(boards: dict[str, Board], catalog: Catalog) -> None:
    board = boards["clinvar"]
    assert [column.key for column in board.columns if not column.judged] == ["3'UTR + RNA gene"]
    rows = catalog.strata[catalog.strata["task_id"] == MAIN_TASK["clinvar"]].set_index("stratum")
    for column in board.categories:
        n, share = rows.at[column.key, "n"], rows.at[column.key, "prevalence"]
        smaller = min(round(n * share), n - round(n * share))
        assert column.judged == (n >= 30 and smaller >= 10)


def test_a_class_with_too_few_variants_keeps_its_values_and_has_no_rank(boards: dict[str, Board]) -> None:
    board = boards["clinvar"]
    assert board.values["3'UTR + RNA gene"].notna().any()
    assert board.ranks()["3'UTR + RNA gene"].isna().all()
    assert "3'UTR + RNA gene" not in board.winners()
    assert not board.near_ties(0.5)["3'UTR + RNA gene"].any()
    assert "too few to name a best" in board.column("3'UTR + RNA gene").sentence


def test_partly_scored_models_are_shown_but_take_no_part_in_the_summaries(boards: dict[str, Board]) -> None:
    board = boards["clinvar"]
    assert board.partial
    for model in board.partial:
        assert board.ranks().loc[model, ["all", "mean"]].isna().all()
        assert not board.near_ties(1.0).loc[model, ["all", "mean"]].any()
        assert all(model not in board.winners()[key] for key in ("all", "mean"))
        assert board.values.loc[model].notna().any()


@pytest.mark.parametrize(("suite", "metric", "kind"), KINDS)
def test_every_board_of_strata_holds_the_stores_scores(
    suite: str, metric: str, kind: str, ask: Ask, board: Callable[..., Board]
) -> None:
    found = board(suite, "zero_shot", metric, kind)
    scores = ask(
        "SELECT model_id, stratum, value, ci_low, ci_high FROM score JOIN model USING (model_id) "
        "WHERE task_id = $task AND metric = $metric AND role <> 'control'",
        {"task": MAIN_TASK[suite], "metric": metric},
    )
    stored = {(row.model_id, row.stratum): row for row in scores.itertuples()}
    keys = [column.key for column in found.columns if column.key != "mean"]
    assert keys
    valued = {model for (model, key), row in stored.items() if key in keys and row.value == row.value}
    assert set(found.values.index) == valued
    for model in found.values.index:
        for key in keys:
            row = stored.get((model, key))
            for frame, name in ((found.values, "value"), (found.low, "ci_low"), (found.high, "ci_high")):
                expected = NAN if row is None else getattr(row, name)
                assert frame.at[model, key] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("suite", SUITES)
def test_controls_are_on_no_board(suite: str, boards: dict[str, Board]) -> None:
    assert set(boards[suite].models["role"]) <= {"model", "baseline"}


@pytest.mark.parametrize("suite", SUITES)
def test_a_board_states_the_provenance_and_protocol_of_its_own_suite(
    suite: str, ask: Ask, boards: dict[str, Board]
) -> None:
    board = boards[suite]
    stored = ask(
        "SELECT model_id, provenance, protocol FROM score JOIN task USING (task_id) "
        "WHERE suite = $suite AND ($task IS NULL OR task_id = $task)",
        {"suite": suite, "task": MAIN_TASK.get(suite)},
    )
    told = {(row.Index, row.provenance, row.protocol) for row in board.models.itertuples()}
    assert told <= set(stored.itertuples(index=False, name=None))


def test_a_pooled_value_over_all_items_is_ranked_though_a_class_has_none(board: Callable[..., Board]) -> None:
    found = board("brca1_sge", "zero_shot", "MCC", "variant_class")
    assert found.values.loc["consequence", found.judged].isna().any()
    assert "consequence" not in found.partial
    assert found.ranks().at["consequence", "all"] == 1
    assert {"sift", "polyphen2"} <= set(found.partial)


def test_a_system_with_several_protocols_has_one_row_by_the_first_of_them(catalog: Catalog) -> None:
    def ask(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        with duckdb.connect() as con:
            con.execute(
                "CREATE TABLE score AS SELECT * FROM (VALUES ('evo2-1b', 'all', 0.6, 'published-scores'), "
                "('evo2-1b', 'missense', 0.5, 'published-scores'), ('evo2-1b', 'all', 0.7, 'causal-llr'), "
                "('phylop', 'all', 0.8, 'published-scores')) t(model_id, stratum, value, protocol), "
                "(SELECT NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high, 'computed by this engine' AS provenance, "
                "'brca1_sge' AS task_id, 'zero_shot' AS regime, 'AUROC' AS metric)"
            )
            return con.execute(sql, dict(parameters or {})).df()

    found = read_board(ask, catalog, "brca1_sge", "zero_shot", "AUROC", "variant_class")
    assert found.values["all"].to_dict() == {"evo2-1b": 0.7, "phylop": 0.8}
    assert found.values["missense"].isna().all()
    assert found.models["protocol"].to_dict() == {"evo2-1b": "causal-llr", "phylop": "published-scores"}


def test_a_rank_is_one_more_than_the_number_of_better_rows(boards: dict[str, Board]) -> None:
    board = boards["geneb"]
    for column in board.columns:
        values = list(board.values[column.key])
        expected = [1 + sum(other > value for other in values) for value in values]
        assert list(board.ranks()[column.key]) == expected


def test_a_column_is_won_by_its_highest_value_and_an_exact_tie_is_shared(small: Board) -> None:
    assert small.winners() == {"all": ["one"], "mean": ["one"], "a": ["one", "part"], "b": ["one"]}


def test_a_near_tie_is_within_the_margin_and_is_not_the_winner(small: Board) -> None:
    near = small.near_ties(0.01)
    assert near.shape == small.values.shape
    assert {(model, key) for key in near for model in near.index[near[key]]} == {
        ("two", "all"),
        ("two", "a"),
        ("two", "b"),
    }


def test_a_model_that_lacks_a_judged_column_is_partial(small: Board) -> None:
    assert small.partial == ["part"]
    assert small.ranks()["all"].to_dict() == pytest.approx({"one": 1, "two": 2, "rule": 3, "part": NAN}, nan_ok=True)


def test_rows_can_be_kept_in_any_order(small: Board) -> None:
    kept = small.keep(["two", "rule"])
    for frame in (kept.models, kept.values, kept.low, kept.high):
        assert list(frame.index) == ["two", "rule"]
    assert kept.winners()["a"] == ["two"]


def test_a_board_without_rows_has_no_winner(small: Board) -> None:
    empty = small.keep([])
    assert empty.winners() == {}
    assert empty.ranks().empty
    assert empty.near_ties(0.01).empty


def test_a_column_without_any_value_has_no_winner(small: Board) -> None:
    assert small.keep(["part"]).winners() == {"a": ["part"]}
