"""Cells from .h5ad and .zarr files, a few rows at a time: the whole matrix is never in memory.

Such files come from strangers. Nothing outside the file is followed (no link, no external or virtual array), no codec
that could run code is used, and what a file says of its own size is checked before memory is taken.
"""
