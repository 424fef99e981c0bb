"""A store far larger than today's, with the real schema: what the pages must still be quick on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import duckdb

from engine.store.derive import derive
from engine.store.location import Pointer, store_dir, switch_pointer
from engine.store.migrations import available, migrate

if TYPE_CHECKING:
    from pathlib import Path

MODELS, TASKS, CATEGORIES, BASELINES = 1000, 1000, 13, 20
LARGE_TASK, LARGE_ITEMS, LARGE_SYSTEMS = "clinvar_sample", 1_000_000, 20
SMALL_TASKS, SMALL_ITEMS, SMALL_SYSTEMS = 300, 10_000, 10
PREDICTIONS = LARGE_ITEMS * LARGE_SYSTEMS + SMALL_TASKS * SMALL_ITEMS * SMALL_SYSTEMS

_FACTS = f"""
    INSERT INTO source (source_id, citation) VALUES ('synthetic', 'Random numbers of a benchmark.');
    INSERT INTO run (run_id, started_at, status, command, spec_hash, spec_json, engine_version, packages_json)
      VALUES ('synthetic', now()::TIMESTAMP, 'finished', 'benchmark', '0', '{{}}', '0', '{{}}');
    INSERT INTO model (model_id, name, role, family, tokenizer, parameters, licence_group, access_kind, source_id)
      SELECT format('model-{{:04d}}', i), format('Model {{:04d}}', i),
             CASE WHEN i < {BASELINES} THEN 'baseline' ELSE 'model' END,
             ['Transformer encoder', 'Transformer decoder', 'State space', 'CNN'][1 + i % 4],
             ['BPE', 'k-mer', 'single nucleotide'][1 + i % 3], (10 ** (6 + 4 * random()))::BIGINT, 'permissive',
             'open weights', 'synthetic'
      FROM range({MODELS}) t(i);
    INSERT INTO task (task_id, label, suite, category, collection, redundancy_group, kind, primary_metric, n_train,
                      n_test, n_classes, prevalence, sentinel, position, source_id)
      SELECT format('task-{{:04d}}', i), format('Task {{:04d}}', i), 'geneb',
             format('Category {{:02d}}', i % {CATEGORIES}),
             'synthetic', format('group-{{:04d}}', i // 2), 'sequence_classification', 'MCC', 10000,
             {SMALL_ITEMS}, 2, 0.5, i < {CATEGORIES}, i, 'synthetic'
      FROM range({TASKS}) t(i);
    INSERT INTO task (task_id, label, suite, category, kind, primary_metric, n_test, n_classes, prevalence, assembly,
                      sentinel, position, source_id)
      VALUES ('{LARGE_TASK}', 'A million variants', 'clinvar_items', 'ClinVar', 'variant_effect', 'AUROC',
              {LARGE_ITEMS}, 2, 0.5, 'GRCh38', false, 0, 'synthetic');
    INSERT INTO stratum SELECT task_id, 'all', 'All items', 'all', n_test, prevalence, 0 FROM task;
    INSERT INTO stratum
      SELECT '{LARGE_TASK}', format('class {{}}', i), format('Class {{}}', i), 'variant_class', {LARGE_ITEMS} // 8,
             0.5, i + 1
      FROM range(8) t(i);
"""
# Skill of the model, difficulty of the task, and noise.
_SCORES = f"""
    INSERT INTO score (model_id, task_id, stratum, regime, protocol, metric, value, ci_low, ci_high, ci_method, n,
                       origin, provenance, run_id, source_id)
    SELECT model_id, task_id, 'all', regime, protocol, 'MCC', value, value - 0.02, value + 0.02, 'synthetic',
           {SMALL_ITEMS}, 'published', 'official', CASE WHEN protocol = 'fair-v1' THEN 'synthetic' END, 'synthetic'
    FROM (
      SELECT m.model_id, t.task_id, r.regime, p.protocol,
             0.1 + 0.3 * (hash(m.model_id) % 1000) / 1000 + 0.3 * (hash(t.task_id) % 1000) / 1000
               + 0.2 * random() AS value
      FROM model m CROSS JOIN (SELECT task_id FROM task WHERE suite = 'geneb') t
      CROSS JOIN (VALUES ('full'), ('10shot'), ('1shot')) r(regime)
      CROSS JOIN (VALUES ('geneb-published'), ('fair-v1')) p(protocol)
      WHERE p.protocol = 'geneb-published' OR (m.role = 'baseline' AND r.regime = 'full')
    );
    INSERT INTO score (model_id, task_id, stratum, regime, protocol, metric, value, ci_low, ci_high, ci_method, n,
                       origin, provenance, run_id, source_id)
    SELECT m.model_id, s.task_id, s.stratum, 'zero_shot', 'published-scores', 'AUROC', 0.7, 0.69, 0.71, 'synthetic',
           s.n, 'engine', 'synthetic', 'synthetic', 'synthetic'
    FROM stratum s
    CROSS JOIN (SELECT model_id FROM model ORDER BY model_id LIMIT {LARGE_SYSTEMS} OFFSET {BASELINES // 2}) m
    WHERE s.task_id = '{LARGE_TASK}';
    INSERT INTO probe_fit (run_id, model_id, task_id, regime, protocol, features, inner_score, fold_hash)
    SELECT 'synthetic', m.model_id, t.task_id, 'full', 'fair-v1', 'synthetic', random(), 'synthetic'
    FROM model m CROSS JOIN task t WHERE m.role = 'baseline' AND t.suite = 'geneb';
    INSERT INTO comparison (task_id, stratum, regime, protocol, metric, model_id, baseline_id, delta, ci_low, ci_high,
                            verdict_article, n, ci_method, minimum_effect, registered)
    SELECT s.task_id, 'all', 'full', 'geneb-published', 'MCC', s.model_id, b.model_id, s.value - b.value,
           s.value - b.value - 0.03, s.value - b.value + 0.03,
           CASE WHEN s.ci_low > b.ci_high THEN 'PASS' ELSE 'FAIL' END, {SMALL_ITEMS}, 'synthetic', 0.03, true
    FROM score s JOIN model m USING (model_id)
    JOIN (SELECT f.task_id, arg_max(f.model_id, f.inner_score) AS model_id FROM probe_fit f GROUP BY ALL) f
      ON f.task_id = s.task_id
    JOIN score b ON b.task_id = s.task_id AND b.model_id = f.model_id AND b.regime = 'full' AND b.protocol = 'fair-v1'
    WHERE m.role = 'model' AND s.regime = 'full' AND s.protocol = 'geneb-published';
"""
_ITEMS = f"""
    INSERT INTO item (task_id, item_id, split, label, chrom, pos, ref, alt, assembly, gene, consequence)
    SELECT '{LARGE_TASK}',
           format('{{}}-{{}}-A-{{}}', 1 + i // 50000, 1000 + 7 * (i % 50000), ['C', 'G', 'T'][1 + i % 3]),
           'test', (random() < 0.5)::BIGINT, (1 + i // 50000)::VARCHAR, 1000 + 7 * (i % 50000), 'A',
           ['C', 'G', 'T'][1 + i % 3], 'GRCh38', format('GENE{{}}', i // 500),
           ['missense', 'synonymous', 'intronic', 'nonsense'][1 + i % 4]
    FROM range({LARGE_ITEMS}) t(i);
    INSERT INTO membership
    SELECT task_id, format('class {{}}', hash(item_id) % 8), item_id FROM item;
    INSERT INTO item (task_id, item_id, split, label)
    SELECT format('task-{{:04d}}', t), format('test-{{}}', i), 'test', (random() < 0.5)::BIGINT
    FROM range({SMALL_TASKS}) a(t) CROSS JOIN range({SMALL_ITEMS}) b(i);
"""
_PREDICTIONS = """
    INSERT INTO prediction
    SELECT 'synthetic', m.model_id, i.task_id, i.item_id, round(i.label * 0.8 + random() * 2, 6), $direction
    FROM (SELECT model_id FROM model ORDER BY model_id LIMIT $systems OFFSET $first) m
    CROSS JOIN (SELECT task_id, item_id, label FROM item WHERE (task_id = $task) = $large) i
"""


def build(path: Path) -> None:
    """Write the store file; takes some minutes."""
    with duckdb.connect(path, config={"threads": 2, "memory_limit": "12GB"}) as con:
        con.execute("SELECT setseed(0.5)")
        migrate(con)
        con.execute("INSERT INTO meta VALUES ('content_hash', 'synthetic')")
        for statements in (_FACTS, _SCORES, _ITEMS):
            _timed(con, statements)
        for large, systems, direction in ((True, LARGE_SYSTEMS, "damaging"), (False, SMALL_SYSTEMS, "label 1")):
            asked = {"task": LARGE_TASK, "large": large, "systems": systems, "first": BASELINES // 2}
            con.execute(_PREDICTIONS, asked | {"direction": direction})
        started = time.perf_counter()
        derive(con)
        print(f"derived in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _timed(con: duckdb.DuckDBPyConnection, statements: str) -> None:
    started = time.perf_counter()
    con.execute(statements)
    print(f"{statements.split()[2]} and others in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def put_in_service() -> Path:
    """Build the store in this cache and point to it."""
    folder = store_dir()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vledger-synthetic.duckdb"
    if not path.is_file():
        unfinished = path.with_suffix(".building")
        unfinished.unlink(missing_ok=True)
        build(unfinished)
        unfinished.replace(path)
    switch_pointer(Pointer(path.name, "synthetic", list(available())[-1], "0", "2026-01-01T00:00:00+00:00"))
    return path
