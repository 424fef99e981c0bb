"""`precomputed/MANIFEST.json`: what is shipped, by name, size and SHA-256."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from engine.errors import StoreError, TableError
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = "MANIFEST.json"


def describe(folder: Path) -> dict[str, dict[str, object]]:
    """Size and SHA-256 of every shipped table, by path relative to `folder`.

    What a killed run left half done lies in hidden folders, and is none.
    """
    files = (path for part in ("published", "results") for path in (folder / part).rglob("*") if path.is_file())
    found = sorted(path for path in files if not any(one.startswith(".") for one in path.relative_to(folder).parts))
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in found
    }


def write(folder: Path) -> Path:
    """Write the manifest of what is there now, in one atomic step."""
    path = folder / _NAME
    temporary = folder / f".{_NAME}.{uuid4().hex}"
    try:
        temporary.write_text(json.dumps(describe(folder), indent=2) + "\n", "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): the old one stays; free the folder") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def check(folder: Path) -> dict[str, str]:
    """SHA-256 of every listed file, after comparing it with what is on disk.

    Raises:
        TableError: the manifest is missing or damaged; a file is missing, not listed, or not as listed.
    """
    path = folder / _NAME
    try:
        listed: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise TableError(path, f"the manifest is missing from {folder}") from error
    except (ValueError, RecursionError) as error:
        raise TableError(path, f"the manifest is damaged: {error}") from error
    if not isinstance(listed, dict) or not all(_is_entry(entry) for entry in listed.values()):
        raise TableError(path, "the manifest is damaged: not a list of files with bytes and sha256")
    there = describe(folder)
    for name in sorted(listed.keys() | there.keys()):
        if name not in there:
            raise TableError(folder / name, "the file is missing", expected="it to be restored from the repository")
        if name not in listed:
            raise TableError(folder / name, f"the file is not listed in {_NAME}: run `vledger manifest` to take it in")
        if there[name] != listed[name]:
            size, wanted = there[name]["bytes"], listed[name]["bytes"]
            problem = f"damaged or edited: {size} bytes where {_NAME} says {wanted}, or another SHA-256"
            remedy = "the shipped file; after an edit on purpose run `vledger manifest`"
            raise TableError(folder / name, problem, expected=remedy)
    return {name: str(entry["sha256"]) for name, entry in there.items()}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"bytes", "sha256"}


def content_hash(parts: Mapping[str, str]) -> str:
    """One SHA-256 over names and values, in name order: the identity of a store's content."""
    text = "\n".join(f"{name} {parts[name]}" for name in sorted(parts))
    return hashlib.sha256(text.encode()).hexdigest()
