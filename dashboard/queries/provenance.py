"""What the numbers of a view rest on: whose they are, and how their intervals were made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from engine.names import ALL_STRATA, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

_SHOWN = """
    WITH shown AS (
      SELECT s.source_id, s.model_id, s.task_id, s.protocol, s.value, s.ci_method
      FROM score s JOIN task t USING (task_id) JOIN stratum p USING (task_id, stratum)
      WHERE ($suite = '' OR t.suite = $suite) AND (len($tasks) = 0 OR list_contains($tasks, s.task_id))
        AND ($category = '' OR t.category = $category)
        AND ($stratum = '' OR s.stratum = $stratum)
        AND (len($strata) = 0 OR list_contains($strata, s.stratum))
        AND ($kind = '' OR p.kind = $kind OR s.stratum = $all)
        AND ($metric = '' OR s.metric = $metric)
        AND (len($regimes) = 0 OR list_contains($regimes, s.regime))
        AND (len($protocols) = 0 OR list_contains($protocols, s.protocol))
        AND (len($models) = 0 OR list_contains($models, s.model_id))
    )
"""
# Scores that others have published and that are evaluated here come from the source of their system.
_SOURCES = f"""{_SHOWN},
    found AS (
      SELECT source_id, 0 AS place, count(value) AS n FROM shown GROUP BY ALL HAVING count(value) > 0
      UNION ALL
      SELECT t.source_id, 1, count(*) FROM shown JOIN task t USING (task_id) GROUP BY ALL
      UNION ALL
      SELECT m.source_id, 2, count(*) FROM shown JOIN model m USING (model_id)
      WHERE shown.protocol = $published AND NOT list_contains($own, m.source_id) GROUP BY ALL
    )
    SELECT source_id FROM found
    QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY place) = 1
    ORDER BY place, n DESC, source_id
"""
_METHODS = f"""{_SHOWN}
    SELECT ci_method, count(*) AS n FROM shown WHERE value IS NOT NULL GROUP BY ALL ORDER BY n DESC, ci_method
"""
_COMPARED = """
    SELECT ci_method, count(*) AS n
    FROM comparison c JOIN task t USING (task_id) JOIN stratum p USING (task_id, stratum)
    WHERE c.registered AND c.delta IS NOT NULL AND ($suite = '' OR t.suite = $suite)
      AND (len($tasks) = 0 OR list_contains($tasks, c.task_id))
      AND ($category = '' OR t.category = $category) AND ($stratum = '' OR c.stratum = $stratum)
      AND (len($strata) = 0 OR list_contains($strata, c.stratum))
      AND ($kind = '' OR p.kind = $kind OR c.stratum = $all) AND ($metric = '' OR c.metric = $metric)
      AND (len($regimes) = 0 OR list_contains($regimes, c.regime))
      AND (len($protocols) = 0 OR list_contains($protocols, c.protocol))
      AND (len($models) = 0 OR list_contains($models, c.model_id))
    GROUP BY ALL ORDER BY n DESC, ci_method
"""
_OWN = ["engine", "registry"]
"""Sources that say of a system only that it is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which scores a view shows; what is empty restricts nothing.

    `kind` is the kind of the parts that stand beside the whole task. Plain values: it can be the key of a cache.
    """

    suite: str = ""
    category: str = ""
    stratum: str = ""
    kind: str = ""
    metric: str = ""
    tasks: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What values rest on.

    `sources` are ids, those of most values first, then those of the tasks, then those of single scores; `methods` say
    how the intervals were made, as the store puts it, the most frequent first; `without` of `n` values have none.
    """

    sources: tuple[str, ...]
    methods: tuple[str, ...]
    n: int
    without: int


def read_evidence(ask: Ask, shown: Shown) -> Evidence:
    """Of the scores themselves."""
    return _evidence(_sources(ask, shown), ask(_METHODS, _asked(shown)))


def read_compared(ask: Ask, shown: Shown, sides: tuple[str, ...] = ()) -> Evidence:
    """Of the differences to registered baselines; `sides` are protocols that baselines have besides those shown."""
    rows = ask(_COMPARED, _asked(shown))
    asked = asdict(shown) | {"models": (), "protocols": (*shown.protocols, *sides)}
    return _evidence(_sources(ask, Shown(**asked)), rows)


def read_model_source(ask: Ask, model_id: str) -> str:
    """Id of the source of what is known of a system."""
    return str(ask("SELECT source_id FROM model WHERE model_id = $model", {"model": model_id})["source_id"].iloc[0])


def _sources(ask: Ask, shown: Shown) -> tuple[str, ...]:
    more = {"published": str(Protocol.PUBLISHED_SCORES), "own": _OWN}
    return tuple(map(str, ask(_SOURCES, _asked(shown) | more)["source_id"]))


def _asked(shown: Shown) -> dict[str, object]:
    lists = {name: list(getattr(shown, name)) for name in ("tasks", "strata", "regimes", "protocols", "models")}
    return asdict(shown) | lists | {"all": ALL_STRATA}


def _evidence(sources: tuple[str, ...], rows: pd.DataFrame) -> Evidence:
    known = rows[rows["ci_method"].notna()]
    n = int(rows["n"].sum())
    return Evidence(sources, tuple(map(str, known["ci_method"])), n, n - int(known["n"].sum()))
