"""Trivial baselines: pure functions from a variant task to scores of shape (n,), NaN where a rule does not apply."""
