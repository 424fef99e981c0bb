"""Probing runs: sequences to vectors, vectors to a probe, its answers to scores beside the baselines'."""
