"""Where inputs lie, and how they come here: the mirror first, then the cache, else a download at a pinned commit.

A file in the mirror or in the cache is read only when its SHA-256 is the pinned one. Where no hash is pinned for the
upstream form (see `files.csv`; the files of GENEB's tasks), the hash of the first download is written down beside it,
in `<name>.sha256`, and every later reading or download is held against that.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pooch  # type: ignore[import-untyped] # it ships no types
import requests

from engine.errors import NotHereError, TableError
from engine.registry.files import input_file
from engine.registry.tasks import datasets_with, find_task
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.registry.files import InputFile
    from engine.variants import VariantTask

    Progress = Callable[[InputFile], None]

MIRROR = "VLEDGER_MIRROR"
"""Environment variable with a folder to look in first."""

_PAUSES = (1.0, 4.0)
_SECONDS = (10, 60)
_WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


def locate(name: str, cache: Path) -> Path:
    """The checked file of an input.

    Args:
        name: Path below the mirror.
        cache: The user's cache folder; downloads lie in `data/` below it.

    Raises:
        NotHereError: neither the mirror nor the cache has it; the message names the command.
        TableError: it is there with another content.
        SpecError: there is no such input.
    """
    file = input_file(name)
    mirrored = in_mirror(name, file.sha256)
    if mirrored is not None:
        return mirrored
    path = _cached(name, cache)
    if path.is_file():
        return _checked(path, _pinned(file, path), f"delete it and run `{_command(name)}`")
    looked = f" nor in {place.parent}" if (place := _mirrored(name)) else ""
    raise NotHereError(f"{name} is not in {path.parent}{looked}: run `{_command(name)}` or set {MIRROR}")


def in_mirror(name: str, sha256: str | None) -> Path | None:
    """The checked file in the mirror, None where there is no mirror or no such file in it.

    Args:
        name: Path below the mirror.
        sha256: The pinned hash; None where none is.

    Raises:
        TableError: it is there with another content.
    """
    path = _mirrored(name)
    if path is None or not path.is_file():
        return None
    return _checked(path, sha256, f"replace it or unset {MIRROR}")


def is_here(name: str, cache: Path) -> bool:
    """Whether the mirror or the cache has an input; with another content than pinned it counts as there."""
    return in_mirror(name, None) is not None or _cached(name, cache).is_file()


def available(task_id: str, cache: Path) -> list[str]:
    """Names of the inputs that a task still misses; files with another content than pinned count as there.

    Raises:
        SpecError: there is no such task.
    """
    return [name for name in find_task(task_id).files if not is_here(name, cache)]


def located(task_id: str, cache: Path) -> dict[str, Path]:
    """The checked inputs of a task by name; optional ones are left out where they are not here.

    Raises:
        SpecError: there is no such task.
        NotHereError: an input is missing.
        TableError: an input has another content than pinned.
    """
    card = find_task(task_id)
    names = [*card.files, *(name for name in card.optional_files if is_here(name, cache))]
    return {name: locate(name, cache) for name in names}


def read_task(task_id: str, cache: Path) -> VariantTask:
    """A task from its inputs on this machine.

    Raises:
        SpecError: there is no such task.
        NotHereError: an input is missing.
        TableError: an input has another content than pinned, or is damaged.
        SequenceError: a reference letter is wrong.
    """
    return find_task(task_id).reader()(located(task_id, cache))


def fetch(names: Iterable[str], cache: Path, *, progress: Progress | None = None) -> list[Path]:
    """Bring inputs into the cache; those in the mirror or already in the cache are only checked.

    Args:
        names: Paths below the mirror.
        cache: The user's cache folder.
        progress: Called with each file before its download.

    Raises:
        NotHereError: the network does not give a file.
        TableError: a file has another content than pinned.
        SpecError: there is no such input.
    """
    paths = []
    for name in names:
        if not is_here(name, cache):
            file = input_file(name)
            if progress:
                progress(file)
            download(file, _cached(name, cache))
        paths.append(locate(name, cache))
    return paths


def download(file: InputFile, target: Path) -> None:
    """Fetch one file; `target` appears only when all of it is there and its hash is right.

    Raises:
        NotHereError: the address does not answer, or not with the file, or nothing can be written here.
        TableError: the content is not what is pinned.
    """
    partial = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _transfer(file.url, partial)
        found, wanted = sha256_of(partial), file.upstream_sha256 or _noted(target)
        if wanted is None:
            _note(target).write_text(found + "\n", "utf-8")
        elif found != wanted:
            raise _differs(target, found, wanted, f"try `{_command(file.name)}` again or set {MIRROR}")
        partial.replace(target)
    except OSError as error:
        raise NotHereError(f"{target} cannot be written ({error.strerror}): free the folder or set {MIRROR}") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _transfer(url: str, path: Path) -> None:
    """Download with retries where another attempt may help."""
    for pause in (*_PAUSES, None):
        try:
            pooch.HTTPDownloader(timeout=_SECONDS)(url, str(path), None)
        except requests.RequestException as error:
            if pause is None or not _transient(error):
                raise NotHereError(
                    f"{url} could not be downloaded ({_reason(error)}): check the network, or set {MIRROR} to a folder "
                    "that has the file"
                ) from error
            time.sleep(pause)
        else:
            return


def _transient(error: requests.RequestException) -> bool:
    return error.response is None or error.response.status_code in _WORTH_RETRYING


def _reason(error: requests.RequestException) -> str:
    return f"HTTP {error.response.status_code}" if error.response is not None else type(error).__name__


def _mirrored(name: str) -> Path | None:
    stated = os.environ.get(MIRROR)
    return Path(stated) / name if stated else None


def _cached(name: str, cache: Path) -> Path:
    return cache / "data" / name


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _command(name: str) -> str:
    return f"vledger fetch {datasets_with(name)[0]}"


def _noted(path: Path) -> str | None:
    """The hash that was written down beside a file at its first download, None before that."""
    note = _note(path)
    return note.read_text("utf-8").strip() if note.is_file() else None


def _pinned(file: InputFile, path: Path) -> str | None:
    """The hash to hold a cached file against; without a note it was put there by hand and can be the mirror's copy."""
    return file.upstream_sha256 or _noted(path) or file.sha256


def _checked(path: Path, wanted: str | None, remedy: str) -> Path:
    if wanted is not None and (found := sha256_of(path)) != wanted:
        raise _differs(path, found, wanted, remedy)
    return path


def _differs(path: Path, found: str, wanted: str, remedy: str) -> TableError:
    return TableError(path, "the content is not the pinned one", value=found, expected=f"SHA-256 {wanted}: {remedy}")
