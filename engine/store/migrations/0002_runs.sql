-- What the scoring engine adds: measured values of items, where thresholds come from, what a comparison rests on, and
-- what each model cost. DuckDB adds no column with a CHECK to a table that is there, hence the copies.

CREATE TABLE item_next (
  task_id VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL,
  split VARCHAR,
  label BIGINT,
  chrom VARCHAR,
  pos BIGINT,
  ref VARCHAR,
  alt VARCHAR,
  assembly VARCHAR,
  gene VARCHAR,
  protein_variant VARCHAR,
  consequence VARCHAR,
  groups VARCHAR,
  value DOUBLE CHECK (value BETWEEN -1e300 AND 1e300)
);
INSERT INTO item_next BY NAME SELECT * FROM item;
DROP TABLE item;
ALTER TABLE item_next RENAME TO item;

CREATE TABLE score_next (
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  regime VARCHAR NOT NULL CHECK (regime IN ('full', '10shot', '1shot', 'zero_shot')),
  protocol VARCHAR NOT NULL,
  metric VARCHAR NOT NULL CHECK (metric IN ('MCC', 'Acc', 'F1', 'AUROC', 'AUPRC', 'Spearman')),
  value DOUBLE CHECK (value BETWEEN -1 AND 1),
  ci_low DOUBLE CHECK (ci_low BETWEEN -1 AND 1),
  ci_high DOUBLE CHECK (ci_high BETWEEN -1 AND 1),
  ci_method VARCHAR,
  se_to_best DOUBLE CHECK (se_to_best BETWEEN 0 AND 1),
  n BIGINT CHECK (n > 0),
  undefined_reason VARCHAR,
  origin VARCHAR NOT NULL CHECK (origin IN ('published', 'engine')),
  provenance VARCHAR NOT NULL,
  run_id VARCHAR,
  source_id VARCHAR NOT NULL,
  threshold DOUBLE CHECK (threshold BETWEEN -1e300 AND 1e300),
  threshold_source VARCHAR,
  PRIMARY KEY (model_id, task_id, stratum, regime, protocol, metric),
  CHECK (threshold IS NULL OR threshold_source IS NOT NULL),
  CHECK (value IS NOT NULL OR undefined_reason IS NOT NULL),
  CHECK (metric NOT IN ('Acc', 'F1', 'AUROC', 'AUPRC') OR value IS NULL OR value >= 0),
  CHECK (
    (ci_low IS NULL AND ci_high IS NULL AND ci_method IS NULL)
    OR (ci_low IS NOT NULL AND ci_high IS NOT NULL AND ci_method IS NOT NULL AND value IS NOT NULL
        AND ci_low <= value AND value <= ci_high)
  )
);
INSERT INTO score_next BY NAME SELECT * FROM score;
DROP TABLE score;
ALTER TABLE score_next RENAME TO score;

CREATE TABLE comparison_next (
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  regime VARCHAR NOT NULL,
  protocol VARCHAR NOT NULL,
  metric VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  baseline_id VARCHAR NOT NULL,
  delta DOUBLE CHECK (delta BETWEEN -2 AND 2),
  ci_low DOUBLE CHECK (ci_low BETWEEN -2 AND 2),
  ci_high DOUBLE CHECK (ci_high BETWEEN -2 AND 2),
  p DOUBLE CHECK (p BETWEEN 0 AND 1),
  q DOUBLE CHECK (q BETWEEN 0 AND 1),
  verdict_article VARCHAR,
  verdict VARCHAR,
  flags VARCHAR,
  run_id VARCHAR,
  n BIGINT CHECK (n > 0),
  ci_method VARCHAR,
  p_method VARCHAR,
  minimum_effect DOUBLE CHECK (minimum_effect BETWEEN 0 AND 1),
  registered BOOLEAN,
  undefined_reason VARCHAR,
  CHECK (delta IS NOT NULL OR undefined_reason IS NOT NULL),
  CHECK (verdict IN ('PASS', 'PASS_PAIRED', 'INCONCLUSIVE', 'FAIL')),
  CHECK (verdict_article IN ('PASS', 'FAIL')),
  PRIMARY KEY (task_id, stratum, regime, protocol, metric, model_id, baseline_id)
);
INSERT INTO comparison_next BY NAME SELECT * FROM comparison;
DROP TABLE comparison;
ALTER TABLE comparison_next RENAME TO comparison;

CREATE TABLE throughput (
  run_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  protocol VARCHAR NOT NULL,
  device VARCHAR NOT NULL,
  dtype VARCHAR NOT NULL,
  n_items BIGINT NOT NULL CHECK (n_items >= 0),
  tokens BIGINT NOT NULL CHECK (tokens >= 0),
  seconds DOUBLE NOT NULL CHECK (seconds BETWEEN 0 AND 1e300),
  tokens_per_second DOUBLE CHECK (tokens_per_second BETWEEN 0 AND 1e300),
  halvings BIGINT NOT NULL,
  peak_bytes BIGINT CHECK (peak_bytes >= 0),
  PRIMARY KEY (run_id, model_id, task_id, protocol)
);
