"""Attention between genes, summed over cells while they pass by."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import SpecError
from engine.models.cells.kinds import AttentionEdges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from numpy.typing import NDArray

    from engine.models.cells.kinds import Matching
    from engine.protocols import TokenRow

_MOST_PAIRS = 1 << 26
"""A gibibyte of sums and counts: 8,192 genes with each other, or 3,000 regulators of 20,000 genes."""


class EdgeSums:
    """Sums of attention between chosen genes, and in how many cells both have a token."""

    def __init__(self, matching: Matching, *, size: int, regulators: Sequence[str], targets: Sequence[str]) -> None:
        """Start at zero; genes that the model does not know stay there.

        Args:
            matching: Tokens of the data's genes.
            size: Tokens in the model's vocabulary.
            regulators: Names among the data's genes, each once.
            targets: The same.

        Raises:
            SpecError: a name is not among the data's genes or stands twice, or there are too many pairs.
        """
        if len(regulators) * len(targets) > _MOST_PAIRS:
            raise SpecError(
                f"{len(regulators):,} regulators of {len(targets):,} targets are more pairs than are held in memory "
                f"({_MOST_PAIRS:,}); name fewer genes."
            )
        self._names = tuple(regulators), tuple(targets)
        self._rows, self._columns = (_places(matching, names, size) for names in self._names)
        self.sums = np.zeros((len(regulators), len(targets)))
        self.cells = np.zeros((len(regulators), len(targets)), dtype=np.int64)

    def wanted(self, row: TokenRow) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions in a token row of the chosen regulators and of the chosen targets."""
        return np.flatnonzero(self._rows[row] >= 0), np.flatnonzero(self._columns[row] >= 0)

    def add(self, row: TokenRow, attention: NDArray[np.float64]) -> None:
        """Add a cell.

        Args:
            row: Its tokens.
            attention: shape (wanted regulators, wanted targets), of the targets' tokens to the regulators'.
        """
        regulators, targets = self.wanted(row)
        places = np.ix_(self._rows[row[regulators]], self._columns[row[targets]])
        self.sums[places] += attention
        self.cells[places] += 1

    def edges(self) -> AttentionEdges:
        """What was summed so far."""
        return AttentionEdges(regulators=self._names[0], targets=self._names[1], sums=self.sums, cells=self.cells)


def _places(matching: Matching, names: Sequence[str], size: int) -> NDArray[np.int64]:
    """By token, the place of the gene among `names`, -1 for all others."""
    tokens = dict(zip(matching.genes, matching.tokens.tolist(), strict=True))
    if unknown := [name for name in names if name not in tokens]:
        raise SpecError(f"{unknown[0]} is not among the data's genes; name genes as the data's columns do.")
    known = [tokens[name] for name in names if tokens[name] >= 0]
    if len(set(names)) < len(names) or len(set(known)) < len(known):
        raise SpecError("A gene stands twice among the regulators or among the targets; name each once.")
    places = np.full(size, -1, dtype=np.int64)
    for place, name in enumerate(names):
        if tokens[name] >= 0:
            places[tokens[name]] = place
    return places


def layer_at(model: Any, layer: int, model_id: str) -> Any:
    """The self-attention of a layer of a BERT.

    Raises:
        SpecError: there is no such layer.
    """
    layers = model.encoder.layer
    if not -len(layers) <= layer < len(layers):
        raise SpecError(f"{model_id} has no attention layer {layer}; it has 0 to {len(layers) - 1}.")
    return layers[layer].attention.self


@contextmanager
def caught(model: Any, layer: Any) -> Iterator[list[torch.Tensor]]:
    """While this holds, each forward pass leaves one layer's attention in the list, heads averaged, float32.

    The attention is worked out in the plain way for that, since the fused way never has its weights in memory; asking
    the model to return it would keep that of all layers, and a row of 4,096 tokens has 800 MB in each.

    Args:
        model: A built-in model of transformers.
        layer: One of its self-attentions; returns its output and weights of shape (rows, heads, tokens, tokens).
    """
    found: list[torch.Tensor] = []

    def keep(_module: Any, _inputs: Any, output: tuple[torch.Tensor, torch.Tensor]) -> None:
        found.append(output[1].float().mean(dim=1))

    usual = model.config._attn_implementation  # noqa: SLF001 - transformers has no public name to read it by
    model.set_attn_implementation("eager")
    handle = layer.register_forward_hook(keep)
    try:
        yield found
    finally:
        handle.remove()
        model.set_attn_implementation(usual)
