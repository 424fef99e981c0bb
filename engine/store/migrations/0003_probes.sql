-- What the probing engine adds: how each probe was fitted, how much a split gives away, flags of single scores, and
-- predictions of sequences. DuckDB changes no CHECK of a table that is there, hence the copy.

ALTER TABLE score ADD COLUMN flags VARCHAR;

CREATE TABLE prediction_next (
  run_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL,
  score DOUBLE CHECK (score BETWEEN -1e300 AND 1e300),
  higher_is VARCHAR NOT NULL CHECK (higher_is IN ('damaging', 'fit', 'label 1', 'class'))
);
INSERT INTO prediction_next BY NAME SELECT * FROM prediction;
DROP TABLE prediction;
ALTER TABLE prediction_next RENAME TO prediction;

CREATE TABLE probe_fit (
  run_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  regime VARCHAR NOT NULL CHECK (regime IN ('full', '10shot', '1shot')),
  protocol VARCHAR NOT NULL,
  features VARCHAR NOT NULL,
  width BIGINT CHECK (width >= 0),
  pooling VARCHAR,
  layer BIGINT,
  strands VARCHAR CHECK (strands IN ('forward', 'both')),
  truncated DOUBLE CHECK (truncated BETWEEN 0 AND 1),
  c DOUBLE CHECK (c BETWEEN 1e-300 AND 1e300),
  class_weight VARCHAR,
  c_at_edge BOOLEAN,
  inner_score DOUBLE CHECK (inner_score BETWEEN -1 AND 1),
  converged BOOLEAN,
  fold_hash VARCHAR,
  draws BIGINT CHECK (draws > 0),
  seconds DOUBLE CHECK (seconds BETWEEN 0 AND 1e300),
  PRIMARY KEY (run_id, model_id, task_id, regime, protocol)
);

CREATE TABLE leakage (
  task_id VARCHAR PRIMARY KEY,
  k BIGINT NOT NULL CHECK (k > 0),
  n_test BIGINT NOT NULL CHECK (n_test > 0),
  exact BIGINT NOT NULL CHECK (exact >= 0),
  reverse_complement BIGINT NOT NULL CHECK (reverse_complement >= 0),
  label_conflicts BIGINT NOT NULL CHECK (label_conflicts >= 0),
  train_duplicates BIGINT NOT NULL CHECK (train_duplicates >= 0),
  near_from DOUBLE NOT NULL CHECK (near_from BETWEEN 0 AND 1),
  near BIGINT NOT NULL CHECK (near >= 0),
  containment VARCHAR NOT NULL,
  method VARCHAR NOT NULL,
  run_id VARCHAR,
  CHECK (exact + reverse_complement <= n_test),
  CHECK (label_conflicts <= exact + reverse_complement),
  CHECK (near <= n_test)
);
