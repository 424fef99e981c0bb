"""Real inputs as tasks: one reader per data set, each from files to a `VariantTask`; nothing is dropped silently."""
