"""What a process needed."""

from __future__ import annotations

from pathlib import Path


def peak_megabytes() -> float:
    """Most resident memory of this process. Not getrusage's: on Linux that starts with the parent's."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) / 1000
