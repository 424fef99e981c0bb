"""The list of items: how many there are, one sheet of them, all of them as CSV, and the SQL that says the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.items import BOTH, ORDERS, OUTCOME, matching, ordered, parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.queries.ask import Ask

SHEET = 50
"""Rows of one sheet."""
MOST_ROWS = 1_000_000
"""Rows of a CSV file at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items are asked for, and in what order. Plain values: it can be the key of a cache."""

    task: str
    system: str | None = None
    rival: str | None = None
    filters: ItemFilters = ItemFilters()  # noqa: RUF009 - frozen
    by: str = "place"
    down: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Items that satisfy the filters, and how many of them are of label 1."""

    n: int
    positives: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a task's items: how many have each of these, and the first and last position, 0 without any."""

    n: int
    positives: int
    placed: int
    measured: int
    substituted: int
    genes: int
    chromosomes: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a system's calls come from; `value` in its own direction, None where none is stated."""

    value: float | None
    source: str | None


_KNOWN = """
    SELECT count(*) AS n, count(*) FILTER (label = 1) AS positives, count(place) AS placed, count(value) AS measured,
           count(residue_alt) AS substituted, count(DISTINCT gene) AS genes, count(DISTINCT chrom) AS chromosomes,
           coalesce(min(place), 0) AS first, coalesce(max(place), 0) AS last
    FROM numbered_item WHERE task_id = $task
"""
_GENES = """
    SELECT gene, count(*) AS n FROM numbered_item WHERE task_id = $task AND gene IS NOT NULL
    GROUP BY gene ORDER BY gene LIMIT $most
"""
_THRESHOLD = "SELECT threshold, threshold_source FROM scored WHERE task_id = $task AND model_id = $system"
_APART = """
    SELECT i.consequence, count(*) AS n, avg(abs(a.percentile - b.percentile)) AS gap {matching}
      AND a.item_no IS NOT NULL AND b.item_no IS NOT NULL
    GROUP BY ALL ORDER BY gap DESC, consequence
"""
_COLUMNS = f"""i.item_id AS variant, i.chrom AS chromosome, i.place AS position, i.gene, i.protein_variant,
       i.consequence, i.label, i.value AS measured,
       $system AS system, a.score, round(a.percentile::DOUBLE, 2) AS percentile,
       $rival AS rival, b.score AS rival_score, round(b.percentile::DOUBLE, 2) AS rival_percentile,
       round(abs(a.percentile - b.percentile)::DOUBLE, 2) AS gap,
       {OUTCOME} AS call"""
_TEXTS = ("variant", "chromosome", "gene", "protein_variant", "consequence", "system", "rival", "call")


def read_known(ask: Ask, task: str) -> Known:
    """What is known of a task's items; n = 0 where the store has none."""
    row = ask(_KNOWN, {"task": task}).iloc[0]
    return Known(**{str(name): int(value) for name, value in row.items()})


def read_genes(ask: Ask, task: str, most: int) -> list[str]:
    """Genes of a task from A to Z, at most so many."""
    return [str(gene) for gene in ask(_GENES, {"task": task, "most": most})["gene"]]


def read_threshold(ask: Ask, task: str, system: str | None) -> Threshold:
    """The threshold that was stated for a system on a task."""
    rows = ask(_THRESHOLD, {"task": task, "system": system}).dropna()
    return Threshold(float(rows.iloc[0, 0]), str(rows.iloc[0, 1])) if len(rows) else Threshold(None, None)


def read_count(ask: Ask, asked: Asked) -> Counted:
    """How many items satisfy the filters; the order does not matter."""
    sql, found = _composed("SELECT count(*) AS n, count(*) FILTER (i.label = 1) AS positives", asked, ())
    row = ask(sql, found).iloc[0]
    return Counted(int(row["n"]), int(row["positives"]))


def read_sheet(ask: Ask, asked: Asked, sheet: int) -> pd.DataFrame:
    """One sheet, counted from 1, in the order asked for: columns of `listing` with `item_no` before them."""
    numbers = _numbers(ask, asked, sheet)
    sql, found = _composed(f"SELECT i.item_no, {_COLUMNS}", Asked(asked.task, asked.system, asked.rival), BOTH)
    rows = ask(f"{sql} AND i.item_no = ANY($numbers)", {**found, "numbers": numbers})
    return rows.set_index("item_no", drop=False).loc[numbers].reset_index(drop=True)


def _numbers(ask: Ask, asked: Asked, sheet: int) -> list[int]:
    """The item numbers of one sheet, found without the scores where neither filter nor order needs them."""
    sql, found = _composed("SELECT i.item_no", asked, ORDERS[asked.by][1])
    page = {"most": SHEET, "before": (sheet - 1) * SHEET}
    rows = ask(f"{sql} {ordered(asked.by, down=asked.down)} LIMIT $most OFFSET $before", {**found, **page})
    return [int(number) for number in rows["item_no"]]


def read_apart(ask: Ask, asked: Asked) -> pd.DataFrame:
    """How far two systems are apart: items that both score and mean gap in percentile points, by consequence."""
    sql, found = matching(asked.filters, BOTH)[0], parameters(asked.filters, asked.task, asked.system, asked.rival)
    return ask(_APART.format(matching=sql), found)


def listing(asked: Asked) -> tuple[str, dict[str, object]]:
    """The whole list as one query, with its parameters."""
    sql, found = _composed(f"SELECT {_COLUMNS}", asked, BOTH)
    return f"{sql}\n{ordered(asked.by, down=asked.down)} LIMIT {MOST_ROWS}", found


def read_csv(ask: Ask, asked: Asked) -> bytes:
    """The whole list as CSV. The store writes the lines: a million rows would keep Python busy for long."""
    sql, found = listing(asked)
    names = list(ask(f"{sql.rpartition(' LIMIT ')[0]} LIMIT 0", found).columns)
    cells = ", ".join(f"coalesce({_cell(name)}, '')" for name in names)
    lines = ask(f"SELECT concat_ws(',', {cells}) AS line FROM ({sql})", found)["line"]
    return ("\n".join([",".join(names), *lines]) + "\n").encode()


def _cell(name: str) -> str:
    if name not in _TEXTS:
        return f"{name}::VARCHAR"
    quoted = f"""'"' || replace({name}, '"', '""') || '"'"""
    return f"CASE WHEN regexp_matches({name}, '[\",\\r\\n]') THEN {quoted} ELSE {name} END"


def _composed(select: str, asked: Asked, joined: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    sql, _ = matching(asked.filters, joined)
    return f"{select}\n{sql}", parameters(asked.filters, asked.task, asked.system, asked.rival, joined)


def spelled(sql: str, given: Mapping[str, object]) -> str:
    """The query with its parameters written out, so that it can stand between double quotes in a shell.

    What a shell would read in them is written as chr(..): quotes, dollars, backticks, backslashes and the like.
    """
    text = re.sub(r"\$(\w+)", lambda found: _literal(given[found[1]]), sql)
    return re.sub(r"\s+", " ", text).strip()


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    if not isinstance(value, str):
        return str(value)
    parts = [part for part in re.split(r"([\"$`\\!%])", value.replace("'", "''")) if part]
    words = [f"chr({ord(part)})" if part in '"$`\\!%' else f"'{part}'" for part in parts]
    return f"({' || '.join(words)})" if len(words) > 1 else (words or ["''"])[0]
