"""A file of cells lies where nobody else may look, and is gone with whoever gave it."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from engine.local_split.cells.kept import KeptCells

CONTENT = b"\x89HDF\r\n\x1a\n and more"
HELD = (
    "from engine.local_split.cells.kept import KeptCells\n"
    "import time\n"
    "kept = KeptCells('a.h5ad', b'cells'); print(kept.file.path, flush=True)\n"
)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that nothing else writes into, here and in programs started from here."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_only_its_user_may_open_it_and_it_holds_what_was_given() -> None:
    kept = KeptCells("mine.h5ad", CONTENT)
    path = Path(kept.file.path)
    assert path.read_bytes() == CONTENT
    assert (kept.file.name, kept.file.size) == ("mine.h5ad", len(CONTENT))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_removing_it_leaves_nothing_and_can_be_done_twice(scratch: Path) -> None:
    kept = KeptCells("mine.h5ad", CONTENT)
    kept.remove()
    kept.remove()
    assert list(scratch.iterdir()) == []


def test_it_is_gone_when_nobody_holds_it(scratch: Path) -> None:
    kept = KeptCells("mine.h5ad", CONTENT)
    del kept
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_it_is_gone_with_the_program() -> None:
    ended = subprocess.run([sys.executable, "-c", HELD], check=True, capture_output=True, text=True)
    assert not Path(ended.stdout.strip()).exists()


def test_what_a_killed_program_left_is_cleared_away_and_what_another_holds_is_not() -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", f"{HELD}time.sleep(60)"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    paths = [Path(one.stdout.readline().strip()) for one in programs if one.stdout is not None]
    killed, other = programs
    killed.kill()
    killed.communicate()
    for path in paths:
        os.utime(path.parent, (time.time() - 600,) * 2)
    kept = KeptCells("mine.h5ad", CONTENT)
    assert [path.exists() for path in paths] == [False, True]
    assert Path(kept.file.path).exists()
    other.kill()
    other.communicate()


def test_without_room_nothing_is_left(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        KeptCells("mine.h5ad", CONTENT)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("mine.h5ad", "mine.h5ad"),
        ("..", "cells.h5ad"),
        (".h5ad", "h5ad.h5ad"),
        ("../../etc/passwd.h5ad", "etcpasswd.h5ad"),
        ("C:\\a|b.H5AD", "Cab.H5AD"),
        ("ä" * 300 + ".h5ad", "ä" * 60 + ".h5ad"),
    ],
)
def test_no_name_leads_out_of_its_folder(given: str, kept: str, scratch: Path) -> None:
    found = KeptCells(given, CONTENT)
    assert found.file.name == kept
    assert Path(found.file.path).parent.parent == scratch
