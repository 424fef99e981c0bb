"""From a table's columns to variants or sequences: what each row is, and what is wrong with it."""
