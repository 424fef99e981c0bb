"""What all tests share: a cache of their own, the store published once, and shipped tables to damage."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashboard.exhibits import Ground, Recording

# Only the fixture below hands it out: a test that does not ask for the mirror runs as on a machine without one. The
# processes that share the tests start with the environment of the first, and find it under the other name.
_KEPT = "VLEDGER_MIRROR_OF_TESTS"
_MIRROR = os.environ.get("VLEDGER_MIRROR") or os.environ.get(_KEPT)
if _MIRROR:
    os.environ[_KEPT] = _MIRROR
_CACHE = tempfile.mkdtemp(prefix="vledger-tests-")
os.environ["VLEDGER_CACHE"] = _CACHE
for _name in ("VLEDGER_PRECOMPUTED", "VLEDGER_MIRROR", "VLEDGER_HOSTS", "VLEDGER_BASE_PATH", "PORT", "HEADLESS"):
    os.environ.pop(_name, None)
# Workers share the cores: threads of one that wait for a core of the other spin, and take more of it than they bring.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import pytest  # noqa: E402 - nothing may look for a cache before it is ours
from hypothesis import settings  # noqa: E402
from joblib.externals.loky import ProcessPoolExecutor  # noqa: E402

import engine  # noqa: E402
from engine.run import publishing  # noqa: E402

# The same examples on every machine: a property that fails today fails tomorrow.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None, max_examples=60)
settings.load_profile("repeatable")


# Files that take longest come first, so that no worker ends with one of them while the others have nothing left; those
# with a Ray cluster are not next to each other.
_FIRST = (
    "test_ray_stopping", "test_cnn", "test_probing", "test_ray_runs", "test_benchmarks", "test_resume",
    "test_executor_ray", "test_large_file",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Files are handed out in the order of the tests, not by how many tests they have."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; tests of a file stay together."""
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have recorded of faults, kills, bad inputs and many readers, in a few lines."""
    found = [
        (name, value, outcome)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
    ]
    faults = [outcome for name, _, outcome in found if name == "fault"]
    killed = [value for name, value, _ in found if name == "killed"]
    bad = [(value, outcome) for name, value, outcome in found if name == "inputs tried"]
    readers = [value for name, value, _ in found if name == "readers"]
    if not faults and not killed and not bad and not readers:
        return
    terminalreporter.section("faults and load")
    for one in readers:
        terminalreporter.write_line(
            f"readers at once: {one['held']}; a rerun takes {one['p50']:.2f} s (median), {one['p95']:.2f} s (95 %), "
            f"{one['p99']:.2f} s (99 %); {one['memory']:.1f} MB a session"
        )
    if bad:
        tried, parsers = sum(one["count"] for one, _ in bad), len({one["parser"] for one, _ in bad})
        broken = sum(outcome == "failed" for _, outcome in bad)
        terminalreporter.write_line(
            f"bad inputs tried: {tried:,} over {parsers} parsers, unexpected exceptions: {broken}"
        )
    if faults:
        terminalreporter.write_line(f"faults survived: {faults.count('passed')} of {len(faults)} injected")
    if not killed:
        return
    times = ", ".join(f"{one['what']} {one['times']}" for one in killed)
    terminalreporter.write_line(f"killed and resumed: {sum(one['times'] for one in killed)} times ({times})")
    lost, doubled = (sum(one[what] for one in killed) for what in ("lost", "doubled"))
    terminalreporter.write_line(f"predictions lost: {lost}, doubled: {doubled}")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_CACHE, ignore_errors=True)


@pytest.fixture(scope="session")
def precomputed() -> Path:
    """The shipped facts and results; read only."""
    return Path(engine.__file__).resolve().parents[1] / "precomputed"


@pytest.fixture(scope="session")
def published(precomputed: Path) -> Path:
    """The shipped tables of facts; read only."""
    return precomputed / "published"


@pytest.fixture(scope="session")
def store() -> Path:
    """The store of what is shipped, published once into the session's cache."""
    return publishing.publish()[0]


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder with the real inputs; read only."""
    if _MIRROR and Path(_MIRROR).is_dir():
        return Path(_MIRROR)
    reason = "VLEDGER_MIRROR names no folder with the real inputs"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def store_with_items(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of what is shipped and of the data sets of the mirror, in a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(tmp_path_factory.mktemp("items")))
        patch.setenv("VLEDGER_MIRROR", str(mirror))
        return publishing.publish()[0]


@pytest.fixture(scope="session")
def recorded(store_with_items: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Recording]]:
    """Runs a page at an address, on a store that has the single items; each address once.

    In a process of its own, as the app does it: a run replaces Streamlit's runtime.
    """
    from dashboard.headless import record  # noqa: PLC0415 - only these tests load Streamlit

    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(store_with_items.parent, folder / "store")
    known: dict[tuple[str, str, Ground], Recording] = {}
    with ProcessPoolExecutor(max_workers=1, env={"VLEDGER_CACHE": str(folder)}) as pool:

        def found(page: str, query: str = "", ground: Ground = "light") -> Recording:
            if (page, query, ground) not in known:
                known[page, query, ground] = pool.submit(record, page, query, ground).result()
            return known[page, query, ground]

        yield found


@pytest.fixture
def precomputed_copy(precomputed: Path, tmp_path: Path) -> Path:
    """A copy of what is shipped, to be damaged."""
    return Path(shutil.copytree(precomputed, tmp_path / "precomputed"))


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, in which nothing was published."""
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def served_store(store: Path, empty_cache: Path) -> Path:
    """A store in service in a cache of the test's own."""
    shutil.copytree(store.parent, empty_cache / "store")
    return empty_cache / "store" / store.name
