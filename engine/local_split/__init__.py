"""A split of one's own: read it, check it, run the baselines on it, and say what a model has to beat.

`exchange` is what the outside may know: questions and answers as plain data. The page asks through `client`, a process
of its own that holds one session's files and ends with it; the command line calls `compare` itself.
"""
