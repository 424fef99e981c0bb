"""scGPT through its own package: a transformer over genes, each with the bin of its value in the cell.

The calls follow `embed_data` and `get_batch_cell_embeddings` of scgpt/tasks/cell_emb.py (bowang-lab/scGPT, 0.2): the
network is built from args.json, its states are taken at the first token and scaled to length 1. What is drawn there
from global generators, ties between bins and the genes of cells with more than fit, is drawn here for each cell from
its number and the seed, so that a vector does not depend on the other cells. Genes' vectors need no package.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.errors import NotHereError, SpecError
from engine.models.base import make_batcher, memory_guard, to_numpy
from engine.models.batching import stack
from engine.models.cells.binning import binned
from engine.models.cells.counts import pieces
from engine.models.cells.kinds import CellIdentity, GeneVectors, silent
from engine.models.cells.ranks import CLS, PAD, Vocabulary, match
from engine.models.loading import LOADING_FAULTS, choose_device, choose_dtype
from engine.models.random_init import check_seed
from engine.models.weights import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from engine.models.cells.kinds import AttentionEdges, CellOptions, Counts, Matching, Tell
    from engine.protocols import Meter, TokenRow

CONTEXT = 1_200
"""Tokens of a cell, <cls> included, as in the package's own embedding function."""
_FILES = ("args.json", "vocab.json", "best_model.pt")
_NEEDED = ("encoder.", "value_encoder.", "transformer_encoder.")
_FAST_NAMES = re.compile(r"self_attn\.(_impl\.)?Wqkv\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCell:
    """A cell as the network reads it: tokens and the bins of their values, <cls> first."""

    tokens: TokenRow
    values: NDArray[np.float32]


class CellReader:
    """Turns counts into tokens and bins, for one vocabulary and the genes of one data set."""

    def __init__(self, vocabulary: Vocabulary, genes: Sequence[str], *, pad_value: float, seed: int) -> None:
        """Find the data's genes in the vocabulary.

        Args:
            vocabulary: Of gene symbols.
            genes: Names of the data's columns.
            pad_value: What stands in place of a value at <cls>.
            seed: Of the draws.

        Raises:
            SpecError: none of the genes is known.
        """
        self.matching = match(genes, vocabulary)
        self._cls, self._pad_value, self._seed = vocabulary.tokens[CLS], pad_value, seed

    def cells(self, counts: csr_array, *, first: int) -> list[ReadCell]:
        """Cells as the network reads them.

        Args:
            counts: shape (cells, genes).
            first: Number of the first of them, counted from 0; decides, with the seed, what is drawn.

        Raises:
            SpecError: a cell has nothing in the genes that the model knows.
        """
        bounds = zip(counts.indptr[:-1], counts.indptr[1:], strict=True)
        return [
            self._cell(counts.indices[start:stop], counts.data[start:stop], first + number)
            for number, (start, stop) in enumerate(bounds)
        ]

    def _cell(self, columns: NDArray[np.int32 | np.int64], values: NDArray[np.float64], number: int) -> ReadCell:
        known = np.flatnonzero(self.matching.tokens[columns] >= 0)
        if not known.size:
            raise SpecError(
                f"Cell {number} (counted from 0) has nothing in the {self.matching.known:,} genes that the model "
                "knows; leave such cells out."
            )
        rng = np.random.default_rng((self._seed, number))
        bins = binned(values[known], rng)
        kept = np.arange(len(known))
        if len(known) >= CONTEXT:
            kept = rng.choice(len(known), CONTEXT - 1, replace=False)
        tokens = self.matching.tokens[columns[known[kept]]]
        return ReadCell(
            tokens=np.concatenate([[self._cls], tokens]).astype(np.int64),
            values=np.concatenate([[self._pad_value], bins[kept]]).astype(np.float32),
        )


class ScgptModel:
    """A checkpoint of scGPT; fulfils `engine.models.cells.kinds.CellModel`, without attention."""

    def __init__(self, identity: CellIdentity, folder: Path, vocabulary: Vocabulary, options: CellOptions) -> None:
        """Take over a folder; the network is built when the first cell is embedded."""
        self._identity, self._folder, self._vocabulary, self._options = identity, folder, vocabulary, options
        self._device = choose_device(options.device)
        self._settings = _json(folder / "args.json")
        self._batcher = make_batcher(identity.name, self._device, options.batch_tokens, pad=True)

    @property
    def identity(self) -> CellIdentity:
        """What exactly is loaded; `parameters` is 0 until a cell is embedded."""
        if "_network" not in self.__dict__:
            return self._identity
        return replace(self._identity, parameters=sum(one.numel() for one in self._network.parameters()))

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
        return match(genes, self._vocabulary)

    def embed(
        self, chunks: Iterable[Counts], genes: Sequence[str], *, tell: Tell = silent, cells: int = 0
    ) -> NDArray[np.float32]:
        """One vector of length 1 per cell; see `CellModel.embed`.

        Raises:
            NotHereError: the package scgpt is not installed.
        """
        pad_value = float(self._settings.get("pad_value", 0))
        reader = CellReader(self._vocabulary, genes, pad_value=pad_value, seed=self._options.seed)
        network, found = self._network, []
        for first, piece in pieces(chunks, genes=len(genes), scale=self._options.scale):
            if piece.shape[0]:
                read = reader.cells(piece, first=first)
                found.append(np.stack(self._batcher.run([cell.tokens for cell in read], self._states(network, read))))
                tell(f"{self.name}: cells", first + piece.shape[0], cells)
        vectors = np.concatenate(found) if found else np.zeros((0, int(self._settings["embsize"])), dtype=np.float32)
        scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled

    def attention(self, *_data: object, **_options: object) -> AttentionEdges:
        """Not read.

        Raises:
            SpecError: always.
        """
        raise SpecError(
            f"{self.name} keeps no attention that could be read through its package; take a Geneformer for attention "
            "edges, or give an edge score file."
        )

    def gene_embedding(self, genes: Sequence[str]) -> GeneVectors:
        """Output of the network's gene encoder: the rows of its table, each normalised by its layer norm.

        Raises:
            SpecError: none of the genes is known, or the weights lack the table.
        """
        matching = self.matched(genes)
        known = np.flatnonzero(matching.tokens >= 0).tolist()
        drawn = self._options.random_init is not None
        state = self._network.state_dict() if drawn else self._state
        try:
            rows = state["encoder.embedding.weight"][torch.from_numpy(matching.tokens[known]).to(self._device)]
            weight, bias = state["encoder.enc_norm.weight"].double(), state["encoder.enc_norm.bias"].double()
        except (KeyError, IndexError) as error:
            raise SpecError(
                f"{self.name}: the weights hold no row for each gene ({error}); give a complete folder."
            ) from error
        vectors = torch.nn.functional.layer_norm(rows.double(), rows.shape[1:], weight, bias)
        return GeneVectors(genes=tuple(genes[index] for index in known), vectors=vectors.cpu().numpy())

    @cached_property
    def _state(self) -> dict[str, torch.Tensor]:
        path = self._folder / "best_model.pt"
        try:
            found = torch.load(path, map_location=self._device, weights_only=True)
        except (EOFError, *LOADING_FAULTS) as error:
            reason = str(error).splitlines()[0][:150] if str(error) else type(error).__name__
            raise SpecError(f"{self.name}: best_model.pt cannot be read ({reason}); give undamaged weights.") from error
        return {_FAST_NAMES.sub("self_attn.in_proj_", key): value for key, value in found.items()}

    @cached_property
    def _network(self) -> Any:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self._options.random_init or 0)
            network = _built(self._settings, self._vocabulary.tokens)
        if self._options.random_init is None:
            _check_filled(self.name, network, self._state)
            network.load_state_dict(self._state | _left_over(network, self._state), strict=False)
        return network.to(device=self._device, dtype=choose_dtype(self._options.dtype, self._device)).eval()

    def _states(
        self, network: Any, read: Sequence[ReadCell]
    ) -> Callable[[NDArray[np.int64]], list[NDArray[np.float32]]]:
        pad, pad_value = self._vocabulary.tokens[PAD], float(self._settings.get("pad_value", 0))
        dtype = next(network.parameters()).dtype

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            ids, mask = stack([read[index].tokens for index in indices], pad)
            values = np.full(ids.shape, pad_value, dtype=np.float32)
            for line, index in zip(values, indices, strict=True):
                line[: len(read[index].values)] = read[index].values
            padding = np.zeros(ids.shape, dtype=bool) if mask is None else mask == 0
            with torch.inference_mode(), memory_guard():
                states = network._encode(  # noqa: SLF001 - what the package's own embedding function calls
                    torch.from_numpy(ids).to(self._device),
                    torch.from_numpy(values).to(self._device, dtype),
                    src_key_padding_mask=torch.from_numpy(padding).to(self._device),
                )
                return list(to_numpy(states[:, 0]))

        return forward


def load(model_id: str, options: CellOptions) -> ScgptModel:
    """A checkpoint of scGPT from its folder with args.json, vocab.json and best_model.pt.

    Args:
        model_id: `scgpt-whole-human` with the option `weights`, or the folder; behind `random-init:` the twin.
        options: What the user decided.

    Raises:
        NotHereError: there is no such folder; scGPT is on no hub.
        SpecError: pickles are not allowed, or a file is not what it should be.
    """
    plain = model_id.removeprefix("random-init:")
    if plain != model_id and options.random_init is None:
        options = replace(options, random_init=0)
    check_seed(options.random_init)
    drawn = options.random_init is not None
    folder = options.weights or Path(plain)
    needed = _FILES[:2] if drawn else _FILES
    if missing := [name for name in needed if not (folder / name).is_file()]:
        raise NotHereError(
            f"{plain} is on no hub and {folder} lacks {', '.join(missing)}; download the checkpoint as its authors say "
            "and give its folder with --weights DIR."
        )
    if not drawn and not options.allow_pickle:
        raise SpecError(
            f"{plain}: its weights are pickled, which can hold more than numbers; if you trust them, allow them with "
            "--allow-pickle."
        )
    device = choose_device(options.device)
    vocabulary = _vocabulary(folder / "vocab.json")
    name = folder.resolve().name if options.weights is None else plain
    revision = fingerprint(folder / name for name in needed)
    identity = CellIdentity(
        name=f"random-init:{name}" if drawn else name,
        source=str(folder),
        revision=f"seed {options.random_init} of {revision}" if drawn else revision,
        genes=vocabulary.genes,
        context=CONTEXT - 1,
        parameters=0,
        dtype=str(choose_dtype(options.dtype, device)).removeprefix("torch."),
        device=str(device),
    )
    return ScgptModel(identity, folder, vocabulary, options)


def _vocabulary(path: Path) -> Vocabulary:
    """Tokens by gene symbol; special tokens that are missing are added at the end, as the package does."""
    tokens = _json(path)
    if not all(isinstance(number, int) for number in tokens.values()):
        raise SpecError(f"{path.name} in {path.parent} is no dictionary of names and numbers; give the published one.")
    for special in (PAD, CLS, "<eoc>"):
        tokens.setdefault(special, len(tokens))
    return Vocabulary(tokens=tokens, medians=dict.fromkeys(tokens, 1.0))


def _built(settings: Mapping[str, Any], vocabulary: Mapping[str, int]) -> Any:
    """The package's network, with the arguments that its own embedding function gives it.

    Raises:
        NotHereError: the package is not installed.
        SpecError: args.json or the package's version is another.
    """
    try:
        network = import_module("scgpt.model").TransformerModel
    except ImportError as error:
        raise NotHereError(
            f"scGPT needs the package 'scgpt', which cannot be imported ({error}); install it as its authors say "
            "(github.com/bowang-lab/scGPT), or leave this model out."
        ) from error
    try:
        return network(
            ntoken=len(vocabulary),
            d_model=settings["embsize"],
            nhead=settings["nheads"],
            d_hid=settings["d_hid"],
            nlayers=settings["nlayers"],
            nlayers_cls=settings["n_layers_cls"],
            n_cls=1,
            vocab=dict(vocabulary),
            dropout=settings["dropout"],
            pad_token=settings["pad_token"],
            pad_value=settings["pad_value"],
            do_mvc=True,
            do_dab=False,
            use_batch_labels=False,
            domain_spec_batchnorm=False,
            explicit_zero_prob=False,
            use_fast_transformer=False,
            pre_norm=False,
        )
    except KeyError as error:
        raise SpecError(f"args.json says nothing of {error}; give the file that came with the weights.") from error
    except TypeError as error:
        raise SpecError(f"This version of scgpt builds its network otherwise ({error}); install scgpt 0.2.") from error


def _left_over(network: Any, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The network's own tensors in place of those that only heads have and that fit no more."""
    own = network.state_dict()
    return {key: own[key] for key, value in state.items() if key in own and own[key].shape != value.shape}


def _check_filled(name: str, network: Any, state: Mapping[str, torch.Tensor]) -> None:
    """The package itself leaves out what does not fit without a word.

    Raises:
        SpecError: a tensor on the way to a cell's vector is missing or has another shape.
    """
    own = network.state_dict()
    wrong = sorted(
        key for key in own if key.startswith(_NEEDED) and (key not in state or state[key].shape != own[key].shape)
    )
    if wrong:
        raise SpecError(
            f"{name}: the weights do not fill the model, {len(wrong)} tensors are missing or of another shape, first "
            f"{wrong[0]}; the numbers of a partly random model look plausible, so give other weights."
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecError(
            f"{path.name} in {path.parent} is not JSON ({error}); restore it from where it came from."
        ) from error
    if not isinstance(found, dict):
        raise SpecError(f"{path.name} in {path.parent} is no dictionary; restore it from where it came from.")
    return found
