"""Many readers of one running server, each over a connection as a page in a browser has it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import urllib.error
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.readers import TRY_AGAIN_LATER, reading, refused
from engine.run import publishing
from engine.store.location import current_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.readers import Reader, Run
    from tests.serving.conftest import Serve
    from tests.serving_app import Served

READERS = 50
TIMES = ("methods", "traps")
PATIENCE = 60


@pytest.fixture(scope="module")
def facts_alone(precomputed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is shipped without results: other data, published in a second or two."""
    copy = shutil.copytree(precomputed, tmp_path_factory.mktemp("facts") / "precomputed")
    shutil.rmtree(copy / "results")
    publishing.write_manifest(copy)
    return copy


def page_status(base: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(base, timeout=PATIENCE) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def resident(served: Served) -> float:
    """MB of memory of the server."""
    pages = Path(f"/proc/{served.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def publish(cache: Path, tables: Path) -> None:
    """In a process of its own, as a person does it while others read."""
    variables = {"VLEDGER_CACHE": str(cache), "VLEDGER_PRECOMPUTED": str(tables)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "engine", "publish", env=os.environ | variables, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0


async def until(reader: Reader, page: str, words: str) -> None:
    """Look at a page until something stands on it, which comes by itself."""
    async with asyncio.timeout(PATIENCE):
        await reader.visit(page)
        while words.encode() not in reader.shown:
            await reader.rest(0.2)


def faults(readers: Sequence[Reader]) -> list[str]:
    return [error for reader in readers for error in (*reader.errors, *(e for one in reader.runs for e in one.errors))]


def test_fifty_readers_each_see_one_version_while_another_is_published_and_the_next_is_told_to_wait(
    serve: Serve, served_store: Path, facts_alone: Path, record_property: Callable[[str, object], None]
) -> None:
    cache, before = served_store.parents[1], current_store()[1].content_hash[:12]
    server = serve("--max-sessions", str(READERS), cache=cache)

    async def crowd() -> tuple[list[Run], float]:
        async with reading(server.base) as first:
            for page in TIMES:
                await first.visit(page)
        empty = resident(server)
        async with AsyncExitStack() as stack:
            readers = [await stack.enter_async_context(reading(server.base)) for _ in range(READERS)]
            early = [asyncio.create_task(reader.visit(TIMES[0])) for reader in readers]
            publishing = asyncio.create_task(publish(cache, facts_alone))
            status, words = await asyncio.to_thread(page_status, server.base)
            assert (status, f"takes {READERS} readers" in words) == (503, True)
            assert (await refused(server.base))[0] == TRY_AGAIN_LATER
            await asyncio.gather(*early)
            await publishing
            late = await asyncio.gather(*(reader.visit(TIMES[1]) for reader in readers))
            memory = (resident(server) - empty) / READERS
            after = current_store()[1].content_hash[:12]
            assert faults(readers) == []
            assert {one.versions for one in late} == {frozenset({after})}
            assert all(
                b"The data were renewed" in reader.shown for reader in readers if before in reader.runs[0].versions
            )
            runs = [one for reader in readers for one in reader.runs]
        return runs, memory

    runs, memory = asyncio.run(crowd())
    assert len(runs) == 2 * READERS
    assert [one for one in runs if len(one.versions) != 1] == []
    assert {version for one in runs for version in one.versions} == {before, current_store()[1].content_hash[:12]}
    assert "Traceback" not in server.said()
    # Plain numbers: only those go from one process of tests to another.
    middle, late, last = np.percentile([one.seconds for one in runs], [50, 95, 99]).tolist()
    record_property("readers", {"held": READERS, "p50": middle, "p95": late, "p99": last, "memory": memory})


def test_a_place_that_somebody_left_is_anothers(serve: Serve) -> None:
    server = serve("--max-sessions", "1")

    async def turns() -> None:
        async with reading(server.base) as first:
            assert (await first.visit("traps")).errors == ()
            assert (await refused(server.base))[0] == TRY_AGAIN_LATER
            status, words = await asyncio.to_thread(page_status, server.base)
            assert (status, "takes 1 reader at one time" in words) == (503, True)
        async with reading(server.base) as second:
            assert (await second.visit("traps")).errors == ()
        assert (await asyncio.to_thread(page_status, server.base))[0] == 200

    asyncio.run(turns())


def test_where_computations_wait_and_splits_are_open_others_are_told_and_get_theirs_later(serve: Serve) -> None:
    server = serve(variables={"VLEDGER_MOST_COMPUTATIONS": "1", "VLEDGER_MOST_SPLITS": "1"})

    async def turns() -> None:
        async with reading(server.base) as other:
            async with reading(server.base) as first:
                await first.visit("ranks")
                assert b"This server has 1 computation to do already" in first.shown
                assert (await other.visit("traps")).errors == ()
                await first.visit("your-split")
                assert b"This server holds 1 split of readers at one time" not in first.shown
                await other.visit("your-split")
                assert b"This server holds 1 split of readers at one time" in other.shown
                assert (await other.visit("leaderboard")).errors == ()
                assert faults([first, other]) == []
            other.shown.clear()
            await until(other, "your-split", "Give your split")
            assert faults([other]) == []

    asyncio.run(turns())
    assert "Traceback" not in server.said()
