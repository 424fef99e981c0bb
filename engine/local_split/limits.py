"""What is taken in at most: said on the page, in the errors and in the documents from here alone."""

from __future__ import annotations

MOST_BYTES = 50_000_000
"""Of a file as it is given to the page; the command reads from this machine's disk and takes more."""
MOST_CELL_UPLOAD = 200_000_000
"""Of a file of cells as it is given to the page, which keeps it on disk; it passes through the server's memory once."""
MOST_UNPACKED = 500_000_000
"""Of a file, and of what a compressed one holds."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
MOST_SHOWN = 100
"""Problems shown; all of them can be downloaded."""
MOST_CELLS = 25_000_000
"""Rows times columns: what is held in memory at once."""
MOST_LETTERS = 1_000_000
"""Of a cell, a sequence included."""
MOST_WORDS, MOST_WORDS_OF_CLASSES, MOST_WEIGHTS = 10_000_000, 100_000_000, 150_000
"""Of a system that is probed: letters of train and test where it counts words of all lengths, the same times the
scores that it gives to a sequence, and columns times those scores: more would take hours or the machine's memory."""
MOST_CELL_BYTES, MOST_SINGLE_CELLS, MOST_EMBEDDINGS = 2_000_000_000, 200_000, 12
"""Of a file of cells, which is read from the disk a few rows at a time; of the cells in it, as the time that neighbours
take grows with their square; and of its embeddings compared at once."""
MOST_GENE_NUMBERS = 100_000_000
"""Cells times variable genes, where these are measured as they are: 800 MB, and minutes for the neighbours."""
