"""Where everything comes from: sources, counts, build, what is not claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.single_cells import SINGLE_CELL
from dashboard.queries.suites import PROBES

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

_SOURCES = """
    SELECT s.source_id, s.citation, s.url, s.identifier, s.licence, s.version, s.retrieved_at,
           coalesce(n.scores, 0) AS scores, coalesce(c.claims, 0) AS claims
    FROM source s
    LEFT JOIN (SELECT source_id, count(*) AS scores FROM score GROUP BY ALL) n USING (source_id)
    LEFT JOIN (SELECT source_id, count(*) AS claims FROM claim GROUP BY ALL) c USING (source_id)
    ORDER BY scores DESC, claims DESC, s.source_id
"""
_COUNTS = """
    SELECT t.suite, count(DISTINCT s.model_id) AS systems, count(DISTINCT t.task_id) AS tasks,
           count(DISTINCT s.task_id || '/' || s.stratum) AS parts, count(*) AS scores,
           count(*) FILTER (s.origin = 'engine') AS computed,
           count(s.ci_low) AS with_interval, string_agg(DISTINCT s.protocol, ', ') AS protocols
    FROM score s JOIN task t USING (task_id) GROUP BY t.suite ORDER BY scores DESC
"""
_SCORED_HERE = """
    SELECT t.suite, t.task_id, t.label, t.n_test AS n, t.prevalence, count(DISTINCT s.model_id) AS systems
    FROM score s JOIN task t USING (task_id)
    WHERE s.origin = 'engine' AND NOT list_contains($probes, s.protocol) AND NOT list_contains($cells, t.suite)
    GROUP BY ALL ORDER BY t.suite, min(t.position)
"""
_LICENCES = """
    SELECT m.name, coalesce(m.licence, 'not established') AS licence, m.licence_group, m.access, m.hf_id, m.revision
    FROM model m WHERE m.source_id = 'registry' ORDER BY lower(m.name)
"""


def read_sources(ask: Ask) -> pd.DataFrame:
    """Every source with the number of scores and claims that rest on it."""
    return ask(_SOURCES)


def read_counts(ask: Ask) -> pd.DataFrame:
    """Systems, tasks and scores per suite."""
    return ask(_COUNTS)


def read_scored_here(ask: Ask) -> pd.DataFrame:
    """Tasks whose single variants were scored here, each with its systems; probing and single cells are told apart."""
    return ask(_SCORED_HERE, {"probes": list(PROBES), "cells": list(SINGLE_CELL)})


def read_licences(ask: Ask) -> pd.DataFrame:
    """Licence, access and pinned revision of every registered system."""
    return ask(_LICENCES)
