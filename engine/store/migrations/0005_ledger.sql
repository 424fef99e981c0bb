-- What joins the literature to the measurements: which models a system of `model_fact` stands for, and whether this engine
-- runs them.

CREATE TABLE ledger_system (
  system VARCHAR NOT NULL,
  model_id VARCHAR NOT NULL UNIQUE,
  PRIMARY KEY (system, model_id)
);

-- `sentence` says how it is run, or why it is not.
CREATE TABLE engine_support (
  model_id VARCHAR PRIMARY KEY,
  runs BOOLEAN NOT NULL,
  sentence VARCHAR NOT NULL CHECK (sentence <> '')
);
