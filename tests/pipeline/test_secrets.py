"""Real commands with secrets in every place where one can stand; then everything that they left is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.store.location import current_store
from engine.store.parquet import read_frame
from engine.store.reader import open_read_only
from tests.pipeline.killing import Command
from tests.pipeline.probing_runs import own_task

if TYPE_CHECKING:
    from pathlib import Path

IN_URL, IN_PATH, IN_VARIABLE = "Url9vT1xW5mKp3rLs", "Path8uS2yV6nJq4tMr", "Variable7tR3zU5kHs"
SECRETS = (IN_URL, IN_PATH, IN_VARIABLE)
SPEC = """
name = "secret"
tasks = ["{task}"]
protocol = "fair-v1"
regimes = ["full"]
baselines = ["gc", "majority"]
models = [{{ id = "GROVER", weights = "{model}" }}]
"""


def _vledger(cache: Path, *arguments: str) -> tuple[int, str]:
    log = cache.parent / "printed.txt"
    command = Command([arguments], cache, log, {"HF_TOKEN": IN_VARIABLE, "OMP_NUM_THREADS": "1"})
    return command.finish(), command.told()


def _texts(cache: Path) -> str:
    """All that the cache holds: the bytes of every file, and the rows of those that are packed."""
    files = [path for path in cache.rglob("*") if path.is_file()]
    found = [f"{path.relative_to(cache)}\n{path.read_bytes().decode('latin-1')}" for path in files]
    found += [read_frame(path).to_csv() for path in files if path.suffix == ".parquet"]
    with open_read_only(current_store()[0]) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        found += [con.execute(f"SELECT * FROM {name}").df().to_csv() for name in names]
    return "\n".join(found)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets") / "cache"


@pytest.fixture(scope="module")
def printed(cache: Path) -> list[str]:
    """A run whose weights lie in a folder named after a token, and are not there; one that goes to a URL; a typo."""
    pytest.importorskip("transformers")
    folder = cache.parent
    spec = folder / "secret.toml"
    missing = folder / f"hf_{IN_PATH}"
    spec.write_text(SPEC.format(task=own_task(folder / "mine.csv"), model=missing), "utf-8")
    # The value of a variable gets into a command where a shell put it there.
    named = folder / f"{IN_VARIABLE}.toml"
    named.write_text(spec.read_text("utf-8"), "utf-8")
    code, first = _vledger(cache, "run", str(named))
    assert code == 3, first
    code, second = _vledger(
        cache, "run", str(spec), "--no-publish", "--results", f"memory://key:{IN_URL}@bucket/results"
    )
    assert code == 3, second
    code, third = _vledger(
        cache, "run", str(spec), "--no-publish", "--results", f"nowhere://key:{IN_URL}@bucket/results"
    )
    assert code != 0, third
    return [first, second, third]


@pytest.mark.usefixtures("printed")
def test_no_run_failure_journal_or_store_holds_a_secret(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))
    texts = _texts(cache)
    assert [secret for secret in SECRETS if secret in texts] == []


@pytest.mark.usefixtures("printed")
def test_what_was_typed_is_kept_with_the_secret_hidden(cache: Path) -> None:
    run = read_frame(cache / "results" / "secret" / "run.parquet")
    assert run["command"].tolist() == [f"vledger run {cache.parent}/***.toml"]
    failures = read_frame(cache / "results" / "secret" / "failure.parquet")
    assert f"{cache.parent}/***" in " ".join(failures["message"])
    headers = [path.read_text("utf-8") for path in cache.glob("runs/*/journal.json")]
    assert headers
    assert all("***" in header for header in headers)


def test_no_command_prints_a_secret(printed: list[str]) -> None:
    assert [secret for text in printed for secret in SECRETS if secret in text] == []
    assert "nowhere://***@bucket/results" in printed[2]
