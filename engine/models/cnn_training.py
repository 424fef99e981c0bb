"""A convolutional network for labelled sequences of any length, and its training until validation says stop.

The network: a convolution over letters, max pooling, two dilated convolutions, then the maximum over the sequence, its
mean and the means of its parts (where promoters and splice sites have their signal at a fixed place), two dense layers.
"""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from engine.genome import BASES, RESIDUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LETTERS = {"dna": BASES, "protein": RESIDUES}
_STEM, _WIDTH, _HIDDEN = 128, 64, 64
_STEM_KERNEL, _KERNEL, _DILATIONS = 11, 5, (1, 2)
_POOL = 3
_PARTS = 16
_CHANNEL_DROPOUT, _DROPOUT = 0.2, 0.5
_DECAY = 0.01
_WARM_UP = 0.1
_PREDICTED_LETTERS = 100_000

LOCAL_FIELD = _STEM_KERNEL + _POOL - 1 + _POOL * (_KERNEL - 1) * sum(_DILATIONS)
"""Letters that one place of the last convolution sees; the pooling after it sees all places."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Sequences as numbers on a device.

    Attributes:
        codes: shape (strands, n, longest), index of each letter in its alphabet; the alphabet's size for any other
            letter and for what lies beyond a sequence's end. DNA has its reverse complement as second strand.
        lengths: shape (n,), letters of each sequence.
        kinds: size of the alphabet.
    """

    codes: torch.Tensor
    lengths: torch.Tensor
    kinds: int

    @property
    def strands(self) -> int:
        """1, or 2 where there is a reverse complement."""
        return len(self.codes)

    def batch(self, rows: torch.Tensor, strand: torch.Tensor | int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes of these rows up to the longest of them, shape (rows, longest), and their lengths."""
        lengths = self.lengths[rows]
        return self.codes[strand, rows, : max(1, int(lengths.max()))].long(), lengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is chosen on validation, and the seed of weights, order, strands and dropout."""

    learning_rate: float
    both_strands: bool
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carved:
    """Train as the networks see it: rows to fit and rows that say when to stop.

    Attributes:
        letters: n sequences.
        labels: shape (n,), class numbers 0 .. classes - 1.
        classes: K.
        fitted: rows that gradients come from.
        validation: the other rows.
    """

    letters: Letters
    labels: torch.Tensor
    classes: int
    fitted: torch.Tensor
    validation: torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A network as it was after its best epoch; `loss` is its cross-entropy on validation, in nats per row."""

    network: Network
    setting: Setting
    loss: float
    epoch: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows in a batch, most epochs, and epochs without a better one after which training ends."""

    batch: int
    epochs: int
    patience: int


def encode(sequences: Sequence[str], alphabet: str, device: torch.device) -> Letters:
    """Sequences on a device; `alphabet` is "dna" or "protein"."""
    letters = _LETTERS[alphabet]
    table = np.full(256, len(letters), dtype=np.uint8)
    table[np.frombuffer(letters.encode(), dtype=np.uint8)] = np.arange(len(letters))
    lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
    codes = np.full((len(sequences), max(1, lengths.max(initial=0))), len(letters), dtype=np.uint8)
    for row, sequence in enumerate(sequences):
        codes[row, : len(sequence)] = table[np.frombuffer(sequence.encode("ascii", "replace"), dtype=np.uint8)]
    strands = [codes, _reverse_complements(codes, lengths)] if alphabet == "dna" else [codes]
    placed = torch.from_numpy(np.stack(strands)).to(device)
    return Letters(placed, torch.from_numpy(lengths).to(device), len(letters))


def _reverse_complements(codes: NDArray[np.uint8], lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
    # BASES is in such an order that a letter and its complement add up to the last index.
    complement = np.array([3, 2, 1, 0, 4], dtype=np.uint8)
    source = lengths[:, None] - 1 - np.arange(codes.shape[1])
    turned = np.take_along_axis(complement[codes], np.maximum(source, 0), axis=1)
    return np.where(source >= 0, turned, np.uint8(4))


class _Norm(nn.BatchNorm2d):
    """Batch normalisation over the places inside sequences; places beyond an end stay zero."""

    def forward(self, hidden: torch.Tensor, inside: torch.Tensor | None = None) -> torch.Tensor:
        """From and to shape (rows, channels, 1, places); `inside` of shape (rows, places), None where all are."""
        if inside is None:
            return super().forward(hidden)
        places = hidden.permute(0, 3, 1, 2)
        normed = torch.zeros_like(places)
        normed[inside] = super().forward(places[inside].unsqueeze(3)).squeeze(3)
        return normed.permute(0, 2, 3, 1)


class Network(nn.Module):
    """Logits of sequences; what stands beside a sequence in its batch, and how far it is padded, changes nothing.

    A sequence is an image one pixel high with its channels last: on a CPU that takes two thirds of the time of
    one-dimensional convolutions.
    """

    def __init__(self, kinds: int, classes: int) -> None:
        """Draw weights for an alphabet of `kinds` letters and `classes` classes from torch's global generator."""
        super().__init__()
        self.register_buffer("one_hot", torch.eye(kinds + 1)[:, :kinds], persistent=False)
        self.stem = nn.Conv2d(kinds, _STEM, (1, _STEM_KERNEL), padding="same", bias=False)
        self.stem_norm = _Norm(_STEM)
        widths = (_STEM, *(_WIDTH for _ in _DILATIONS))
        self.blocks = nn.ModuleList(
            nn.Conv2d(width, _WIDTH, (1, _KERNEL), padding="same", dilation=dilation, bias=False)
            for width, dilation in zip(widths, _DILATIONS, strict=False)
        )
        self.block_norms = nn.ModuleList(_Norm(_WIDTH) for _ in _DILATIONS)
        features = _WIDTH * (2 + _PARTS)
        self.head = nn.Sequential(
            nn.BatchNorm1d(features),
            nn.Dropout(_DROPOUT),
            nn.Linear(features, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(_DROPOUT),
            nn.Linear(_HIDDEN, classes),
        )

    def forward(self, codes: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Logits, shape (rows, K), of codes of shape (rows, longest) with lengths of shape (rows,)."""
        hidden, inside = self._stem(codes, lengths)
        for number, (block, norm) in enumerate(zip(self.blocks, self.block_norms, strict=True)):
            found = functional.relu(norm(block(hidden), inside))
            hidden = hidden + found if number else found
        places = hidden.squeeze(2)
        means = places @ _mean_weights(-(-lengths // _POOL), places.shape[2])
        # After a ReLU nothing is below zero, so that the zeros beyond an end never are the maximum.
        logits: torch.Tensor = self.head(torch.cat([places.amax(2), means.flatten(1)], dim=1))
        return logits

    def _stem(self, codes: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Pooled places, and which of them lie inside their sequence; None where all do."""
        hidden = self.stem(self.get_buffer("one_hot")[codes].permute(0, 2, 1).unsqueeze(2))
        inside = _inside(lengths, codes.shape[1])
        all_inside = bool(inside.all())
        if not all_inside:
            hidden = hidden.masked_fill(~inside[:, None, None], -math.inf)
        # Pooled before normalised: the pass over memory is three times shorter.
        hidden = functional.max_pool2d(hidden, (1, _POOL), ceil_mode=True)
        pooled = None if all_inside else _inside(-(-lengths // _POOL), hidden.shape[3])
        hidden = functional.relu(self.stem_norm(hidden, pooled))
        return functional.dropout2d(hidden, _CHANNEL_DROPOUT, self.training), pooled


def _inside(lengths: torch.Tensor, longest: int) -> torch.Tensor:
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def _mean_weights(lengths: torch.Tensor, longest: int) -> torch.Tensor:
    """Weights of places, shape (rows, longest, 1 + parts): of the whole sequence, and of equal parts that overlap.

    A part's weight falls linearly from its centre to the centres of its neighbours; columns add to 1.
    """
    places = torch.arange(longest, device=lengths.device)
    count = lengths.clamp(min=1)[:, None, None].float()
    centre = (places[None, :, None] + 0.5) / count * _PARTS - 0.5
    distance = (centre - torch.arange(_PARTS, device=lengths.device)).abs()
    parts = (1 - distance / (_PARTS / count).clamp(min=1)).clamp(min=0)
    weights = torch.cat([torch.ones_like(centre), parts], dim=2) * _inside(lengths, longest)[:, :, None]
    return weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-6)


def train_network(data: Carved, setting: Setting) -> Trained:
    """Train until the cross-entropy on validation has stopped falling; the best epoch is kept.

    AdamW, the learning rate warmed up over a tenth of the steps and let down along a cosine. With `both_strands` each
    sequence is turned round half of the times. All chance comes from the setting's seed; torch's global generators are
    left as they were.
    """
    device = data.labels.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(setting.seed)
        network = Network(data.letters.kinds, data.classes).to(device)
        return _trained(network, data, setting)


def _trained(network: Network, data: Carved, setting: Setting) -> Trained:
    plan = _plan(len(data.fitted))
    batches = math.ceil(len(data.fitted) / plan.batch)
    optimiser = _optimiser(network, setting.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step / (batches * plan.epochs)))
    best: Trained | None = None
    for epoch in range(1, plan.epochs + 1):
        network.train()
        order = torch.randperm(len(data.fitted)).to(data.fitted.device)
        # Parts of equal size: a batch of one row has no variance to normalise by.
        for rows in data.fitted[order].tensor_split(batches):
            _step(network, data, rows, setting, optimiser)
            schedule.step()
        loss = _validation_loss(network, data, setting)
        if best is None or loss < best.loss:
            best = Trained(network=deepcopy(network), setting=setting, loss=loss, epoch=epoch)
        if epoch - best.epoch >= plan.patience:
            break
    if best is None:
        raise AssertionError("a plan has at least one epoch")
    return best


def _plan(rows: int) -> _Plan:
    """Small sets need smaller steps and more rounds to get anywhere."""
    batch = 32 if rows < 1_500 else 64 if rows < 8_000 else 128 if rows < 20_000 else 256
    epochs = min(40, max(6, round(120_000 / rows)))
    return _Plan(batch, epochs, patience=max(4, epochs // 4))


def _rate(progress: float) -> float:
    """Share of the learning rate at a share of the steps."""
    if progress < _WARM_UP:
        return (progress + 0.01) / (_WARM_UP + 0.01)
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


def _optimiser(network: Network, learning_rate: float) -> torch.optim.Optimizer:
    kernels = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim == 1]
    groups = [{"params": kernels, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate)


def _step(
    network: Network, data: Carved, rows: torch.Tensor, setting: Setting, optimiser: torch.optim.Optimizer
) -> None:
    strand = torch.randint(2, (len(rows),)).to(rows.device) if setting.both_strands else 0
    loss = functional.cross_entropy(network(*data.letters.batch(rows, strand)), data.labels[rows])
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()


def _validation_loss(network: Network, data: Carved, setting: Setting) -> float:
    found = predict(network, data.letters, data.validation, both_strands=setting.both_strands)
    given = found[np.arange(len(found)), data.labels[data.validation].cpu().numpy()]
    loss = float(-np.log(np.maximum(given, 1e-12)).mean())
    return loss if math.isfinite(loss) else math.inf


def predict(network: Network, letters: Letters, rows: torch.Tensor, *, both_strands: bool) -> NDArray[np.float64]:
    """Softmax of these rows; with `both_strands` the mean over a sequence's two strands.

    Returns:
        Shape (rows, K), each adding to 1.
    """
    batches = math.ceil(len(rows) * letters.codes.shape[2] / _PREDICTED_LETTERS)
    network.eval()
    with torch.inference_mode():
        found = [_softmax(network, letters, part, both_strands=both_strands) for part in rows.tensor_split(batches)]
    return np.concatenate(found)


def _softmax(network: Network, letters: Letters, rows: torch.Tensor, *, both_strands: bool) -> NDArray[np.float64]:
    strands = range(letters.strands if both_strands else 1)
    logits = torch.stack([network(*letters.batch(rows, strand)) for strand in strands])
    found: NDArray[np.float64] = functional.softmax(logits.double(), dim=2).mean(dim=0).cpu().numpy()
    return found
