"""A run that is interrupted, the same command again, and how a run shows itself meanwhile."""

from __future__ import annotations

import csv
import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from engine.cli.progress import ConsoleReporter, duration
from tests.engine.tiny_esm2 import write_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A shell may start us with SIGINT ignored, and children inherit that; Python's own handler is what a user has.
_PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from engine.cli import main; main()"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny-esm2")


@dataclass(frozen=True)
class Machine:
    """A cache of its own beside the mirror."""

    cache: Path
    mirror: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"VLEDGER_CACHE": str(self.cache), "VLEDGER_MIRROR": str(self.mirror)}

    def start(self, *arguments: object, **streams: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _PROGRAM, *map(str, arguments)]
        return subprocess.Popen(command, text=True, env=self.environment, **streams)


@dataclass(frozen=True)
class Stopped:
    """A run that was interrupted, and the same command again, its standard error being a terminal."""

    code: int
    said: str
    parts: int
    again: int
    shown: str
    out: str


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory, mirror: Path, folder: Path) -> Stopped:
    machine = Machine(tmp_path_factory.mktemp("stopped") / "cache", mirror)
    command = (
        "score", "--model", folder, "--task", "dms:BLAT_ECOLX", "--draws", 100, "--baseline", "blosum62",
        "--shard", 100, "--no-publish",
        "--format", "csv",
    )  # fmt: skip
    first = machine.start(*command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    _wait_for_parts(machine.cache, first)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=60)
    parts = len(_parts(machine.cache))
    again, out, shown = _on_a_terminal(machine, *command)
    return Stopped(first.returncode, said, parts, again, shown, out)


def _parts(cache: Path) -> list[Path]:
    return list(cache.glob("runs/*/parts/*.parquet"))


def _wait_for_parts(cache: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while len(_parts(cache)) < 3:
        assert process.poll() is None, "the run ended before it could be stopped"
        assert time.monotonic() < end
        time.sleep(0.01)


def _on_a_terminal(machine: Machine, *command: object) -> tuple[int, str, str]:
    """Exit code, standard output, and what a terminal on standard error was shown."""
    ours, theirs = pty.openpty()
    process = machine.start(*command, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b"".join(_read_all(ours))
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out, shown.decode()


def _read_all(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            return
        if not piece:
            return
        yield piece


def test_an_interrupted_run_says_so_and_ends_with_130(stopped: Stopped) -> None:
    assert stopped.code == 130
    assert "Traceback" not in stopped.said
    assert stopped.said.splitlines()[-1] == (
        "stopped; what is scored so far is kept, and the same command goes on from there"
    )
    assert stopped.parts >= 3


def test_the_same_command_goes_on_where_it_was_stopped(stopped: Stopped) -> None:
    found = re.search(r"([\d,]+) of 4,996 variants were done before", stopped.shown)
    assert stopped.again == 0, stopped.shown
    assert found is not None
    assert 100 < int(found[1].replace(",", "")) < 4996
    rows = list(csv.DictReader(io.StringIO(stopped.out)))
    assert [(row["metric"], row["model"], row["baseline"]) for row in rows] == [
        (metric, "tiny-esm2", "blosum62") for metric in ("Spearman", "AUPRC", "AUROC", "MCC")
    ]


def test_on_a_terminal_a_bar_shows_how_far_it_is(stopped: Stopped) -> None:
    assert "\u2501" in stopped.shown
    assert "4,996 of 4,996 variants" in stopped.shown
    assert "tokens/s" in stopped.shown
    assert "\x1b[?25h" in stopped.shown  # the cursor is back


def test_off_a_terminal_a_line_comes_at_most_every_ten_seconds(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 4.0, 9.0, 10.5, 12.0, 21.0, 22.0, 23.0, 24.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    reporter = ConsoleReporter()
    for done in range(0, 100, 20):
        reporter.progress(done, 100, done * 7, done / 10)
    reporter.progress(100, 100, 700, 10.0)
    lines = capfd.readouterr().err.splitlines()
    assert [line.split(" variants")[0] for line in lines] == ["0 of 100", "60 of 100", "100 of 100"]
    assert lines[1].endswith("70 tokens/s, 4 s left")


def test_time_left_does_not_count_what_an_earlier_run_scored(capfd: pytest.CaptureFixture[str]) -> None:
    reporter = ConsoleReporter()
    reporter.progress(600, 1000, 0, 0.0)
    reporter._said = None
    reporter.progress(700, 1000, 500, 10.0)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "600 of 1,000 variants were done before"
    assert lines[-1] == "700 of 1,000 variants, 50 tokens/s, 30 s left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (45, "45 s"), (720, "12 min"), (12600, "3.5 h"), (864000, "10 days")],
)
def test_times_are_in_units_that_a_person_uses(seconds: float, words: str) -> None:
    assert duration(seconds) == words
