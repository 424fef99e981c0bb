"""Measure what is promised, print a table, write results/latest.json; `run.py TOPIC ...` does some topics only."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from rows import read, replaced, show, write

from engine.errors import NotHereError

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"
TOPICS = (
    "store",
    "dashboard",
    "scale",
    "statistics",
    "scoring",
    "probing",
    "split",
    "deck",
    "singlecell",
    "readers",
    "inputs",
    "fleet",
    "ray",
)


def main() -> int:
    """The exit status says whether every topic was measured and every aim met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)}; all where none is named")
    topics = parser.parse_args().topics or list(TOPICS)
    if unknown := set(topics) - set(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; keep no numbers of a busy machine")
    found, missing = [], []
    for topic in topics:
        print(f"measuring: {topic}", flush=True)
        try:
            found += import_module(f"bench_{topic}").measure()
        except NotHereError as error:
            missing.append(f"{topic} is not measured: {error}")
    show(found)
    print(*missing, sep="\n")
    whole = set(topics) == set(TOPICS) and not missing
    write(RESULTS, found if whole else replaced(read(RESULTS), found))
    return 0 if not missing and all(row["met"] is not False for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
