"""Engine of Validity Ledger: scores, probes, baselines, statistics and the store."""

__version__ = "0.1.0"
