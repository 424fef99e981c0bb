"""Geneformer: a BERT over genes in the order of their ranks; any BERT with a dictionary of genes beside it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModel

from engine.errors import SpecError
from engine.models.base import layer_of, make_batcher, memory_guard, to_numpy, weighted_sums
from engine.models.batching import stack
from engine.models.cells.attention import EdgeSums, caught, layer_at
from engine.models.cells.counts import pieces
from engine.models.cells.kinds import GeneVectors, silent
from engine.models.cells.ranks import RankTokenizer, match, own_vocabulary
from engine.models.loading import choose_device, choose_dtype, network, placed
from engine.models.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from engine.models.cells.kinds import AttentionEdges, CellIdentity, CellOptions, Counts, Matching, Tell
    from engine.models.cells.ranks import Vocabulary
    from engine.models.cells.shapes import Shape
    from engine.protocols import Meter, TokenRow


class GeneRankModel:
    """A network on a device with its vocabulary; fulfils `engine.models.cells.kinds.CellModel`."""

    def __init__(self, identity: CellIdentity, model: Any, vocabulary: Vocabulary, options: CellOptions) -> None:
        """Take over a loaded network.

        Raises:
            SpecError: the options ask for a pooling that it has no token for, or for batches of no tokens.
        """
        if options.pooling == "cls" and not vocabulary.prefix:
            raise SpecError(f"{identity.name} puts no <cls> token before a cell's genes; set pooling to 'mean'.")
        self._identity = identity
        self._model = model
        self._vocabulary = vocabulary
        self._options = options
        self._device = next(model.parameters()).device
        self._batcher = make_batcher(identity.name, self._device, options.batch_tokens, pad=True)

    @property
    def identity(self) -> CellIdentity:
        """What exactly is loaded."""
        return self._identity

    @property
    def name(self) -> str:
        """The same as `identity.name`."""
        return self._identity.name

    @property
    def revision(self) -> str:
        """The same as `identity.revision`."""
        return self._identity.revision

    @property
    def meter(self) -> Meter:
        """What it has cost so far."""
        return self._batcher.meter

    def matched(self, genes: Sequence[str]) -> Matching:
        """Which of these genes it knows.

        Raises:
            SpecError: none of them.
        """
        return match(genes, self._vocabulary_for(genes))

    def embed(
        self, chunks: Iterable[Counts], genes: Sequence[str], *, tell: Tell = silent, cells: int = 0
    ) -> NDArray[np.float32]:
        """One vector per cell; see `CellModel.embed`.

        Layer -2 with mean pooling is what the authors' own extractor takes for cells (its `emb_layer` -1, counted from
        the last but one). A vector does not depend on the other cells of a batch beyond rounding.
        """
        tokenizer = self._tokenizer(genes)
        found = [
            np.stack(self._batcher.run(rows, self._pooling(rows, tokenizer)))
            for rows in self._rows(chunks, tokenizer, tell=tell, cells=cells)
        ]
        return np.concatenate(found) if found else np.zeros((0, self._model.config.hidden_size), dtype=np.float32)

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
        """Mean attention of targets to regulators; see `CellModel.attention`."""
        tokenizer = self._tokenizer(genes)
        sums = EdgeSums(tokenizer.matching, size=self._model.config.vocab_size, regulators=regulators, targets=targets)
        with caught(self._model, layer_at(self._model, layer, self.name)) as states:
            for rows in self._rows(chunks, tokenizer, tell=tell, cells=cells):
                for row, part in zip(rows, self._batcher.run(rows, self._looking(rows, sums, states)), strict=True):
                    sums.add(row, part)
        return sums.edges()

    def gene_embedding(self, genes: Sequence[str]) -> GeneVectors:
        """Rows of the input table; see `CellModel.gene_embedding`."""
        matching = self.matched(genes)
        known = np.flatnonzero(matching.tokens >= 0).tolist()
        table = to_numpy(self._model.get_input_embeddings().weight.detach()[matching.tokens[known]])
        return GeneVectors(genes=tuple(genes[index] for index in known), vectors=table.astype(np.float64))

    def _vocabulary_for(self, _genes: Sequence[str]) -> Vocabulary:
        return self._vocabulary

    def _tokenizer(self, genes: Sequence[str]) -> RankTokenizer:
        return RankTokenizer(
            self._vocabulary_for(genes), genes, context=int(self._model.config.max_position_embeddings)
        )

    def _rows(
        self, chunks: Iterable[Counts], tokenizer: RankTokenizer, *, tell: Tell, cells: int
    ) -> Iterator[list[TokenRow]]:
        """Token rows of a few hundred cells at a time, told of when the next are asked for."""
        genes = len(tokenizer.matching.genes)
        for first, piece in pieces(chunks, genes=genes, scale=self._options.scale):
            if piece.shape[0]:
                yield tokenizer.rows(piece, first=first)
                tell(f"{self.name}: cells", first + piece.shape[0], cells)

    def _pooling(
        self, rows: Sequence[TokenRow], tokenizer: RankTokenizer
    ) -> Callable[[NDArray[np.int64]], list[NDArray[np.float32]]]:
        before, after = len(tokenizer.prefix), len(tokenizer.suffix)

        def weights(row: TokenRow) -> NDArray[np.float32]:
            found = np.zeros(len(row), dtype=np.float32)
            if self._options.pooling == "cls":
                found[0] = 1
            else:
                found[before : len(row) - after] = 1 / (len(row) - before - after)
            return found

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            batch = [rows[index] for index in indices]
            with torch.inference_mode(), memory_guard():
                output = self._model(**self._tensors(batch), output_hidden_states=True)
                states = layer_of(output, self._options.layer, self.name)
                return list(to_numpy(weighted_sums(states, [weights(row) for row in batch])))

        return forward

    def _looking(
        self, rows: Sequence[TokenRow], sums: EdgeSums, caught_states: list[torch.Tensor]
    ) -> Callable[[NDArray[np.int64]], list[NDArray[np.float64]]]:
        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float64]]:
            batch = [rows[index] for index in indices]
            caught_states.clear()
            with torch.inference_mode(), memory_guard():
                self._model(**self._tensors(batch))
                return [
                    self._part(states, *sums.wanted(row))
                    for row, states in zip(batch, caught_states.pop(), strict=True)
                ]

        return forward

    def _part(
        self, states: torch.Tensor, regulators: NDArray[np.int64], targets: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Attention of targets to regulators, shape (regulators, targets), of a cell's, shape (tokens, tokens)."""
        looked, looking = (torch.from_numpy(places).to(self._device) for places in (regulators, targets))
        return to_numpy(states[looking][:, looked].T).astype(np.float64)

    def _tensors(self, batch: Sequence[TokenRow]) -> dict[str, torch.Tensor]:
        ids, mask = stack(batch, int(self._model.config.pad_token_id or 0))
        tensors = {"input_ids": ids} if mask is None else {"input_ids": ids, "attention_mask": mask}
        return {name: torch.from_numpy(array).to(self._device) for name, array in tensors.items()}


class DrawnModel(GeneRankModel):
    """A twin without published dictionaries: the genes of each data set are its vocabulary.

    Its table has as many tokens as the published one, or as many as the data's genes ask for where those are more; it
    is drawn anew then, from the same seed.

    Which row of the table a gene has follows from all the names that are given with it, so that a gene among others has
    another: rows are to be asked for with the names that cells are embedded with.
    """

    def __init__(self, identity: CellIdentity, shape: Shape, options: CellOptions) -> None:
        """Draw the network.

        Raises:
            SpecError: as `GeneRankModel`.
        """
        self._shape = shape
        model = _drawn(identity, shape, options)
        super().__init__(
            replace(identity, parameters=size_of(model)), model, own_vocabulary((), special=shape.special), options
        )

    def _vocabulary_for(self, genes: Sequence[str]) -> Vocabulary:
        vocabulary = own_vocabulary(genes, special=self._shape.special)
        if (needed := len(vocabulary.tokens)) > self._model.config.vocab_size:
            wider = replace(self._shape, vocabulary=needed)
            self._model = _drawn(self._identity, wider, self._options)
            self._identity = replace(self._identity, parameters=size_of(self._model))
        return vocabulary


def _drawn(identity: CellIdentity, shape: Shape, options: CellOptions) -> Any:
    """A network of a shape with drawn weights on its device."""
    device = choose_device(options.device)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(shape.configuration), encoding="utf-8")
        weights = Weights(
            folder=Path(folder), source=identity.source, revision=identity.revision, pickled=False, code=False
        )
        model = network(shape, options.loading, weights, AutoModel, choose_dtype(options.dtype, device))
    return placed(shape, model, device)


def size_of(model: Any) -> int:
    """Numbers in a network."""
    return sum(parameter.numel() for parameter in model.parameters())
