"""What follows from the other tables, computed once when a store is built, so that no page has to wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.names import ALL_STRATA, Direction, Kind, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

PROTOCOLS = (Protocol.FAIR_V1, Protocol.GENEB_EXACT, Protocol.KNN, Protocol.MLP)
"""Whose single scores are shown where a system was probed by several protocols; any other comes before these."""

# Whole words of amino-acid changes only: M1775R, *152R, W41=.
_RESIDUE = "^([A-Z*])([0-9]+)([A-Z*=])$"

_NUMBERED = f"""
    INSERT INTO numbered_item BY NAME
    WITH parsed AS (
      SELECT *, regexp_extract(protein_variant, '{_RESIDUE}', ['ref', 'at', 'alt']) AS change,
             (row_number() OVER (PARTITION BY task_id ORDER BY rowid) - 1)::INTEGER AS file_no
      FROM item
    ),
    located AS (
      SELECT * EXCLUDE (change), try_cast(change['at'] AS INTEGER) AS residue,
             nullif(change['ref'], '') AS residue_ref, nullif(change['alt'], '') AS residue_alt,
             coalesce(pos, residue) AS place
      FROM parsed
    )
    SELECT *, (row_number() OVER (
      PARTITION BY task_id
      ORDER BY try_cast(chrom AS INTEGER) NULLS LAST, chrom, CASE WHEN pos IS NULL THEN gene END, place, alt,
               residue_alt, try_cast(regexp_extract(item_id, '[0-9]+$') AS BIGINT), item_id
    ) - 1)::INTEGER AS item_no
    FROM located ORDER BY task_id, item_no
"""
_PARTS = """
    INSERT INTO part SELECT m.task_id, m.stratum, i.item_no
    FROM membership m JOIN numbered_item i USING (task_id, item_id) ORDER BY ALL
"""
# The run whose predictions are shown is the one that the value on the whole task was computed in. Scores of other
# groups are of no run of this engine: they stand where it made none of its own.
_SCORED = """
    INSERT INTO scored BY NAME
    WITH made AS (
      SELECT p.task_id, p.model_id, p.run_id, any_value(p.higher_is) AS higher_is, count(*) AS n,
             count(*) FILTER (i.label = 1) AS positives, count(*) FILTER (i.label = 0) AS negatives
      FROM prediction p JOIN item i USING (task_id, item_id) WHERE p.score IS NOT NULL
      GROUP BY ALL
    ),
    stated AS (
      SELECT task_id, model_id, run_id, protocol,
             coalesce(max(threshold) FILTER (stratum = $all),
                      CASE WHEN count(DISTINCT threshold) = 1 THEN max(threshold) END) AS threshold,
             max(threshold_source) AS told
      FROM score WHERE run_id IS NOT NULL GROUP BY ALL
    ),
    measured AS (SELECT *, CASE WHEN threshold IS NOT NULL THEN told END AS threshold_source FROM stated)
    SELECT m.*, s.protocol, s.threshold, s.threshold_source,
           CASE WHEN m.higher_is = ANY($own) THEN 1
                WHEN (m.higher_is = $fit) = (t.kind = $fitness) THEN 1 ELSE -1 END AS sign
    FROM made m JOIN task t USING (task_id)
    LEFT JOIN measured s ON s.task_id = m.task_id AND s.model_id = m.model_id
                        AND (s.run_id = m.run_id OR (m.run_id = 'published' AND s.protocol = $published))
    QUALIFY row_number() OVER (
      PARTITION BY m.task_id, m.model_id
      ORDER BY s.protocol IS NULL, m.run_id = 'published', coalesce(list_position($protocols, s.protocol), 0), m.run_id
    ) = 1
"""
_STANDING = """
    INSERT INTO standing BY NAME
    WITH shown AS (
      SELECT p.task_id, p.model_id, i.item_no, i.label, p.score, s.sign * p.score AS turned,
             s.n, s.positives, s.negatives
      FROM prediction p JOIN scored s USING (task_id, model_id, run_id) JOIN numbered_item i USING (task_id, item_id)
      WHERE p.score IS NOT NULL
    ),
    level AS (
      SELECT task_id, model_id, turned, any_value(n) AS n, any_value(positives) AS positives,
             any_value(negatives) AS negatives, count(*) AS here, count(*) FILTER (label = 1) AS ones,
             count(*) FILTER (label = 0) AS zeros
      FROM shown GROUP BY ALL
    ),
    share AS (
      SELECT task_id, model_id, turned,
             100 * (sum(here) OVER upto - here / 2) / n AS percentile,
             100 * (sum(zeros) OVER upto - zeros / 2) / nullif(negatives, 0) AS among_negative,
             100 * (sum(ones) OVER upto - ones / 2) / nullif(positives, 0) AS among_positive
      FROM level WINDOW upto AS (PARTITION BY task_id, model_id ORDER BY turned)
    )
    SELECT v.task_id, v.model_id, v.item_no, v.score, s.percentile, s.among_negative, s.among_positive
    FROM shown v JOIN share s USING (task_id, model_id, turned) ORDER BY ALL
"""
# Views over all scores cost every reader a pass over them; what they say does not change once the store is built.
_MEANS = """
    CREATE TABLE category_score_kept AS SELECT * FROM category_score ORDER BY suite, regime, protocol, metric, model_id;
    CREATE TABLE suite_score_kept AS SELECT * FROM suite_score ORDER BY suite, regime, protocol, metric, model_id;
    DROP VIEW suite_score;
    DROP VIEW category_score;
    ALTER TABLE category_score_kept RENAME TO category_score;
    ALTER TABLE suite_score_kept RENAME TO suite_score;
"""


def derive(con: duckdb.DuckDBPyConnection) -> None:
    """Number the items, say whose single scores can be shown and where each puts every item, and keep the means.

    Args:
        con: a store that has all its rows; it must not have been derived before.
    """
    con.execute(_NUMBERED)
    con.execute(_PARTS)
    con.execute(_SCORED, _parameters())
    con.execute(_STANDING)
    con.execute(_MEANS)


def _parameters() -> Mapping[str, object]:
    return {
        "all": ALL_STRATA,
        "own": [str(Direction.LABEL_1), str(Direction.CLASS)],
        "fit": str(Direction.FIT),
        "fitness": str(Kind.FITNESS),
        "published": str(Protocol.PUBLISHED_SCORES),
        "protocols": [str(protocol) for protocol in PROTOCOLS],
    }
