"""Carrying out units of work: where they run, what is done already, what failed."""
