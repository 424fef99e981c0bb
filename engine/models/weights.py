"""Where a model's files are: a folder of the user, or the pinned revision from the hub. Nothing is loaded here."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

from engine.errors import NotHereError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.models.options import Options
    from engine.registry.adapters import AdapterCard

_DESCRIPTION = ["*.json", "*.txt", "*.py", "*.model"]
_FILES = [*_DESCRIPTION, "*.safetensors"]
_PICKLES = ["*.bin"]
_CHUNK = 1 << 24
_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A folder with everything a model needs.

    Attributes:
        folder: config.json, tokeniser and weights; the latter not where they are drawn.
        source: the repository on the hub, or the folder as the user named it.
        revision: the hub's commit; of a folder "sha256:" and the digest of its files. Where weights are drawn, "seed N
            of" and that of the remaining files.
        pickled: the weights are `.bin` files, and the user allowed them.
        code: the user allowed Python code that stands in the folder.
    """

    folder: Path
    source: str
    revision: str
    pickled: bool
    code: bool


def find(card: AdapterCard, options: Options) -> Weights:
    """The files of a model, downloaded where they are neither given nor in the cache.

    Raises:
        NotHereError: the folder is not one, or the download is not possible.
        SpecError: no revision is pinned, or code or pickle is needed and not allowed.
    """
    _check_consent(card, options)
    patterns = _FILES if options.random_init is None else _DESCRIPTION
    folder = _check_folder(options.weights) if options.weights else download(str(card.hf_id), card.revision, patterns)
    _check_code(card, folder)
    pickled = options.random_init is None and not any(folder.glob("*.safetensors"))
    if pickled:
        _check_pickle(card, options)
        folder = folder if options.weights else download(str(card.hf_id), card.revision, _FILES + _PICKLES)
        if not any(folder.glob("*.bin")):
            raise NotHereError(
                f"{card.model_id}: no weights in {folder}; give a folder that has them with --weights DIR."
            )
    return Weights(
        folder=folder,
        source=str(options.weights or card.hf_id),
        revision=_revision(card, options),
        pickled=pickled,
        code=card.trust_remote_code and options.allow_remote_code,
    )


def fingerprint(paths: Iterable[Path]) -> str:
    """What stands in place of a revision for local files: `sha256:` and the digest over their names and contents."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _revision(card: AdapterCard, options: Options) -> str:
    drawn = options.random_init is not None
    revision = str(card.revision)
    if options.weights:
        patterns = _DESCRIPTION if drawn else _FILES + _PICKLES
        revision = fingerprint(path for pattern in patterns for path in options.weights.glob(pattern))
    return f"seed {options.random_init} of {revision}" if drawn else revision


def _check_consent(card: AdapterCard, options: Options) -> None:
    if options.weights is None and card.hf_id is None:
        raise NotHereError(f"{card.model_id} is on no hub; give its folder with --weights DIR.")
    if options.weights is None and not _COMMIT.fullmatch(card.revision or ""):
        raise SpecError(
            f"{card.model_id}: no revision of {card.hf_id} is pinned, so a download could change; "
            "give a folder with --weights DIR."
        )
    if card.trust_remote_code and not options.allow_remote_code:
        raise SpecError(
            f"{card.model_id} needs Python code that comes with its weights; read that code, "
            "then allow it with --allow-remote-code."
        )


def _check_folder(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise NotHereError(
            f"No config.json in {folder}; give a folder as save_pretrained writes it with --weights DIR."
        )
    return folder


def _check_pickle(card: AdapterCard, options: Options) -> None:
    if not options.allow_pickle:
        raise SpecError(
            f"{card.model_id}: there are no safetensors, only pickled weights, which can hold more than numbers; "
            "if you trust them, allow them with --allow-pickle."
        )


def _check_code(card: AdapterCard, folder: Path) -> None:
    if not card.trust_remote_code:
        return
    for elsewhere in re.findall(r'"([\w./-]+)--[\w.]+"', _code_references(folder)):
        if elsewhere != card.hf_id:
            raise SpecError(
                f"{card.model_id}: its code is in another repository ({elsewhere}), whose revision nothing pins; "
                "copy the files beside the weights and name them in config.json."
            )


def _code_references(folder: Path) -> str:
    paths = [folder / name for name in ("config.json", "tokenizer_config.json") if (folder / name).is_file()]
    return json.dumps([json.loads(path.read_text(encoding="utf-8")).get("auto_map") for path in paths])


def download(source: str, revision: str | None, patterns: list[str], *, ignored: Sequence[str] = ("*/*",)) -> Path:
    """The folder in the hub's cache with these files of one revision, downloaded where they are not there yet.

    Args:
        source: Repository on the hub.
        revision: Commit of it.
        patterns: Names of the files wanted, with `*`.
        ignored: Names of those left out of them; by default all in subfolders.

    Raises:
        NotHereError: the repository is gated, or the download is not possible.
    """
    try:
        return Path(
            snapshot_download(source, revision=revision, allow_patterns=patterns, ignore_patterns=list(ignored))
        )
    except GatedRepoError as error:
        raise NotHereError(
            f"{source} is gated: accept its terms on the hub and log in with `hf auth login`, "
            "or give a folder with --weights DIR."
        ) from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise NotHereError(
            f"{source} at revision {revision} is not on this machine and could not be downloaded "
            f"({type(error).__name__}); go online, set HF_HOME to a cache that has it, or give --weights DIR."
        ) from error
