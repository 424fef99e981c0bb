"""Results folders that another machine left: in a folder that both see, or behind a URL."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError
from engine.places import below, place_of
from engine.store.results import runs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.places import Folder

_RUN = "run.parquet"
"""The file by which a results folder is known; it comes last and goes first, so that no half is ever read."""


def send(here: Path, url: str) -> None:
    """Put a results folder of this machine behind a URL, in place of what was there.

    Raises:
        StoreError: nothing can be written there.
    """
    place = place_of(url)
    files = sorted((path for path in here.iterdir() if path.is_file()), key=lambda path: path.name == _RUN)
    try:
        place.make()
        place.drop(_RUN)
        for name in set(place.names()) - {path.name for path in files}:
            place.drop(name)
        for path in files:
            place.put(path.name, partial(shutil.copyfile, path))
    except OSError as error:
        raise StoreError(f"{url} cannot be written ({error.strerror or error})") from error


@contextmanager
def results_at(root: Folder | None) -> Iterator[list[Path]]:
    """Results folders below a path or URL as folders of this machine, for as long as the context lasts; None has none.

    Raises:
        StoreError: there are none, they cannot be read, or one is being written.
    """
    if root is None:
        yield []
        return
    with tempfile.TemporaryDirectory() as scratch:
        found = runs_in(root) if isinstance(root, Path) else _fetched(root, Path(scratch))
        if not found:
            raise StoreError(f"there are no results in {root}: give the folder that `vledger run --results` was given")
        yield found


def _fetched(root: str, here: Path) -> list[Path]:
    try:
        fetched = [_fetch(str(below(root, name)), here / name) for name in sorted(place_of(root).folders())]
    except OSError as error:
        raise StoreError(f"{root} cannot be read ({error.strerror or error})") from error
    return [folder for folder in fetched if folder.is_dir()]


def _fetch(url: str, here: Path) -> Path:
    """The folder; it is not made where there are no results."""
    place = place_of(url)
    names = place.names()
    if _RUN not in names:
        return here
    here.mkdir()
    # Who writes there meanwhile takes the run away first and gives it another end.
    before = _content(url, _RUN)
    for name in names:
        (here / name).write_bytes(_content(url, name))
    if _RUN not in place.names() or _content(url, _RUN) != before:
        raise StoreError(f"the results in {url} are being written: try again when that has ended")
    return here


def _content(url: str, name: str) -> bytes:
    with place_of(url).local(name) as path:
        return path.read_bytes()
