"""What models of single cells take and give; nothing here needs torch.

`engine.singlecell` and `engine.models` do not know of each other: what is handed on between them are arrays with names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from engine.models.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array, csr_matrix

    from engine.protocols import Meter

    Counts = NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int64] | csr_array | csr_matrix

Tell = Callable[[str, int, int], None]
"""Who is told how it goes: what is being done, how much of it is done, how much there is (0 where nobody said)."""

Scale = Literal["counts", "log1p"]
"""`counts` are whole numbers; `log1p` is ln(1 + counts of a cell times a factor of its own), scanpy's usual log."""

CellPooling = Literal["mean", "cls"]
"""`mean` is over the tokens of genes, special tokens left out; `cls` is the state of the first token."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOptions:
    """What a user decides about a model of cells; see `engine.models.cells.open_cell_model`."""

    weights: Path | None = None
    device: str | None = None
    dtype: str | None = None
    batch_tokens: int | None = None
    allow_pickle: bool = False
    random_init: int | None = None
    layer: int = -2
    pooling: CellPooling = "mean"
    scale: Scale = "counts"
    seed: int = 0

    @property
    def loading(self) -> Options:
        """The part that all models have in common."""
        return Options(
            weights=self.weights,
            device=self.device,
            dtype=self.dtype,
            batch_tokens=self.batch_tokens,
            allow_pickle=self.allow_pickle,
            random_init=self.random_init,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellIdentity:
    """What exactly is loaded.

    Attributes:
        name: the registry's id or a folder's name, behind `random-init:` where the weights are drawn.
        source: repository on the hub, or the folder as the user named it.
        revision: the hub's commit, or `sha256:` and the digest of the files, behind `seed N of` for drawn ones.
        genes: how many genes the vocabulary has; 0 where the genes of each data set become the vocabulary.
        context: most genes of a cell that the model reads.
        parameters: numbers in the network; 0 where it is loaded by a script of its own.
    """

    name: str
    source: str
    revision: str
    genes: int
    context: int
    parameters: int
    dtype: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which genes of a data set a model knows.

    Attributes:
        genes: names as the data have them.
        tokens: shape (genes,), the model's token of each, -1 where it has none.
    """

    genes: tuple[str, ...]
    tokens: NDArray[np.int64]

    @property
    def known(self) -> int:
        """How many of the data's genes the model knows."""
        return int((self.tokens >= 0).sum())

    @property
    def share_unknown(self) -> float:
        """Share of the data's genes that the model does not know, 0 to 1."""
        return 1 - self.known / len(self.genes)

    @property
    def sentence(self) -> str:
        """The same for the screen."""
        return f"{self.known:,} of {len(self.genes):,} genes are known to the model ({1 - self.share_unknown:.1%})"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneVectors:
    """A vector for each gene that a model knows; vectors has shape (genes, width)."""

    genes: tuple[str, ...]
    vectors: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionEdges:
    """Mean attention between genes over the cells in which both have a token.

    Attributes:
        regulators: names of the genes that are looked at (keys).
        targets: names of the genes that look (queries).
        sums: shape (regulators, targets), attention summed over cells.
        cells: shape (regulators, targets), in how many cells both have a token.
    """

    regulators: tuple[str, ...]
    targets: tuple[str, ...]
    sums: NDArray[np.float64]
    cells: NDArray[np.int64]

    def score(self, regulator: str, target: str) -> float | None:
        """Mean attention of a target to a regulator; None where no cell has a token of both.

        Raises:
            ValueError: one of the two is not among the names.
        """
        row, column = self.regulators.index(regulator), self.targets.index(target)
        together = int(self.cells[row, column])
        return float(self.sums[row, column]) / together if together else None

    def edges(self) -> Iterator[tuple[str, str, float]]:
        """Regulator, target and score of all pairs that have one, none from a gene to itself."""
        for row, column in zip(*np.nonzero(self.cells), strict=True):
            if (regulator := self.regulators[row]) != (target := self.targets[column]):
                yield regulator, target, float(self.sums[row, column] / self.cells[row, column])


class CellModel(Protocol):
    """A model whose input is the expression of genes in single cells."""

    @property
    def identity(self) -> CellIdentity:
        """What exactly is loaded."""

    @property
    def name(self) -> str:
        """The same as `identity.name`."""

    @property
    def revision(self) -> str:
        """The same as `identity.revision`."""

    @property
    def meter(self) -> Meter:
        """What it has cost so far."""

    def matched(self, genes: Sequence[str]) -> Matching:
        """Which of these genes it knows."""

    def embed(
        self, chunks: Iterable[Counts], genes: Sequence[str], *, tell: Tell = silent, cells: int = 0
    ) -> NDArray[np.float32]:
        """One vector per cell, shape (cells, width), in the order of the chunks.

        Args:
            chunks: Arrays or sparse matrices of shape (some cells, genes), on the scale that the options name.
            genes: Names of the columns: gene symbols or Ensembl ids.
            tell: Told after every few hundred cells.
            cells: How many there are in all, where that is known.

        Raises:
            SpecError: the numbers are not on that scale, a cell has nothing in the genes that the model knows, or the
                model has no such layer or pooling.
        """

    def attention(
        self,
        chunks: Iterable[Counts],
        genes: Sequence[str],
        *,
        regulators: Sequence[str],
        targets: Sequence[str],
        layer: int = -1,
        tell: Tell = silent,
        cells: int = 0,
    ) -> AttentionEdges:
        """Mean attention of targets to regulators over cells, heads averaged.

        Args:
            chunks: As for `embed`; control cells, where edges are judged by perturbations.
            genes: As for `embed`.
            regulators: Names among `genes`.
            targets: Names among `genes`.
            layer: 0 the first, -1 the last.
            tell: As for `embed`.
            cells: As for `embed`.

        Raises:
            SpecError: the model keeps no attention, has no such layer, or there are too many pairs.
        """

    def gene_embedding(self, genes: Sequence[str]) -> GeneVectors:
        """Rows of the input embedding for those of these genes that the model knows, in their order.

        Raises:
            SpecError: it knows none of them, or has no such table.
        """
