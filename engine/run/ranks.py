"""Ranks of a suite's systems from the scores of the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import QueryError, SpecError
from engine.names import ALL_STRATA, SINGLE_CELL, Metric, Protocol, Regime, Suite
from engine.statistics.rank_rules import Aggregate, Sampling
from engine.statistics.ranking import rank_table
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd

    from engine.statistics.ranking import RankTable

_SCORES = """
    SELECT s.model_id, s.task_id AS column_id, s.value, t.category, t.redundancy_group, t.position
    FROM score s JOIN task t USING (task_id) JOIN model m USING (model_id)
    WHERE t.suite = $suite AND s.stratum = $part AND s.regime = $regime AND s.protocol = $protocol
    AND s.metric = $metric AND m.role <> 'control' AND ($provenance IS NULL OR s.provenance = $provenance)
    AND ($models::VARCHAR[] IS NULL OR list_contains($models::VARCHAR[], s.model_id))
"""
_SCORES_OF_PARTS = """
    SELECT s.model_id, s.stratum AS column_id, s.value, r.label AS category, NULL AS redundancy_group, r.position
    FROM score s JOIN task t USING (task_id) JOIN model m USING (model_id) JOIN stratum r USING (task_id, stratum)
    WHERE t.suite = $suite AND s.task_id = $task AND r.kind = $part AND s.regime = $regime AND s.protocol = $protocol
    AND s.metric = $metric AND m.role <> 'control' AND ($provenance IS NULL OR s.provenance = $provenance)
    AND ($models::VARCHAR[] IS NULL OR list_contains($models::VARCHAR[], s.model_id))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which scores of a suite are ranked unless others are asked for.

    Attributes:
        protocol: How the numbers came about; two protocols are never ranked together.
        regime: How many labels were used.
        metric: The suite's own.
        task: Where the categories are strata of one task, that task; else every task of the suite is taken whole.
        kind: Which of its strata, by their kind.
    """

    protocol: Protocol
    regime: Regime
    metric: Metric
    task: str | None = None
    kind: str = ALL_STRATA


SOURCES: dict[Suite, Source] = {
    Suite.GENEB: Source(protocol=Protocol.GENEB_PUBLISHED, regime=Regime.FULL, metric=Metric.MCC),
    Suite.DMS: Source(protocol=Protocol.PROTEINGYM_PUBLISHED, regime=Regime.ZERO_SHOT, metric=Metric.SPEARMAN),
    Suite.PROTEINGYM: Source(
        protocol=Protocol.PROTEINGYM_PUBLISHED,
        regime=Regime.ZERO_SHOT,
        metric=Metric.SPEARMAN,
        task="proteingym_dms_substitutions",
        kind="selection_type",
    ),
    Suite.CLINVAR: Source(
        protocol=Protocol.VEP_EVAL_PUBLISHED,
        regime=Regime.ZERO_SHOT,
        metric=Metric.AUROC,
        task="clinvar_vep_eval",
        kind="variant_class",
    ),
    Suite.CLINVAR_ITEMS: Source(
        protocol=Protocol.PUBLISHED_SCORES,
        regime=Regime.ZERO_SHOT,
        metric=Metric.AUROC,
        task="clinvar_sample",
        kind="variant_class",
    ),
    Suite.BRCA1: Source(
        protocol=Protocol.PUBLISHED_SCORES,
        regime=Regime.ZERO_SHOT,
        metric=Metric.AUROC,
        task="brca1_sge",
        kind="variant_class",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be ranked; None stands for the suite's own.

    Attributes:
        suite: Where.
        regime: How many labels were used.
        metric: What was measured.
        protocol: How the numbers came about.
        provenance: Only scores of this provenance, such as `official`.
        kind: Which strata are the columns, for a suite of one task; ignored elsewhere.
        models: Only these systems; all where empty.
    """

    suite: Suite = Suite.GENEB
    regime: Regime | None = None
    metric: Metric | None = None
    protocol: Protocol | None = None
    provenance: str | None = None
    kind: str | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Scores of the systems that have all of them.

    Attributes:
        values: shape (systems, tasks), complete; for a suite of one task its strata in place of tasks.
        category: of each task; a stratum is a category of its own.
        group: redundancy group of tasks that have one.
        left_out: Systems with some of the scores, not all.
    """

    values: pd.DataFrame
    category: Mapping[str, str]
    group: Mapping[str, str | None]
    left_out: tuple[str, ...]


def rank(
    asked: Asked,
    *,
    aggregate: Aggregate = Aggregate.MACRO,
    weights: Mapping[str, float] | None = None,
    sampling: Sampling | None = None,
) -> tuple[RankTable, Matrix]:
    """Rank the systems of a suite, and what was ranked.

    Raises:
        StoreError: there is no store, or it cannot be read.
        QueryError: fewer than two systems have all scores, or the suite's tasks have no scale in common.
        StatisticError: weights that `shares` refuses, or fewer than 2 draws.
    """
    path, _ = current_store()
    with open_read_only(path) as con:
        found = matrix(con, asked)
    table = rank_table(
        found.values,
        found.category,
        found.group,
        aggregate=aggregate,
        weights=weights,
        sampling=sampling or Sampling(),
    )
    return table, found


def matrix(con: duckdb.DuckDBPyConnection, asked: Asked) -> Matrix:
    """The scores to rank; a task counts where some system has a value on it, a system where it has all of these.

    Raises:
        QueryError: fewer than two systems have all scores, or the suite's tasks have no scale in common.
    """
    if asked.suite in SINGLE_CELL:
        raise QueryError(
            f"each task of {asked.suite} has a scale of its own, so nobody has a rank over them: "
            f'vledger sql "SELECT task_id, model_id, value FROM score JOIN task USING (task_id) '
            f"WHERE suite = '{asked.suite}' ORDER BY ALL\" lists the values"
        )
    source = SOURCES[asked.suite]
    chosen = {
        "suite": asked.suite.value,
        "part": source.kind if source.task is None else asked.kind or source.kind,
        "regime": (asked.regime or source.regime).value,
        "protocol": (asked.protocol or source.protocol).value,
        "metric": (asked.metric or source.metric).value,
        "provenance": asked.provenance,
    }
    query = _SCORES if source.task is None else _SCORES_OF_PARTS
    given = chosen | {"models": list(asked.models) or None}
    rows = con.execute(query, given if source.task is None else given | {"task": source.task}).df()
    rows = rows[rows["value"].notna()].sort_values(["position", "column_id", "model_id"])
    columns = rows.drop_duplicates("column_id").set_index("column_id")
    values = rows.pivot_table(index="model_id", columns="column_id", values="value")[list(columns.index)]
    whole = values.notna().all(axis=1)
    if whole.sum() < 2:
        raise QueryError(_nothing_to_rank(chosen, len(values), int(whole.sum())))
    return Matrix(
        values=values[whole],
        category=columns["category"].to_dict(),
        group=columns["redundancy_group"].to_dict(),
        left_out=tuple(values.index[~whole]),
    )


def weights_of(texts: list[str]) -> dict[str, float]:
    """Category weights from `name=number`, the number behind the last equals sign.

    Raises:
        SpecError: another form, or a category twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or name in found:
            raise SpecError(f"--weight {text}: give each category once, as name=number, such as Promoters=2.")
        try:
            found[name] = float(number)
        except ValueError:
            raise SpecError(f"--weight {text}: '{number}' is no number; give one, such as {name}=2.") from None
    return found


def _nothing_to_rank(chosen: Mapping[str, str | None], some: int, whole: int) -> str:
    what = ", ".join(
        str(chosen[name]) for name in ("suite", "regime", "protocol", "metric", "provenance") if chosen[name]
    )
    if not some:
        return f'the store has no scores of {what}: `vledger sql "FROM score"` shows what there is'
    return f"{whole} of {some} systems have every score of {what}: at least 2 are needed for ranks; choose others."
