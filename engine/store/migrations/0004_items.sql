-- What looking at single items needs: the parts that they belong to, their number within the task, where they lie in a
-- gene or protein, and where each system puts them among the others. All but `membership` follow from other tables:
-- `engine.store.derive` fills them when a store is built.

CREATE TABLE membership (
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL
);

-- `item_no` counts from 0 along gene, chromosome and position; `place` is the position on the chromosome or, where there
-- is none, the residue's number.
CREATE TABLE numbered_item (
  task_id VARCHAR NOT NULL,
  item_no INTEGER NOT NULL,
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
  value DOUBLE,
  place BIGINT,
  residue INTEGER,
  residue_ref VARCHAR,
  residue_alt VARCHAR
);

CREATE TABLE part (
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  item_no INTEGER NOT NULL
);

-- One row a system whose single scores can be looked at: the run that its value on the whole task comes from.
CREATE TABLE scored (
  task_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  run_id VARCHAR NOT NULL,
  protocol VARCHAR,
  higher_is VARCHAR NOT NULL,
  sign INTEGER NOT NULL CHECK (sign IN (-1, 1)),
  n BIGINT NOT NULL CHECK (n > 0),
  positives BIGINT NOT NULL CHECK (positives >= 0),
  negatives BIGINT NOT NULL CHECK (negatives >= 0),
  threshold DOUBLE CHECK (threshold BETWEEN -1e300 AND 1e300),
  threshold_source VARCHAR,
  PRIMARY KEY (task_id, model_id),
  CHECK (threshold IS NULL OR threshold_source IS NOT NULL)
);

-- `score` is in the system's own direction; the three shares, in percent with ties counted half, are in that of label 1:
-- how many of all items, of those of label 0 and of those of label 1 lie below.
CREATE TABLE standing (
  task_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  item_no INTEGER NOT NULL,
  score DOUBLE NOT NULL CHECK (score BETWEEN -1e300 AND 1e300),
  percentile FLOAT NOT NULL CHECK (percentile BETWEEN 0 AND 100),
  among_negative FLOAT CHECK (among_negative BETWEEN 0 AND 100),
  among_positive FLOAT CHECK (among_positive BETWEEN 0 AND 100)
);
