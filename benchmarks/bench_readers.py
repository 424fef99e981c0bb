"""What many readers at once cost: 50 of them walk through the pages while other data are published twice."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench_dashboard import wait_healthy
from bench_store import ROOT, VLEDGER, own_cache, publish
from readers import TRY_AGAIN_LATER, reading, refused, walked
from rows import noted

from engine.run import publishing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from readers import Reader, Run, View
    from rows import Row

READERS, MORE = 50, 10
SECONDS = 75
THINKING = (2.0, 6.0)
"""Seconds that a reader looks at a page, drawn evenly."""
SEED = 20_261_122
VIEWS: tuple[View, ...] = (
    ("", {}),
    ("leaderboard", {}),
    ("leaderboard", {"regime": "10shot"}),
    ("leaderboard", {"against": "yes"}),
    ("task", {}),
    ("ranks", {}),
    ("ranks", {"aggregate": "borda"}),
    ("size", {}),
    ("compare", {}),
    ("model", {}),
    ("system", {}),
    ("ledgers", {}),
    ("traps", {}),
    ("field", {}),
    ("methods", {}),
)


@dataclass(slots=True)
class Seen:
    """What came of a crowd.

    Attributes:
        cpu: Seconds of processor time that the server took for all runs.
        memory: Bytes of the server before anybody came, with everybody, after all left.
        runs: Of all readers.
        errors: Everything that went wrong.
        mixed: Pages that named more than one version of the data, or none.
        versions: All that were seen.
        turned_away: Of those beyond the limit, how many were told so in both ways.
    """

    cpu: float = 0.0
    memory: list[int] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    versions: set[str] = field(default_factory=set)
    turned_away: int = 0


@contextmanager
def server(most: int) -> Iterator[tuple[str, int]]:
    """Address and process of a server that takes so many readers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*VLEDGER, "dashboard", "--port", str(port), "--headless", "--max-sessions", str(most)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_healthy(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def resident(pid: int) -> int:
    """Bytes of memory that a process has now."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor(pid: int) -> float:
    """Seconds of processor time that a process has had, without that of its workers."""
    user, system = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def reworded(folder: Path) -> Path:
    """What is shipped, with another word in a table."""
    copy = shutil.copytree(ROOT / "precomputed", folder / "precomputed")
    table = copy / "published" / "traps.csv"
    head, row, *rest = table.read_text("utf-8").split("\n")
    name, _, others = row.partition(",")
    table.write_text("\n".join([head, f"{name} again,{others}", *rest]), "utf-8")
    publishing.write_manifest(copy)
    return copy


def page_status(base: str) -> int:
    """Status with which a page is answered."""
    try:
        with urllib.request.urlopen(base, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def told_away(base: str, pages: int = MORE) -> int:
    """How many of so many more are told to come again, for the page and for the connection."""
    found = [(await asyncio.to_thread(page_status, base), (await refused(base))[0]) for _ in range(pages)]
    return found.count((503, TRY_AGAIN_LATER))


async def crowd(base: str, pid: int, copy: Path, *, most: int = READERS, seconds: float = SECONDS) -> Seen:
    """So many readers for so long, two publishes between them, and some more than there are places."""
    seen = Seen()
    async with reading(base) as first:
        await walked(first, VIEWS, [0.0] * len(VIEWS))
    seen.errors += _errors([first])
    seen.memory.append(resident(pid))
    before = processor(pid)
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(reading(base)) for _ in range(most)]
        walks = [asyncio.create_task(_walk(reader, number, seconds)) for number, reader in enumerate(readers)]
        for part, variables in ((0.3, {"VLEDGER_PRECOMPUTED": str(copy)}), (0.3, {})):
            await asyncio.sleep(part * seconds)
            await _published(variables)
        seen.turned_away = await told_away(base)
        await asyncio.gather(*walks)
        seen.cpu = processor(pid) - before
        seen.memory.append(resident(pid))
    await asyncio.sleep(5)
    seen.memory.append(resident(pid))
    seen.runs = [one for reader in readers for one in reader.runs]
    seen.errors += _errors(readers)
    seen.mixed = sum(len(one.versions) != 1 for one in seen.runs)
    seen.versions = set[str]().union(*(one.versions for one in seen.runs))
    return seen


def _errors(readers: Sequence[Reader]) -> list[str]:
    return [*(error for reader in readers for one in reader.runs for error in one.errors)] + [
        error for reader in readers for error in reader.errors
    ]


async def _walk(reader: Reader, number: int, seconds: float) -> None:
    chance = random.Random(SEED + number)  # noqa: S311 - a walk that can be repeated
    start = chance.randrange(len(VIEWS))
    pauses = [chance.uniform(*THINKING) for _ in range(round(seconds))]
    try:
        async with asyncio.timeout(seconds):
            # Nobody comes at the same moment as everybody else.
            await reader.rest(chance.uniform(0, THINKING[1]))
            await walked(reader, islice(cycle(VIEWS), start, None), pauses)
    except TimeoutError:
        return


async def _published(variables: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *VLEDGER, "publish", "--force", cwd=ROOT, env=os.environ | variables, stdout=subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError("the publish failed")


def measure() -> list[Row]:
    """All rows."""
    with own_cache(), tempfile.TemporaryDirectory() as folder:
        publish()
        with server(READERS) as (base, pid):
            seen = asyncio.run(crowd(base, pid, reworded(Path(folder))))
    return lines(seen)


def lines(seen: Seen) -> list[Row]:
    """What is printed of a crowd."""
    seconds = [one.seconds for one in seen.runs]
    middle, late, last = np.percentile(seconds, [50, 95, 99])
    before, with_all, after = (value / 1e6 for value in seen.memory)
    how = f"{len(seconds):,} runs of {READERS} readers, {THINKING[0]:g} to {THINKING[1]:g} s at each page"
    for error in sorted(set(seen.errors))[:5]:
        print(f"readers: {error}")
    return [
        _none("50 readers: errors", len(seen.errors), "errors", f"{how}; two publishes between them"),
        _none("50 readers: pages of more than one version", seen.mixed, "pages", f"{len(seen.versions)} versions seen"),
        _none(
            "50 readers: turned away without a word", MORE - seen.turned_away, "readers", f"of {MORE} more than places"
        ),
        noted("50 readers: rerun, median", middle * 1000, "ms", how),
        noted("50 readers: rerun, 95th percentile", late * 1000, "ms", "from the question to the last message"),
        noted("50 readers: rerun, 99th percentile", last * 1000, "ms", "same"),
        noted("50 readers: processor time of a rerun", seen.cpu / len(seconds) * 1000, "ms", "of the server, one core"),
        noted("50 readers: memory of the server", with_all, "MB", f"{before:.0f} MB before, {after:.0f} MB after"),
        noted("50 readers: memory of a session", (with_all - before) / READERS, "MB", "what 50 more took"),
    ]


def _none(name: str, value: int, unit: str, compared_with: str) -> Row:
    """A line whose value must be 0."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "compared_with": compared_with,
        "ratio": None,
        "target": 0,
        "met": value == 0,
    }
