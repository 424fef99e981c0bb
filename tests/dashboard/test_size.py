from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scipy.stats import spearmanr

from dashboard.queries.selection import Filters, select
from dashboard.queries.size import size_view
from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    from dashboard.queries.board import Board

CASES = [("geneb", "macro"), ("geneb", "Promoters"), ("clinvar", "missense"), ("clinvar", "all"), ("proteingym", "all")]


@pytest.mark.parametrize(("suite", "key"), CASES)
def test_only_models_with_a_value_and_a_size_are_points(suite: str, key: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    view = size_view(board, key, robust=False)
    wanted, unsized = set(), set()
    for model, row in board.models.iterrows():
        summed = board.column(key).kind == "summary" and model in board.partial
        if row["role"] == "baseline" or summed or board.values.at[model, key] != board.values.at[model, key]:
            continue
        (wanted if row["parameters"] == row["parameters"] else unsized).add(row["name"])
    assert set(view.points["name"]) == wanted
    assert set(view.unsized) == unsized
    assert view.outliers == []


@pytest.mark.parametrize(("suite", "key"), CASES)
def test_a_model_is_dominated_when_one_no_larger_is_at_least_as_good(
    suite: str, key: str, boards: dict[str, Board]
) -> None:
    view = size_view(boards[suite], key, robust=False)
    rows = {row.Index: (row.parameters, row.value, row.dominated_by) for row in view.points.itertuples()}
    for model, (cost, value, dominator) in rows.items():
        better = {
            other
            for other, (c, v, _) in rows.items()
            if other != model and c <= cost and v >= value and (c, v) != (cost, value)
        }
        assert (dominator in better) if better else (model in view.frontier.index)
    assert 0 < len(view.frontier) <= len(rows)


@pytest.mark.parametrize(("suite", "key"), CASES)
def test_the_correlation_is_spearmans_over_the_points_shown(suite: str, key: str, boards: dict[str, Board]) -> None:
    view = size_view(boards[suite], key, robust=False)
    found = view.correlation
    if len(view.points) < 4:
        assert found is None
        return
    assert found
    expected = spearmanr(view.points["parameters"], view.points["value"]).statistic
    assert found.rho == pytest.approx(expected, abs=1e-12)
    assert found.n == len(view.points)
    assert found.ci_low <= found.rho <= found.ci_high


@pytest.mark.parametrize("suite", SUITES)
def test_the_line_to_beat_is_the_strongest_baseline(suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    key = board.columns[0].key
    view = size_view(board, key, robust=False)
    rows = board.models[board.models["role"] == "baseline"]
    values = {name: board.values.at[model, key] for model, name in rows["name"].items()}
    values = {name: value for name, value in values.items() if value == value}  # noqa: PLR0124 - NaN
    if not values:
        assert view.baseline is None
        assert view.not_above_baseline == 0
        return
    strongest = max(values, key=lambda name: values[name])
    assert view.baseline == (strongest, values[strongest])
    assert view.not_above_baseline == sum(value <= values[strongest] for value in view.points["value"])


def test_outliers_are_left_out_of_the_correlation_and_stay_on_the_chart(boards: dict[str, Board]) -> None:
    board = boards["geneb"]
    everyone = size_view(board, "macro", robust=False)
    assert everyone.correlation
    some = False
    for column in board.columns:
        view = size_view(board, column.key, robust=True)
        assert len(view.points) == len(everyone.points)
        assert view.correlation
        assert view.correlation.n == len(view.points) - len(view.outliers)
        some |= bool(view.outliers)
    assert some


def test_few_rows_have_a_chart_and_no_correlation(boards: dict[str, Board]) -> None:
    one = select(boards["geneb"], Filters(search="LucaOne"), "macro")
    view = size_view(one, "macro", robust=True)
    assert (len(view.points), len(view.frontier), view.correlation) == (1, 1, None)
    none = select(boards["geneb"], Filters(search="nobody at all"), "macro")
    assert size_view(none, "macro", robust=True).points.empty
