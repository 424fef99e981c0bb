"""A cell as Geneformer reads it: the names of its genes, ordered by how far each is above its usual expression.

The value of a gene in a cell is its count, divided by the cell's total, times 10,000, divided by the gene's median over
the cells of the pretraining corpus in which it was seen (Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9; package
geneformer, tokenizer.py). Genes with a value above zero are ordered by it, the largest first, and the row is cut at the
context. The cell's total multiplies all its values alike and cannot change their order; it is left out, so that equal
values stay equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from engine.errors import SpecError
from engine.models.cells.kinds import Matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.protocols import TokenRow

PAD, MASK, CLS, EOS = "<pad>", "<mask>", "<cls>", "<eos>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The genes a model was trained with.

    Attributes:
        tokens: token by gene, which is an Ensembl id in the published dictionaries, or by special token, <cls>.
        medians: usual value of a gene, above 0; a gene without one is not read, as in the published tokeniser.
        names: a gene's key in `tokens` by other names it goes by: symbols and retired ids, in capitals.
    """

    tokens: Mapping[str, int]
    medians: Mapping[str, float]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def genes(self) -> int:
        """How many genes it has."""
        return sum(not _is_special(name) for name in self.tokens)

    @property
    def prefix(self) -> tuple[int, ...]:
        """What stands before a cell's genes: <cls> where there is one (V2), nothing elsewhere (V1)."""
        return (self.tokens[CLS],) if CLS in self.tokens else ()

    @property
    def suffix(self) -> tuple[int, ...]:
        """What stands after them: <eos> where there is one."""
        return (self.tokens[EOS],) if EOS in self.tokens else ()

    def key(self, gene: str) -> str | None:
        """A gene's name in `tokens`, None where it has none.

        The name itself is tried first, then an Ensembl id without its version, then the list of other names.
        """
        plain = gene.strip()
        upper = plain.upper()
        bare = upper.split(".", maxsplit=1)[0] if upper.startswith("ENS") else upper
        for name in (plain, upper, bare, self.names.get(upper), self.names.get(bare)):
            if name is not None and not _is_special(name) and name in self.tokens and name in self.medians:
                return name
        return None


def own_vocabulary(genes: Sequence[str], *, special: Sequence[str] = (PAD, MASK)) -> Vocabulary:
    """The data's own genes as vocabulary, for a network whose weights are drawn and know no gene from another.

    Tokens follow the order of the names, not that of the columns; all medians are 1, so that genes are ranked by their
    counts.

    Args:
        genes: Names of the data's columns.
        special: Tokens that come first.
    """
    names = sorted({gene.strip() for gene in genes})
    tokens = {name: number for number, name in enumerate([*special, *names])}
    return Vocabulary(tokens=tokens, medians=dict.fromkeys(names, 1.0))


def match(genes: Sequence[str], vocabulary: Vocabulary) -> Matching:
    """The token of each gene of a data set.

    Raises:
        SpecError: no genes are given, or none of them is known.
    """
    keys = [vocabulary.key(gene) for gene in genes]
    tokens = np.array([-1 if key is None else vocabulary.tokens[key] for key in keys], dtype=np.int64)
    if not (tokens >= 0).any():
        shown = ", ".join(list(genes)[:3]) or "none"
        raise SpecError(
            f"None of the data's {len(genes):,} genes ({shown}, ...) is among the {vocabulary.genes:,} that the model "
            "knows; name the columns by human gene symbols or Ensembl ids."
        )
    return Matching(genes=tuple(genes), tokens=tokens)


class RankTokenizer:
    """Token rows of cells, for one model and the genes of one data set."""

    def __init__(self, vocabulary: Vocabulary, genes: Sequence[str], *, context: int) -> None:
        """Find the data's genes in the vocabulary; columns that are the same gene are summed.

        Args:
            vocabulary: The model's.
            genes: Names of the data's columns.
            context: Most tokens in a row, special tokens included.

        Raises:
            SpecError: none of the genes is known.
        """
        self.matching = match(genes, vocabulary)
        self.prefix = np.array(vocabulary.prefix, dtype=np.int64)
        self.suffix = np.array(vocabulary.suffix, dtype=np.int64)
        self._room = context - len(self.prefix) - len(self.suffix)
        columns = np.flatnonzero(self.matching.tokens >= 0).astype(np.int64)
        # In the order of tokens, which then decides between equal values, however the data's columns are ordered.
        self._tokens, genes_of = np.unique(self.matching.tokens[columns], return_inverse=True)
        medians = [vocabulary.medians[str(vocabulary.key(genes[column]))] for column in columns.tolist()]
        self._medians = np.ones(len(self._tokens))
        self._medians[genes_of] = medians
        ones: Any = np.ones(len(columns)), (columns, genes_of)
        self._chosen: csr_array[np.float64, tuple[int, int]] = csr_array(ones, shape=(len(genes), len(self._tokens)))

    def rows(self, counts: csr_array, *, first: int = 0) -> list[TokenRow]:
        """Token rows of cells, special tokens included.

        Args:
            counts: shape (cells, genes), counts, or each cell's times a factor of its own.
            first: Number of the first of these cells, counted from 0, for the sentence.

        Raises:
            SpecError: a cell has nothing in the genes that the model knows.
        """
        known = csr_array(counts @ self._chosen)
        known.eliminate_zeros()
        known.sort_indices()
        if (empty := np.flatnonzero(np.diff(known.indptr) == 0)).size:
            raise SpecError(
                f"Cell {first + empty[0]} (counted from 0) has nothing in the {len(self._tokens):,} genes that the "
                "model knows, so it has no ranks; leave such cells out."
            )
        values = known.data / self._medians[known.indices]
        return [
            self._row(values[start:stop], known.indices[start:stop])
            for start, stop in zip(known.indptr[:-1], known.indptr[1:], strict=True)
        ]

    def _row(self, values: NDArray[np.float64], genes: NDArray[np.int32 | np.int64]) -> TokenRow:
        order = np.argsort(-values, kind="stable")[: self._room]
        return np.concatenate([self.prefix, self._tokens[genes[order]], self.suffix])


def _is_special(name: str) -> bool:
    return name.startswith("<")
