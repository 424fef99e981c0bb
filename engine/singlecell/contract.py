"""What the parts of this package exchange: profiles of conditions going in, values with their replicates coming out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.names import Metric

    Floats = NDArray[np.float64]

Tell = Callable[[str, int, int], None]
"""Who is told how it goes: what is being done, how much of it is done, how much there is."""


RAW = "raw.X"
"""The matrix of values from before genes were chosen or scaled, as anndata names it; it may have more genes than X."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudobulk:
    """Mean expression per condition, on the scale of the logs.

    Attributes:
        genes: names, unique.
        control: shape (genes,), the mean over control cells.
        conditions: of each condition the perturbed genes, sorted; ("KLF1", "MAP2K6") is a double.
        profiles: shape (conditions, genes).
        cells: shape (conditions,), how many cells each mean is over.
    """

    genes: tuple[str, ...]
    control: Floats
    conditions: tuple[tuple[str, ...], ...]
    profiles: Floats
    cells: NDArray[np.int64]

    @property
    def names(self) -> tuple[str, ...]:
        """Conditions as they are written: the perturbed genes with + between them."""
        return tuple("+".join(genes) for genes in self.conditions)

    @property
    def changes(self) -> Floats:
        """Profiles minus control, shape (conditions, genes)."""
        return self.profiles - self.control


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneEmbedding:
    """A vector per gene, of a model, of another data set or drawn at random; vectors has shape (genes, width)."""

    genes: tuple[str, ...]
    vectors: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """A metric of one system on one task with its bootstrap replicates, or the reason why it has none.

    Attributes:
        value: None with a `reason`.
        replicates: shape (draws,), NaN where a resample has no value. Replicate k of every system on the same task is
            of the same resample: two such arrays may be subtracted. Empty where there is no value.
        n: units that went in: perturbations or cells.
        method: how the resamples were drawn, one line for the store and the screen.
    """

    value: float | None = None
    replicates: Floats = field(default_factory=lambda: np.empty(0))
    n: int = 0
    method: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemValue:
    """A metric of one system on one item: one perturbation, or one cell type.

    `n` counts what went in: splits in which a perturbation was held out, or cells of a type.
    """

    item_id: str
    metric: Metric
    value: float | None
    n: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that is known of one system on one task."""

    values: Mapping[Metric, Replicated]
    items: Sequence[ItemValue] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObsColumn:
    """A column of obs as it stands in a list to choose from.

    Attributes:
        kind: `text`, `whole` (whole numbers) or `number`.
        distinct: how many different values it has.
        missing: how many cells have none.
    """

    name: str
    kind: str
    distinct: int
    missing: int
