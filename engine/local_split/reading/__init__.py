"""Reading a file that anybody may have made: bounded, never repaired in silence, each fault one sentence."""

from engine.local_split.reading.fasta import read_fasta
from engine.local_split.reading.table import read_table

__all__ = ["read_fasta", "read_table"]
