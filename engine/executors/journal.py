"""The journal of a run: one folder, one file per finished unit, so that a killed run goes on where it was.

journal.json          what the run is; written first
parts/<key>.parquet   the rows of a finished unit; there under this name only when complete
parts/<key>.json      what the unit cost; written before the rows
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from engine.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in one folder."""

    folder: Path

    def open(self, header: Mapping[str, Any]) -> dict[str, Any]:
        """Start the journal, or find it started.

        Args:
            header: What the run is; kept from the first start, so that a resumed run has its first identity.

        Returns:
            The header as it stands in the journal.

        Raises:
            StoreError: the folder cannot be written, or its header is damaged.
        """
        path = self.folder / "journal.json"
        try:
            (self.folder / "parts").mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_json(path, header)
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written ({error.strerror}): free it or set VLEDGER_CACHE"
            ) from error
        except ValueError as error:
            raise StoreError(f"{path} is damaged: delete {self.folder} to start the run anew") from error
        return found

    def part(self, key: str) -> Path:
        """Where the rows of a unit belong."""
        return self.folder / "parts" / f"{key}.parquet"

    def done(self, key: str) -> bool:
        """Whether a unit is finished."""
        return self.part(key).is_file() and self._cost_path(key).is_file()

    def write_cost(self, key: str, cost: Mapping[str, Any]) -> None:
        """Record what a unit cost; to be called before its rows are put under their final name."""
        write_json(self._cost_path(key), cost)

    def cost(self, key: str) -> dict[str, Any]:
        """What a finished unit cost."""
        found: dict[str, Any] = json.loads(self._cost_path(key).read_text("utf-8"))
        return found

    def _cost_path(self, key: str) -> Path:
        return self.folder / "parts" / f"{key}.json"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one atomic step."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
    temporary.replace(path)
