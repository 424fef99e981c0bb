"""From an id or a folder to a Geneformer: its files are found, checked and read, or its weights drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import AutoModel

from engine.errors import NotHereError, SpecError
from engine.models.cells.dictionaries import read_vocabulary
from engine.models.cells.geneformer import DrawnModel, GeneRankModel, size_of
from engine.models.cells.kinds import CellIdentity
from engine.models.cells.shapes import REPOSITORY, REVISION, SHAPES, Shape
from engine.models.loading import choose_device, choose_dtype, network, placed
from engine.models.random_init import check_seed
from engine.models.weights import Weights, download, fingerprint

if TYPE_CHECKING:
    from engine.models.cells.kinds import CellOptions
    from engine.protocols import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _FolderCard:
    """A folder that is no published Geneformer, as loading sees it."""

    model_id: str
    kind: Kind = "encoder"
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """Where a network and its dictionaries come from."""

    folder: Path
    dictionaries: tuple[Path, ...]
    source: str
    revision: str | None


def load(model_id: str, options: CellOptions) -> GeneRankModel:
    """A Geneformer by its id or folder, or its randomly initialised twin.

    Args:
        model_id: `geneformer-v1-10m` and its siblings, `geneformer` for the first of them, or a folder with a
            config.json; behind `random-init:` the twin, whose seed is that of the options, 0 where they have none.
        options: What the user decided. `weights` may name the folder of the weights or a copy of the repository.

    Raises:
        NotHereError: weights, dictionaries or the device is not on this machine.
        SpecError: pickles are not allowed, files are damaged or belong to another model, or an option is not possible.
        TableError: a dictionary is damaged.
    """
    plain = model_id.removeprefix("random-init:")
    if plain != model_id and options.random_init is None:
        options = replace(options, random_init=0)
    check_seed(options.random_init)
    shape = _shape(plain)
    if shape is not None and options.random_init is not None and options.weights is None:
        return _twin(shape, options)
    files = _files(shape, Path(plain), options)
    card = shape or _FolderCard(model_id=files.folder.resolve().name)
    return _loaded(card, shape, files, options)


def _shape(name: str) -> Shape | None:
    return next(iter(SHAPES.values())) if name == "geneformer" else SHAPES.get(name)


def _twin(shape: Shape, options: CellOptions) -> DrawnModel:
    device = choose_device(options.device)
    identity = CellIdentity(
        name=f"random-init:{shape.model_id}",
        source="drawn here",
        revision=f"seed {options.random_init} of {shape.model_id}",
        genes=0,
        context=shape.context - 2 * ("<cls>" in shape.special),
        parameters=0,
        dtype=str(choose_dtype(options.dtype, device)).removeprefix("torch."),
        device=str(device),
    )
    return DrawnModel(identity, shape, options)


def _files(shape: Shape | None, path: Path, options: CellOptions) -> _Files:
    """The folder of the network and those where its dictionaries may be.

    Raises:
        NotHereError: they are not here and cannot be downloaded.
        SpecError: a download would need pickles, which are not allowed.
    """
    folder = options.weights or (None if shape else path)
    if folder is None and shape is not None:
        if not options.allow_pickle:
            raise SpecError(
                f"{shape.model_id}: its dictionaries are published as pickles, which can hold more than numbers; if "
                "you trust them, allow them with --allow-pickle, or give a folder that has them as .json with "
                "--weights DIR."
            )
        root = download(REPOSITORY, REVISION, shape.files, ignored=())
        return _Files(
            folder=root / shape.folder,
            dictionaries=(root / shape.dictionaries[0],),
            source=REPOSITORY,
            revision=REVISION,
        )
    own = folder if folder is not None else path
    if shape is not None and (own / shape.folder / "config.json").is_file():
        own /= shape.folder
    if not (own / "config.json").is_file():
        raise NotHereError(f"No config.json in {own}; give a folder as save_pretrained writes it with --weights DIR.")
    beside = own.parent / "geneformer"
    return _Files(
        folder=own,
        dictionaries=(own, beside, beside / "gene_dictionaries_30m"),
        source=str(folder),
        revision=None,
    )


def _loaded(card: Shape | _FolderCard, shape: Shape | None, files: _Files, options: CellOptions) -> GeneRankModel:
    device = choose_device(options.device)
    dtype = choose_dtype(options.dtype, device)
    size = _check_configuration(files.folder, shape, card.model_id)
    vocabulary, used = read_vocabulary(
        files.dictionaries, size=size, model=card.model_id, allow_pickle=options.allow_pickle
    )
    weights = _weights(card.model_id, files, used, options)
    model = placed(card, network(card, options.loading, weights, AutoModel, dtype), device)
    drawn = options.random_init is not None
    identity = CellIdentity(
        name=f"random-init:{card.model_id}" if drawn else card.model_id,
        source=weights.source,
        revision=weights.revision,
        genes=vocabulary.genes,
        context=model.config.max_position_embeddings - len(vocabulary.prefix) - len(vocabulary.suffix),
        parameters=size_of(model),
        dtype=str(dtype).removeprefix("torch."),
        device=str(device),
    )
    return GeneRankModel(identity, model, vocabulary, options)


def _weights(model_id: str, files: _Files, used: tuple[Path, ...], options: CellOptions) -> Weights:
    drawn = options.random_init is not None
    pickled = not drawn and not any(files.folder.glob("*.safetensors"))
    if pickled and not any(files.folder.glob("*.bin")):
        raise NotHereError(f"{model_id}: no weights in {files.folder}; give a folder that has them with --weights DIR.")
    if pickled and not options.allow_pickle:
        raise SpecError(
            f"{model_id}: there are no safetensors, only pickled weights, which can hold more than numbers; "
            "if you trust them, allow them with --allow-pickle."
        )
    held = () if drawn else tuple(files.folder.glob("*.bin" if pickled else "*.safetensors"))
    revision = files.revision or fingerprint([files.folder / "config.json", *held, *used])
    return Weights(
        folder=files.folder,
        source=files.source,
        revision=f"seed {options.random_init} of {revision}" if drawn else revision,
        pickled=pickled,
        code=False,
    )


def _check_configuration(folder: Path, shape: Shape | None, model_id: str) -> int:
    """Tokens in the input table of a folder's network.

    Raises:
        SpecError: it is no BERT, or not the one whose name it goes by.
    """
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecError(
            f"config.json in {folder} is not JSON ({error}); restore it from where it came from."
        ) from error
    if found.get("model_type") != "bert" or "auto_map" in found or not isinstance(found.get("vocab_size"), int):
        raise SpecError(
            f"config.json in {folder} describes no BERT, which is what a Geneformer is; give another folder."
        )
    stated = shape.configuration if shape else {}
    for key in ("hidden_size", "num_hidden_layers", "vocab_size"):
        if stated and found.get(key) != stated[key]:
            raise SpecError(
                f"{folder} is not {model_id}: {key} is {found.get(key)} where {stated[key]} is published; "
                "give the folder of this model, or name the folder itself as the model."
            )
    return int(found["vocab_size"])
