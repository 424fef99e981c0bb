"""Models of single cells as data: what each gives, what it needs, and that a run of single-cell tasks takes it.

`engine.models.cells` loads them; this table says of it what is told where nothing of torch is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Gives = Literal["vectors of cells", "attention edges", "vectors of genes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellModelCard:
    """How a model of single cells is run.

    Attributes:
        gives: what can be read off it.
        tokens: whose code turns counts into what the network reads.
        needs: what must be there beside the extra `models`.
    """

    gives: tuple[Gives, ...]
    tokens: str
    needs: str

    @property
    def sentence(self) -> str:
        """All of it, for people."""
        *most, last = self.gives
        given = f"{', '.join(most)} and {last}" if most else last
        return f"Runs here on single-cell tasks for {given}, {self.tokens}; {self.needs}."


_GENEFORMER = CellModelCard(
    gives=("vectors of cells", "attention edges", "vectors of genes"),
    tokens="with a tokeniser of this engine",
    needs="its dictionaries are published as pickles, which are read only where that is allowed",
)
_SCGPT = CellModelCard(
    gives=("vectors of cells", "vectors of genes"),
    tokens="vectors of cells through its own package scgpt",
    needs="it is on no hub, so its folder is given, and its pickled weights are read only where that is allowed",
)
_UCE = CellModelCard(
    gives=("vectors of cells",),
    tokens="through its own package uce-model",
    needs="it is on no hub, so its folder is given, and its pickled weights are read only where that is allowed",
)
CELL_MODEL_CARDS: Mapping[str, CellModelCard] = MappingProxyType(
    {
        "geneformer-v1-10m": _GENEFORMER,
        "geneformer-v2-316m": _GENEFORMER,
        "scgpt-whole-human": _SCGPT,
        "uce-4-layer": _UCE,
        "uce-33-layer": _UCE,
    }
)
"""Those of the registry, by id."""
