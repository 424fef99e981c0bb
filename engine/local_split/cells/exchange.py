"""Questions about cells of one's own and their answers: plain data that any process can hold.

Systems, values and differences are those of any other split (`engine.local_split.exchange`), so that the same tables
and reports are made of them.
"""

from __future__ import annotations

from dataclasses import dataclass

# At run time too: whoever makes a result of its JSON again reads the annotations.
from engine.local_split.exchange import Difference, Part, Problem, System, Value  # noqa: TC001
from engine.singlecell.contract import RAW, ObsColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsFile:
    """A file of cells on the disk of this machine: it is read in pieces, and too large for a message.

    Attributes:
        path: where it lies.
        name: of the file, without a folder.
        size: in bytes.
    """

    path: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOptions:
    """What the owner of the cells decides.

    Attributes:
        label: column of obs with the type of each cell; None asks for it in the error.
        batch: column of obs with the batch of each cell; None where batches are not looked at.
        embeddings: names in obsm to judge; all of them where empty.
        layer: matrix that genes are read from; X where None.
        draws: resamples behind an interval.
        seed: of everything that is drawn.
    """

    label: str | None = None
    batch: str | None = None
    embeddings: tuple[str, ...] = ()
    layer: str | None = None
    draws: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """An embedding in obsm with its width."""

    name: str
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCells:
    """What a file of cells holds.

    Attributes:
        name: of the file, without a folder.
        sha256: of the file.
        layer: whose values `state` is about; X where None.
        state: `counts`, `logs`, `normalised`, `scaled` or `empty`.
        columns: of obs.
        embeddings: dense ones with a row a cell.
        layers: names of the matrices beside X.
        labels: columns that may be the type of a cell, the likeliest first.
        batches: columns that by their name may be a batch.
        problems: what to know before anything is compared.
    """

    name: str
    sha256: str
    n_cells: int
    n_genes: int
    layer: str | None
    state: str
    columns: tuple[ObsColumn, ...]
    embeddings: tuple[Embedded, ...]
    layers: tuple[str, ...]
    labels: tuple[str, ...]
    batches: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def matrix(self) -> str:
        """The matrix that genes are read from, as it stands in a sentence."""
        if self.layer is None:
            return "X"
        return RAW if self.layer == RAW else f"the layer {self.layer}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A type or a batch with its cells among those that are compared."""

    name: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeValue:
    """A metric of a system on the cells of one type, or the reason why there is none."""

    system_id: str
    cell_type: str
    metric: str
    value: float | None
    n: int
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsResult:
    """Everything that was found, without a time or a machine: the same question has the same answer.

    Attributes:
        found: what the file holds; its `problems` are left empty, as those of the result have them too.
        label: the column of types.
        batch: the column of batches, None where none was named.
        n_genes_used: features of the baselines.
        types: in the order of their names.
        batches: the same, empty where none was named.
        primary: the metric of the verdicts.
        systems: the user's first, then baselines, the registered one first, then controls.
        parts: the whole alone.
        items: of cell types.
        problems: what to know when reading the values.
        failed: embeddings that could not be measured, with the reason.
        command: which reproduces it.
    """

    found: FoundCells
    label: str
    batch: str | None
    n_genes_used: int
    types: tuple[Counted, ...]
    batches: tuple[Counted, ...]
    primary: str
    metrics: tuple[str, ...]
    systems: tuple[System, ...]
    parts: tuple[Part, ...]
    values: tuple[Value, ...]
    differences: tuple[Difference, ...]
    items: tuple[TypeValue, ...]
    problems: tuple[Problem, ...]
    failed: tuple[Problem, ...]
    command: str
    seed: int
    draws: int
    engine_version: str
