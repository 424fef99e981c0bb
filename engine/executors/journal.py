"""The journal of a run: one folder, one file per finished unit, so that a killed run goes on where it was.

journal.json          what the run is; written first
parts/<key>.parquet   the rows of a finished unit; there under this name only when complete
parts/<key>.json      what the unit cost; written before the rows

The folder may be one that several machines share, or the URL of one in an object store.
"""

from __future__ import annotations

import json
import platform
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from engine.errors import StoreError
from engine.places import Folder, Place, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_HEADER, _PARTS = "journal.json", "parts"


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in one folder."""

    folder: Folder

    def open(self, header: Mapping[str, Any]) -> dict[str, Any]:
        """Start the journal, or find it started.

        Args:
            header: What the run is; kept from the first start, so that a resumed run has its first identity.

        Returns:
            The header as it stands in the journal.

        Raises:
            StoreError: the folder cannot be written, or its header is damaged.
        """
        place = place_of(self.folder)
        try:
            place.make(_PARTS)
            if _HEADER not in place.names():
                place.put(_HEADER, lambda path: write_json(path, header))
            with place.local(_HEADER) as path:
                return _read_json(path)
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written ({error.strerror or error}): free it or set VLEDGER_CACHE"
            ) from error
        except ValueError as error:
            raise StoreError(
                f"{self.folder}/{_HEADER} is damaged: delete {self.folder} to start the run anew"
            ) from error

    def finished(self) -> frozenset[str]:
        """Keys of all finished units, as one look into the folder shows them."""
        names = place_of(self.folder).names(_PARTS)
        rows = {name.removesuffix(".parquet") for name in names if name.endswith(".parquet")}
        return frozenset(name.removesuffix(".json") for name in names if name.removesuffix(".json") in rows)

    def write(self, key: str, cost: Mapping[str, Any], rows: Callable[[Path], object]) -> None:
        """Put a finished unit down.

        Args:
            key: Of the unit.
            cost: What it cost.
            rows: Writes its rows as Parquet under the path that it is given, in one atomic step.

        Raises:
            StoreError: the folder cannot be written from this machine.
        """
        self.write_cost(key, cost)
        with self._writing() as place:
            place.put(_rows_name(key), rows)

    @contextmanager
    def rows(self, key: str) -> Iterator[Path]:
        """The rows of a finished unit as a file of this machine, for as long as the context lasts."""
        with place_of(self.folder).local(_rows_name(key)) as path:
            yield path

    def drop(self, key: str) -> None:
        """Forget a unit, so that it is done again."""
        place_of(self.folder).drop(_rows_name(key))

    def write_cost(self, key: str, cost: Mapping[str, Any]) -> None:
        """Record what a unit cost; to be called before its rows are put under their final name.

        Raises:
            StoreError: the folder cannot be written from this machine.
        """
        with self._writing() as place:
            place.put(_cost_name(key), lambda path: write_json(path, cost))

    @contextmanager
    def _writing(self) -> Iterator[Place]:
        try:
            yield place_of(self.folder)
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written on {platform.node()} ({error.strerror or error}): free space "
                "there, or give --journal a folder or URL that every machine of the run shares"
            ) from error

    def cost(self, key: str) -> dict[str, Any]:
        """What a finished unit cost.

        Raises:
            ValueError: its file is damaged.
        """
        with place_of(self.folder).local(_cost_name(key)) as path:
            return _read_json(path)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder of this machine for large files of a moment: beside the parts where they lie on this machine."""
        where = self.folder if isinstance(self.folder, Path) else None
        with tempfile.TemporaryDirectory(dir=where, prefix=".scratch-") as scratch:
            yield Path(scratch)


def _rows_name(key: str) -> str:
    return f"{_PARTS}/{key}.parquet"


def _cost_name(key: str) -> str:
    return f"{_PARTS}/{key}.json"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - to a caller a file of another kind is a damaged one
    return found


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one atomic step."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
