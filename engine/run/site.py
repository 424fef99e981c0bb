"""Where a run happens: on this machine with a journal in its cache, unless something else is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.executors.local import run_units

if TYPE_CHECKING:
    from engine.executors.local import RunUnits
    from engine.places import Folder


@dataclass(frozen=True, slots=True)
class Site:
    """What a run's numbers do not depend on.

    Attributes:
        run_units: who carries out its units.
        journals: folder in which its journal is made; None is this machine's cache.
    """

    run_units: RunUnits = run_units
    journals: Folder | None = None


HERE = Site()
