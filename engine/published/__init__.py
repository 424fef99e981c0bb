"""Importers of published results: each reads its tables, validates them and returns one `Bundle`.

An importer knows the layout of its source and nothing of the others; `engine.run` joins them.
"""
