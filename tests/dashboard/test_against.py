from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from dashboard.queries.against import LOST, SPAN, TIED, WON, read_against, read_tasks_against
from dashboard.queries.selection import Filters, select
from dashboard.queries.suites import MAIN_TASK, SUITES, of_tasks
from engine.statistics.verdict import standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.against import Against
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

EVERY = [
    (suite, text.regimes[0], metric, (text.kinds or ("",))[0])
    for suite, text in SUITES.items()
    for metric in text.metrics
]
BY_STRATUM = [case for case in EVERY if SUITES[case[0]].kinds and not of_tasks(case[0])]
LUCA = "LucaOne-default-step36M"


@pytest.fixture(scope="module")
def against(ask: Ask, catalog: Catalog) -> Callable[..., Against]:
    def read(suite: str = "geneb", regime: str = "full", metric: str = "MCC", kind: str = "") -> Against:
        return read_against(ask, catalog, suite, regime, metric, kind)

    return read


@pytest.fixture(scope="module")
def published(ask: Ask) -> pd.DataFrame:
    """GENEB's published models next to the baseline to beat, a row a model and task, with the rows of both sides."""
    return ask(
        "SELECT c.*, t.category, s.value, s.ci_low AS low, s.ci_high AS high, "
        "b.value AS b_value, b.ci_low AS b_low, b.ci_high AS b_high FROM comparison c JOIN task t USING (task_id) "
        "JOIN score s ON s.task_id = c.task_id AND s.model_id = c.model_id AND s.metric = c.metric "
        "AND s.regime = 'full' AND s.stratum = 'all' AND s.protocol = 'geneb-published' "
        "JOIN score b ON b.task_id = c.task_id AND b.model_id = c.baseline_id AND b.metric = c.metric "
        "AND b.regime = 'full' AND b.stratum = 'all' AND b.protocol = 'fair-v1' "
        "WHERE c.registered AND c.protocol = 'geneb-published' AND c.regime = 'full' AND c.stratum = 'all'"
    )


def test_a_category_is_the_mean_over_its_tasks_that_have_a_baseline(
    published: pd.DataFrame, against: Callable[..., Against], catalog: Catalog
) -> None:
    rows = published[published["metric"] == "MCC"]
    expected = rows.groupby(["model_id", "category"])["delta"].agg(["mean", "size"])
    cells = against().cells
    assert len(expected) == 41 * 4
    for (model, category), row in expected.iterrows():
        cell = cells.loc[model, category]
        assert cell["delta"] == pytest.approx(row["mean"], abs=1e-12)
        assert cell["compared"] == row["size"]
        assert cell["asked"] == (catalog.tasks["category"] == category).sum()


def test_macro_is_the_mean_of_those_categories_and_micro_of_those_tasks(
    published: pd.DataFrame, against: Callable[..., Against]
) -> None:
    rows, cells = published[published["metric"] == "MCC"], against().cells
    for model, group in rows.groupby("model_id"):
        macro = group.groupby("category")["delta"].mean().mean()
        assert cells.loc[(model, "macro"), "delta"] == pytest.approx(macro, abs=1e-12)
        assert cells.loc[(model, "micro"), "delta"] == pytest.approx(group["delta"].mean(), abs=1e-12)
        assert tuple(cells.loc[(model, "macro"), ["compared", "asked"]]) == (12, 100)


def test_published_tasks_are_counted_by_the_engines_own_rule_of_intervals(
    published: pd.DataFrame, against: Callable[..., Against]
) -> None:
    sides = ["value", "low", "high", "b_value", "b_low", "b_high"]
    for metric, rows in published.groupby("metric"):
        told = rows.assign(side=[standing(*row) for row in rows[sides].itertuples(index=False)])
        cells = against("geneb", "full", str(metric)).cells
        for (model, category), group in told.groupby(["model_id", "category"]):
            counts = [int((group["side"] == side).sum()) for side in ("above", "level", "below")]
            cell = cells.loc[model, category]
            assert list(cell[["won", "tied", "lost"]]) == counts
            shared = set(group["side"])
            assert (cell["outcome"] in shared) if len(shared) == 1 else pd.isna(cell["outcome"])


def test_a_category_has_a_verdict_only_where_all_its_tasks_agree(against: Callable[..., Against]) -> None:
    cells = against().cells
    counts = cells[["won", "tied", "lost"]]
    agreed = (counts.max(axis=1) == cells["compared"]).to_numpy()
    assert 0 < agreed.sum() < len(cells)
    assert (cells["outcome"].notna().to_numpy() == agreed).all()


@pytest.mark.parametrize("case", BY_STRATUM, ids="-".join)
def test_a_stratum_is_its_row_of_the_comparison(
    case: tuple[str, str, str, str], ask: Ask, against: Callable[..., Against], board: Callable[..., Board]
) -> None:
    suite, regime, metric, _ = case
    stored = ask(
        "SELECT * FROM comparison WHERE registered AND task_id = $task AND regime = $regime AND metric = $metric",
        {"task": MAIN_TASK[suite], "regime": regime, "metric": metric},
    ).set_index(["model_id", "stratum", "protocol"])
    assert stored.index.is_unique
    protocols = board(*case).models["protocol"]
    cells = against(*case).cells
    for model, key in cells.index:
        if key == "mean" or model not in protocols:
            continue
        cell, row = cells.loc[model, key], stored.loc[model, key, protocols[model]]
        for name in ("delta", "ci_low", "ci_high", "q"):
            assert cell[name] == pytest.approx(row[name], nan_ok=True)
        for name, there in (("verdict", "verdict"), ("article", "verdict_article"), ("baseline_id", "baseline_id")):
            assert (cell[name] == row[there]) or (pd.isna(cell[name]) and pd.isna(row[there]))
    assert len(cells) or metric == "MCC"


@pytest.mark.parametrize("case", EVERY, ids="-".join)
def test_every_cell_without_a_verdict_says_why(
    case: tuple[str, str, str, str], against: Callable[..., Against]
) -> None:
    cells = against(*case).cells
    assert cells.index.is_unique
    single = cells[cells["asked"] == 1]
    silent = single[single["outcome"].isna()]
    assert silent["reason"].notna().all()
    for model, key in silent.index:
        assert not str(silent.loc[(model, key), "reason"]).startswith(f"{model}: ")
    assert set(cells["outcome"].dropna()) <= {*WON, *TIED, *LOST}


def test_every_metric_has_a_fixed_range_of_colour() -> None:
    assert {metric for text in SUITES.values() for metric in text.metrics} == SPAN.keys()
    # A skill has no lower bound: its colour is full at one whole error of the baseline.
    skills = {"L2Skill", "L2SkillOverMean"}
    assert all(0 < span <= (1 if metric in skills else 0.5) for metric, span in SPAN.items())


def test_the_paired_verdict_comes_before_the_intervals(against: Callable[..., Against]) -> None:
    found = against("clinvar_items", "zero_shot", "AUROC", "variant_class")
    assert found.paired
    judged = found.cells[found.cells["verdict"].notna()]
    assert (judged["outcome"] == judged["verdict"]).all()
    assert not against("clinvar", "zero_shot", "AUROC", "variant_class").paired


def test_the_mean_of_classes_needs_a_difference_in_every_class(
    against: Callable[..., Against], board: Callable[..., Board]
) -> None:
    case = ("clinvar", "zero_shot", "AUROC", "variant_class")
    cells, judged = against(*case).cells, board(*case).judged
    means = cells.xs("mean", level="key")
    assert len(judged) == 12
    assert {*means["compared"]} == {12}
    for model in means.index:
        parts = cells.loc[model].loc[judged]
        assert means.at[model, "delta"] == pytest.approx(parts["delta"].mean())
        assert means.at[model, "won"] == (parts["outcome"] == "above").sum()
    partly = {model for model, key in cells.index} - set(means.index)
    assert partly == {model for model in partly if cells.loc[model].reindex(judged)["delta"].isna().any()}
    assert partly


def test_few_labels_have_no_comparison_and_say_so_by_being_empty(
    against: Callable[..., Against], board: Callable[..., Board]
) -> None:
    found = against("geneb", "10shot", "MCC")
    assert found.cells.empty
    assert found.covered(board("geneb", "10shot", "MCC")) == []
    assert found.wide("delta", board("geneb", "10shot", "MCC")).isna().all(axis=None)


def test_only_columns_with_a_difference_are_covered(
    against: Callable[..., Against], board: Callable[..., Board]
) -> None:
    keys = [column.key for column in against().covered(board())]
    assert keys == ["macro", "micro", "Promoters", "DNA Methyl.", "Mouse Enh.", "TF Binding"]


def test_of_the_baselines_those_to_beat_stay(against: Callable[..., Against], board: Callable[..., Board]) -> None:
    case = ("brca1_sge", "zero_shot", "AUROC", "variant_class")
    found = against(*case)
    kept = found.rows_of(board(*case)).models
    assert (board(*case).models["role"] == "baseline").sum() > 5
    assert set(kept.index[kept["role"] == "baseline"]) == {"consequence+blosum62", "phylop"}


def test_a_board_can_be_sorted_by_the_difference(against: Callable[..., Against], board: Callable[..., Board]) -> None:
    whole, found = board(), against()
    delta = found.wide("delta", whole)
    rows = select(whole, Filters(), "Mouse Enh.", delta)
    order = list(delta.loc[rows.values.index, "Mouse Enh."])
    assert order == sorted(order, reverse=True)
    assert list(rows.values.index) != list(select(whole, Filters(), "macro").values.index)


def test_differences_have_the_shape_of_the_board(against: Callable[..., Against], board: Callable[..., Board]) -> None:
    whole, found = board(), against()
    part = whole.keep([LUCA, *whole.values.index[:3]])
    wide = found.wide("delta", part)
    assert list(wide.index) == list(part.values.index)
    assert list(wide.columns) == list(part.values.columns)
    assert wide.at[LUCA, "TF Binding"] == found.cells.loc[(LUCA, "TF Binding"), "delta"]
    assert np.isnan(wide.at[LUCA, "lncRNA"])


def test_the_tasks_behind_a_cell_are_those_that_it_is_the_mean_of(
    ask: Ask, catalog: Catalog, against: Callable[..., Against]
) -> None:
    tasks = read_tasks_against(ask, "geneb", LUCA, "full", "MCC")
    assert len(tasks) == 12
    category = catalog.tasks.loc[tasks.index, "category"]
    for name, group in tasks.groupby(category):
        assert against().cells.loc[(LUCA, name), "delta"] == pytest.approx(group["delta"].mean())
    assert (tasks["baseline_low"] < tasks["baseline_value"]).all()
    assert read_tasks_against(ask, "clinvar", LUCA, "zero_shot", "AUROC").empty
