"""What the parsers of outside input promise: whatever they are fed, a value or one sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rows import noted

from engine.errors import NotHereError

if TYPE_CHECKING:
    from rows import Row

_ROOT = Path(__file__).resolve().parents[1]
_TOLD = re.compile(r"bad inputs tried: ([\d,]+) over (\d+) parsers, unexpected exceptions: (\d+)")


def measure() -> list[Row]:
    """Inputs tried and failures, as the tests tell them; VLEDGER_FUZZ_EXAMPLES asks for more."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/fuzzing"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, errors="replace", check=False)
    found = _TOLD.search(done.stdout)
    if found is None:
        raise NotHereError(f"the tests of tests/fuzzing told nothing: {done.stdout[-200:]}")
    tried, parsers, broken = (int(figure.replace(",", "")) for figure in found.groups())
    missed = {
        "name": "inputs: unexpected exceptions",
        "value": broken,
        "unit": "",
        "compared_with": f"of {tried:,} bad inputs",
        "ratio": None,
        "target": 0,
        "met": broken == 0 and done.returncode == 0,
    }
    return [noted("inputs: bad inputs tried", tried, "", f"over {parsers} parsers"), missed]
