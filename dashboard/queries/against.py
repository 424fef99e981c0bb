"""Every value of a board next to the baseline to beat: the difference, and what can be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.queries.board import PLACES, places
from dashboard.queries.suites import CLAIMS, SUITES, of_tasks
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.columns import Column

SPAN: dict[str, float] = {
    "MCC": 0.4, "Acc": 0.3, "F1": 0.3, "AUROC": 0.3, "AUPRC": 0.4, "Spearman": 0.3, "L2Skill": 1.0,
    "L2SkillOverMean": 1.0, "PearsonDelta": 0.5, "AvgBIO": 0.3, "NMI": 0.3, "ARI": 0.3, "ASW": 0.3,
}  # fmt: skip
"""The difference at which the colour is full, by metric, on either side of zero: the same whatever is filtered."""
WON, TIED, LOST = ("PASS", "PASS_PAIRED", "above"), ("INCONCLUSIVE", "level"), ("FAIL", "below")
"""What a cell's verdict comes to."""


@dataclass(frozen=True)
class Against:
    """The cells of one board next to the baseline to beat.

    `cells` has a row for every cell that something is known of, indexed by (model_id, column key): `delta` with
    `ci_low` and `ci_high`; `verdict` of the paired test, `article` of the article's rule, `standing` by the two
    intervals (above, level, below), and `outcome`, the first of verdict and standing that there is; `reason` where a
    verdict is missing. A cell over several tasks or classes has their mean difference, how many of them were `compared`
    out of how many `asked`, and an outcome only where all of them have the same; `won`, `tied` and `lost` count them by
    their outcomes.

    `baselines` has one row for every baseline and column key (and task): what was to beat, with its value.
    """

    cells: pd.DataFrame
    baselines: pd.DataFrame

    @property
    def paired(self) -> bool:
        """Whether verdicts are those of the paired test; else they are read off two intervals."""
        return bool(self.cells["verdict"].notna().any())

    def wide(self, name: str, board: Board) -> pd.DataFrame:
        """One column of `cells` in the shape of the board's values; missing where nothing is known."""
        rows, columns = board.values.index, board.values.columns
        found = self.cells[name].reindex(pd.MultiIndex.from_product([rows, columns])).to_numpy()
        return pd.DataFrame(found.reshape(len(rows), len(columns)), index=rows, columns=columns)

    def by_cell(self, board: Board) -> dict[tuple[str, str], Any]:
        """The rows of `cells` for the models of a board, as tuples with names, by (model_id, column key)."""
        rows = self.cells[self.cells.index.get_level_values("model_id").isin(board.values.index)]
        return {row.Index: row for row in rows.itertuples()}

    def covered(self, board: Board) -> list[Column]:
        """Columns of the board in which some difference is known."""
        known = self.wide("delta", board).notna().any()
        return [column for column in board.columns if known[column.key]]

    def rows_of(self, board: Board) -> Board:
        """The board without the baselines that are not to be beaten anywhere.

        Of whole tasks those that were compared stay: they tell whether the one to beat was well chosen.
        """
        chosen = set(self.baselines["baseline_id"])
        if of_tasks(board.suite):
            chosen |= set(self.cells.index.get_level_values("model_id"))
        models = board.models
        return board.keep(list(models.index[(models["role"] == "model") | models.index.isin(chosen)]))

    def outcomes(self, board: Board, key: str) -> pd.Series:
        """The outcome of every model of the board that has one in this column, by model id."""
        models = board.models.index[board.models["role"] == "model"]
        known = self.cells["outcome"].dropna()
        column = known[known.index.get_level_values("key") == key].droplevel("key")
        return column[column.index.isin(models)]


# The row of a system on the board is of one protocol, and so is what it is compared by.
_BY_PLACE = f"""
    WITH {PLACES},
    chosen AS (
      SELECT model_id, task_id, min(list_position($protocols, protocol)) AS first FROM score
      SEMI JOIN place p ON p.task_id = score.task_id
      WHERE regime = $regime AND metric = $metric AND list_contains($protocols, protocol)
      GROUP BY ALL
    ),
    compared AS (
      SELECT c.*, p.key FROM comparison c JOIN chosen h USING (model_id, task_id) JOIN place p USING (task_id, stratum)
      WHERE c.registered AND c.regime = $regime AND c.metric = $metric
        AND list_position($protocols, c.protocol) = h.first
    ),
"""
_BY_TASK = """
    WITH compared AS (
      SELECT c.*, t.category AS key FROM comparison c JOIN task t USING (task_id)
      WHERE c.registered AND t.suite = $suite AND c.stratum = $all AND c.regime = $regime AND c.metric = $metric
        AND c.protocol = $protocols[1]
    ),
"""
_PAIRS = """
    beside AS (
      SELECT b.task_id, b.stratum, b.model_id AS baseline_id, m.name AS baseline, b.value, b.ci_low, b.ci_high
      FROM score b JOIN model m USING (model_id)
      SEMI JOIN compared c ON c.task_id = b.task_id AND c.stratum = b.stratum AND c.baseline_id = b.model_id
      WHERE b.regime = $regime AND b.metric = $metric AND list_contains($sides, b.protocol)
      QUALIFY row_number() OVER (
        PARTITION BY b.task_id, b.stratum, b.model_id ORDER BY list_position($sides, b.protocol)
      ) = 1
    ),
    sides AS (
      SELECT c.*, b.baseline, s.value, s.ci_low AS low, s.ci_high AS high,
             b.value AS baseline_value, b.ci_low AS baseline_low, b.ci_high AS baseline_high,
             CASE WHEN c.delta IS NULL OR s.ci_low IS NULL OR b.ci_low IS NULL THEN NULL
                  WHEN s.value > b.value AND s.ci_low > b.ci_high THEN 'above'
                  WHEN s.value < b.value AND s.ci_high < b.ci_low THEN 'below' ELSE 'level' END AS standing
      FROM compared c
      JOIN score s USING (task_id, stratum, regime, protocol, metric, model_id)
      LEFT JOIN beside b USING (task_id, stratum, baseline_id)
    ),
    pairs AS (
      SELECT *, verdict_article AS article, coalesce(verdict, standing) AS outcome,
             CASE WHEN starts_with(undefined_reason, model_id || ': ')
                  THEN substr(undefined_reason, length(model_id) + 3)
                  WHEN starts_with(undefined_reason, baseline_id || ': ')
                  THEN coalesce(baseline, baseline_id) || substr(undefined_reason, length(baseline_id) + 1)
                  ELSE undefined_reason END AS reason
      FROM sides
    )
"""
_CELLS = """
    SELECT model_id, key, delta, ci_low, ci_high, q, n, minimum_effect, ci_method, article, verdict, standing, outcome,
           reason, baseline_id, (delta IS NOT NULL)::INTEGER AS compared, 1 AS asked,
           coalesce(list_contains($won, outcome), false)::INTEGER AS won,
           coalesce(list_contains($tied, outcome), false)::INTEGER AS tied,
           coalesce(list_contains($lost, outcome), false)::INTEGER AS lost
    FROM pairs
"""
_SUMS = """
    avg(delta) AS delta, count(delta) AS compared, count(*) FILTER (list_contains($won, outcome)) AS won,
    count(*) FILTER (list_contains($tied, outcome)) AS tied, count(*) FILTER (list_contains($lost, outcome)) AS lost,
    CASE WHEN count(outcome) = count(delta) AND count(DISTINCT outcome) = 1 THEN any_value(outcome) END AS outcome,
    CASE WHEN count(outcome) = 0 THEN any_value(reason) END AS reason
"""
_SUMMARIES = f"""
    , by_category AS (SELECT model_id, key, {_SUMS} FROM pairs GROUP BY ALL),
    by_model AS (SELECT model_id, {_SUMS} FROM pairs GROUP BY ALL),
    macro AS (SELECT model_id, avg(delta) AS delta FROM by_category GROUP BY ALL)
    SELECT * FROM by_category
    UNION ALL BY NAME SELECT *, 'micro' AS key FROM by_model
    UNION ALL BY NAME SELECT b.* EXCLUDE (delta), m.delta, 'macro' AS key FROM by_model b JOIN macro m USING (model_id)
"""
_BASELINES = """
    SELECT c.key, c.task_id, t.label, b.baseline_id, b.baseline, b.value, b.ci_low, b.ci_high
    FROM beside b JOIN (SELECT DISTINCT key, task_id, stratum, baseline_id FROM compared) c
      USING (task_id, stratum, baseline_id)
    JOIN task t USING (task_id)
    ORDER BY t.position, b.task_id, c.key, b.baseline_id
"""
_TASKS = """
    SELECT p.task_id, p.delta, p.ci_low AS delta_low, p.ci_high AS delta_high, p.ci_method, p.n, p.q, p.minimum_effect,
           p.article, p.verdict, p.standing, p.outcome, p.reason, p.baseline_id, p.baseline, p.baseline_value,
           p.baseline_low, p.baseline_high
    FROM pairs p WHERE p.model_id = $model
"""
_CELL_TEXT = ("ci_low", "ci_high", "q", "n", "minimum_effect")
_CELL_WORDS = ("ci_method", "article", "verdict", "standing", "baseline_id")


def _where(suite: str, regime: str, metric: str, columns: Sequence[Column]) -> dict[str, object]:
    text = SUITES[suite]
    place = places(columns) if text.kinds else {"suite": suite, "all": ALL_STRATA}
    sides = [*text.protocols, CLAIMS]
    return {"regime": regime, "metric": metric, "protocols": list(text.protocols), "sides": sides, **place}


def _pairs(suite: str) -> str:
    return (_BY_PLACE if SUITES[suite].kinds else _BY_TASK) + _PAIRS


def read_against(ask: Ask, catalog: Catalog, suite: str, regime: str, metric: str, kind: str) -> Against:
    """Every cell of a board next to the registered baseline; arguments as for `read_board`.

    A cell of a category is the mean over its tasks that have a baseline; `macro` is the mean of those means and `micro`
    the mean over those tasks. The mean of classes is that of its classes, where each has a difference.
    """
    columns = catalog.columns_of(suite, kind)
    where = _where(suite, regime, metric, columns)
    classes = {"won": list(WON), "tied": list(TIED), "lost": list(LOST)}
    cells = ask(_pairs(suite) + (_CELLS if SUITES[suite].kinds else _SUMMARIES), where | classes)
    for name in (*_CELL_TEXT, *_CELL_WORDS):
        if name not in cells:
            cells[name] = float("nan") if name in _CELL_TEXT else None
    if "asked" not in cells:
        tasks = sum(column.n or 0 for column in columns if column.kind == "category")
        asked = {column.key: column.n for column in columns} | {"macro": tasks, "micro": tasks}
        cells["asked"] = cells["key"].map(asked)
    cells = cells.astype(dict.fromkeys(("delta", *_CELL_TEXT), float))
    cells = cells[cells["key"].isin([column.key for column in columns])]
    baselines = ask(_pairs(suite) + _BASELINES, where)
    baselines = baselines.astype(dict.fromkeys(("value", "ci_low", "ci_high"), float))
    if any(column.key == "mean" for column in columns):
        parts = [column.key for column in columns if column.kind == "category" and column.judged]
        cells = pd.concat([cells, _mean(cells, parts)], ignore_index=True)
    return Against(cells.set_index(["model_id", "key"]).sort_index(), baselines)


def _mean(cells: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    """The mean over classes, for systems that have a difference in every one of them."""
    rows = cells[cells["key"].isin(parts) & cells["delta"].notna()]
    found = rows.groupby("model_id").agg(
        delta=("delta", "mean"),
        compared=("delta", "size"),
        won=("won", "sum"),
        tied=("tied", "sum"),
        lost=("lost", "sum"),
        outcomes=("outcome", "nunique"),
        judged=("outcome", "count"),
        outcome=("outcome", "first"),
        reason=("reason", "first"),
    )
    found = found[found["compared"] == len(parts)]
    agreed = (found["outcomes"] == 1) & (found["judged"] == len(parts))
    found["outcome"] = found["outcome"].where(agreed, None)
    found["reason"] = found["reason"].where(found["judged"] == 0, None)
    return found.drop(columns=["outcomes", "judged"]).assign(key="mean", asked=len(parts)).reset_index()


def read_tasks_against(ask: Ask, suite: str, model_id: str, regime: str, metric: str) -> pd.DataFrame:
    """One row for each task of a suite on which a model was compared: what there is to beat and by how much.

    Indexed by task_id: `delta` with `delta_low` and `delta_high`, both verdicts, `standing` by the two intervals and
    the baseline's own value and interval. Empty for suites whose columns are parts of a task or tasks.
    """
    if SUITES[suite].kinds:
        return pd.DataFrame()
    rows = ask(_pairs(suite) + _TASKS, {**_where(suite, regime, metric, ()), "model": model_id})
    return rows.set_index("task_id")
