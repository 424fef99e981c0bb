"""Zero-shot scores of single-letter changes: numpy on top of what a loaded model answers; no model is loaded here."""
