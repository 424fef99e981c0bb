-- What single-cell tasks add: metrics that are no shares and no correlations, and values of single perturbations and cell
-- types. DuckDB changes no CHECK of a table that is there, hence the copies.
--
-- A column refuses NaN and infinity, the table what the metric cannot be: an L2 is a distance and has no upper bound; a
-- skill, and what is left of a batch effect after a correction (PCR), is at most 1 and has no lower bound.

CREATE TABLE score_next (
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  regime VARCHAR NOT NULL CHECK (regime IN ('full', '10shot', '1shot', 'zero_shot')),
  protocol VARCHAR NOT NULL,
  metric VARCHAR NOT NULL CHECK (metric IN (
    'MCC', 'Acc', 'F1', 'AUROC', 'AUPRC', 'Spearman', 'L2Skill', 'L2SkillOverMean', 'PearsonDelta', 'L2', 'AvgBIO', 'NMI',
    'ARI', 'ASW', 'ASWBatch', 'PCR', 'GraphConnectivity'
  )),
  value DOUBLE CHECK (value BETWEEN -1e300 AND 1e300),
  ci_low DOUBLE CHECK (ci_low BETWEEN -1e300 AND 1e300),
  ci_high DOUBLE CHECK (ci_high BETWEEN -1e300 AND 1e300),
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
  flags VARCHAR,
  PRIMARY KEY (model_id, task_id, stratum, regime, protocol, metric),
  CHECK (threshold IS NULL OR threshold_source IS NOT NULL),
  CHECK (value IS NOT NULL OR undefined_reason IS NOT NULL),
  CHECK (metric NOT IN ('Acc', 'F1', 'AUROC', 'AUPRC', 'NMI', 'ASW', 'ASWBatch', 'GraphConnectivity') OR value IS NULL OR value >= 0),
  CHECK (metric <> 'L2' OR coalesce(ci_low, value) IS NULL OR coalesce(ci_low, value) >= 0),
  CHECK (metric = 'L2' OR coalesce(ci_high, value) IS NULL OR coalesce(ci_high, value) <= 1),
  CHECK (
    metric IN ('L2', 'L2Skill', 'L2SkillOverMean', 'PCR') OR coalesce(ci_low, value) IS NULL OR coalesce(ci_low, value) >= -1
  ),
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
  delta DOUBLE CHECK (delta BETWEEN -1e300 AND 1e300),
  ci_low DOUBLE CHECK (ci_low BETWEEN -1e300 AND 1e300),
  ci_high DOUBLE CHECK (ci_high BETWEEN -1e300 AND 1e300),
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
  CHECK (
    metric IN ('L2', 'L2Skill', 'L2SkillOverMean', 'PCR')
    OR (coalesce(delta, 0) BETWEEN -2 AND 2 AND coalesce(ci_low, 0) BETWEEN -2 AND 2 AND coalesce(ci_high, 0) BETWEEN -2 AND 2)
  ),
  CHECK (verdict IN ('PASS', 'PASS_PAIRED', 'INCONCLUSIVE', 'FAIL')),
  CHECK (verdict_article IN ('PASS', 'FAIL')),
  PRIMARY KEY (task_id, stratum, regime, protocol, metric, model_id, baseline_id)
);
INSERT INTO comparison_next BY NAME SELECT * FROM comparison;
DROP TABLE comparison;
ALTER TABLE comparison_next RENAME TO comparison;

-- A metric of one system on one perturbation or one cell type; `n` counts the splits in which a perturbation was held out,
-- or the cells of a type.
CREATE TABLE item_value (
  run_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  protocol VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL,
  metric VARCHAR NOT NULL,
  value DOUBLE CHECK (value BETWEEN -1e300 AND 1e300),
  n BIGINT CHECK (n > 0),
  undefined_reason VARCHAR,
  PRIMARY KEY (run_id, model_id, task_id, protocol, item_id, metric),
  CHECK (value IS NOT NULL OR undefined_reason IS NOT NULL)
);
