"""What this machine holds and cannot make again, as one file: results, journals of runs, short links of readers."""
