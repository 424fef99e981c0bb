"""What a backup holds: which names may stand in one, and the manifest by which it is checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import engine
from engine.errors import StoreError
from engine.store.migrations import available

MANIFEST = "MANIFEST.json"
LINKS = "links.sqlite"
FORMAT = 1
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.:@+=, -]*"
_ALLOWED = re.compile(
    rf"{re.escape(LINKS)}|results/{_NAME}/{_NAME}\.parquet|runs/{_NAME}/(?:journal\.json|parts/{_NAME}\.(?:json|parquet))"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its size in bytes and its SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in a backup, and which version wrote it.

    Attributes:
        format: of the backup itself.
        engine_version: who wrote it.
        schema: the last migration that it knew.
        made_at: when, UTC.
        files: by name, as `results/my-run/run.parquet`.
    """

    format: int
    engine_version: str
    schema: str
    made_at: str
    files: dict[str, Entry]

    def units(self) -> dict[str, list[str]]:
        """Names of files by what they are taken back with: a run's results, a run's journal, the links."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.files):
            found.setdefault("/".join(name.split("/")[:2]), []).append(name)
        return found


def is_allowed(name: str) -> bool:
    """Whether a file of this name can be of a backup: no folder above, nothing hidden, nothing unknown."""
    return _ALLOWED.fullmatch(name) is not None


def written(files: dict[str, Entry], made_at: str) -> bytes:
    """The manifest of a backup that is made now."""
    manifest = Manifest(FORMAT, engine.__version__, list(available())[-1], made_at, files)
    return (json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n").encode()


def read(text: bytes, where: str) -> Manifest:
    """The manifest in a backup.

    Raises:
        StoreError: it is none, or was written by a newer version.
    """
    try:
        found: Any = json.loads(text)
        if found["format"] > FORMAT or found["schema"] not in available():
            raise StoreError(f"{where} was made by a newer version ({found['engine_version']}): update validity-ledger")
        files = {str(name): Entry(int(entry["bytes"]), str(entry["sha256"])) for name, entry in found["files"].items()}
        manifest = Manifest(
            int(found["format"]), str(found["engine_version"]), str(found["schema"]), str(found["made_at"]), files
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{where} is no backup: its {MANIFEST} cannot be read") from error
    return manifest
