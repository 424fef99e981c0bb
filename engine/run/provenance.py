"""Everything needed to say what made a number: code, packages, machine."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.store.manifest import content_hash
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGES = (
    "validity-ledger", "numpy", "scipy", "pandas", "duckdb", "biopython", "torch", "transformers", "tokenizers",
    "safetensors", "scikit-learn", "evo2", "anndata", "zarr", "h5py", "scikit-network", "harmonypy", "scvi-tools",
)  # fmt: skip


def code_hash() -> str:
    """SHA-256 over the engine's own files: other code makes other numbers of the same inputs."""
    root = Path(engine.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix in {".py", ".sql", ".csv"})
    return content_hash({path.relative_to(root).as_posix(): sha256_of(path) for path in files})


def folder_state(folders: Iterable[Path]) -> dict[str, str]:
    """Size and time of every file in folders of weights, by path: unlike a pinned revision, a folder can change."""
    files = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()]
    return {f"weights/{path.resolve()}": f"{path.stat().st_size} {path.stat().st_mtime_ns}" for path in files}


def packages() -> str:
    """Versions of Python and of the packages that numbers can depend on, as JSON."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return json.dumps(found, sort_keys=True)


def software() -> dict[str, str]:
    """What every machine of a run must have the same: the engine's code and the packages, by name.

    The same release built for another device counts as the same: `2.13.0+cpu` is 2.13.0.
    """
    built = {name: found.partition("+")[0] for name, found in json.loads(packages()).items()}
    return {"engine": engine.__version__, "code": code_hash()[:12], **built}


def git_state() -> tuple[str | None, bool | None]:
    """Commit of the engine's checkout and whether the engine's own files differ from it; Nones outside of git."""
    root = Path(engine.__file__).resolve().parents[1]
    # An installed package may lie inside somebody else's repository.
    commit = _git(root, "rev-parse", "HEAD") if _git(root, "ls-files", "engine/__init__.py") else None
    if commit is None:
        return None, None
    changed = _git(root, "status", "--porcelain", "--", "engine", "pyproject.toml", "constraints.txt")
    return commit, bool(changed)


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git is where the user has it
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()
