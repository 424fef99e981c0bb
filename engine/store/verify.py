"""What must hold in a freshly written store before it goes into service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VerificationError
from engine.names import Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_SOURCED = ("score", "model", "task", "claim", "parameter_statement", "context_window", "model_fact")
_CITING = ("decision", "trap", "objection", "not_claimed")
_ORPHANS = {
    "a score without its model": "SELECT model_id FROM score ANTI JOIN model USING (model_id)",
    "a score without its task": "SELECT task_id FROM score ANTI JOIN task USING (task_id)",
    "a score without its stratum": (
        "SELECT task_id || ' / ' || stratum FROM score ANTI JOIN stratum USING (task_id, stratum)"
    ),
    "a score of a run that it does not have": (
        "SELECT run_id FROM score ANTI JOIN run USING (run_id) WHERE run_id IS NOT NULL"
    ),
    "a comparison without its model": "SELECT model_id FROM comparison ANTI JOIN model USING (model_id)",
    "a comparison without its baseline": (
        "SELECT baseline_id FROM comparison ANTI JOIN model ON model.model_id = comparison.baseline_id"
    ),
    "a comparison without its score": (
        "SELECT model_id || ' / ' || task_id || ' / ' || stratum FROM comparison "
        "ANTI JOIN score USING (model_id, task_id, stratum, regime, protocol, metric)"
    ),
    "a prediction without its model": "SELECT model_id FROM prediction ANTI JOIN model USING (model_id)",
    "a prediction without its task": "SELECT task_id FROM prediction ANTI JOIN task USING (task_id)",
    "a prediction twice": (
        "SELECT item_id FROM prediction GROUP BY run_id, model_id, task_id, item_id HAVING count(*) > 1"
    ),
    "an item twice": "SELECT item_id FROM item GROUP BY task_id, item_id HAVING count(*) > 1",
    "an item without its task": "SELECT task_id FROM item ANTI JOIN task USING (task_id)",
    "a stratum without its task": "SELECT task_id FROM stratum ANTI JOIN task USING (task_id)",
    "a probe fit without its model": "SELECT model_id FROM probe_fit ANTI JOIN model USING (model_id)",
    "a probe fit without its task": "SELECT task_id FROM probe_fit ANTI JOIN task USING (task_id)",
    "a probe fit without its run": "SELECT run_id FROM probe_fit ANTI JOIN run USING (run_id)",
    "a leakage report without its task": "SELECT task_id FROM leakage ANTI JOIN task USING (task_id)",
    "a leakage report of a run that it does not have": (
        "SELECT run_id FROM leakage ANTI JOIN run USING (run_id) WHERE run_id IS NOT NULL"
    ),
    "a value of an item without its model": "SELECT model_id FROM item_value ANTI JOIN model USING (model_id)",
    "a value of an item without its task": "SELECT task_id FROM item_value ANTI JOIN task USING (task_id)",
    "a value of an item without its run": "SELECT run_id FROM item_value ANTI JOIN run USING (run_id)",
    "a parameter count without its model": "SELECT model_id FROM parameter_statement ANTI JOIN model USING (model_id)",
    "a system of the literature with a model that it does not have": (
        "SELECT model_id FROM ledger_system ANTI JOIN model USING (model_id)"
    ),
    "a model of a system without facts": "SELECT system FROM ledger_system ANTI JOIN model_fact USING (system)",
    "a sentence on running a model that it does not have": (
        "SELECT model_id FROM engine_support ANTI JOIN model USING (model_id)"
    ),
    "a NaN among the scores": "SELECT model_id FROM score WHERE isnan(value) OR isnan(ci_low) OR isnan(ci_high)",
    "two models with one name in a suite": (
        "SELECT m.name FROM (SELECT DISTINCT model_id, suite FROM score JOIN task USING (task_id)) "
        "JOIN model m USING (model_id) GROUP BY suite, m.name HAVING count(*) > 1"
    ),
    **{
        f"a row of '{table}' without its source": f"SELECT source_id FROM {table} ANTI JOIN source USING (source_id)"
        for table in _SOURCED
    },
    **{
        f"a row of '{table}' without one of its sources": (
            f"SELECT cited FROM (SELECT trim(unnest(string_split(source_ids, ';'))) AS cited FROM {table}) "
            "ANTI JOIN source ON source.source_id = cited"
        )
        for table in _CITING
    },
}

Aggregates = dict[tuple[str, str], tuple[float, float]]
"""(regime, model_id) -> (macro, micro)."""


def verify_references(con: duckdb.DuckDBPyConnection) -> None:
    """Every key leads somewhere, and nothing is NaN.

    Raises:
        VerificationError: names the first offender.
    """
    for what, query in _ORPHANS.items():
        first = con.execute(query).fetchone()
        if first is not None:
            raise VerificationError(f"the new store has {what}: {first[0]}. Nothing was switched.")


def verify_aggregates(con: duckdb.DuckDBPyConnection, expected: Aggregates, *, tolerance: float = 1e-9) -> None:
    """GENEB's published macro and micro MCC in the store equal those recomputed from the task values outside it.

    Published ones alone: the engine measures few of the tasks, and under protocols of its own.

    Raises:
        VerificationError: a model is missing on one side, or a mean differs by more than `tolerance`.
    """
    query = """
        SELECT regime, model_id, macro, micro FROM suite_score
        WHERE suite = 'geneb' AND metric = 'MCC' AND protocol = $protocol
    """
    rows = con.execute(query, {"protocol": Protocol.GENEB_PUBLISHED}).fetchall()
    found = {(regime, model): (macro, micro) for regime, model, macro, micro in rows}
    if found.keys() != expected.keys():
        odd = min(found.keys() ^ expected.keys())
        raise VerificationError(f"GENEB: {odd[1]} ({odd[0]}) is on one side only. Nothing was switched.")
    for key, wanted in expected.items():
        for name, have, want in zip(("macro", "micro"), found[key], wanted, strict=True):
            if have is None or abs(have - want) > tolerance:
                raise VerificationError(
                    f"GENEB: {name} MCC of {key[1]} ({key[0]}) is {have}, from the tasks {want}. Nothing was switched."
                )


def verify_published_macro(aggregates: Aggregates, published: Mapping[str, float], *, tolerance: float = 2e-5) -> None:
    """The macro MCC recomputed from tasks equals the one on GENEB's own board.

    Published task values are cut after five decimals, hence the tolerance.

    Raises:
        VerificationError: names the first model that differs.
    """
    for model, want in published.items():
        if ("full", model) not in aggregates:
            raise VerificationError(
                f"GENEB: {model} is in the registry with a published macro MCC but has no task values. Nothing "
                f"was switched."
            )
        have = aggregates[("full", model)][0]
        if abs(have - want) > tolerance:
            raise VerificationError(
                f"GENEB: macro MCC of {model} from its tasks is {have:.5f}, published is {want:.5f}: "
                "geneb_task_mcc.csv or models.csv is damaged. Nothing was switched."
            )
