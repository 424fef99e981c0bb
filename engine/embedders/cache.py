"""Vectors on disk, found by what they are of: shared between tasks and runs, by several processes at once.

<model>-<digest>/             a collection: all vectors made in one way
    recipe.json               what that way is
    <name>.vectors.npy        a shard: float32, shape (m, width); written first
    <name>.index.npy          its digests and letters, shape (m,); a shard counts from when this is there

Every file gets its name only when it is complete, and none is ever changed.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from engine.embedders.pooling import check_positions
from engine.errors import StoreError
from engine.names import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, Recipe

    Digests = NDArray[np.bytes_]
    Vectors = np.memmap[Any, np.dtype[np.float32]]

_METHOD = 1
"""Raised when the way from a sequence to its vector changes, so that older vectors are no longer found."""
_DIGEST_BYTES = 16
_ENTRY = np.dtype([("digest", f"S{_DIGEST_BYTES}"), ("letters", "<i4")])
_BLOCK_BYTES = 1 << 26
_INDEX, _VECTORS = ".index.npy", ".vectors.npy"


@dataclass(frozen=True, slots=True)
class Cache:
    """All collections below one folder."""

    root: Path

    def collection(self, identity: ModelIdentity, recipe: Recipe) -> Collection:
        """The vectors of one model made in one way; its folder is made where it is not there.

        Raises:
            StoreError: the folder cannot be written.
        """
        key = key_of(identity, recipe)
        text = json.dumps(key, indent=1, sort_keys=True) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        folder = self.root / f"{slug(identity.model_id)}-{digest}"
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "recipe.json").exists():
                _write(folder / "recipe.json", lambda file: file.write(text.encode()))
        return Collection(folder)


def key_of(identity: ModelIdentity, recipe: Recipe) -> dict[str, Any]:
    """Everything besides the sequence that fixes a vector.

    The device is left out: it moves the last digits only. So is the source where the revision is a digest of the files,
    which may be moved.
    """
    found = asdict(identity)
    for name in ("parameters", "device"):
        del found[name]
    if "sha256:" in (identity.revision or ""):
        del found["source"]
    return {"method": _METHOD, "model": found, "recipe": asdict(recipe)}


def digests_of(sequences: Sequence[str], recipe: Recipe, positions: NDArray[np.int64] | None = None) -> Digests:
    """What sequences are found by, shape (n,): the first 16 bytes of the SHA-256 of what is read of each.

    Args:
        sequences: n sequences.
        recipe: What they are cut to counts; so does the position where that is pooled.
        positions: shape (n,), 0-based index of the letter of interest.

    Raises:
        SpecError: a position is pooled and none are given.
    """
    check_positions(recipe, positions)
    texts = [sequence[: recipe.letters].upper() for sequence in sequences]
    if recipe.pooling == "position" and positions is not None:
        texts = [f"{text}@{at}" for text, at in zip(texts, positions, strict=True)]
    return np.array([hashlib.sha256(text.encode()).digest() for text in texts], dtype=f"S{_DIGEST_BYTES}")


@dataclass(frozen=True, slots=True)
class Collection:
    """Vectors of one width in one folder. Looks into it each time: what another process adds is found at once."""

    folder: Path

    def missing(self, digests: Digests) -> NDArray[np.bool_]:
        """Which are not there, shape (n,)."""
        return self._index().find(digests) < 0

    def add(self, digests: Digests, vectors: NDArray[np.float32], letters: NDArray[np.int64]) -> None:
        """Put vectors down as one shard.

        Args:
            digests: shape (m,), as `digests_of` makes them.
            vectors: shape (m, width).
            letters: shape (m,), how many letters of each sequence the model held.

        Raises:
            StoreError: the folder cannot be written.
        """
        entries = np.empty(len(vectors), dtype=_ENTRY)
        entries["digest"], entries["letters"] = digests, letters
        name = uuid4().hex
        with _writing(self.folder):
            _write(self.folder / f"{name}{_VECTORS}", lambda file: np.save(file, vectors.astype(np.float32)))
            _write(self.folder / f"{name}{_INDEX}", lambda file: np.save(file, entries))

    def gather(self, digests: Digests, out: Path) -> tuple[Vectors, NDArray[np.int64]]:
        """Vectors in the order asked for, put together in a file block by block, and the letters that each is of.

        Args:
            digests: shape (n,); one may stand there several times.
            out: The `.npy` file to write.

        Returns:
            Shape (n, width), memory-mapped from `out`, and shape (n,).

        Raises:
            StoreError: some are not there, or `out` cannot be written.
        """
        index = self._index()
        entries = index.find(digests)
        if lost := int((entries < 0).sum()):
            raise StoreError(f"{lost} of {len(digests)} sequences have no vector in {self.folder}; embed them first.")
        with _writing(out.parent):
            _write(out, lambda file: _write_vectors(file, index, entries))
        vectors: Vectors = np.load(out, mmap_mode="r")
        return vectors, index.letters[entries]

    def _index(self) -> _Index:
        paths = sorted(self.folder.glob(f"*{_INDEX}"))
        found = {path: shard for path in paths if (shard := _read_shard(path)) is not None}
        for path in set(paths) - set(found):
            # In the way of nobody: it is passed over also where it cannot be deleted.
            with suppress(OSError):
                path.unlink()
                _vectors_path(path).unlink(missing_ok=True)
        widths = {width for _, width in found.values()}
        if len(widths) > 1:
            raise StoreError(
                f"{self.folder} holds vectors of {' and '.join(map(str, sorted(widths)))} numbers: delete the folder."
            )
        return _make_index(
            [_vectors_path(path) for path in found],
            [entries for entries, _ in found.values()],
            widths.pop() if widths else 0,
        )


@dataclass(frozen=True, slots=True)
class _Index:
    """Where each vector is: entries sorted by digest, with number of the shard, row in it and letters; shape (m,)."""

    shards: list[Path]
    width: int
    digests: Digests
    shard: NDArray[np.int64]
    row: NDArray[np.int64]
    letters: NDArray[np.int64]

    def find(self, digests: Digests) -> NDArray[np.int64]:
        """Entry of each, shape (n,); -1 for those not there."""
        if not len(self.digests):
            return np.full(len(digests), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.digests, digests), len(self.digests) - 1)
        return np.where(self.digests[places] == digests, places, -1)


def _make_index(shards: list[Path], entries: list[NDArray[np.void]], width: int) -> _Index:
    together = np.concatenate([np.empty(0, dtype=_ENTRY), *entries])
    counts = [len(part) for part in entries]
    order = np.argsort(together["digest"], kind="stable")
    return _Index(
        shards=shards,
        width=width,
        digests=together["digest"][order],
        shard=np.repeat(np.arange(len(counts)), counts)[order],
        row=np.concatenate([np.empty(0, dtype=np.int64), *map(np.arange, counts)])[order],
        letters=together["letters"][order].astype(np.int64),
    )


def _vectors_path(index: Path) -> Path:
    return index.with_name(index.name.removesuffix(_INDEX) + _VECTORS)


def _read_shard(path: Path) -> tuple[NDArray[np.void], int] | None:
    """Entries and width of a shard; None where it is damaged.

    A shard is asked for again with every task: it is read anew only where one of its two files is another than before.
    """
    try:
        states = [(found.st_mtime_ns, found.st_size) for found in (path.stat(), _vectors_path(path).stat())]
    except OSError:
        return None
    return _content_of_shard(path, *states)


@lru_cache(maxsize=1 << 16)
def _content_of_shard(
    path: Path,
    index: tuple[int, int],  # noqa: ARG001 - part of what is remembered
    vectors: tuple[int, int],  # noqa: ARG001 - part of what is remembered
) -> tuple[NDArray[np.void], int] | None:
    vectors_path = _vectors_path(path)
    try:
        entries = np.load(path)
        stored = np.load(vectors_path, mmap_mode="r")
        whole = stored.offset + stored.nbytes == vectors_path.stat().st_size
    except (OSError, ValueError, EOFError):
        return None
    fits = stored.ndim == 2 and stored.dtype == np.float32 and entries.dtype == _ENTRY
    return (entries, stored.shape[1]) if whole and fits and entries.shape == stored.shape[:1] else None


def _write_vectors(file: BinaryIO, index: _Index, entries: NDArray[np.int64]) -> None:
    shape = (len(entries), index.width)
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    step = max(1, _BLOCK_BYTES // (4 * max(1, index.width)))
    file.writelines(_block(index, entries[first : first + step]).data for first in range(0, len(entries), step))


def _block(index: _Index, entries: NDArray[np.int64]) -> NDArray[np.float32]:
    block = np.empty((len(entries), index.width), dtype="<f4")
    shard = index.shard[entries]
    for number in np.unique(shard):
        where = np.flatnonzero(shard == number)
        stored = np.load(index.shards[number], mmap_mode="r")
        block[where] = stored[index.row[entries[where]]]
    return block


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file in one atomic step."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            fill(file)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}): free space there or set VLEDGER_CACHE to another folder."
        ) from error
