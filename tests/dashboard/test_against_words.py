from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard.components.against_wording import against_columns, against_lede, against_title
from dashboard.components.board_table import as_table
from dashboard.components.cell_against import task_against, task_help, verdicts_told
from dashboard.components.reproduce import board_query
from dashboard.components.standings import standings_caption, standings_detail, standings_title
from dashboard.queries.against import LOST, TIED, WON, Against, read_against
from dashboard.queries.board import Board
from dashboard.queries.columns import Column
from dashboard.queries.selection import Filters, select
from dashboard.queries.suites import SUITES
from dashboard.text import OUTCOMES, difference, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

NAN = float("nan")
EVERY = [
    (suite, regime, metric, kind)
    for suite, text in SUITES.items()
    for regime in text.regimes
    for metric in (text.metrics if regime == text.regimes[0] else text.metrics[:1])
    for kind in text.kinds or ("",)
]


def columns(outcomes: list[str | None], deltas: list[float]) -> dict[str, list[Any]]:
    """What `cells` has of one column, for as many models as there are outcomes."""
    return {
        "delta": deltas,
        "outcome": outcomes,
        "won": [int(outcome in WON) for outcome in outcomes],
        "tied": [int(outcome in TIED) for outcome in outcomes],
        "lost": [int(outcome in LOST) for outcome in outcomes],
        "reason": ["nobody published an interval" if outcome is None else None for outcome in outcomes],
        "verdict": [outcome if outcome and outcome.isupper() else None for outcome in outcomes],
    }


def made(
    outcomes: list[str | None], deltas: list[float] | None = None, suite: str = "clinvar"
) -> tuple[Board, Against]:
    """A baseline and models of one column, each with its outcome and difference."""
    key = "micro" if suite == "geneb" else "all"
    names = [f"m{place}" for place in range(len(outcomes))]
    index = pd.MultiIndex.from_product([names, [key]], names=["model_id", "key"])
    cells = pd.DataFrame(columns(outcomes, deltas or [0.1] * len(names)), index=index)
    cells = cells.assign(asked=1, compared=1, ci_low=NAN, ci_high=NAN, baseline_id="rule")
    beside = {"key": [key], "task_id": ["t"], "baseline_id": ["rule"], "baseline": ["Rule"], "value": [0.5]}
    baselines = pd.DataFrame({**beside, "ci_low": [0.4], "ci_high": [0.6]})
    models = pd.DataFrame({"name": ["Rule", *names], "role": ["baseline", *["model"] * len(names)]})
    models.index = pd.Index(["rule", *names])
    values = pd.DataFrame({key: [0.5, *[0.6] * len(names)]}, index=models.index)
    column = Column(key, "All", "summary", "", "all variants", 100)
    board = Board(suite, "zero_shot", "AUROC", (column,), models, values, values * NAN, values * NAN)
    return board, Against(cells, baselines)


@pytest.mark.parametrize(
    ("outcomes", "title"),
    [
        (["below", "level", "FAIL"], "No model beats Rule on all variants"),
        (["above", "level", "below"], "Only one of 3 models beats Rule on all variants"),
        (["PASS", "PASS_PAIRED", "FAIL"], "Two of 3 models beat Rule on all variants"),
        (["above", "above"], "All 2 models beat Rule on all variants"),
        (["above"], "The one model beats Rule on all variants"),
        (["level"], "The one model does not beat Rule on all variants"),
        ([None, None], "2 of 2 models have a higher value than Rule, none with an interval to prove it"),
    ],
)
def test_the_title_says_how_many_models_beat_the_baseline(outcomes: list[str | None], title: str) -> None:
    assert against_title(*made(outcomes), filtered=False) == title


@pytest.mark.parametrize(
    ("outcomes", "title"),
    [
        (["below", "level"], "No model beats the baseline on the one task that has one"),
        (["above", "level"], "Only one of 2 models beats the baseline on the one task that has one"),
    ],
)
def test_over_tasks_the_title_counts_tasks(outcomes: list[str | None], title: str) -> None:
    assert against_title(*made(outcomes, suite="geneb"), filtered=False) == title


def test_without_any_difference_the_title_says_so_and_the_lede_why() -> None:
    board, against = made([None], [NAN])
    assert against_title(board, against, filtered=False) == "Nothing here can be held against a baseline yet"
    assert against_lede(board, against) == "Nobody published an interval."


def test_no_model_left_is_the_filters_doing() -> None:
    board, against = made(["above"])
    none = board.keep(["rule"])
    assert against_title(none, against, filtered=True) == "No model matches these filters"
    assert against_lede(none, against) == "Remove a filter to see the models again."


def test_the_title_follows_the_rows_shown() -> None:
    board, against = made(["above", "below", "below"])
    assert (
        against_title(board.keep(["rule", "m1", "m2"]), against, filtered=True) == "No model beats Rule on all variants"
    )


def test_the_lede_counts_the_verdicts_and_names_the_baseline_with_its_interval() -> None:
    lede = against_lede(*made(["above", "level", "level"]))
    assert "**Rule**, AUROC 0.500 (0.40–0.60)" in lede
    assert "Of 3 models, by whether the two 95 % intervals are apart: **1** above; **2** not told apart." in lede
    assert "by the paired test on the same items: **1** pass; **1** fail." in against_lede(*made(["PASS", "FAIL"]))


@pytest.mark.parametrize("case", EVERY, ids="-".join)
def test_every_board_has_a_title_a_lede_and_a_word_for_every_cell(
    case: tuple[str, str, str, str], ask: Ask, catalog: Catalog, board: Callable[..., Board]
) -> None:
    against = read_against(ask, catalog, *case)
    shown = against.rows_of(select(board(*case), Filters(), board(*case).columns[0].key))
    for sentence in (against_title(shown, against, filtered=False), against_lede(shown, against)):
        assert sentence
        assert "nan" not in sentence.lower()
        assert "None" not in sentence
    if not against.covered(shown):
        return
    table = as_table(shown, against, {})
    assert list(table["Model"]) == list(shown.models["name"])
    for column in shown.columns:
        assert table[f"{column.label}: verdict"].notna().all()
        assert not table[f"{column.label}: verdict"].str.contains("nan|None", regex=True).any()


def test_the_table_has_the_words_of_the_map(ask: Ask, catalog: Catalog, board: Callable[..., Board]) -> None:
    case = ("clinvar", "zero_shot", "AUROC", "variant_class")
    against = read_against(ask, catalog, *case)
    shown = against.rows_of(board(*case))
    found = against_columns(shown, against)
    delta = against.wide("delta", shown)
    for column in shown.columns:
        words, known = found[f"{column.label}: verdict"], delta[column.key]
        assert found[column.label].equals(known.round(4))
        for model in shown.values.index:
            cell = against.cells.loc[(model, column.key)] if (model, column.key) in against.cells.index else None
            if model == "rule-based":
                assert words[model] in {"the baseline to beat", "no value"}
            elif cell is not None and cell["asked"] == 1 and isinstance(cell["outcome"], str):
                assert words[model] == OUTCOMES[cell["outcome"]]
    assert found["All pooled: verdict"]["alphamissense"].startswith("no difference: The published table does not say")


def test_a_collapsed_row_says_so_with_its_evidence(board: Callable[..., Board]) -> None:
    shown = board()
    model = shown.values.index[0]
    table = as_table(shown, None, {(model, "DNA Methyl."): "always answering the largest class"})
    assert table.loc[model, "Care"] == "⊘ collapsed: DNA Methyl., always answering the largest class"
    assert table["Care"].notna().sum() == 1


def pair(**changes: Any) -> Any:
    plain = {
        "delta": 0.05, "delta_low": 0.01, "delta_high": 0.09, "article": "FAIL", "verdict": None, "standing": "level",
        "outcome": "level", "reason": "no answers are published", "q": NAN, "collapsed": None,
    }  # fmt: skip
    return next(pd.DataFrame([plain | changes]).itertuples())


def test_both_verdicts_are_told_or_why_there_is_none() -> None:
    article, paired = verdicts_told(pair())
    assert article == "**Article’s rule:** fail. Not told apart: the two 95 % intervals overlap."
    assert paired == "**Paired test:** none. No answers are published."
    _, paired = verdicts_told(pair(verdict="PASS_PAIRED", q=0.0123))
    assert paired.startswith("**Paired test:** ◇ pass, paired: ")
    assert paired.endswith(" q = 0.012.")
    assert verdicts_told(pair(verdict="PASS_PAIRED", q=1e-6))[1].endswith(" q < 0.001.")


def test_a_task_without_a_difference_adds_nothing() -> None:
    assert task_against(pair()) == ", +0.050 ● not told apart"
    assert task_against(pair(delta=NAN)) == ""
    assert task_help(pair(delta=NAN)) is None
    assert task_help(pair(delta=NAN, collapsed="one class")) == "one class"


@pytest.mark.parametrize(
    ("value", "short", "long"),
    [(0.036, "+.04", "+0.036"), (-0.2, "−.20", "−0.200"), (0.0001, ".00", "0.000"), (-1.0, "−1.0", "−1.000")],
)
def test_a_difference_has_its_sign_unless_it_rounds_to_nothing(value: float, short: str, long: str) -> None:
    assert (signed(value), difference(value)) == (short, long)


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize("suite", SUITES)
def test_the_command_shown_gives_numbers(against: bool, suite: str, ask: Ask, boards: dict[str, Board]) -> None:  # noqa: FBT001
    kind = (SUITES[suite].kinds or (None,))[0]
    assert len(ask(board_query(boards[suite], kind, against=against)))


def standings(*counts: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(counts, columns=["below", "level", "above"]).assign(suite="geneb", barely=0)


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ([(3, 1, 0), (1, 3, 0)], "No model is ahead of the baseline on any of 2 tasks"),
        ([(3, 1, 1), (2, 0, 1)], "On all 2 tasks the baseline is ahead of more models than are ahead of it"),
        ([(3, 1, 1), (0, 0, 1)], "On one of 2 tasks the baseline is ahead of more models than are ahead of it"),
        ([(0, 1, 1)], "On the one task the baseline is not ahead of more models than are ahead of it"),
    ],
)
def test_the_overview_says_on_how_many_tasks_the_baseline_is_ahead(
    counts: list[tuple[int, int, int]], title: str
) -> None:
    assert standings_title(standings(*counts)) == title


def test_the_overview_counts_pairs_and_names_what_is_left_out() -> None:
    rows = standings((3, 1, 1), (2, 0, 0), (0, 0, 0))
    assert "Of 7 pairs" in standings_detail(rows)
    assert "counts" not in standings_detail(rows)
    assert "**1** above, one of them by less than the smallest" in standings_detail(rows.assign(barely=[1, 0, 0]))
    assert "**5** are below" in standings_detail(rows)
    assert "on **one** of the" in standings_detail(rows)
    assert "1 task of GENEB" in standings_caption(rows, 2)
    assert "The first 1 of 2 tasks" in standings_caption(rows, 1)
