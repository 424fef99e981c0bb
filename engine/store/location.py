"""Where the store lives, and the pointer that says which file is current."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import platformdirs

from engine.errors import StoreError
from engine.store.migrations import available

_POINTER = "current.json"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which store is in service."""

    file: str
    content_hash: str
    schema: str
    engine_version: str
    published_at: str
    bytes: int | None = None
    """Size of the file; stores of before did not say it."""


def cache_dir() -> Path:
    """The user's cache folder for this project; `VLEDGER_CACHE` overrides it."""
    stated = os.environ.get("VLEDGER_CACHE")
    return Path(stated) if stated else platformdirs.user_cache_path("validity-ledger")


def precomputed_dir() -> Path:
    """The shipped facts and results; `VLEDGER_PRECOMPUTED` overrides it."""
    stated = os.environ.get("VLEDGER_PRECOMPUTED")
    return Path(stated) if stated else Path(__file__).resolve().parents[2] / "precomputed"


def store_dir() -> Path:
    """Folder of the store files and of the pointer."""
    return cache_dir() / "store"


def read_pointer() -> Pointer | None:
    """The pointer, or None where nothing was published yet.

    Raises:
        StoreError: the pointer is there but cannot be read.
    """
    path = store_dir() / _POINTER
    try:
        return _pointer_of(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(f"{path} is damaged: delete it and run `vledger publish`") from error


def _pointer_of(content: Any) -> Pointer:
    texts = {name: value for name, value in content.items() if name != "bytes"} if isinstance(content, dict) else {}
    if not texts or not all(isinstance(value, str) for value in texts.values()):
        raise TypeError("not an object of texts")
    if not isinstance(content.get("bytes"), int | None):
        raise TypeError("the size is no number")
    return Pointer(**content)


def switch_pointer(pointer: Pointer) -> None:
    """Put another store in service, in one atomic step."""
    path = store_dir() / _POINTER
    temporary = path.with_name(f".{_POINTER}.{uuid4().hex}")
    temporary.write_text(json.dumps(asdict(pointer), indent=2) + "\n", "utf-8")
    temporary.replace(path)


def current_store() -> tuple[Path, Pointer]:
    """The store in service.

    Raises:
        StoreError: nothing was published yet, the file is gone, or its schema is another version's.
    """
    pointer = read_pointer()
    if pointer is None:
        raise StoreError(f"no store in {store_dir()} yet: run `vledger publish`")
    if pointer.schema != list(available())[-1]:
        raise StoreError(f"the store in {store_dir()} is of another version ({pointer.schema}): run `vledger publish`")
    path = store_dir() / pointer.file
    if not path.is_file():
        raise StoreError(f"the store {path} is gone: run `vledger publish`")
    return path, pointer
