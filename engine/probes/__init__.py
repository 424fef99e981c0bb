"""Classifiers on frozen features: fitted on train, asked about test once, nothing chosen in between on test."""
