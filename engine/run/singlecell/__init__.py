"""Carrying out single-cell specs: data, systems, units, evaluation."""
