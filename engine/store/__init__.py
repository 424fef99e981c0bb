"""The embedded store: one immutable, content-named DuckDB file and the pointer to the current one."""
