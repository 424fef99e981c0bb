-- What looking at single items needs: the parts that they belong to, their number within the task, where they lie in a
-- gene or protein, and where each system puts them among the others. All but `membership` follow from other tables:
-- `engine.store.derive` fills them when a store is built.

CREATE TABLE membership (
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL
);

-- `item_no` counts from 0 along gene, chromosome and position, `file_no` in the order of the data set, on which the draws
-- of a bootstrap depend; `place` is the position on the chromosome or, where there is none, the residue's number.
CREATE TABLE numbered_item (
  task_id VARCHAR NOT NULL,
  item_no INTEGER NOT NULL,
  file_no INTEGER NOT NULL,
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
  value DOUBLE CHECK (value BETWEEN -1e300 AND 1e300),
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

-- The means as before, but added in one order: two builds of the same content hold the same digits.
CREATE OR REPLACE VIEW category_score AS
WITH whole AS (
  SELECT s.*, t.suite, t.category FROM score s JOIN task t USING (task_id) WHERE s.stratum = 'all'
),
extent AS (
  SELECT suite, category, regime, protocol, metric, count(DISTINCT task_id) AS n_tasks FROM whole GROUP BY ALL
)
SELECT w.suite, w.model_id, w.regime, w.protocol, w.metric, w.category,
       CASE WHEN count(w.value) = any_value(e.n_tasks) THEN avg(w.value ORDER BY w.task_id) END AS value,
       any_value(e.n_tasks) AS n_tasks
FROM whole w JOIN extent e USING (suite, category, regime, protocol, metric)
GROUP BY ALL;

CREATE OR REPLACE VIEW suite_score AS
WITH extent AS (
  SELECT suite, regime, protocol, metric, count(DISTINCT category) AS n_categories FROM category_score GROUP BY ALL
)
SELECT c.suite, c.model_id, c.regime, c.protocol, c.metric,
       CASE WHEN count(c.value) = any_value(e.n_categories) THEN avg(c.value ORDER BY c.category) END AS macro,
       CASE WHEN count(c.value) = any_value(e.n_categories) THEN sum(c.value * c.n_tasks ORDER BY c.category) / sum(c.n_tasks) END AS micro,
       any_value(e.n_categories) AS n_categories,
       sum(c.n_tasks)::BIGINT AS n_tasks
FROM category_score c JOIN extent e USING (suite, regime, protocol, metric)
GROUP BY ALL;
