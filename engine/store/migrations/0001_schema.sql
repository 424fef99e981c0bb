-- The store as released first. An undefined value is NULL with a reason; CHECK (BETWEEN) refuses NaN.

CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);

CREATE TABLE source (
  source_id VARCHAR PRIMARY KEY,
  citation VARCHAR NOT NULL,
  url VARCHAR,
  identifier VARCHAR,
  licence VARCHAR,
  version VARCHAR,
  retrieved_at DATE
);

CREATE TABLE model (
  model_id VARCHAR PRIMARY KEY,
  name VARCHAR NOT NULL,
  role VARCHAR NOT NULL CHECK (role IN ('model', 'baseline', 'control')),
  modality VARCHAR,
  family VARCHAR,
  architecture VARCHAR,
  inputs VARCHAR,
  tokenizer VARCHAR,
  tokenizer_detail VARCHAR,
  bp_per_token DOUBLE CHECK (bp_per_token BETWEEN 0.1 AND 1000),
  context_value BIGINT CHECK (context_value > 0),
  context_unit VARCHAR,
  context_bp BIGINT CHECK (context_bp > 0),
  context_note VARCHAR,
  parameters BIGINT CHECK (parameters > 0),
  parameters_note VARCHAR,
  pretraining_data VARCHAR,
  pretraining_group VARCHAR,
  licence VARCHAR,
  licence_group VARCHAR,
  code_licence VARCHAR,
  access VARCHAR,
  access_kind VARCHAR,
  hf_id VARCHAR,
  revision VARCHAR,
  loader VARCHAR,
  trust_remote_code VARCHAR,
  extra_packages VARCHAR,
  scoring_supported VARCHAR,
  pooling VARCHAR,
  supervised_on_assay BOOLEAN,
  contamination VARCHAR,
  known_defects VARCHAR,
  provenance_note VARCHAR,
  source_id VARCHAR NOT NULL
);

CREATE TABLE parameter_statement (
  model_id VARCHAR NOT NULL,
  parameters BIGINT NOT NULL CHECK (parameters > 0),
  stated_by VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  PRIMARY KEY (model_id, stated_by)
);

CREATE TABLE task (
  task_id VARCHAR PRIMARY KEY,
  label VARCHAR NOT NULL,
  suite VARCHAR NOT NULL,
  category VARCHAR NOT NULL,
  collection VARCHAR,
  redundancy_group VARCHAR,
  kind VARCHAR NOT NULL,
  primary_metric VARCHAR NOT NULL,
  n_train BIGINT CHECK (n_train >= 0),
  n_test BIGINT CHECK (n_test > 0),
  n_classes BIGINT CHECK (n_classes >= 2),
  prevalence DOUBLE CHECK (prevalence BETWEEN 0 AND 1),
  organism VARCHAR,
  assembly VARCHAR,
  sentinel BOOLEAN NOT NULL,
  position BIGINT NOT NULL,
  source_id VARCHAR NOT NULL
);

CREATE TABLE stratum (
  task_id VARCHAR NOT NULL,
  stratum VARCHAR NOT NULL,
  label VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  n BIGINT CHECK (n > 0),
  prevalence DOUBLE CHECK (prevalence BETWEEN 0 AND 1),
  position BIGINT NOT NULL,
  PRIMARY KEY (task_id, stratum)
);

CREATE TABLE run (
  run_id VARCHAR PRIMARY KEY,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  status VARCHAR NOT NULL,
  command VARCHAR NOT NULL,
  spec_hash VARCHAR NOT NULL,
  spec_json VARCHAR NOT NULL,
  engine_version VARCHAR NOT NULL,
  git_commit VARCHAR,
  git_dirty BOOLEAN,
  packages_json VARCHAR NOT NULL,
  device VARCHAR,
  dtype VARCHAR,
  seed BIGINT
);

CREATE TABLE score (
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
  PRIMARY KEY (model_id, task_id, stratum, regime, protocol, metric),
  CHECK (value IS NOT NULL OR undefined_reason IS NOT NULL),
  CHECK (metric NOT IN ('Acc', 'F1', 'AUROC', 'AUPRC') OR value IS NULL OR value >= 0),
  CHECK (
    (ci_low IS NULL AND ci_high IS NULL AND ci_method IS NULL)
    OR (ci_low IS NOT NULL AND ci_high IS NOT NULL AND ci_method IS NOT NULL AND value IS NOT NULL
        AND ci_low <= value AND value <= ci_high)
  )
);

CREATE TABLE item (
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
  groups VARCHAR
);

CREATE TABLE prediction (
  run_id VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL,
  task_id VARCHAR NOT NULL,
  item_id VARCHAR NOT NULL,
  score DOUBLE CHECK (score BETWEEN -1e300 AND 1e300),
  higher_is VARCHAR NOT NULL CHECK (higher_is IN ('damaging', 'fit'))
);

CREATE TABLE comparison (
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
  PRIMARY KEY (task_id, stratum, regime, protocol, metric, model_id, baseline_id)
);

CREATE TABLE failure (
  run_id VARCHAR NOT NULL,
  stage VARCHAR NOT NULL,
  model_id VARCHAR,
  task_id VARCHAR,
  error_type VARCHAR NOT NULL,
  message VARCHAR NOT NULL
);

CREATE TABLE claim (
  claim_id VARCHAR PRIMARY KEY,
  system VARCHAR NOT NULL,
  task_family VARCHAR NOT NULL,
  ledger VARCHAR NOT NULL CHECK (ledger IN ('capability', 'validity', 'context')),
  statement VARCHAR NOT NULL,
  metric VARCHAR,
  value VARCHAR,
  unit VARCHAR,
  comparator VARCHAR,
  comparator_value VARCHAR,
  outcome VARCHAR NOT NULL,
  evidence VARCHAR NOT NULL,
  caveat VARCHAR,
  source_id VARCHAR NOT NULL
);

CREATE TABLE decision (
  task VARCHAR PRIMARY KEY,
  first_choice VARCHAR NOT NULL,
  baseline_to_beat VARCHAR NOT NULL,
  caveat VARCHAR NOT NULL,
  why VARCHAR NOT NULL,
  task_family VARCHAR NOT NULL,
  source_ids VARCHAR NOT NULL
);

CREATE TABLE trap (
  trap_id VARCHAR PRIMARY KEY,
  name VARCHAR NOT NULL,
  what_goes_wrong VARCHAR NOT NULL,
  what_a_dashboard_should_flag VARCHAR NOT NULL,
  source_ids VARCHAR NOT NULL
);

CREATE TABLE objection (
  objection_id VARCHAR PRIMARY KEY,
  objection VARCHAR NOT NULL,
  effect_on_reading VARCHAR NOT NULL,
  source_ids VARCHAR NOT NULL
);

CREATE TABLE not_claimed (
  not_claimed_id VARCHAR PRIMARY KEY,
  claim_not_made VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  source_ids VARCHAR NOT NULL
);

CREATE TABLE context_window (
  model VARCHAR PRIMARY KEY,
  value BIGINT NOT NULL CHECK (value > 0),
  unit VARCHAR NOT NULL,
  note VARCHAR,
  source_id VARCHAR NOT NULL
);

CREATE TABLE model_fact (
  system VARCHAR PRIMARY KEY,
  organisation_or_authors VARCHAR,
  modality VARCHAR,
  architecture VARCHAR,
  params VARCHAR,
  training_data VARCHAR,
  access VARCHAR,
  licence_terms VARCHAR,
  source_id VARCHAR NOT NULL
);

-- One row per model and category: the mean over all tasks on which anybody was measured in that category. Where a
-- model lacks one of them the category has no value: a mean over fewer tasks is another quantity.
CREATE VIEW category_score AS
WITH whole AS (
  SELECT s.*, t.suite, t.category FROM score s JOIN task t USING (task_id) WHERE s.stratum = 'all'
),
extent AS (
  SELECT suite, category, regime, protocol, metric, count(DISTINCT task_id) AS n_tasks FROM whole GROUP BY ALL
)
SELECT w.suite, w.model_id, w.regime, w.protocol, w.metric, w.category,
       CASE WHEN count(w.value) = any_value(e.n_tasks) THEN avg(w.value) END AS value,
       any_value(e.n_tasks) AS n_tasks
FROM whole w JOIN extent e USING (suite, category, regime, protocol, metric)
GROUP BY ALL;

-- Likewise over categories: no macro or micro where a category is missing.
CREATE VIEW suite_score AS
WITH extent AS (
  SELECT suite, regime, protocol, metric, count(DISTINCT category) AS n_categories FROM category_score GROUP BY ALL
)
SELECT c.suite, c.model_id, c.regime, c.protocol, c.metric,
       CASE WHEN count(c.value) = any_value(e.n_categories) THEN avg(c.value) END AS macro,
       CASE WHEN count(c.value) = any_value(e.n_categories) THEN sum(c.value * c.n_tasks) / sum(c.n_tasks) END AS micro,
       any_value(e.n_categories) AS n_categories,
       sum(c.n_tasks)::BIGINT AS n_tasks
FROM category_score c JOIN extent e USING (suite, regime, protocol, metric)
GROUP BY ALL;
