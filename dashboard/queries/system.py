"""One system of the literature: its facts, the claims about it, and what the store measured of its models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries import ledgers
from dashboard.queries.suites import CLAIMS, SUITES
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

_FACTS = "SELECT * FROM model_fact WHERE system = $who"
_MODELS = """
    SELECT m.model_id, m.name, m.role, m.parameters, m.parameters_note, m.context_value, m.context_unit, m.context_bp,
           m.licence, m.access, m.access_kind, m.modality, m.contamination, m.known_defects,
           coalesce(m.supervised_on_assay, false) AS supervised_on_assay, e.runs, e.sentence,
           EXISTS (FROM score s WHERE s.model_id = m.model_id) AS scored, p.statements
    FROM ledger_system l JOIN model m USING (model_id) LEFT JOIN engine_support e USING (model_id)
    LEFT JOIN (SELECT model_id, list({'parameters': parameters, 'by': stated_by} ORDER BY stated_by) AS statements
               FROM parameter_statement GROUP BY ALL) p USING (model_id)
    WHERE l.system = $who ORDER BY l.rowid
"""
# 'Enformer/Borzoi (range, low)' is about both; 'GUE benchmark (longest input)' about GUE.
_WINDOWS = r"""
    SELECT * FROM context_window
    WHERE list_contains(string_split(regexp_replace(model, '( benchmark)? \(.*\)$', ''), '/'), $who)
    ORDER BY rowid
"""
# One row a model and task by the task's own metric: the whole of it; where only parts compare, missense variants, which
# is what predictors of proteins are for, else the largest part.
_MEASURED = """
    WITH own AS (SELECT model_id FROM ledger_system WHERE system = $who),
    compared AS (
      SELECT c.model_id, c.task_id, c.stratum, c.regime, c.protocol, c.metric, c.baseline_id, c.n, c.delta,
             c.verdict_article, c.verdict, c.undefined_reason
      FROM comparison c SEMI JOIN own USING (model_id)
      JOIN task t ON t.task_id = c.task_id AND t.primary_metric = c.metric
      JOIN stratum p ON p.task_id = c.task_id AND p.stratum = c.stratum
      WHERE c.registered AND t.suite <> 'geneb' AND p.kind <> 'gene' AND list_contains($protocols, c.protocol)
      QUALIFY row_number() OVER (
        PARTITION BY c.model_id, c.task_id
        ORDER BY c.delta IS NULL, c.stratum <> $all, c.stratum <> $missense, c.n DESC NULLS LAST,
                 list_position($protocols, c.protocol), p.position
      ) = 1
    ),
    alone AS (
      SELECT s.model_id, s.task_id, s.stratum, s.regime, s.protocol, s.metric, s.n
      FROM score s SEMI JOIN own USING (model_id) JOIN task t ON t.task_id = s.task_id AND t.primary_metric = s.metric
      JOIN stratum p ON p.task_id = s.task_id AND p.stratum = s.stratum
      ANTI JOIN compared c ON c.model_id = s.model_id AND c.task_id = s.task_id
      WHERE t.suite <> 'geneb' AND p.kind <> 'gene' AND s.value IS NOT NULL AND list_contains($protocols, s.protocol)
      QUALIFY row_number() OVER (
        PARTITION BY s.model_id, s.task_id
        ORDER BY s.stratum <> $all, s.stratum <> $missense, s.n DESC NULLS LAST, list_position($protocols, s.protocol),
                 p.position
      ) = 1
    ),
    found AS (SELECT * FROM compared UNION ALL BY NAME SELECT * FROM alone)
    SELECT f.model_id, m.name, m.role, t.suite, f.task_id, t.label AS task, f.stratum, p.label AS part, f.metric,
           s.value, s.ci_low, s.ci_high, f.baseline_id, b.name AS baseline, r.value AS baseline_value, f.delta,
           f.verdict_article, f.verdict, f.undefined_reason, f.n, f.protocol
    FROM found f JOIN model m USING (model_id) JOIN task t USING (task_id) JOIN stratum p USING (task_id, stratum)
    JOIN score s USING (model_id, task_id, stratum, regime, protocol, metric)
    LEFT JOIN model b ON b.model_id = f.baseline_id
    LEFT JOIN score r ON r.model_id = f.baseline_id AND r.task_id = f.task_id AND r.stratum = f.stratum
      AND r.regime = f.regime AND r.metric = f.metric AND r.protocol IN (f.protocol, 'rule', 'published-scores')
    QUALIFY row_number() OVER (
      PARTITION BY f.model_id, f.task_id ORDER BY r.protocol IS DISTINCT FROM f.protocol, r.protocol
    ) = 1
    ORDER BY m.name, list_position($suites, t.suite), t.position
"""
_PROBED = """
    SELECT c.model_id, m.name, c.protocol, count(c.verdict_article) AS judged,
           count(*) FILTER (c.verdict_article = 'PASS') AS passed, any_value(a.macro) AS macro
    FROM comparison c JOIN ledger_system l USING (model_id) JOIN model m USING (model_id)
    JOIN task t ON t.task_id = c.task_id AND t.primary_metric = c.metric
    LEFT JOIN suite_score a ON a.suite = t.suite AND a.model_id = c.model_id AND a.regime = c.regime
      AND a.protocol = c.protocol AND a.metric = c.metric
    WHERE l.system = $who AND c.registered AND t.suite = 'geneb' AND c.stratum = $all AND c.regime = 'full'
      AND list_contains($protocols, c.protocol)
    GROUP BY c.model_id, m.name, c.protocol ORDER BY m.name, list_position($protocols, c.protocol)
"""
_FACT_SOURCES = """
    WITH named AS (
      SELECT source_id FROM model_fact WHERE list_contains($systems, system)
      UNION ALL SELECT m.source_id FROM ledger_system l JOIN model m USING (model_id)
      WHERE list_contains($systems, l.system)
    )
    SELECT source_id FROM named WHERE source_id IS NOT NULL AND source_id <> 'engine'
    GROUP BY source_id ORDER BY count(*) DESC, source_id
"""
_DECISIONS = "SELECT * FROM decision ORDER BY rowid"
_ROLES = {"first_choice": "first choice", "baseline_to_beat": "baseline to beat", "caveat": "in the caveat"}
_CARRIES = "SELECT count(DISTINCT model_id) AS n FROM score JOIN task USING (task_id) WHERE suite = $suite"
_SYSTEM_OF = "SELECT any_value(system) AS system FROM ledger_system WHERE model_id = $model"


def read_facts(ask: Ask, who: str) -> pd.Series:
    """What the literature says of a system."""
    return ask(_FACTS, {"who": who}).iloc[0]


def read_claims(ask: Ask, who: str) -> pd.DataFrame:
    """Claims about a system, then those in which it is what another is compared with (`as_comparator`).

    Columns as in the two ledgers; the evidence that is hardest to please comes first.
    """
    rows = ledgers.read_claims(ask).sort_values(
        "evidence", key=lambda kinds: kinds.map(ledgers.EVIDENCE.index), kind="stable"
    )
    own = rows["systems"].map(lambda systems: who in systems)
    beside = rows["comparator"].map(lambda text: names(who, text), na_action="ignore").eq(True)
    return pd.concat([rows[own].assign(as_comparator=False), rows[beside & ~own].assign(as_comparator=True)])


def read_models(ask: Ask, who: str) -> pd.DataFrame:
    """The store's models that a system stands for, with whether and how this engine runs them."""
    return ask(_MODELS, {"who": who}).astype({"parameters": float})


def read_windows(ask: Ask, who: str) -> pd.DataFrame:
    """Context windows that sources state for a system."""
    return ask(_WINDOWS, {"who": who})


def read_measured(ask: Ask, who: str) -> pd.DataFrame:
    """One row a model and task outside GENEB: value, baseline to beat, difference and verdicts.

    By the task's own metric, on all of it; where only parts compare, on one of them (`part`). `baseline_id` is missing
    where nothing was declared as the one to beat, and `delta` where the two could not be compared, for a reason.
    """
    protocols = list(dict.fromkeys(protocol for text in SUITES.values() for protocol in text.protocols))
    asked = {"who": who, "all": ALL_STRATA, "missense": "missense", "protocols": protocols, "suites": list(SUITES)}
    numbers = ("value", "ci_low", "ci_high", "baseline_value", "delta", "n")
    return ask(_MEASURED, asked).astype(dict.fromkeys(numbers, float))


def read_probed(ask: Ask, who: str) -> pd.DataFrame:
    """One row a model and probe on GENEB with all labels: macro MCC, tasks with a verdict, and how many pass."""
    protocols = [*SUITES["geneb"].protocols, CLAIMS]
    rows = ask(_PROBED, {"who": who, "all": ALL_STRATA, "protocols": protocols})
    return rows.astype({"macro": float})


def read_fact_sources(ask: Ask, systems: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the sources of what is stated of systems and of the store's models of them, most frequent first."""
    return tuple(map(str, ask(_FACT_SOURCES, {"systems": list(systems)})["source_id"]))


def read_decisions(ask: Ask, who: str) -> pd.DataFrame:
    """Rows of the selection matrix that name a system: task, and as what it is named there (`role`)."""
    rows = ask(_DECISIONS)
    roles = [
        " and ".join(role for column, role in _ROLES.items() if names(who, str(row[column])))
        for _, row in rows.iterrows()
    ]
    return rows.assign(role=roles).query("role != ''").reset_index(drop=True)


def read_system_of(ask: Ask, model_id: str) -> str | None:
    """The system that a model belongs to, None where the literature here names none."""
    found = ask(_SYSTEM_OF, {"model": model_id})["system"].iloc[0]
    return None if pd.isna(found) else str(found)


def names(who: str, text: str) -> bool:
    """Whether a text names a system: 'AlphaFold2/3' names AlphaFold3, and 'Evo 2' does not name Evo."""
    whole = re.sub(r"\b([A-Za-z]+)(\d)/(\d)\b", r"\1\2, \1\3", text)
    whole = re.sub(r"(\w+) / (\w+) baseline", r"\1 baseline, \2 baseline", whole).replace(" + ", "+")
    return re.search(rf"(?<![\w-]){re.escape(who)}(?![\w-]| \d+(?!\w))", whole, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the store measured of a system: rows of `read_measured` and of `read_probed`.

    `carries` is how many systems have values in the suite that is this system, 0 where it is none.
    """

    tasks: pd.DataFrame
    probed: pd.DataFrame
    carries: int = 0

    @property
    def n_judged(self) -> int:
        """Comparisons with the baseline to beat that have a verdict by the article's rule."""
        return int(self.tasks["verdict_article"].notna().sum() + self.probed["judged"].sum())

    @property
    def n_passed(self) -> int:
        """Those of them that pass."""
        return int((self.tasks["verdict_article"] == "PASS").sum() + self.probed["passed"].sum())

    def of(self, model_id: str) -> Measurements:
        """The rows of one model."""
        return Measurements(*(rows[rows["model_id"] == model_id] for rows in (self.tasks, self.probed)))


def read_measurements(ask: Ask, who: str) -> Measurements:
    """Everything measured of a system."""
    carries = int(ask(_CARRIES, {"suite": suite_of(who) or ""})["n"].iloc[0])
    return Measurements(read_measured(ask, who), read_probed(ask, who), carries)


def suite_of(who: str) -> str | None:
    """The suite whose published values a benchmark is, None for every other system."""
    return who.lower() if who.lower() in SUITES and SUITES[who.lower()].label == who else None
